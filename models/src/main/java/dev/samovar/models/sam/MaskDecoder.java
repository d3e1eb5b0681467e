package dev.samovar.models.sam;

import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;

/// From an image's embedding and encoded prompts to masks and their predicted quality.
///
/// The first token is for the masks' quality: its output gives the predicted IoU of all four masks. Four tokens follow, one for each mask: the first
/// mask is for a clear prompt, the others for the meanings of an ambiguous one: the whole, a part, a part of that part. The prompt's tokens come
/// last.
///
/// Follows segment_anything/modeling/mask_decoder.py @ dca509f; parameter names are the checkpoint's.
public final class MaskDecoder {
    /// Masks and their quality.
    ///
    /// @param masks logits `(B, M, 4G, 4G)`
    /// @param iou the predicted intersection over union with the true mask `(B, M)`; it may be outside [0, 1]
    public record Decoded(Tensor masks, Tensor iou) {
        /// The three masks for an ambiguous prompt, or the single one for a clear prompt.
        public Decoded choose(boolean multimask) {
            int from = multimask ? 1 : 0, to = multimask ? SamConfig.MASK_TOKENS : 1;
            return new Decoded(masks.slice(1, from, to), iou.slice(1, from, to));
        }
    }

    /// The result of the decoder's transformer, from which masks can be computed.
    ///
    /// @param tokens the tokens of the masks from number `first` on `(B, M, C)`
    /// @param image in panels `(B, G·G/L, C, L)`
    /// @param iou the masks' predicted intersection over union `(B, M)`
    public record Attended(Tensor tokens, int first, Tensor image, Tensor iou) {
        /// This result for the three masks of an ambiguous prompt only, or for the single one of a clear prompt.
        public Attended choose(boolean multimask) {
            int from = multimask ? 1 : 0, to = multimask ? SamConfig.MASK_TOKENS : 1;
            return new Attended(tokens.slice(1, from, to), from, image, iou.slice(1, from, to));
        }

        /// This result for the prompts `from … to−1` only.
        public Attended prompts(int from, int to) {
            return from == 0 && to == iou.dim(0)
                    ? this
                    : new Attended(tokens.slice(0, from, to), first, image.slice(0, from, to), iou.slice(0, from, to));
        }
    }

    private final Tensor iouToken;
    private final Tensor maskTokens;
    private final TwoWayTransformer transformer;
    private final MaskOutput output;
    private final Mlp iouPredictionHead;
    private final int dim;

    /// From the parameters below `mask_decoder`.
    public MaskDecoder(Params p, SamConfig c) {
        this(p, c, TwoWayTransformer.Layer::new);
    }

    /// A decoder with other layers in its transformer.
    public MaskDecoder(Params p, SamConfig c, TwoWayTransformer.Layers layers) {
        p.device().prepare(MaskDecoderKernels.class);
        dim = c.promptWidth();
        var sizes = new TwoWayTransformer.Sizes(dim, c.decoderHeads(), c.decoderMlp());
        transformer = new TwoWayTransformer(p.in("transformer"), SamConfig.DECODER_DEPTH, sizes, layers);
        iouToken = p.get("iou_token.weight", Init.normal(), 1, dim);
        maskTokens = p.get("mask_tokens.weight", Init.normal(), SamConfig.MASK_TOKENS, dim);
        output = new MaskOutput(p, dim, SamConfig.MASK_TOKENS);
        iouPredictionHead = new Mlp(p.in("iou_prediction_head"), dim, c.iouHidden(), SamConfig.MASK_TOKENS);
    }

    /// All four masks of each prompt.
    ///
    /// @param image the embeddings of I images `(I, C, G, G)`, each for B/I prompts in a row
    /// @param imagePe their positional encoding `(1, C, G, G)`
    /// @param prompts B of them
    public Decoded forward(Tensor image, Tensor imagePe, PromptEncoder.Encoded prompts) {
        Attended attended = attend(image, imagePe, prompts);
        return new Decoded(masks(attended), attended.iou());
    }

    /// The first half: everything needed to predict how good each of the four masks will be, without the cost of computing them.
    public Attended attend(Tensor image, Tensor imagePe, PromptEncoder.Encoded prompts) {
        int b = prompts.sparse().dim(0), own = 1 + SamConfig.MASK_TOKENS;
        Tensor tokens = Tensor.concat(0, iouToken, maskTokens).reshape(1, own, dim).expand(Shape.of(b, own, dim));
        tokens = Tensor.concat(1, tokens, prompts.sparse());                       // (B, 5 + N, C)
        var attended = transformer.forward(image.add(prompts.dense()), imagePe, tokens);
        return new Attended(attended.tokens().slice(1, 1, own), 0, attended.image(), iouPredictionHead.forward(attended.tokens().select(1, 0)));
    }

    /// The second half: the masks' logits `(B, M, 4G, 4G)`.
    public Tensor masks(Attended attended) {
        return output.forward(attended.tokens(), attended.first(), attended.image());
    }
}
