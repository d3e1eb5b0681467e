package dev.samovar.onnx;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.VitConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/// SAM's own image encoder as ONNX operators: what [dev.samovar.models.sam.ImageEncoderViT] computes, in the same order and under the same names.
///
///     image (N, 3, S, S) → patches (N, G·G, C) → depth × block → neck → embedding (N, D, G, G)
final class EncoderGraph {
    private static final float EPS = 1e-6f;

    private final VitConfig c;
    private final int tokens, promptWidth;

    EncoderGraph(VitConfig config, int promptWidth) {
        c = config;
        this.promptWidth = promptWidth;
        tokens = c.grid() * c.grid();
    }

    /// Appends the encoder, whose parameters lie in this part.
    ///
    /// @return the embedding
    /// @throws FormatException if a parameter is not as it should be, or windows are so much larger than the picture that tables of them would be absurd
    String append(Part p, String image) {                                              // (N, 3, S, S)
        if (c.window() > 2 * c.grid())
            throw new FormatException(p.file() + ": its windows of " + c.window() + " patches a side are far larger than its picture of "
                    + c.grid() + "; is it a SAM?");
        String x = p.add(patches(p.in("patch_embed.proj"), image), position(p));       // (N, G·G, C)
        for (int i = 0; i < c.depth(); i++) x = block(p.in("blocks").in(i), x, c.isGlobal(i) ? 0 : c.window());
        return neck(p.in("neck"), x, c.grid(), c.width(), promptWidth);
    }

    private String position(Part p) {
        Supplier<float[]> values = p.values("pos_embed", 1, c.grid(), c.grid(), c.width());
        return p.constant("pos_embed", Shape.of(1, tokens, c.width()), values);
    }

    /// Patches do not overlap, so cutting and multiplying them gives the tokens in the transformer's layout.
    private String patches(Part p, String image) {
        int g = c.grid(), side = c.patch(), pixels = 3 * side * side;
        String cut = p.transpose(p.reshape(image, 0, 3, g, side, g, side), 0, 2, 4, 1, 3, 5);       // (N, G, G, 3, side, side)
        return p.add(p.matmul(p.reshape(cut, 0, tokens, pixels), p.transposed(1, c.width(), 3, side, side)), p.parameter("bias", c.width()));
    }

    private String block(Part p, String x, int window) {                               // (N, G·G, C)
        String y = p.in("norm1").layerNorm(x, c.width(), EPS);
        x = p.add(x, window == 0 ? attention(p.in("attn"), y, c.grid()) : windows(p.in("attn"), y, window));
        y = p.in("mlp.lin1").linear(p.in("norm2").layerNorm(x, c.width(), EPS), c.width(), c.mlp());
        return p.add(x, p.in("mlp.lin2").linear(p.in("mlp").gelu(y), c.mlp(), c.width()));
    }

    /// Attention within square windows; the grid is filled up with zeros at the bottom and on the right.
    private String windows(Part p, String x, int side) {
        int g = c.grid(), count = Math.ceilDiv(g, side), full = count * side, more = full - g;
        String y = p.reshape(x, 0, g, g, c.width());
        if (more > 0) y = p.pad(y, 0, 0, 0, 0, 0, more, more, 0);
        y = p.transpose(p.reshape(y, 0, count, side, count, side, c.width()), 0, 1, 3, 2, 4, 5);
        y = attention(p, p.reshape(y, -1, side * side, c.width()), side);              // (N·count·count, side·side, C)
        y = p.transpose(p.reshape(y, -1, count, count, side, side, c.width()), 0, 1, 3, 2, 4, 5);
        y = p.reshape(y, 0, full, full, c.width());
        if (more > 0) y = p.slice(p.slice(y, 1, 0, g), 2, 0, g);
        return p.reshape(y, 0, tokens, c.width());
    }

