package dev.samovar.models.sam;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.fused.EncoderBlock;
import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.nn.Conv2d;
import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.LayerNorm;
import dev.samovar.core.nn.Linear;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.tensor.Watch;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// SAM's image encoder: a plain vision transformer that attends within windows, except in a few global blocks.
///
///     image (B, 3, S, S) → patches (B, G, G, C) → depth × Block → neck → embedding (B, D, G, G)
///
/// `S` is the side of the picture, `G` of the grid of patches; `C` the width of the transformer, `D` that of the embedding: 1024, 64, 768, 256 for vit_b.
/// Thread safe. Given frozen parameters it records no graph, and needs, besides its weights, three or four times the memory of its largest activation, `(G·G, 4·C)`.
///
/// Follows segment_anything/modeling/image_encoder.py @ dca509f; parameter names are the checkpoint's.
public final class ImageEncoderViT implements ImageEncoder {
    private static final float EPS = 1e-6f;

    private final Conv2d patchEmbed;
    private final Tensor posEmbed;
    private final List<Block> blocks;
    private final Neck neck;
    private final VitConfig config;

    /// Makes a block of the encoder: SAM's own, or one with additions.
    @FunctionalInterface
    public interface Blocks {
        /// Block `index`, from the parameters below its number.
        Block make(Params p, VitConfig c, int index);
    }

    /// From the parameters below `image_encoder`.
    public ImageEncoderViT(Params p, VitConfig c, int promptWidth) {
        this(p, c, promptWidth, Block::new);
    }

    /// An encoder with other blocks.
    public ImageEncoderViT(Params p, VitConfig c, int promptWidth, Blocks maker) {
        p.device().prepare(EncoderBlockKernel.class);
        config = c;
        posEmbed = p.get("pos_embed", Init.constant(0), 1, c.grid(), c.grid(), c.width());
        patchEmbed = Conv2d.patches(p.in("patch_embed.proj"), 3, c.width(), c.patch());
        blocks = IntStream.range(0, c.depth()).mapToObj(i -> maker.make(p.in("blocks").in(i), c, i)).toList();
        neck = new Neck(p.in("neck"), c.width(), promptWidth);
    }

    @Override
    public VitConfig config() {
        return config;
    }

    @Override
    public Tensor forward(Tensor image) {                                          // (B, 3, S, S)
        return encode(image, null);
    }

    /// The onlooker gets `patch_embed`, `block0` …, each `(B, G, G, C)`.
    @Override
    public Tensor forward(Tensor image, BiConsumer<String, Tensor> onlooker) {
        return encode(image, onlooker);
    }

    @Override
    public Tensor recomputed(Tensor image, List<Tensor> learning) {
        Tensor x = tidy(i -> patchEmbed.forward(i).permute(0, 2, 3, 1), image).add(posEmbed);                // (B, G, G, C)
        for (Block block : blocks) x = x.requiresGrad() || block.learns() ? x.checkpoint(block::run, learning) : tidy(block::run, x);
        return tidy(y -> neck.forward(y.permute(0, 3, 1, 2)), x);                  // (B, D, G, G)
    }

    private Tensor encode(Tensor image, @Nullable BiConsumer<String, Tensor> onlooker) {
        Tensor x = tidy(i -> patchEmbed.forward(i).permute(0, 2, 3, 1), image);    // (B, G, G, C)
        if (onlooker != null) onlooker.accept("patch_embed", x);
        x = x.add(posEmbed);
        for (int i = 0; i < blocks.size(); i++) {
            Watch.step(STAGE, i, blocks.size());
            Tensor before = x;
            x = tidy(blocks.get(i)::run, before);                                  // frees everything except the result
            if (onlooker != null) onlooker.accept("block" + i, x);
            else if (!x.requiresGrad()) before.release();                          // it will not be read again
        }
        Watch.step(STAGE, blocks.size(), blocks.size());
        return tidy(y -> neck.forward(y.permute(0, 3, 1, 2)), x);                  // (B, D, G, G)
    }

    /// Pre-norm transformer block: `x + attention(norm1(x))`, then `x + mlp(norm2(x))`.
    public static class Block {
        private final LayerNorm norm1;
        private final Attention attention;
        private final LayerNorm norm2;
        private final Linear lin1;
        private final Linear lin2;
        private final int window;

        /// From the parameters below the block's number.
        public Block(Params p, VitConfig c, int index) {
            window = c.isGlobal(index) ? 0 : c.window();
            norm1 = new LayerNorm(p.in("norm1"), c.width(), EPS);
            attention = new Attention(p.in("attn"), c.width(), c.heads(), window == 0 ? c.grid() : window);
            norm2 = new LayerNorm(p.in("norm2"), c.width(), EPS);
            lin1 = new Linear(p.in("mlp.lin1"), c.width(), c.mlp());
            lin2 = new Linear(p.in("mlp.lin2"), c.mlp(), c.width());
        }

        Tensor forward(Tensor x) {                                                 // (B, G, G, C)
            x = x.add(tidy(y -> attend(norm1.forward(y)), x));
            return x.add(tidy(y -> mlp(norm2.forward(y)), x));
        }

        /// The first norm, `(…, C)`.
        protected final Tensor norm1(Tensor x) {
            return norm1.forward(x);
        }

