package dev.samovar.onnx;

import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.TinyVitConfig;
import java.util.function.Supplier;

/// MobileSAM's image encoder as ONNX operators: what [dev.samovar.models.sam.ImageEncoderTinyViT] computes, in the same order and under the same
/// names. Batch norm is part of the convolutions, and the biases of pairs of places in a window are constants.
///
///     image (N, 3, S, S) → stage 0 (N, C, S/4, S/4) → merge → tokens (N, H·W, C) of stages 1 to 3 → neck → embedding (N, D, G, G)
final class TinyVitGraph {
    private static final float EPS = 1e-5f;

    private final TinyVitConfig c;
    private final int promptWidth;

    TinyVitGraph(TinyVitConfig config, int promptWidth) {
        c = config;
        this.promptWidth = promptWidth;
    }

    /// Appends the encoder, whose parameters lie in this part.
    ///
    /// @return the embedding
    /// @throws dev.samovar.core.io.FormatException if a parameter is not as it should be
    String append(Part p, String image) {                                              // (N, 3, S, S)
        int kernel = c.patchKernel(), stride = kernel == 3 ? 2 : 1, width = c.widths().getFirst();
        Part patches = p.in("patch_embed.seq"), layers = p.in("layers");
        String x = patches.in(0).convBn(image, 3, c.patchWidth(), kernel, stride, 1);
        x = patches.in(2).convBn(patches.gelu(x), c.patchWidth(), width, kernel, stride, 1);
        for (int i = 0; i < c.depths().getFirst(); i++) {
            Part block = layers.in(0).in("blocks").in(i);
            x = block.gelu(block.add(x, bottleneck(block, x, width, c.expansion() * width, width, 1)));
        }
        for (int i = 1; i < TinyVitConfig.STAGES; i++) {                               // x is a map
            int next = c.widths().get(i), side = c.side(i);
            x = bottleneck(layers.in(i - 1).in("downsample"), x, c.widths().get(i - 1), next, next, TinyVitConfig.mergeStride(i - 1));
            String tokens = tokens(p, x, next, side);
            for (int j = 0; j < c.depths().get(i); j++) tokens = block(layers.in(i).in("blocks").in(j), tokens, i);
            if (i == TinyVitConfig.STAGES - 1) return EncoderGraph.neck(p.in("neck"), tokens, c.grid(), next, promptWidth);
            x = map(p, tokens, next, side);
        }
        throw new AssertionError("the last stage returns");
    }

    private static String tokens(Part p, String map, int width, int side) {
        return p.transpose(p.reshape(map, 0, width, side * side), 0, 2, 1);            // (N, H·W, C)
    }

    private static String map(Part p, String tokens, int width, int side) {
        return p.reshape(p.transpose(tokens, 0, 2, 1), 0, width, side, side);          // (N, C, H, W)
    }

    private static String bottleneck(Part p, String x, int in, int hidden, int out, int stride) {
        x = p.gelu(p.in("conv1").convBn(x, in, hidden, 1, 1, 1));
        x = p.gelu(p.in("conv2").convBn(x, hidden, hidden, 3, stride, hidden));
        return p.in("conv3").convBn(x, hidden, out, 1, 1, 1);
    }

    private String block(Part p, String x, int stage) {                                // (N, H·W, C)
        int width = c.widths().get(stage), side = c.side(stage), hidden = c.mlpRatio() * width;
        x = p.add(x, windows(p.in("attn"), x, stage));
        x = tokens(p, p.in("local_conv").convBn(map(p, x, width, side), width, width, 3, 1, width), width, side);
        Part mlp = p.in("mlp");
        String y = mlp.in("fc1").linear(mlp.in("norm").layerNorm(x, width, EPS), width, hidden);
        return p.add(x, mlp.in("fc2").linear(mlp.gelu(y), hidden, width));
    }

    /// Attention within square windows; the map is filled up with zeros at the bottom and on the right, before the norm.
    private String windows(Part p, String x, int stage) {
        int width = c.widths().get(stage), side = c.side(stage), w = c.windows().get(stage - 1), count = Math.ceilDiv(side, w), full = count
                * w, more = full - side;
        String y = p.reshape(x, 0, side, side, width);
        if (more > 0) y = p.pad(y, 0, 0, 0, 0, 0, more, more, 0);
        y = p.transpose(p.reshape(y, 0, count, w, count, w, width), 0, 1, 3, 2, 4, 5);
        y = attention(p, p.reshape(y, -1, w * w, width), c.heads().get(stage - 1), w, width);       // (N·count·count, w·w, C)
        y = p.transpose(p.reshape(y, -1, count, count, w, w, width), 0, 1, 3, 2, 4, 5);
        y = p.reshape(y, 0, full, full, width);
        if (more > 0) y = p.slice(p.slice(y, 1, 0, side), 2, 0, side);
        return p.reshape(y, 0, side * side, width);
    }

    private static String attention(Part p, String x, int heads, int w, int width) {   // (B, n, C)
        int n = w * w, d = width / heads;
        x = p.in("norm").layerNorm(x, width, EPS);
        String q = p.transpose(p.reshape(projected(p, x, 0, heads, width, (float) (1 / Math.sqrt(d))), 0, n, heads, d), 0, 2, 1, 3);
        String k = p.transpose(p.reshape(projected(p, x, 1, heads, width, 1), 0, n, heads, d), 0, 2, 3, 1);     // (B, heads, d, n)
        String v = p.transpose(p.reshape(projected(p, x, 2, heads, width, 1), 0, n, heads, d), 0, 2, 1, 3);
        String scores = p.add(p.matmul(q, k), biases(p, heads, w));                    // (B, heads, n, n)
        String y = p.reshape(p.transpose(p.matmul(p.softmax(scores), v), 0, 2, 1, 3), 0, n, width);
        return p.in("proj").linear(y, width, width);
    }

    /// Queries, keys or values, times a factor: the rows of one kind in `qkv`, whose outputs are those of the first head, then those of the next.
    private static String projected(Part p, String x, int third, int heads, int width, float factor) {
        Part qkv = p.in("qkv"), part = p.in("qkv".substring(third, third + 1));
        Supplier<float[]> weight = qkv.values("weight", 3 * width, width), bias = qkv.values("bias", 3 * width);
        String w = part.constant(Part.named("weight", factor) + ".T", Shape.of(width, width), () -> Part.transpose(rows(weight.get(), third,
                heads), width, width, factor));
        String b = part.constant(Part.named("bias", factor), Shape.of(width), () -> Part.transpose(rows(bias.get(), third, heads), width,
                1, factor));
        return part.add(part.matmul(x, w), b);
    }

    private static float[] rows(float[] x, int third, int heads) {
        int some = x.length / 3 / heads;                                               // of one kind and head
        float[] rows = new float[x.length / 3];
        for (int h = 0; h < heads; h++) System.arraycopy(x, (3 * h + third) * some, rows, h * some, some);
        return rows;
    }

    /// The bias of each pair of places, by their vertical and horizontal distance.
    private static String biases(Part p, int heads, int w) {
        int n = w * w;
        Supplier<float[]> table = p.values("attention_biases", heads, n);
        return p.constant("attention_biases.pairs", Shape.of(heads, n, n), () -> {
            float[] t = table.get(), all = new float[heads * n * n];
            for (int h = 0; h < heads; h++)
                for (int a = 0; a < n; a++)
                    for (int b = 0; b < n; b++)
                        all[(h * n + a) * n + b] = t[h * n + Math.abs(a / w - b / w) * w + Math.abs(a % w - b % w)];
            return all;
        });
    }
}
