package dev.samovar.onnx;

import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.SamConfig;
import java.util.function.Supplier;

/// The ViT head as ONNX operators: what [dev.samovar.models.heads.VitHead] computes, under the same names, without its quality prediction, which
/// means nothing, and without the second mask, which is not used.
///
/// Tokens are `(N, K, 3, C)` and the image `(N, K, G·G, C)`. A tensor that is the same for all pictures, or for all classes, has 1 in place of N or K
/// until it is combined with others.
final class VitHeadGraph {
    private static final int MASKS = 2, TOKENS = 1 + MASKS;

    private final TwoWayGraph transformer;
    private final int classes, c, grid, positions;

    VitHeadGraph(SamConfig sam, int classes) {
        transformer = new TwoWayGraph(sam, 2);
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
        String places = transformer.places(p.in(samPositions ? "prompt_encoder.pe_layer" : "pe_layer"));
        TwoWayGraph.Attended attended = transformer.append(decoder.in("transformer"), image, places, tokens(decoder));
        return masks(decoder, attended);
    }

    /// For each class one token for the quality, which tells the classes apart, and two for masks.
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

    /// As [dev.samovar.models.sam.MaskOutput], for the first mask.
    private String masks(Part p, TwoWayGraph.Attended attended) {
        Part mlp = p.in("output_hypernetworks_mlps.0.layers");
        String x = transformer.enlarged(p.in("output_upscaling"), p.reshape(attended.image(), -1, positions, c));              // (N·K, C/8, 4G, 4G)
        String token = p.slice(attended.tokens(), 2, 1, 2);                                                                    // (N, K, 1, C)
        String weights = TwoWayGraph.mlp(mlp, token, c, c, c / 8);                                                             // (N, K, 1, C/8)
        String masks = p.matmul(weights, p.reshape(x, -1, classes, c / 8, 16 * positions));
        return p.reshape(masks, 0, classes, 4 * grid, 4 * grid);
    }
}
