package dev.samovar.models.sam;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// A second, slow implementation of SAM's image encoder, with simple operations, that makes one mistake on request.
final class PlainEncoder {
    /// Mistakes that are easily made.
    enum Mistake {
        NONE,
        GELU_BY_TANH,
        BLOCK_EPS,
        NECK_EPS,
        PADDING_BEFORE_NORM,
        PADDING_NOT_ATTENDED_TO,
        SCALED_QUERY_FOR_POSITIONS,
        UNSCALED_SCORES,
        OFFSETS_REVERSED
    }

    private final TensorFile weights;
    private final SamConfig config;
    private final Device device;
    private final Mistake mistake;

    PlainEncoder(TensorFile weights, SamConfig config, Device device, Mistake mistake) {
        this.weights = weights;
        this.config = config;
        this.device = device;
        this.mistake = mistake;
    }

    private boolean is(Mistake m) {
        return mistake == m;
    }

    private Tensor weight(String name) {
        return Tensor.of(device, weights.floats("image_encoder." + name), weights.shape("image_encoder." + name).dims());
    }

    /// Every stage by its name.
    SequencedMap<String, Tensor> stages(Tensor image) {
        var stages = new LinkedHashMap<String, Tensor>();
        Tensor x = image.conv2d(weight("patch_embed.proj.weight"), weight("patch_embed.proj.bias"), config.vit().patch(), 0).permute(0, 2,
                3, 1);
        stages.put("patch_embed", x);
        x = x.add(weight("pos_embed"));
        for (int i = 0; i < config.vit().depth(); i++) {
            x = block("blocks." + i + ".", x, config.vit().isGlobal(i) ? 0 : config.vit().window());
            stages.put("block" + i, x);
        }
        x = x.permute(0, 3, 1, 2).conv2d(weight("neck.0.weight"), null, 1, 0);
        x = norm(x, 1, "neck.1", is(Mistake.NECK_EPS));
        stages.put("output", norm(x.conv2d(weight("neck.2.weight"), null, 1, 1), 1, "neck.3", is(Mistake.NECK_EPS)));
        return stages;
    }

    private Tensor norm(Tensor x, int axis, String name, boolean wrong) {
        return x.layerNorm(axis, weight(name + ".weight"), weight(name + ".bias"), wrong ? 1e-5f : 1e-6f);
    }

    private Tensor linear(Tensor x, String name) {
        return x.linear(weight(name + ".weight"), weight(name + ".bias"));
    }

    private Tensor block(String p, Tensor x, int window) {
        int b = x.dim(0), g = x.dim(1), c = x.dim(3);
        int side = window == 0 ? g : window, across = Math.ceilDiv(g, side), to = across * side - g;
        boolean early = is(Mistake.PADDING_BEFORE_NORM);
        Tensor y = early ? x.pad(1, 0, to).pad(2, 0, to) : x;
        y = norm(y, -1, p + "norm1", is(Mistake.BLOCK_EPS));
        if (!early) y = y.pad(1, 0, to).pad(2, 0, to);
        y = y.reshape(b, across, side, across, side, c).permute(0, 1, 3, 2, 4, 5).reshape(b * across * across, side * side, c);
        y = attention(p + "attn.", y, side, across, g);
        y = y.reshape(b, across, across, side, side, c).permute(0, 1, 3, 2, 4, 5).reshape(b, across * side, across * side, c)
                .slice(1, 0, g).slice(2, 0, g);
        x = x.add(y);
        Tensor hidden = linear(norm(x, -1, p + "norm2", is(Mistake.BLOCK_EPS)), p + "mlp.lin1");
        return x.add(linear(is(Mistake.GELU_BY_TANH) ? geluByTanh(hidden) : hidden.gelu(), p + "mlp.lin2"));
    }

    /// The approximation that many frameworks call GELU.
    static Tensor geluByTanh(Tensor x) {
        Tensor inner = x.mul(x).mul(x).affine(0.044715, 0).add(x).affine(Math.sqrt(2 / Math.PI), 0);
        Tensor tanh = Tensor.full(x.device(), -2, 1).div(inner.affine(2, 0).exp().affine(1, 1)).affine(1, 1);
        return x.mul(tanh.affine(0.5, 0.5));
    }

    private Tensor attention(String p, Tensor x, int side, int across, int grid) {                       // (B·nW, side·side, C)
        int b = x.dim(0), n = side * side, heads = config.vit().heads(), d = config.vit().headWidth();
        Tensor qkv = linear(x, p + "qkv").reshape(b, n, 3, heads, d).permute(2, 0, 3, 1, 4);             // (3, B·nW, heads, n, d)
        Tensor q = qkv.select(0, 0), k = qkv.select(0, 1), v = qkv.select(0, 2), scaled = q.affine(1 / Math.sqrt(d), 0);
        Tensor scores = (is(Mistake.UNSCALED_SCORES) ? q : scaled).matmul(k, false, true);
        Tensor forPositions = (is(Mistake.SCALED_QUERY_FOR_POSITIONS) ? scaled : q).reshape(b * heads, side, side, d);
        Tensor byRow = forPositions.permute(1, 0, 2, 3).reshape(side, b * heads * side, d)
                .matmul(positions(p + "rel_pos_h", side, d), false, true)
                .reshape(side, b * heads, side, side, 1).permute(1, 0, 2, 3, 4);                         // (G, H, W, H', 1)
        Tensor byColumn = forPositions.permute(2, 0, 1, 3).reshape(side, b * heads * side, d)
                .matmul(positions(p + "rel_pos_w", side, d), false, true)
                .reshape(side, b * heads, side, 1, side).permute(1, 2, 0, 3, 4);                         // (G, H, W, 1, W')
        scores = scores.add(byRow.add(byColumn).reshape(b, heads, n, n));
        if (is(Mistake.PADDING_NOT_ATTENDED_TO)) scores = scores.add(padding(b, side, across, grid));
        return linear(scores.softmax(3).matmul(v).permute(0, 2, 1, 3).reshape(b, n, heads * d), p + "proj");
    }

    /// `[i, j]` is the vector of the offset `i − j`: `(side, side, d)`.
    private Tensor positions(String name, int side, int d) {
        float[] table = weights.floats("image_encoder." + name), y = new float[side * side * d];
        for (int i = 0; i < side; i++) {
            for (int j = 0; j < side; j++) {
                int offset = (is(Mistake.OFFSETS_REVERSED) ? j - i : i - j) + side - 1;
                System.arraycopy(table, offset * d, y, (i * side + j) * d, d);
            }
        }
        return Tensor.of(device, y, side, side, d);
    }

    /// A large negative number for every key that is padding.
    private Tensor padding(int windows, int side, int across, int grid) {
        float[] mask = new float[windows * side * side];
        for (int w = 0; w < windows; w++) {
            int top = w / across % across * side, left = w % across * side;
            for (int i = 0; i < side * side; i++) {
                if (top + i / side >= grid || left + i % side >= grid) mask[w * side * side + i] = -1e4f;
            }
        }
        return Tensor.of(device, mask, windows, 1, 1, side * side);
    }
}
