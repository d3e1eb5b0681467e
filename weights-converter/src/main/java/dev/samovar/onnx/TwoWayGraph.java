package dev.samovar.onnx;

import static dev.samovar.models.sam.SamConfig.DECODER_NARROWING;

import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.SamConfig;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// The mask decoder's transformer and related layers as ONNX operators: what [dev.samovar.models.sam.TwoWayTransformer] computes, under the same
/// names.
///
/// @param sam the model's sizes
/// @param leading axes before those of the tokens: 1 if they are `(B, n, C)`, 2 if they are `(N, K, n, C)`
record TwoWayGraph(SamConfig sam, int leading) {
    private static final float EPS = 1e-5f;

    /// The transformed tokens `(…, n, C)` and image `(…, G·G, C)`.
    record Attended(String tokens, String image) {}

    /// Appends the transformer, whose parameters lie in this part. `places` encodes the positions of the image;
    /// the initial `tokens` serve as those of the tokens.
    Attended append(Part p, String image, String places, String tokens) {
        Attended now = new Attended(tokens, image);
        for (int i = 0; i < SamConfig.DECODER_DEPTH; i++) now = layer(p.in("layers").in(i), now, tokens, places, i == 0);
        int c = sam.promptWidth();
        String q = p.add(now.tokens, attention(p.in("final_attn_token_to_image"), p.add(now.tokens, tokens), p.add(now.image, places),
                now.image,
                c / DECODER_NARROWING));
        return new Attended(p.in("norm_final_attn").layerNorm(q, c, EPS), now.image);
    }

    private Attended layer(Part p, Attended now, String tokens, String places, boolean first) {
        String q = now.tokens, k = now.image;
        int c = sam.promptWidth(), narrow = c / DECODER_NARROWING;
        if (first) {
            q = attention(p.in("self_attn"), q, q, q, c);                              // takes the place of q: no residual, no position
        } else {
            String t = p.add(q, tokens);
            q = p.add(q, attention(p.in("self_attn"), t, t, q, c));
        }
        q = p.in("norm1").layerNorm(q, c, EPS);
        String atPlace = p.add(k, places);
        q = p.add(q, attention(p.in("cross_attn_token_to_image"), p.add(q, tokens), atPlace, k, narrow));
        q = p.in("norm2").layerNorm(q, c, EPS);
        Part mlp = p.in("mlp");
        String hidden = mlp.relu(mlp.in("lin1").linear(q, c, sam.decoderMlp()));
        q = p.in("norm3").layerNorm(p.add(q, mlp.in("lin2").linear(hidden, sam.decoderMlp(), c)), c, EPS);
        k = p.add(k, attention(p.in("cross_attn_image_to_token"), atPlace, p.add(q, tokens), q, narrow));
        return new Attended(q, p.in("norm4").layerNorm(k, c, EPS));
    }

    /// Multi-head attention `(…, n, C)` to `(…, m, C)`; the projection already divides the queries by `√d`.
    private String attention(Part p, String q, String k, String v, int inner) {
        int c = sam.promptWidth(), d = inner / sam.decoderHeads();
        int[] toHeads = axes(1, 0, 2), toColumns = axes(1, 2, 0);
        q = p.transpose(split(p, p.in("q_proj").linear(q, c, inner, (float) (1 / Math.sqrt(d))), d), toHeads);      // (…, heads, n, d)
        k = p.transpose(split(p, p.in("k_proj").linear(k, c, inner), d), toColumns);                                // (…, heads, d, m)
        v = p.transpose(split(p, p.in("v_proj").linear(v, c, inner), d), toHeads);
        String y = p.matmul(p.softmax(p.matmul(q, k)), v);                             // (…, heads, n, d)
        y = p.reshape(p.transpose(y, toHeads), dims(-1, inner));
        return p.in("out_proj").linear(y, inner, c);
    }

    private String split(Part p, String x, int d) {
        return p.reshape(x, dims(-1, sam.decoderHeads(), d));
    }

    /// The leading axes unchanged, then these.
    private int[] dims(int... last) {
        return IntStream.concat(IntStream.range(0, leading).map(_ -> 0), IntStream.of(last)).toArray();
    }

    /// The leading axes in place, then these of the others.
    private int[] axes(int... last) {
        return IntStream.concat(IntStream.range(0, leading), IntStream.of(last).map(axis -> leading + axis)).toArray();
    }

    /// The encoding of every place of the grid, `(1, …, G·G, C)`, as [dev.samovar.models.sam.PositionEmbeddingRandom] has it.
    String places(Part p) {
        int c = sam.promptWidth(), half = c / 2, grid = sam.grid(), positions = grid * grid;
        Supplier<float[]> matrix = p.values("positional_encoding_gaussian_matrix", 2, half);
        int[] shape = new int[leading + 2];
        Arrays.fill(shape, 1);
        shape[leading] = positions;
        shape[leading + 1] = c;
        return p.constant("places", Shape.of(shape), () -> {
            float[] m = matrix.get(), all = new float[positions * c];
            for (int i = 0; i < positions; i++) {
                int row = i / grid, column = i % grid;
                double x = (2.0 * column + 1) / grid - 1, y = (2.0 * row + 1) / grid - 1;
                for (int j = 0; j < half; j++) {
                    double angle = 2 * Math.PI * (x * m[j] + y * m[half + j]);
                    all[i * c + j] = (float) Math.sin(angle);
                    all[i * c + half + j] = (float) Math.cos(angle);
                }
            }
            return all;
        });
    }

    /// The attended image `(B, G·G, C)` enlarged fourfold, `(B, C/8, 4G, 4G)`, as [dev.samovar.models.sam.MaskOutput] does it.
    String enlarged(Part up, String image) {
        int c = sam.promptWidth(), grid = sam.grid();
        String x = up.reshape(up.transpose(image, 0, 2, 1), 0, c, grid, grid);                                      // (B, C, G, G)
        x = up.gelu(up.in(1).layerNorm2d(up.in(0).convTranspose(x, c, c / 4), c / 4));                              // (B, C/4, 2G, 2G)
        return up.gelu(up.in(3).convTranspose(x, c / 4, c / 8));                                                    // (B, C/8, 4G, 4G)
    }

    /// Three layers, over the last axis.
    static String mlp(Part layers, String x, int in, int hidden, int out) {
        x = layers.relu(layers.in(0).linear(x, in, hidden));
        x = layers.relu(layers.in(1).linear(x, hidden, hidden));
        return layers.in(2).linear(x, hidden, out);
    }
}
