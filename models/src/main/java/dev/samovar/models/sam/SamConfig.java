package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The sizes that make one Segment Anything Model differ from another: everything that a checkpoint's shapes tell.
///
/// What never varies is not here: a decoder of [#DECODER_DEPTH] layers with [#DECODER_HEADS] heads, [#MASK_TOKENS] masks, three colours.
///
/// @param encoder the image encoder's sizes
/// @param promptWidth channels that come out of the image encoder, and of everything behind it
/// @param decoderMlp hidden width of the mask decoder's feed-forward layers
/// @param iouHidden hidden width of the layers that predict a mask's quality
public record SamConfig(EncoderConfig encoder, int promptWidth, int decoderMlp, int iouHidden) {

    /// Layers of the mask decoder's two-way transformer.
    public static final int DECODER_DEPTH = 2;
    /// Attention heads of the mask decoder.
    public static final int DECODER_HEADS = 8;
    /// How many times narrower than its tokens the decoder's cross attention is.
    public static final int DECODER_NARROWING = 2;
    /// Masks that the decoder can give: one for a clear prompt, three for an ambiguous one.
    public static final int MASK_TOKENS = 4;
    /// Channels in the middle of the mask prompt's way down; a quarter of it at first.
    public static final int MASK_CHANNELS = 16;

    static final String ENCODER = "image_encoder.";

    /// With SAM's own encoder, whose sizes are [VitConfig]'s.
    public SamConfig(int width, int depth, int heads, int window, List<Integer> globalBlocks, int imageSize, int patch, int mlp,
            int promptWidth, int decoderMlp, int iouHidden) {
        this(new VitConfig(width, depth, heads, window, globalBlocks, imageSize, patch, mlp), promptWidth, decoderMlp, iouHidden);
    }

    /// The small model: 91 million parameters in its encoder.
    public static SamConfig vitB() {
        return official(768, 12, 12, List.of(2, 5, 8, 11));
    }

    /// The middle one.
    public static SamConfig vitL() {
        return official(1024, 24, 16, List.of(5, 11, 17, 23));
    }

    /// The large one.
    public static SamConfig vitH() {
        return official(1280, 32, 16, List.of(7, 15, 23, 31));
    }

    /// MobileSAM: 6 million parameters in its encoder.
    public static SamConfig mobile() {
        return official(TinyVitConfig.mobile());
    }

    /// LiteMedSAM: the same for pictures of 256 pixels, of which none is merged with its neighbours at first.
    public static SamConfig liteMed() {
        return official(TinyVitConfig.liteMed());
    }

    private static SamConfig official(int width, int depth, int heads, List<Integer> globalBlocks) {
        return official(new VitConfig(width, depth, heads, 14, globalBlocks, 1024, 16, 4 * width));
    }

    private static SamConfig official(EncoderConfig encoder) {
        return new SamConfig(encoder, 256, 2048, 256);
    }

    /// `vit_b`, `vit_l`, `vit_h`, `vit_t` or `lite_medsam` if this is one of the official models, else `custom`.
    public String name() {
        return equals(vitB())
                ? "vit_b"
                : equals(vitL())
                        ? "vit_l"
                        : equals(vitH())
                                ? "vit_h"
                                : equals(mobile())
                                        ? "vit_t"
                                        : equals(liteMed())
                                                ? "lite_medsam"
                                                : "custom";
    }

    /// The sizes of SAM's own encoder.
    ///
    /// @throws FormatException if it has another
    public VitConfig vit() {
        if (encoder instanceof VitConfig vit) return vit;
        throw new FormatException("this takes a SAM with its own image encoder, and the model has " + encoder.describe());
    }

    /// Side of the square picture that goes in, in pixels.
    public int imageSize() {
        return encoder.imageSize();
    }

    /// The same model for pictures of another size: for encoders whose weights fit any.
    ///
    /// @throws FormatException if its encoder's do not, or not this one
    public SamConfig forImages(int size) {
        return new SamConfig(encoder.forImages(size), promptWidth, decoderMlp, iouHidden);
    }

    /// Positions along a side of the embedding.
    public int grid() {
        return encoder.grid();
    }

    /// Whether a checkpoint of such a model may have this tensor without its being needed for anything.
    public boolean ignores(String tensor) {
        return encoder.ignores(tensor);
    }

    /// Numbers in the embedding of one picture: `promptWidth · grid · grid`.
    public int embeddingSize() {
        return promptWidth * grid() * grid();
    }

    // From a checkpoint ------------------------------------------------------------------------------------------------

