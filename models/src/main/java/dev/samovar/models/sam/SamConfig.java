package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The sizes in which one Segment Anything Model differs from another: everything that can be derived from a checkpoint's shapes.
///
/// Sizes that never vary are not here: a decoder of [#DECODER_DEPTH] layers, [#MASK_TOKENS] masks, three colours.
///
/// @param encoder the image encoder's sizes
/// @param promptWidth channels of the image encoder's output, and of everything after it
/// @param decoderMlp hidden width of the mask decoder's feed-forward layers; 0 if there is only an image encoder
/// @param iouHidden hidden width of the layers that predict a mask's quality; 0 if there is only an image encoder
/// @param decoderHeads attention heads of the mask decoder, which no shape reveals: [#DECODER_HEADS] unless the file's metadata say otherwise
public record SamConfig(EncoderConfig encoder, int promptWidth, int decoderMlp, int iouHidden, int decoderHeads) {

    /// Layers of the mask decoder's two-way transformer.
    public static final int DECODER_DEPTH = 2;
    /// Attention heads of the official mask decoder.
    public static final int DECODER_HEADS = 8;
    /// The key under which a file's metadata may give another number of attention heads of the mask decoder.
    public static final String DECODER_HEADS_KEY = "sam.decoder_heads";
    /// The factor by which the decoder's cross attention is narrower than its tokens.
    public static final int DECODER_NARROWING = 2;
    /// Masks that the decoder predicts: one for a clear prompt, three for an ambiguous one.
    public static final int MASK_TOKENS = 4;
    /// Channels of the second convolution that shrinks a mask prompt; the first has a quarter of them.
    public static final int MASK_CHANNELS = 16;

    /// The beginning of errors about other checkpoints.
    static final String NOT_A_SAM = "the checkpoint is not a SAM";
    static final String ENCODER = "image_encoder.";

    private static final String DECODER = "mask_decoder.";

    /// With the official number of attention heads in the decoder.
    public SamConfig(EncoderConfig encoder, int promptWidth, int decoderMlp, int iouHidden) {
        this(encoder, promptWidth, decoderMlp, iouHidden, DECODER_HEADS);
    }

    /// The small model: 90 million parameters in its encoder.
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

    /// LiteMedSAM: MobileSAM's sizes for pictures of 256 pixels, whose patches are single pixels.
    public static SamConfig liteMed() {
        return official(TinyVitConfig.liteMed());
    }

    private static SamConfig official(int width, int depth, int heads, List<Integer> globalBlocks) {
        return official(new VitConfig(width, depth, heads, 14, globalBlocks, 1024, 16, 4 * width));
    }

    private static SamConfig official(EncoderConfig encoder) {
        return new SamConfig(encoder, 256, 2048, 256);
    }

    /// `vit_b`, `vit_l`, `vit_h`, `vit_t` or `lite_medsam` if this is one of the official models, or its image encoder, else `custom`.
    public String name() {
        return isOf(vitB())
                ? "vit_b"
                : isOf(vitL())
                        ? "vit_l"
                        : isOf(vitH())
                                ? "vit_h"
                                : isOf(mobile())
                                        ? "vit_t"
                                        : isOf(liteMed())
                                                ? "lite_medsam"
                                                : "custom";
    }

    private boolean isOf(SamConfig official) {
        return equals(hasDecoder() ? official : new SamConfig(official.encoder, official.promptWidth, 0, 0));
    }

    /// Whether there is a mask decoder, and not only an image encoder.
    public boolean hasDecoder() {
        return decoderMlp > 0;
    }

