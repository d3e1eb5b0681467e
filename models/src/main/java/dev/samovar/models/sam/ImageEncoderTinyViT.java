package dev.samovar.models.sam;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.fused.InvertedBottleneck;
import dev.samovar.core.fused.WindowBlock;
import dev.samovar.core.kernel.InvertedBottleneckWeights;
import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.kernel.WindowBlockWeights;
import dev.samovar.core.nn.ConvBn;
import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.LayerNorm;
import dev.samovar.core.nn.Linear;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.tensor.Watch;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// MobileSAM's image encoder, TinyViT: convolutions at first, then attention within windows.
///
///     image (B, 3, S, S) → patches (B, 64, S/4, S/4) → stage 0, merge → (B, 128, S/8, S/8) → stage 1, merge → (B, 160, S/16, S/16) → stage 2, merge → (B, 320, S/16, S/16)
///         → stage 3 → neck → embedding (B, 256, S/16, S/16)
///
/// (the widths of MobileSAM). Values are maps `(B, C, H, W)` from end to end; tokens exist only within windows. There is no position embedding:
/// positions show in the zero padding of the convolutions, and in the biases within a window.
///
/// Thread safe. Batch norm uses its stored statistics, even if the parameters learn.
///
/// Follows mobile_sam/modeling/tiny_vit_sam.py @ 34bbbfd (ChaoningZhang/MobileSAM); parameter names are the checkpoint's.
public final class ImageEncoderTinyViT implements ImageEncoder {
    private static final float EPS = 1e-5f;

    private final ConvBn patch1;
    private final ConvBn patch2;
    private final List<Bottleneck> convolutions;
    private final List<Stage> stages;
    private final Neck neck;
    private final TinyVitConfig config;

    /// A merge, and the blocks after it.
    private record Stage(Bottleneck merge, List<Block> blocks) {}

    /// From the parameters below `image_encoder`.
    public ImageEncoderTinyViT(Params p, TinyVitConfig c, int promptWidth) {
        p.device().prepare(MobileBlockKernels.class);
        config = c;
        Params patches = p.in("patch_embed.seq"), layers = p.in("layers");
        int stride = c.patchKernel() == 3 ? 2 : 1, width = c.width(0);
        patch1 = ConvBn.dense(patches.in(0), 3, c.patchWidth(), c.patchKernel(), stride);
        patch2 = ConvBn.dense(patches.in(2), c.patchWidth(), width, c.patchKernel(), stride);
        convolutions = IntStream.range(0, c.depths().getFirst())
                .mapToObj(i -> new Bottleneck(layers.in(0).in("blocks").in(i), width, c.expansion() * width, width, 1, true)).toList();
        stages = IntStream.range(1, TinyVitConfig.STAGES).mapToObj(i -> stage(layers, c, i)).toList();
        neck = new Neck(p.in("neck"), c.width(TinyVitConfig.STAGES - 1), promptWidth);
    }

    private static Stage stage(Params layers, TinyVitConfig c, int i) {
        int width = c.width(i);
        var merge = new Bottleneck(layers.in(i - 1).in("downsample"), c.width(i - 1), width, width, TinyVitConfig.mergeStride(i - 1), false);
        return new Stage(merge, IntStream.range(0, c.depths().get(i)).mapToObj(j -> new Block(layers.in(i).in("blocks").in(j), c, i)).toList());
    }

    @Override
    public TinyVitConfig config() {
        return config;
    }

    @Override
    public Tensor forward(Tensor image) {                                          // (B, 3, S, S)
        return encode(image, null);
    }

    /// The onlooker gets `patch_embed`, then blocks and merges by the names of their modules, `layers.0.blocks.0` … `layers.0.downsample`: those of
    /// stage 0 as `(B, C, H, W)`, from the first merge on as `(B, H·W, C)`; and within blocks that are not fused, `.attn`, windows of tokens, and
    /// `.local_conv`.
    @Override
    public Tensor forward(Tensor image, BiConsumer<String, Tensor> onlooker) {
        return encode(image, onlooker);
    }