    /// Multi-head self-attention over a square. The projection already divides the queries by `√d`, so the tables of distances, which need undivided
    /// queries, are stored multiplied by it.
    private String attention(Part p, String x, int side) {                             // (B, n, C)
        int n = side * side, d = c.headWidth(), heads = c.heads();
        String q = p.transpose(p.reshape(projected(p, x, 0, (float) (1 / Math.sqrt(d))), 0, n, heads, d), 0, 2, 1, 3);         // (B, heads, n, d)
        String k = p.transpose(p.reshape(projected(p, x, 1, 1), 0, n, heads, d), 0, 2, 3, 1);                                  // (B, heads, d, n)
        String v = p.transpose(p.reshape(projected(p, x, 2, 1), 0, n, heads, d), 0, 2, 1, 3);                                  // (B, heads, n, d)
        String square = p.reshape(q, 0, heads, side, side, d);                         // (B, heads, row, column, d)
        String rows = p.matmul(square, distances(p, "rel_pos_h", side));               // (B, heads, row, column, row')
        String columns = p.matmul(p.transpose(square, 0, 1, 3, 2, 4), distances(p, "rel_pos_w", side));
        rows = p.reshape(rows, 0, heads, n, side, 1);
        columns = p.reshape(p.transpose(columns, 0, 1, 3, 2, 4), 0, heads, n, 1, side);
        String y = side == c.grid()
                ? oneByOne(p, q, k, v, rows, columns, side)
                : attend(p, q, k, v, rows, columns, heads, side);                      // (B, heads, n, d)
        y = p.reshape(p.transpose(y, 0, 2, 1, 3), 0, n, c.width());                    // (B, n, C)
        return p.in("proj").linear(y, c.width(), c.width());
    }

    private String attend(Part p, String q, String k, String v, String rows, String columns, int heads, int side) {
        int n = side * side;
        String scores = p.reshape(p.matmul(q, k), 0, heads, n, side, side);            // (B, heads, n, row', column')
        scores = p.reshape(p.add(p.add(scores, rows), columns), 0, heads, n, n);
        return p.matmul(p.softmax(scores), v);
    }

    /// Attends head by head in a global block: the scores of all heads together would take 805 MB at the official size, and as much again for their
    /// sum; getting that memory from the system takes longer than filling it.
    private String oneByOne(Part p, String q, String k, String v, String rows, String columns, int side) {
        int heads = c.heads();
        List<String> qs = p.split(q, 1, heads), ks = p.split(k, 1, heads), vs = p.split(v, 1, heads), rs = p.split(rows, 1, heads);
        List<String> cs = p.split(columns, 1, heads), ys = new ArrayList<>();
        for (int i = 0; i < heads; i++) ys.add(attend(p, qs.get(i), ks.get(i), vs.get(i), rs.get(i), cs.get(i), 1, side));
        return p.concat(1, ys);
    }

    /// A third of `qkv`, times a factor: three products with separate results cost less than one product and splitting it.
    private String projected(Part p, String x, int third, float factor) {
        String name = "qkv".substring(third, third + 1);
        int width = c.width();
        Part qkv = p.in("qkv");
        Supplier<float[]> weight = qkv.values("weight", 3 * width, width), bias = qkv.values("bias", 3 * width);
        Part part = p.in(name);
        String w = part.constant(Part.named("weight", factor) + ".T", Shape.of(width, width), () -> Part.transpose(third(weight.get(),
                third),
                width, width, factor));
        String b = part.constant(Part.named("bias", factor), Shape.of(width), () -> Part.transpose(third(bias.get(), third), width, 1, factor));
        return part.add(part.matmul(x, w), b);
    }

    private static float[] third(float[] x, int third) {
        return Arrays.copyOfRange(x, third * (x.length / 3), (third + 1) * (x.length / 3));
    }

    /// For each place along a side, the vectors of its distances to all others, as the right-hand side of a product: `(from, d, to)`.
    private String distances(Part p, String name, int side) {
        int d = c.headWidth();
        float factor = (float) Math.sqrt(d);
        Supplier<float[]> table = p.values(name, 2 * side - 1, d);
        return p.constant(Part.named(name, factor) + ".T", Shape.of(side, d, side), () -> {
            float[] rows = table.get(), all = new float[side * d * side];
            for (int from = 0; from < side; from++)
                for (int to = 0; to < side; to++)
                    for (int i = 0; i < d; i++) all[(from * d + i) * side + to] = factor * rows[(from - to + side - 1) * d + i];
            return all;
        });
    }

    /// From the transformer's width to the embedding's. The 1×1 convolution is a product, and both norms are over channels, so all but the 3×3 convolution
    /// keeps the channels last.
    static String neck(Part p, String x, int grid, int width, int out) {               // (N, G·G, C)
        String y = p.in(0).matmul(x, p.in(0).transposed(1, out, width, 1, 1));
        y = p.in(1).layerNorm(y, out, EPS);                                            // (N, G·G, D)
        y = p.in(2).conv(p.reshape(p.transpose(y, 0, 2, 1), 0, out, grid, grid), out, out, 3, false);
        return p.in(3).layerNorm2d(y, out);                                            // (N, D, G, G)
    }
}
