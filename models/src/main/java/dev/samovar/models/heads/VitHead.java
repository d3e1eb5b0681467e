package dev.samovar.models.heads;

import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.MaskOutput;
import dev.samovar.models.sam.Mlp;
import dev.samovar.models.sam.PositionEmbeddingRandom;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.TwoWayTransformer;
import java.util.function.Predicate;

/// "AutoSAM": SAM's mask decoder without a prompt. Each class has its own tokens and its own pass of the decoder; the weights are shared.
///
/// Each class has three tokens: one for the mask's quality, and two for masks, of which only the first is used. All parameters with "iou" in their
/// name stay as they were drawn: the quality tokens only tell the classes apart, and the predicted quality means nothing.
///
/// Follows models/build_autosam_seg_model.py and models/… `MaskDecoder` of the AutoSAM code @ 50a6ff4; parameter names are its own.
public final class VitHead implements SegmentationHead {
    private static final int MASKS = 2;
    private static final int TOKENS = 1 + MASKS;

    /// Logits `(B, K, 4G, 4G)`, and the untrained quality prediction `(B·K, 1)`.
    record Decoded(Tensor logits, Tensor iou) {}

    private final int classes;
    private final int dim;
    private final PositionEmbeddingRandom pe;
    private final Tensor iouToken;
    private final Tensor maskTokens;
    private final TwoWayTransformer transformer;
    private final MaskOutput output;
    private final Mlp iouHead;

    /// From parameters with the reference's names: `mask_decoder.…` and `pe_layer.…`. From a SAM checkpoint only those that pass [#FROM_SAM] may be
    /// used.
    public VitHead(Params p, SamConfig c, int classes) {
        this(p, c, classes, false);
    }

    /// A head that, with `samPositions`, encodes positions with SAM's own matrix, `prompt_encoder.pe_layer.…`, with which the decoder's weights were
    /// trained; the reference draws another.
    public VitHead(Params p, SamConfig c, int classes, boolean samPositions) {
        this.classes = classes;
        dim = c.promptWidth();
        Params decoder = p.in("mask_decoder");
        transformer = new TwoWayTransformer(decoder.in("transformer"), SamConfig.DECODER_DEPTH, dim, c.decoderHeads(), c.decoderMlp());
        iouToken = decoder.frozen().get("iou_token.weight", Init.normal(), classes, dim);
        maskTokens = decoder.get("mask_tokens.weight", Init.normal(), classes * MASKS, dim);
        output = new MaskOutput(decoder, dim, MASKS);
        iouHead = new Mlp(decoder.in("iou_prediction_head").frozen(), dim, c.iouHidden(), MASKS);
        pe = new PositionEmbeddingRandom(p.in(samPositions ? "prompt_encoder.pe_layer" : "pe_layer"), dim);
    }

    /// The parameters of a SAM checkpoint that the head starts from: those with neither "iou" nor "mask_tokens" in their name.
    public static final Predicate<String> FROM_SAM = name -> !name.contains("iou") && !name.contains("mask_tokens");

    @Override
    public Tensor forward(Tensor embedding) {                                      // (B, C, G, G)
        return decode(embedding).logits();
    }

    /// The encoding of the positions of a `side · side` embedding, `(1, C, side, side)`.
    Tensor positions(int side) {
        return pe.grid(side);
    }

    Decoded decode(Tensor embedding) {
        int b = embedding.dim(0), g = embedding.dim(2), pairs = b * classes;       // a pair: one picture, one class
        Tensor tokens = Tensor.concat(1, iouToken.reshape(classes, 1, dim), maskTokens.reshape(classes, MASKS, dim))
                .expand(Shape.of(b, classes, TOKENS, dim)).reshape(pairs, TOKENS, dim);
        var attended = transformer.forward(embedding, positions(g), tokens);
        Tensor masks = output.forward(attended.tokens().slice(1, 1, TOKENS), attended.image());          // (pairs, 2, 4G, 4G)
        return new Decoded(masks.select(1, 0).reshape(b, classes, 4 * g, 4 * g), iouHead.forward(attended.tokens().select(1, 0)).slice(1, 0, 1));
    }
}
