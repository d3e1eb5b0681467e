package dev.samovar.onnx;

import static dev.samovar.models.sam.SamConfig.DECODER_HEADS;
import static dev.samovar.models.sam.SamConfig.DECODER_NARROWING;

import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.SamConfig;
import java.util.function.Supplier;

/// The ViT head as ONNX operators: what [dev.samovar.models.heads.VitHead] computes, under the same names, without its judge, whose verdict means nothing,
/// and without the second mask, which nobody looks at.
///
/// Tokens are `(N, K, 3, C)` and the image `(N, K, G·G, C)`; what is the same for all pictures, or for all classes, has 1 in place of N or K until the two meet.
final class VitHeadGraph {
    private static final int MASKS = 2, TOKENS = 1 + MASKS;
    private static final float EPS = 1e-5f;

    private final SamConfig sam;
    private final int classes, c, grid, positions;

    /// What the tokens and the image have become.
    private record Attended(String tokens, String image) {}

    VitHeadGraph(SamConfig sam, int classes) {
        this.sam = sam;
        this.classes = classes;
        c = sam.promptWidth();
        grid = sam.grid();
        positions = grid * grid;
    }

    /// Appends the head, whose parameters lie in this part.
    ///
    /// @return the logits, `(N, K, 4G, 4G)`
    String append(Part p, String embedding, boolean samPositions) {                    // (N, C, G, G)
        Part decoder = p.in("mask_decoder");
        String image = p.reshape(p.transpose(p.reshape(embedding, 0, c, positions), 0, 2, 1), 0, 1, positions, c);
        Attended attended = transformer(decoder.in("transformer"), image, places(p.in(samPositions
                ? "prompt_encoder.pe_layer"
                : "pe_layer")), tokens(decoder));
        return masks(decoder, attended);
    }

    /// Of each class one token for the judge, which tells the classes apart, and two for masks.
    private String tokens(Part p) {
        Supplier<float[]> iou = p.values("iou_token.weight", classes, c), masks = p.values("mask_tokens.weight", classes * MASKS, c);
        return p.constant("tokens", Shape.of(1, classes, TOKENS, c), () -> {
            float[] one = iou.get(), two = masks.get(), all = new float[classes * TOKENS * c];
            for (int k = 0; k < classes; k++) {
                System.arraycopy(one, k * c, all, k * TOKENS * c, c);
                System.arraycopy(two, k * MASKS * c, all, (k * TOKENS + 1) * c, MASKS * c);
            }
            return all;
        });
    }

    /// The encoding of every place of the grid, `(1, 1, G·G, C)`, as [dev.samovar.models.sam.PositionEmbeddingRandom] has it.
    private String places(Part p) {
        int half = c / 2;
        Supplier<float[]> matrix = p.values("positional_encoding_gaussian_matrix", 2, half);
        return p.constant("places", Shape.of(1, 1, positions, c), () -> {
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

    /// As [dev.samovar.models.sam.TwoWayTransformer].
    private Attended transformer(Part p, String image, String places, String tokens) {
        Attended now = new Attended(tokens, image);
        for (int i = 0; i < SamConfig.DECODER_DEPTH; i++) now = layer(p.in("layers").in(i), now, tokens, places, i == 0);
        String q = p.add(now.tokens, attention(p.in("final_attn_token_to_image"), p.add(now.tokens, tokens), TOKENS, p.add(now.image,
                places),
                now.image, positions, c / DECODER_NARROWING));
        return new Attended(p.in("norm_final_attn").layerNorm(q, c, EPS), now.image);
    }

    private Attended layer(Part p, Attended now, String tokens, String places, boolean first) {
        String q = now.tokens, k = now.image;
        int narrow = c / DECODER_NARROWING;
        if (first) {
            q = attention(p.in("self_attn"), q, TOKENS, q, q, TOKENS, c);              // takes the place of q: no residual, no position
        } else {
            String t = p.add(q, tokens);
            q = p.add(q, attention(p.in("self_attn"), t, TOKENS, t, q, TOKENS, c));
        }
        q = p.in("norm1").layerNorm(q, c, EPS);
        String atPlace = p.add(k, places);
        q = p.add(q, attention(p.in("cross_attn_token_to_image"), p.add(q, tokens), TOKENS, atPlace, k, positions, narrow));
        q = p.in("norm2").layerNorm(q, c, EPS);
        Part mlp = p.in("mlp");
        String hidden = mlp.relu(mlp.in("lin1").linear(q, c, sam.decoderMlp()));
        q = p.in("norm3").layerNorm(p.add(q, mlp.in("lin2").linear(hidden, sam.decoderMlp(), c)), c, EPS);
        k = p.add(k, attention(p.in("cross_attn_image_to_token"), atPlace, positions, p.add(q, tokens), q, TOKENS, narrow));
        return new Attended(q, p.in("norm4").layerNorm(k, c, EPS));
    }

    /// Multi-head attention of `n` queries to `m` keys; the queries come out of their projection divided by `√d`.
    private String attention(Part p, String q, int n, String k, String v, int m, int inner) {
        int d = inner / DECODER_HEADS;
        q = p.transpose(split(p, p.in("q_proj").linear(q, c, inner, (float) (1 / Math.sqrt(d))), n, d), 0, 1, 3, 2, 4);        // (N, K, heads, n, d)
        k = p.transpose(split(p, p.in("k_proj").linear(k, c, inner), m, d), 0, 1, 3, 4, 2);                                    // (N, K, heads, d, m)
        v = p.transpose(split(p, p.in("v_proj").linear(v, c, inner), m, d), 0, 1, 3, 2, 4);
        String y = p.matmul(p.softmax(p.matmul(q, k)), v);                             // (N, K, heads, n, d)
        y = p.reshape(p.transpose(y, 0, 1, 3, 2, 4), 0, 0, n, inner);
        return p.in("out_proj").linear(y, inner, c);
    }

    private static String split(Part p, String x, int n, int d) {
        return p.reshape(x, 0, 0, n, DECODER_HEADS, d);
    }

    /// As [dev.samovar.models.sam.MaskOutput], for the first mask.
    private String masks(Part p, Attended attended) {
        Part up = p.in("output_upscaling"), mlp = p.in("output_hypernetworks_mlps.0.layers");
        String x = p.reshape(p.transpose(p.reshape(attended.image, -1, positions, c), 0, 2, 1), 0, c, grid, grid);             // (N·K, C, G, G)
        x = up.gelu(up.in(1).layerNorm2d(up.in(0).convTranspose(x, c, c / 4), c / 4));                                         // (N·K, C/4, 2G, 2G)
        x = up.gelu(up.in(3).convTranspose(x, c / 4, c / 8));                                                                  // (N·K, C/8, 4G, 4G)
        String token = p.slice(attended.tokens, 2, 1, 2);                                                                      // (N, K, 1, C)
        String weights = mlp.relu(mlp.in(1).linear(mlp.relu(mlp.in(0).linear(token, c, c)), c, c));
        weights = mlp.in(2).linear(weights, c, c / 8);                                                                         // (N, K, 1, C/8)
        String masks = p.matmul(weights, p.reshape(x, -1, classes, c / 8, 16 * positions));
        return p.reshape(masks, 0, classes, 4 * grid, 4 * grid);
    }
}
