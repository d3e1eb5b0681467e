package dev.samovar.models.heads;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.SamConfig;
import java.util.Objects;

/// A second implementation of the ViT head, with simple operations and class by class, that makes one mistake on request.
final class PlainVitHead {
    /// Mistakes that are easily made.
    enum Mistake {
        NONE,
        FIRST_BLOCK_ADDS,
        FIRST_BLOCK_SEES_POSITIONS,
        TWO_WAY_EPS,
        NORM_2D_EPS,
        GELU_BY_TANH,
        TOKENS_BY_KIND,
        SECOND_MASK,
        POSITIONS_OF_THE_NEXT_CELL
    }

    private final Params p;
    private final int classes;
    private final Mistake mistake;

    /// Uses parameters that a [VitHead] has asked for.
    PlainVitHead(Params p, int classes, Mistake mistake) {
        this.p = p;
        this.classes = classes;
        this.mistake = mistake;
    }

    private boolean is(Mistake m) {
        return mistake == m;
    }

    private Tensor weight(String name) {
        return Objects.requireNonNull(p.all().get(name), name).detach();
    }

    private Tensor linear(Tensor x, String name) {
        return x.linear(weight(name + ".weight"), weight(name + ".bias"));
    }

    private Tensor norm(Tensor x, String name) {
        return x.layerNorm(-1, weight(name + ".weight"), weight(name + ".bias"), is(Mistake.TWO_WAY_EPS) ? 1e-6f : 1e-5f);
    }

    private Tensor gelu(Tensor x) {
        if (!is(Mistake.GELU_BY_TANH)) return x.gelu();
        Tensor inner = x.mul(x).mul(x).affine(0.044715, 0).add(x).affine(Math.sqrt(2 / Math.PI), 0);
        Tensor tanh = Tensor.full(x.device(), -2, 1).div(inner.affine(2, 0).exp().affine(1, 1)).affine(1, 1);
        return x.mul(tanh.affine(0.5, 0.5));
    }

    /// `(B, C, G, G) → (B, K, 4G, 4G)`
    Tensor logits(Tensor embedding) {
        int b = embedding.dim(0);
        Tensor[] all = new Tensor[b * classes];
        for (int i = 0; i < all.length; i++) all[i] = one(embedding.slice(0, i / classes, i / classes + 1), i % classes);
        int side = 4 * embedding.dim(2);
        return Tensor.concat(0, all).reshape(b, classes, side, side);
    }

    /// One class of one picture.
    private Tensor one(Tensor embedding, int index) {
        int c = embedding.dim(1), g = embedding.dim(2);
        Tensor masks = weight("mask_decoder.mask_tokens.weight");
        Tensor own = is(Mistake.TOKENS_BY_KIND)
                ? Tensor.concat(0, masks.slice(0, index, index + 1), masks.slice(0, classes + index, classes + index + 1))
                : masks.slice(0, 2 * index, 2 * index + 2);
        Tensor tokens = Tensor.concat(0, weight("mask_decoder.iou_token.weight").slice(0, index, index + 1), own);
        Tensor q = tokens, k = embedding.reshape(c, g * g).permute(1, 0), pe = positions(g, c);
        String t = "mask_decoder.transformer.";
        for (int i = 0; i < SamConfig.DECODER_DEPTH; i++) {
            String layer = t + "layers." + i + ".";
            Tensor with = i == 0 && !is(Mistake.FIRST_BLOCK_SEES_POSITIONS) ? q : q.add(tokens);
            Tensor self = attention(with, with, q, layer + "self_attn.");
            q = norm(i == 0 && !is(Mistake.FIRST_BLOCK_ADDS) ? self : q.add(self), layer + "norm1");
            q = norm(q.add(attention(q.add(tokens), k.add(pe), k, layer + "cross_attn_token_to_image.")), layer + "norm2");
            q = norm(q.add(linear(linear(q, layer + "mlp.lin1").relu(), layer + "mlp.lin2")), layer + "norm3");
            k = norm(k.add(attention(k.add(pe), q.add(tokens), q, layer + "cross_attn_image_to_token.")), layer + "norm4");
        }
        q = norm(q.add(attention(q.add(tokens), k.add(pe), k, t + "final_attn_token_to_image.")), t + "norm_final_attn");

        String u = "mask_decoder.output_upscaling.";
        Tensor up = k.permute(1, 0).reshape(1, c, g, g).convTranspose2d(weight(u + "0.weight"), weight(u + "0.bias"));
        up = gelu(up.layerNorm(1, weight(u + "1.weight"), weight(u + "1.bias"), is(Mistake.NORM_2D_EPS) ? 1e-5f : 1e-6f));
        up = gelu(up.convTranspose2d(weight(u + "3.weight"), weight(u + "3.bias")));
        int mask = is(Mistake.SECOND_MASK) ? 1 : 0;
        String m = "mask_decoder.output_hypernetworks_mlps." + mask + ".layers.";
        Tensor weights = linear(linear(linear(q.slice(0, 1 + mask, 2 + mask), m + 0).relu(), m + 1).relu(), m + 2);
        return weights.matmul(up.reshape(c / 8, 16 * g * g));
    }

    private Tensor attention(Tensor q, Tensor k, Tensor v, String name) {                                // (N, C), (M, C), (M, C)
        Tensor qs = heads(linear(q, name + "q_proj")), ks = heads(linear(k, name + "k_proj")), vs = heads(linear(v, name + "v_proj"));
        Tensor y = qs.matmul(ks, false, true).affine(1 / Math.sqrt(qs.dim(2)), 0).softmax(2).matmul(vs);
        return linear(y.permute(1, 0, 2).reshape(q.dim(0), -1), name + "out_proj");
    }

    private static Tensor heads(Tensor x) {                                        // (N, heads·d)
        return x.reshape(x.dim(0), SamConfig.DECODER_HEADS, -1).permute(1, 0, 2);  // (heads, N, d)
    }

    /// `(G·G, C)`: sine and cosine of 2π times the centre of a cell, in −1 … 1, times the matrix.
    private Tensor positions(int g, int c) {
        double[] centres = new double[2 * g * g];
        double half = is(Mistake.POSITIONS_OF_THE_NEXT_CELL) ? 1 : 0.5;
        for (int i = 0; i < g * g; i++) {
            int row = i / g, column = i % g;
            centres[2 * i] = 2 * Math.PI * (2 * (column + half) / g - 1);
            centres[2 * i + 1] = 2 * Math.PI * (2 * (row + half) / g - 1);
        }
        Tensor matrix = weight("pe_layer.positional_encoding_gaussian_matrix");
        double[] angles = Tensor.of(matrix.device(), centres, g * g, 2).matmul(matrix).toDoubles(), pe = new double[g * g * c];
        for (int i = 0; i < angles.length; i++) {
            int at = i / (c / 2) * c + i % (c / 2);
            pe[at] = Math.sin(angles[i]);
            pe[at + c / 2] = Math.cos(angles[i]);
        }
        return Tensor.of(matrix.device(), pe, Shape.of(g * g, c).dims());
    }
}