    private Tensor encode(Tensor image, @Nullable BiConsumer<String, Tensor> onlooker) {
        Tensor x = tidy(i -> patch2.forward(patch1.forward(i).gelu()), image);     // (B, C₀, S/4, S/4)
        if (onlooker != null) onlooker.accept("patch_embed", x);
        int done = 0, all = convolutions.size() + stages.stream().mapToInt(stage -> stage.blocks.size()).sum();
        for (int i = 0; i < convolutions.size(); i++) {
            Watch.step(STAGE, done++, all);
            x = step(convolutions.get(i)::run, x, onlooker);
            if (onlooker != null) onlooker.accept("layers.0.blocks." + i, x);
        }
        for (int i = 1; i < TinyVitConfig.STAGES; i++) {
            Stage stage = stages.get(i - 1);
            x = step(stage.merge::run, x, onlooker);                               // (B, Cᵢ, Hᵢ, Wᵢ)
            if (onlooker != null) onlooker.accept("layers." + (i - 1) + ".downsample", tokens(x));
            for (int j = 0; j < stage.blocks.size(); j++) {
                Watch.step(STAGE, done++, all);
                Block block = stage.blocks.get(j);
                String name = "layers." + i + ".blocks." + j;
                x = step(y -> block.run(y, onlooker == null ? null : (part, z) -> onlooker.accept(name + part, z)), x, onlooker);
                if (onlooker != null) onlooker.accept(name, tokens(x));
            }
        }
        Watch.step(STAGE, done, all);
        return tidy(neck::forward, x);                                             // (B, D, S/16, S/16)
    }

    /// Frees everything except the result; also the input, if it will not be read again.
    private static Tensor step(UnaryOperator<Tensor> f, Tensor x, @Nullable BiConsumer<String, Tensor> onlooker) {
        Tensor y = tidy(f, x);
        if (onlooker == null && !y.requiresGrad()) x.release();
        return y;
    }

    private static Tensor tokens(Tensor x) {                                       // (B, C, H, W)
        return x.reshape(x.dim(0), x.dim(1), -1).permute(0, 2, 1);                 // (B, H·W, C)
    }

    /// Three convolutions, the middle one depthwise: a block of stage 0, with a shortcut around it, or a merge, which may halve the map.
    static final class Bottleneck {
        private final ConvBn conv1;
        private final ConvBn conv2;
        private final ConvBn conv3;
        private final int stride;
        private final boolean shortcut;

        Bottleneck(Params p, int in, int hidden, int out, int stride, boolean shortcut) {
            conv1 = ConvBn.dense(p.in("conv1"), in, hidden, 1, 1);
            conv2 = ConvBn.byDepth(p.in("conv2"), hidden, 3, stride);
            conv3 = ConvBn.dense(p.in("conv3"), hidden, out, 1, 1);
            this.stride = stride;
            this.shortcut = shortcut;
        }

        Tensor forward(Tensor x) {                                                 // (B, in, H, W)
            Tensor y = conv3.forward(conv2.forward(conv1.forward(x).gelu()).gelu());
            return shortcut ? x.add(y).gelu() : y;                                 // (B, out, H', W')
        }

        /// [#forward], as one fused operation if the device has it.
        Tensor run(Tensor x) {
            List<ConvBn> all = List.of(conv1, conv2, conv3);
            if (!InvertedBottleneck.fits(x) || !all.stream().allMatch(ConvBn::isFrozen)) return forward(x);
            return new InvertedBottleneck(stride, shortcut).apply(x, new InvertedBottleneckWeights<>(conv1.folded(), conv2.folded(), conv3.folded()));
        }
    }

    /// Attention within windows, a depthwise convolution, and an MLP; attention and MLP have a residual.
    static final class Block {
        private final WindowAttention attention;
        private final ConvBn localConv;
        private final LayerNorm norm;
        private final Linear fc1;
        private final Linear fc2;

        Block(Params p, TinyVitConfig c, int stage) {
            int width = c.width(stage), hidden = c.mlpRatio() * width;
            attention = new WindowAttention(p.in("attn"), width, c.heads(stage), c.window(stage));
            localConv = ConvBn.byDepth(p.in("local_conv"), width, 3, 1);
            Params mlp = p.in("mlp");
            norm = new LayerNorm(mlp.in("norm"), width, EPS);
            fc1 = new Linear(mlp.in("fc1"), width, hidden);
            fc2 = new Linear(mlp.in("fc2"), hidden, width);
        }