    /// Makes sure that there is a mask decoder.
    ///
    /// @param use what needs SAM's mask decoder, as the beginning of a sentence
    /// @throws FormatException if there is only an image encoder
    public void requireDecoder(String use) {
        if (!hasDecoder())
            throw new FormatException(use + " SAM's mask decoder, and the checkpoint is an image encoder alone; take a whole SAM");
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

    /// This model for pictures of another size, if the weights of its encoder allow that.
    ///
    /// @throws FormatException if they do not allow it, or not this size
    public SamConfig forImages(int size) {
        return new SamConfig(encoder.forImages(size), promptWidth, decoderMlp, iouHidden, decoderHeads);
    }

    /// Positions along a side of the embedding.
    public int grid() {
        return encoder.grid();
    }

    /// Whether a checkpoint of such a model may contain this tensor although it is not needed.
    public boolean ignores(String tensor) {
        return encoder.ignores(tensor);
    }

    /// Numbers in the embedding of one picture: `promptWidth · grid · grid`.
    public int embeddingSize() {
        return promptWidth * grid() * grid();
    }

    /// What a file's metadata must say so that [#of] finds the same sizes: nothing for the official number of attention heads in the decoder.
    public Map<String, String> metadata() {
        return decoderHeads == DECODER_HEADS ? Map.of() : Map.of(DECODER_HEADS_KEY, Integer.toString(decoderHeads));
    }

    // From a checkpoint ------------------------------------------------------------------------------------------------

    /// The sizes derived from a checkpoint's shapes. Only the tensors needed for this are looked at; [#tensors()] says which others belong to the
    /// model.
    ///
    /// Without any tensor of a mask decoder, the sizes are those of an image encoder alone.
    ///
    /// @throws FormatException naming the tensor that is missing or has an impossible shape
    public static SamConfig infer(TensorFile checkpoint) {
        var shapes = new CheckpointShapes(checkpoint);
        EncoderConfig encoder = TinyVitConfig.isOne(shapes) ? TinyVitConfig.infer(shapes) : VitConfig.infer(shapes);
        boolean decoder = checkpoint.entries().keySet().stream().anyMatch(name -> name.startsWith(DECODER));
        return possible(new SamConfig(encoder, shapes.of(ENCODER + "neck.0.weight", 4).dim(0),
                decoder ? shapes.of(DECODER + "transformer.layers.0.mlp.lin1.weight", 2).dim(0) : 0,
                decoder ? shapes.of(DECODER + "iou_prediction_head.layers.0.weight", 2).dim(0) : 0, decoderHeads(checkpoint)));
    }

    private static int decoderHeads(TensorFile checkpoint) {
        String told = checkpoint.metadata().getOrDefault(DECODER_HEADS_KEY, Integer.toString(DECODER_HEADS));
        if (!told.matches("[1-9]\\d{0,5}"))
            throw new FormatException(NOT_A_SAM + ": " + FormatException.shown(told) + " attention heads in its decoder are impossible");
        return Integer.parseInt(told);
    }

    /// The sizes of a checkpoint in a file, which must contain only SAM's tensors within its networks. Errors begin with the file's name.
    ///
    /// @throws FormatException naming file and tensor
    public static SamConfig of(TensorFile checkpoint) {
        return SamKeys.of(checkpoint).require(checkpoint.toString());
    }

    /// The sizes of a checkpoint that must contain the whole model.
    ///
    /// @throws FormatException also if there is only an image encoder
    public static SamConfig ofWhole(TensorFile checkpoint) {
        SamConfig config = of(checkpoint);
        if (config.hasDecoder()) return config;
        throw new FormatException(checkpoint
                + ": the checkpoint is an image encoder alone; that is enough to embed, to export the encoder, and for CNN "
                + "and linear heads, but masks need the prompt encoder and the mask decoder of a whole SAM");
    }

    private static SamConfig possible(SamConfig config) {
        int narrow = config.promptWidth / DECODER_NARROWING;
        if (config.hasDecoder() && (narrow == 0 || narrow % config.decoderHeads != 0))
            throw new FormatException(NOT_A_SAM + ": its decoder's " + narrow + " channels do not divide into " + config.decoderHeads
                    + " heads");
        try {
            if (!config.tensors().isEmpty()) return config;
        } catch (ShapeException _) {
            // Reported below: some of its tensors would be larger than a tensor can be.
        }
        throw new FormatException(NOT_A_SAM + ": its sizes are impossible, " + config);
    }

    // Its cost ---------------------------------------------------------------------------------------------------

    /// Bytes that the JVM takes for itself: classes, compiled code, threads.
    public static final long JVM = 200_000_000;

    /// Multiply-adds of the image encoder for one picture.
    public long encoderOperations() {
        return encoder.operations(promptWidth);
    }

    /// The number of elements in all tensors whose names begin with `prefix`.
    public long parameters(String prefix) {
        return tensors().entrySet().stream().filter(e -> e.getKey().startsWith(prefix)).mapToLong(e -> e.getValue().size()).sum();
    }

    /// Bytes that a process takes at the peak to embed one picture: every weight both as it was read and in the kernels' own form (the first is no
    /// longer needed when the second exists, but the garbage collector may run late), the activations, and the JVM itself.
    public long encoderMemory() {
        return 4 * (2 * parameters(ENCODER) + encoder.activations()) + JVM;
    }

    // To a checkpoint --------------------------------------------------------------------------------------------------

    /// Every tensor of such a model, with its shape, in the order and under the name that the reference gives it
    /// (facebookresearch/segment-anything at dca509f, `state_dict`).
    public SequencedMap<String, Shape> tensors() {
        StateDict all = new StateDict(new LinkedHashMap<>());
        encoder.tensors(all, promptWidth);
        if (hasDecoder()) {
            promptEncoder(all);
            maskDecoder(all);
        }
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
        String decoder = DECODER, transformer = decoder + "transformer.", up = decoder + "output_upscaling.";
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
