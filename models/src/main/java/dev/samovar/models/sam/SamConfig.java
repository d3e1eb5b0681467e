package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The sizes that make one Segment Anything Model differ from another: everything that a checkpoint's shapes tell.
///
/// What never varies is not here: a decoder of [#DECODER_DEPTH] layers, [#MASK_TOKENS] masks, three colours.
///
/// @param width channels of the image encoder
/// @param depth transformer blocks of the image encoder
/// @param heads attention heads of each block
/// @param window side of the square, in patches, within which a windowed block attends; 0 if all blocks are global
/// @param globalBlocks the blocks, counted from 0, that attend to the whole picture
/// @param imageSize side of the square picture that goes in, in pixels
/// @param patch side of a patch, in pixels
/// @param mlp hidden width of the encoder's feed-forward layers
/// @param promptWidth channels that come out of the image encoder, and of everything behind it
/// @param decoderMlp hidden width of the mask decoder's feed-forward layers; 0 if there is an image encoder alone
/// @param iouHidden hidden width of the layers that predict a mask's quality; 0 if there is an image encoder alone
/// @param decoderHeads attention heads of the mask decoder, which no shape tells: [#DECODER_HEADS] unless the file's metadata say otherwise
public record SamConfig(int width, int depth, int heads, int window, List<Integer> globalBlocks, int imageSize, int patch, int mlp,
        int promptWidth, int decoderMlp, int iouHidden, int decoderHeads) {

    /// Layers of the mask decoder's two-way transformer.
    public static final int DECODER_DEPTH = 2;
    /// Attention heads of the official mask decoder.
    public static final int DECODER_HEADS = 8;
    /// Under which a file's metadata may give another number of attention heads of the mask decoder.
    public static final String DECODER_HEADS_KEY = "sam.decoder_heads";
    /// How many times narrower than its tokens the decoder's cross attention is.
    public static final int DECODER_NARROWING = 2;
    /// Masks that the decoder can give: one for a clear prompt, three for an ambiguous one.
    public static final int MASK_TOKENS = 4;
    /// Channels in the middle of the mask prompt's way down; a quarter of it at first.
    public static final int MASK_CHANNELS = 16;

    /// What errors about other checkpoints begin with.
    static final String OF_NO_SAM = "the checkpoint is of no SAM";

    private static final String ENCODER = "image_encoder.", BLOCK = ENCODER + "blocks.", DECODER = "mask_decoder.";

    /// With a list of its own.
    public SamConfig {
        globalBlocks = List.copyOf(globalBlocks);
    }

    /// With the official number of attention heads in the decoder.
    public SamConfig(int width, int depth, int heads, int window, List<Integer> globalBlocks, int imageSize, int patch, int mlp,
            int promptWidth, int decoderMlp, int iouHidden) {
        this(width, depth, heads, window, globalBlocks, imageSize, patch, mlp, promptWidth, decoderMlp, iouHidden, DECODER_HEADS);
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

    private static SamConfig official(int width, int depth, int heads, List<Integer> globalBlocks) {
        return new SamConfig(width, depth, heads, 14, globalBlocks, 1024, 16, 4 * width, 256, 2048, 256);
    }

    /// `vit_b`, `vit_l` or `vit_h` if this is one of the official models, or its image encoder, else `custom`.
    public String name() {
        return isOf(vitB()) ? "vit_b" : isOf(vitL()) ? "vit_l" : isOf(vitH()) ? "vit_h" : "custom";
    }

    private boolean isOf(SamConfig official) {
        return equals(hasDecoder() ? official : official.encoderAlone());
    }

    private SamConfig encoderAlone() {
        return new SamConfig(width, depth, heads, window, globalBlocks, imageSize, patch, mlp, promptWidth, 0, 0);
    }

    /// Whether there is more than an image encoder.
    public boolean hasDecoder() {
        return decoderMlp > 0;
    }

    /// Patches along a side of the picture.
    public int grid() {
        return imageSize / patch;
    }

    /// Numbers in the embedding of one picture: `promptWidth · grid · grid`.
    public int embeddingSize() {
        return promptWidth * grid() * grid();
    }

    /// Channels of one attention head.
    public int headWidth() {
        return width / heads;
    }

    /// Whether a block attends to the whole picture.
    public boolean isGlobal(int block) {
        return globalBlocks.contains(block);
    }

    // From a checkpoint ------------------------------------------------------------------------------------------------

    /// The sizes that a checkpoint's shapes tell. Only the tensors that tell one are looked at; [#tensors()] says which others belong to it.
    ///
    /// Without any tensor of a mask decoder they are those of an image encoder alone.
    ///
    /// @throws FormatException naming the tensor that is missing or has an impossible shape
    public static SamConfig infer(TensorFile checkpoint) {
        Shapes shapes = new Shapes(checkpoint);
        Shape position = shapes.of(ENCODER + "pos_embed", 4), proj = shapes.of(ENCODER + "patch_embed.proj.weight", 4);
        int grid = position.dim(1), width = position.dim(3), patch = proj.dim(2), depth = 0;
        int headWidth = shapes.of(BLOCK + "0.attn.rel_pos_h", 2).dim(1);
        if (grid != position.dim(2) || patch != proj.dim(3))
            throw new FormatException("the checkpoint is of a SAM for pictures that are not square");
        if (headWidth == 0 || width == 0 || width % headWidth != 0)
            throw new FormatException(OF_NO_SAM + ": " + width + " channels do not divide into heads of " + headWidth);
        int window = 0;
        List<Integer> globalBlocks = new ArrayList<>();
        while (depth == 0 || shapes.has(BLOCK + depth + ".attn.rel_pos_h")) {
            int reach = shapes.of(BLOCK + depth + ".attn.rel_pos_h", 2).dim(0);          // 2·side − 1 distances
            if (reach == 2 * grid - 1) globalBlocks.add(depth);
            else if (window == 0 || reach == 2 * window - 1) window = (reach + 1) / 2;
            else
                throw new FormatException(OF_NO_SAM + ": block " + depth
                        + " has relative positions for another window than those before it");
            depth++;
        }
        boolean decoder = checkpoint.entries().keySet().stream().anyMatch(name -> name.startsWith(DECODER));
        return possible(new SamConfig(width, depth, width / headWidth, window, globalBlocks, grid * patch, patch,
                shapes.of(BLOCK + "0.mlp.lin1.weight", 2).dim(0), shapes.of(ENCODER + "neck.0.weight", 4).dim(0),
                decoder ? shapes.of(DECODER + "transformer.layers.0.mlp.lin1.weight", 2).dim(0) : 0,
                decoder ? shapes.of(DECODER + "iou_prediction_head.layers.0.weight", 2).dim(0) : 0, decoderHeads(checkpoint)));
    }

    private static int decoderHeads(TensorFile checkpoint) {
        String told = checkpoint.metadata().getOrDefault(DECODER_HEADS_KEY, Integer.toString(DECODER_HEADS));
        if (!told.matches("[1-9]\\d{0,5}"))
            throw new FormatException(OF_NO_SAM + ": " + FormatException.shown(told) + " attention heads in its decoder are impossible");
        return Integer.parseInt(told);
    }

    /// The same, for a checkpoint in a file, whose name the error begins with, and which must hold nothing within its networks that a SAM has not.
    ///
    /// @throws FormatException naming file and tensor
    public static SamConfig of(TensorFile checkpoint) {
        return SamKeys.of(checkpoint).require(checkpoint.toString());
    }

    /// The same, for whoever needs the whole model.
    ///
    /// @throws FormatException also if there is an image encoder alone
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
            throw new FormatException(OF_NO_SAM + ": its decoder's " + narrow + " channels do not divide into " + config.decoderHeads
                    + " heads");
        try {
            if (!config.tensors().isEmpty()) return config;
        } catch (ShapeException _) {
            // Told below: some of its tensors would be larger than a tensor can be.
        }
        throw new FormatException(OF_NO_SAM + ": its sizes are impossible, " + config);
    }

    private record Shapes(TensorFile file) {
        boolean has(String key) {
            return file.entries().containsKey(key);
        }

        Shape of(String key, int rank) {
            TensorFile.Entry entry = file.entries().get(key);
            if (entry == null) throw new FormatException(OF_NO_SAM + ": it " + file.lacks(key));
            if (entry.shape().rank() != rank || entry.shape().size() == 0)
                throw new FormatException(OF_NO_SAM + ": \"" + key + "\" has the shape " + entry.shape() + ", not " + rank
                        + " axes");
            return entry.shape();
        }
    }

    // To a checkpoint --------------------------------------------------------------------------------------------------

    /// Every tensor of such a model, with its shape, in the order and under the name that the reference gives it
    /// (facebookresearch/segment-anything at dca509f, `state_dict`).
    public SequencedMap<String, Shape> tensors() {
        Tensors all = new Tensors(new LinkedHashMap<>());
        imageEncoder(all);
        if (hasDecoder()) {
            promptEncoder(all);
            maskDecoder(all);
        }
        return Collections.unmodifiableSequencedMap(all.shapes);
    }

    private void imageEncoder(Tensors all) {
        all.add(ENCODER + "pos_embed", 1, grid(), grid(), width);
        all.pair(ENCODER + "patch_embed.proj", width, 3, patch, patch);
        for (int i = 0; i < depth; i++) {
            String block = BLOCK + i;
            int reach = 2 * (isGlobal(i) ? grid() : window) - 1;
            all.norm(block + ".norm1", width);
            all.add(block + ".attn.rel_pos_h", reach, headWidth());
            all.add(block + ".attn.rel_pos_w", reach, headWidth());
            all.pair(block + ".attn.qkv", 3 * width, width);
            all.pair(block + ".attn.proj", width, width);
            all.norm(block + ".norm2", width);
            all.pair(block + ".mlp.lin1", mlp, width);
            all.pair(block + ".mlp.lin2", width, mlp);
        }
        all.add(ENCODER + "neck.0.weight", promptWidth, width, 1, 1);
        all.norm(ENCODER + "neck.1", promptWidth);
        all.add(ENCODER + "neck.2.weight", promptWidth, promptWidth, 3, 3);
        all.norm(ENCODER + "neck.3", promptWidth);
    }

    private void promptEncoder(Tensors all) {
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

    private void maskDecoder(Tensors all) {
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

    private record Tensors(SequencedMap<String, Shape> shapes) {
        void add(String name, int... dims) {
            shapes.put(name, Shape.of(dims));
        }

        /// A weight, outputs first, and its bias.
        void pair(String name, int... dims) {
            add(name + ".weight", dims);
            add(name + ".bias", dims[0]);
        }

        void norm(String name, int width) {
            pair(name, width);
        }

        /// A transposed convolution that doubles the picture: its weight has the inputs first.
        void transposed(String name, int in, int out) {
            add(name + ".weight", in, out, 2, 2);
            add(name + ".bias", out);
        }

        void attention(String name, int width, int inner) {
            for (String part : List.of("q_proj", "k_proj", "v_proj")) pair(name + "." + part, inner, width);
            pair(name + ".out_proj", width, inner);
        }

        /// Three layers.
        void mlp(String name, int in, int hidden, int out) {
            pair(name + ".layers.0", hidden, in);
            pair(name + ".layers.1", hidden, hidden);
            pair(name + ".layers.2", out, hidden);
        }
    }
}