        Tensor forward(Tensor x, @Nullable BiConsumer<String, Tensor> onlooker) {  // (B, C, H, W)
            Tensor y = x.permute(0, 2, 3, 1);                                      // (B, H, W, C)
            y = y.add(tidy(z -> attention.ofMap(z, onlooker), y)).permute(0, 3, 1, 2);
            y = localConv.forward(y);                                              // no shortcut, no activation
            if (onlooker != null) onlooker.accept(".local_conv", y);
            y = y.permute(0, 2, 3, 1);
            y = y.add(tidy(z -> fc2.forward(fc1.forward(norm.forward(z)).gelu()), y));
            return y.permute(0, 3, 1, 2);
        }

        /// [#forward], as one fused operation if the device has it.
        Tensor run(Tensor x, @Nullable BiConsumer<String, Tensor> onlooker) {
            if (attention.biases.requiresGrad() || !localConv.isFrozen()) return forward(x, onlooker);
            var weights = new WindowBlockWeights<>(attention.norm.parameters(), attention.table(), attention.qkv.parameters(),
                    attention.proj.parameters(), localConv.folded(), norm.parameters(), fc1.parameters(), fc2.parameters());
            return WindowBlock.fits(x, weights)
                    ? new WindowBlock(attention.heads, attention.window, EPS).apply(x, weights)
                    : forward(x, onlooker);
        }
    }

    /// Multi-head self-attention within square windows. Each head adds a learned number to every score, which depends on the distance of key and
    /// query in rows and columns.
    static final class WindowAttention {
        private final LayerNorm norm;
        private final Linear qkv;
        private final Linear proj;
        private final Tensor biases;
        private final @Nullable Tensor frozenTable;
        private final int heads;
        private final int window;

        WindowAttention(Params p, int dim, int heads, int window) {
            this.heads = heads;
            this.window = window;
            biases = p.get("attention_biases", Init.constant(0), heads, window * window);
            norm = new LayerNorm(p.in("norm"), dim, EPS);
            qkv = new Linear(p.in("qkv"), dim, 3 * dim);
            proj = new Linear(p.in("proj"), dim, dim);
            if (biases.requiresGrad()) {
                frozenTable = null;
            } else {
                int places = window * window;
                frozenTable = p.derived(BiasTable.of(biases.toArray(), window), Shape.of(heads, places, places));
            }
        }

        /// The biases of all pairs of places.
        private Tensor table() {                                                   // (heads, N, N)
            return frozenTable == null ? BiasTable.of(biases, window) : frozenTable;
        }

        /// The map is padded with zeros before the norm, so the keys beyond its edge are computed from the norm of zeros.
        Tensor ofMap(Tensor x, @Nullable BiConsumer<String, Tensor> onlooker) {    // (B, H, W, C)
            var windows = ImageEncoderViT.Windows.split(x, window);
            Tensor y = forward(windows.tiles().reshape(-1, window * window, x.dim(3)));
            if (onlooker != null) onlooker.accept(".attn", y);
            return windows.merge(y);
        }

        Tensor forward(Tensor x) {                                                 // (G, w·w, C), windows of all pictures
            int g = x.dim(0), n = x.dim(1), c = x.dim(2), d = c / heads;
            Tensor t = tidy(y -> qkv.forward(norm.forward(y))                      // (G, N, 3C): of each head q, k, v
                    .reshape(g, n, heads, 3, d)
                    .permute(3, 0, 2, 1, 4), x);                                   // (3, G, heads, N, d)
            Tensor scores = t.select(0, 0).affine(1 / Math.sqrt(d), 0).matmul(t.select(0, 1), false, true);       // (G, heads, N, N)
            Tensor y = scores.add(table()).softmax(3).matmul(t.select(0, 2));        // (G, heads, N, d)
            return proj.forward(y.permute(0, 2, 1, 3).reshape(g, n, c));
        }
    }
}
