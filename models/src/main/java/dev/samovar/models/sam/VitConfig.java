package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// The sizes of SAM's own image encoder, a plain vision transformer.
///
/// @param width channels
/// @param depth transformer blocks
/// @param heads attention heads of each block
/// @param window side of the square, in patches, within which a windowed block attends; 0 if all blocks are global
/// @param globalBlocks the blocks, counted from 0, that attend to the whole picture
/// @param imageSize side of the square picture that goes in, in pixels
/// @param patch side of a patch, in pixels
/// @param mlp hidden width of the feed-forward layers
public record VitConfig(int width, int depth, int heads, int window, List<Integer> globalBlocks, int imageSize, int patch, int mlp)
        implements
            EncoderConfig {
    private static final String ENCODER = SamConfig.ENCODER, BLOCK = ENCODER + "blocks.";

    /// Copies the list.
    public VitConfig {
        globalBlocks = List.copyOf(globalBlocks);
    }

    static VitConfig infer(CheckpointShapes shapes) {
        Shape position = shapes.of(ENCODER + "pos_embed", 4), proj = shapes.of(ENCODER + "patch_embed.proj.weight", 4);
        int grid = position.dim(1), width = position.dim(3), patch = proj.dim(2), depth = 0;
        int headWidth = shapes.of(BLOCK + "0.attn.rel_pos_h", 2).dim(1);
        if (grid != position.dim(2) || patch != proj.dim(3))
            throw new FormatException("the checkpoint is of a SAM for pictures that are not square");
        if (headWidth == 0 || width == 0 || width % headWidth != 0)
            throw new FormatException(SamConfig.NOT_A_SAM + ": " + width + " channels do not divide into heads of " + headWidth);
        int window = 0;
        List<Integer> globalBlocks = new ArrayList<>();
        while (depth == 0 || shapes.has(BLOCK + depth + ".attn.rel_pos_h")) {
            int reach = shapes.of(BLOCK + depth + ".attn.rel_pos_h", 2).dim(0);          // 2·side − 1 distances
            if (reach == 2 * grid - 1) globalBlocks.add(depth);
            else if (window == 0 || reach == 2 * window - 1) window = (reach + 1) / 2;
            else
                throw new FormatException(SamConfig.NOT_A_SAM + ": block " + depth
                        + " has relative positions for another window than those before it");
            depth++;
        }
        return new VitConfig(width, depth, width / headWidth, window, globalBlocks, grid * patch, patch, shapes.of(BLOCK
                + "0.mlp.lin1.weight", 2).dim(0));
    }

    @Override
    public int grid() {
        return imageSize / patch;
    }

    /// Channels of one attention head.
    public int headWidth() {
        return width / heads;
    }

    /// Whether a block attends to the whole picture.
    public boolean isGlobal(int block) {
        return globalBlocks.contains(block);
    }

    @Override
    public VitConfig forImages(int size) {
        if (size == imageSize) return this;
        throw new FormatException("the image encoder has position embeddings for pictures of " + imageSize + " pixels; it takes no "
                + size);
    }

    @Override
    public ImageEncoder build(Params p, int promptWidth) {
        return new ImageEncoderViT(p, this, promptWidth);
    }

    @Override
    public void tensors(StateDict all, int promptWidth) {
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
        all.neck(ENCODER + "neck", width, promptWidth);
    }

    @Override
    public boolean ignores(String tensor) {
        return false;
    }

    @Override
    public long operations(int promptWidth) {
        long n = (long) grid() * grid(), w = width, sum = n * w * 3 * patch * patch;
        for (int i = 0; i < depth; i++) {
            long side = isGlobal(i) ? grid() : window, across = Math.ceilDiv(grid(), side), tokens = across * across * side * side;
            sum += tokens * w * (4 * w + 2 * side * side + 2 * side) + 2 * n * w * mlp;
        }
        return sum + n * promptWidth * (w + 9L * promptWidth);
    }

    @Override
    public long activations() {
        return 10L * grid() * grid() * width;
    }

    /// For every block, the values that the gradients of its layers need: tokens, norms, queries, keys, values and the attention's output, and twice
    /// the hidden layer of the MLP.
    @Override
    public long kept() {
        long n = (long) grid() * grid(), sum = 0;
        for (int i = 0; i < depth; i++) {
            long side = isGlobal(i) ? grid() : window, across = Math.ceilDiv(grid(), side), tokens = across * across * side * side;
            sum += 6 * tokens * width + 3 * n * width + 2 * n * mlp;
        }
        return sum;
    }

    @Override
    public String describe() {
        return "width " + width + ", depth " + depth + ", heads " + heads + ", window " + window + ", global blocks " + globalBlocks;
    }
}