    /// The sizes that a checkpoint's shapes tell. Only the tensors that tell one are looked at; [#tensors()] says which others belong to it.
    ///
    /// @throws FormatException naming the tensor that is missing or has an impossible shape
    public static SamConfig infer(TensorFile checkpoint) {
        var shapes = new CheckpointShapes(checkpoint);
        EncoderConfig encoder = TinyVitConfig.isOne(shapes) ? TinyVitConfig.infer(shapes) : VitConfig.infer(shapes);
        return possible(new SamConfig(encoder, shapes.of(ENCODER + "neck.0.weight", 4).dim(0),
                shapes.of("mask_decoder.transformer.layers.0.mlp.lin1.weight", 2).dim(0),
                shapes.of("mask_decoder.iou_prediction_head.layers.0.weight", 2).dim(0)));
    }

    /// The same, for a checkpoint in a file, whose name the error begins with.
    ///
    /// @throws FormatException naming file and tensor
    public static SamConfig of(TensorFile checkpoint) {
        try {
            return infer(checkpoint);
        } catch (FormatException e) {
            throw new FormatException(checkpoint + ": " + e.getMessage(), e);
        }
    }

    private static SamConfig possible(SamConfig config) {
        try {
            if (!config.tensors().isEmpty()) return config;
        } catch (ShapeException _) {
            // Told below: some of its tensors would be larger than a tensor can be.
        }
        throw new FormatException("the checkpoint is of no SAM: its sizes are impossible, " + config);
    }

    // To a checkpoint --------------------------------------------------------------------------------------------------

    /// Every tensor of such a model, with its shape, in the order and under the name that the reference gives it
    /// (facebookresearch/segment-anything at dca509f, `state_dict`).
    public SequencedMap<String, Shape> tensors() {
        StateDict all = new StateDict(new LinkedHashMap<>());
        encoder.tensors(all, promptWidth);
        promptEncoder(all);
        maskDecoder(all);
        return Collections.unmodifiableSequencedMap(all.shapes());
    }

    private void promptEncoder(StateDict all) {
        String prompt = "prompt_encoder.", down = prompt + "mask_downscaling.";
        all.add(prompt + "pe_layer.positional_encoding_gaussian_matrix", 2, promptWidth / 2);
        for (int i = 0; i < 4; i++) all.add(prompt + "point_embeddings." + i + ".weight", 1, promptWidth);
        all.add(prompt + "not_a_point_embed.weight", 1, promptWidth);
        all.pair(down + "0", MASK_CHANNELS / 4, 1, 2, 2);
        all.norm(down + "1", MASK_CHANNELS / 4);
        all.pair(down + "3", MASK_CHANNELS, MASK_CHANNELS / 4, 2, 2);
        all.norm(down + "4", MASK_CHANNELS);
        all.pair(down + "6", promptWidth, MASK_CHANNELS, 1, 1);
        all.add(prompt + "no_mask_embed.weight", 1, promptWidth);
    }

    private void maskDecoder(StateDict all) {
        String decoder = "mask_decoder.", transformer = decoder + "transformer.", up = decoder + "output_upscaling.";
        int c = promptWidth, narrow = c / DECODER_NARROWING;
        for (int i = 0; i < DECODER_DEPTH; i++) {
            String layer = transformer + "layers." + i + ".";
            all.attention(layer + "self_attn", c, c);
            all.norm(layer + "norm1", c);
            all.attention(layer + "cross_attn_token_to_image", c, narrow);
            all.norm(layer + "norm2", c);
            all.pair(layer + "mlp.lin1", decoderMlp, c);
            all.pair(layer + "mlp.lin2", c, decoderMlp);
            all.norm(layer + "norm3", c);
            all.norm(layer + "norm4", c);
            all.attention(layer + "cross_attn_image_to_token", c, narrow);
        }
        all.attention(transformer + "final_attn_token_to_image", c, narrow);
        all.norm(transformer + "norm_final_attn", c);
        all.add(decoder + "iou_token.weight", 1, c);
        all.add(decoder + "mask_tokens.weight", MASK_TOKENS, c);
        all.transposed(up + "0", c, c / 4);
        all.norm(up + "1", c / 4);
        all.transposed(up + "3", c / 4, c / 8);
        for (int i = 0; i < MASK_TOKENS; i++) all.mlp(decoder + "output_hypernetworks_mlps." + i, c, c, c / 8);
        all.mlp(decoder + "iou_prediction_head", c, iouHidden, MASK_TOKENS);
    }
}