        /// The second norm, `(…, C)`.
        protected final Tensor norm2(Tensor x) {
            return norm2.forward(x);
        }

        /// The attention within one square, or rectangle, of tokens `(B, H, W, C)`.
        protected final Tensor attention(Tensor x) {
            return attention.forward(x);
        }

        /// The layers after the second norm, `(…, C)`.
        protected final Tensor mlp(Tensor x) {
            return lin2.forward(lin1.forward(x).gelu());
        }

        /// Side of the windows; 0 in a block that attends to everything.
        protected final int window() {
            return window;
        }

        /// Whether any of its parameters learns.
        protected boolean learns() {
            return weights(attention.relPosH, attention.relPosW).all().anyMatch(Tensor::requiresGrad);
        }

        /// The block's output for tokens of pictures, `(B, G, G, C)`, as one fused operation if the device has it.
        protected Tensor run(Tensor x) {
            if (!EncoderBlock.fits(x, weights(attention.relPosH, attention.relPosW))) return forward(x);
            int h = window == 0 ? x.dim(1) : window, w = window == 0 ? x.dim(2) : window;
            var weights = weights(Attention.offsets(attention.relPosH, h), Attention.offsets(attention.relPosW, w));
            return new EncoderBlock(attention.heads, window, EPS).apply(x, weights);
        }

        /// All parameters, with the relative positions resized to the current grid.
        private EncoderBlockWeights<Tensor> weights(Tensor relPosH, Tensor relPosW) {
            return new EncoderBlockWeights<>(norm1.parameters(), relPosH, relPosW, attention.qkv.parameters(), attention.proj.parameters(),
                    norm2.parameters(), lin1.parameters(), lin2.parameters());
        }

        private Tensor attend(Tensor x) {
            if (window == 0) return attention.forward(x);
            Windows windows = Windows.split(x, window);                            // (B·nW, window, window, C), padded with zeros after the norm
            return windows.merge(attention.forward(windows.tiles()));              // padding dropped
        }
    }

    /// Square windows of a grid, in the order picture, row, column. The grid is padded with zeros at the bottom and on the right.
    ///
    /// @param tiles `(B·nW, side, side, C)`
    public record Windows(Tensor tiles, int batch, int height, int width, int down, int across, int side) {

        /// Cuts tokens `(B, H, W, C)` into windows.
        public static Windows split(Tensor x, int side) {                                 // (B, H, W, C)
            int b = x.dim(0), h = x.dim(1), w = x.dim(2), c = x.dim(3), down = Math.ceilDiv(h, side), across = Math.ceilDiv(w, side);
            Tensor tiles = x.pad(1, 0, down * side - h).pad(2, 0, across * side - w)
                    .reshape(b, down, side, across, side, c)
                    .permute(0, 1, 3, 2, 4, 5)                                     // (B, down, across, side, side, C)
                    .reshape(b * down * across, side, side, c);
            return new Windows(tiles, b, h, w, down, across, side);
        }

        /// Joins tiles of the same windows, and drops the padding.
        public Tensor merge(Tensor tiles) {                                        // (B·nW, side, side, C)
            return tiles.reshape(batch, down, across, side, side, -1)
                    .permute(0, 1, 3, 2, 4, 5)                                     // (B, down, side, across, side, C)
                    .reshape(batch, down * side, across * side, -1)
                    .slice(1, 0, height).slice(2, 0, width);                       // (B, H, W, C)
        }
    }

    /// Multi-head self-attention over a square grid; one learned vector per row offset and one per column offset, shared by all heads.
    static final class Attention {
        private final Linear qkv;
        private final Linear proj;
        private final Tensor relPosH;
        private final Tensor relPosW;
        private final int heads;

        Attention(Params p, int dim, int heads, int side) {
            this.heads = heads;
            qkv = new Linear(p.in("qkv"), dim, 3 * dim);
            proj = new Linear(p.in("proj"), dim, dim);
            relPosH = p.get("rel_pos_h", Init.constant(0), 2 * side - 1, dim / heads);
            relPosW = p.get("rel_pos_w", Init.constant(0), 2 * side - 1, dim / heads);
        }

        Tensor forward(Tensor x) {                                                 // (B, H, W, C)
            int b = x.dim(0), h = x.dim(1), w = x.dim(2), c = x.dim(3), d = c / heads;
            Tensor t = tidy(y -> qkv.forward(y)                                    // (B, H, W, 3C)
                    .reshape(b, h * w, 3, heads, d)
                    .permute(2, 0, 3, 1, 4)                                        // (3, B, heads, HW, d)
                    .reshape(3, b * heads, h * w, d), x);
            Tensor y = t.relPosAttention(offsets(relPosH, h), offsets(relPosW, w)) // (B·heads, HW, d)
                    .reshape(b, heads, h, w, d).permute(0, 2, 3, 1, 4)             // (B, H, W, heads, d)
                    .reshape(b, h, w, c);
            return proj.forward(y);
        }

        /// The table for a side of this length. If the table was trained for another length, it is resized linearly, as in `get_rel_pos`.
        static Tensor offsets(Tensor table, int side) {                            // (2·trained−1, d)
            int rows = 2 * side - 1, d = table.dim(1);
            if (table.dim(0) == rows) return table;
            return table.reshape(1, 1, table.dim(0), d).resizeBilinear(rows, d).reshape(rows, d);
        }
    }
}
