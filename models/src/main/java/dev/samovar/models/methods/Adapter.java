package dev.samovar.models.methods;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.Linear;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.ImageEncoderViT;
import dev.samovar.models.sam.ImageEncoderViT.Windows;
import dev.samovar.models.sam.MaskDecoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.TwoWayTransformer;
import dev.samovar.models.sam.VitConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// Medical SAM Adapter: small networks with a bottleneck learn inside SAM's blocks, and the rest of its image encoder stays as it is.
///
///     adapter(x) = up · GELU(down · x)        C → C/4 → C
///
/// Every block of the encoder has one after the attention, with a residual of its own, and one beside the MLP, times ½. With a `depth` above 1 there
/// is a third: the block's frozen attention is applied once more, among the same places of `depth` neighbouring slices, with an adapter after it.
/// Training and segmentation then process `depth` slices at a time.
///
/// *Medical SAM Adapter: Adapting Segment Anything Model for Medical Image Segmentation* (Wu and others, arXiv 2304.12620); models/ImageEncoder/vit
/// of SuperMedIntel/Medical-SAM-Adapter @ 0add836, whose names are used here. Paper and code differ: see [Form].
///
/// @param depth neighbouring slices that see each other; 1 for none
/// @param form what learns besides the adapters of the encoder
public record Adapter(int depth, Form form) implements PromptedMethod {
    /// Its name.
    static final String TITLE = "adapter";

    private static final int MOST_SLICES = 64, BOTTLENECK = 4;
    private static final double BESIDE_MLP = 0.5;

    /// What learns besides the adapters of the encoder.
    public enum Form {
        /// All of SAM's mask decoder. Adapters begin as zero, so that training starts from SAM itself.
        SAM,
        /// Adapters in the layers of the mask decoder, and nothing else, as in the first version of the paper: after the attention from tokens to
        /// image, beside the MLP, and after the attention from image to tokens. They also begin as zero.
        PAPER,
        /// The authors' code, for comparisons with it. Adapters begin with random weights; windows are padded before the norm; its mask decoder, all
        /// of which learns, has another MLP than SAM's, which begins with random weights, and other residuals; where there are windows, the third
        /// adapter sees neighbouring windows of a slice instead of neighbouring slices.
        RELEASED;

        /// Its name on the command line.
        public String title() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The form of this name.
        ///
        /// @throws FormatException if there is none
        public static Form of(String title) {
            return Arrays.stream(values()).filter(f -> f.title().equals(title)).findFirst()
                    .orElseThrow(() -> new FormatException("there is no form " + FormatException.shown(title) + " of adapters: it is "
                            + Arrays.stream(values()).map(Form::title).collect(Collectors.joining(", "))));
        }
    }

    /// Checks the depth.
    ///
    /// @throws FormatException if it is out of range
    public Adapter {
        if (depth < 1 || depth > MOST_SLICES)
            throw new FormatException("adapters see 2 to " + MOST_SLICES + " neighbouring slices, or 1, which is none, not " + depth);
    }

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public String describe() {
        return TITLE + (depth > 1 ? " over " + depth + " neighbouring slices" : "") + switch (form) {
            case SAM -> "";
            case PAPER -> ", in the mask decoder, too, which stays as it is";
            case RELEASED -> ", as in the authors' code";
        } + ", prompted with boxes";
    }

    @Override
    public String whatIsTrained() {
        return "SAM with adapters in its image encoder" + (depth > 1 ? ", which see neighbouring slices," : "") + (form == Form.PAPER
                ? " and its mask decoder"
                : ", whose mask decoder learnt with them") + ", prompted with boxes";
    }

    @Override
    public Input input() {
        return Input.PICTURE;
    }

    @Override
    public int neighbours() {
        return depth;
    }

    @Override
    public Defaults paper() {
        return new Defaults(100, 1e-4, new Course.Constant(), depth > 1 ? 1 : 2, "sam", true);
    }

    @Override
    public boolean learns(String parameter) {
        return parameter.contains("_Adapter.") || (form != Form.PAPER && PromptedMethod.isDecoder(parameter));
    }

    @Override
    public ImageEncoder encoder(Params p, SamConfig config) {
        boolean released = form == Form.RELEASED;
        return encoder(p, config, released, released);
    }

    /// @param early whether windows are padded before the norm, so that the padding is not zero after it
    /// @param mixed whether the third adapter sees windows that follow each other in a batch, whatever they belong to
    ImageEncoder encoder(Params p, SamConfig config, boolean early, boolean mixed) {
        return new ImageEncoderViT(p.in("image_encoder"), config.vit(), config.promptWidth(), (at, c, index) -> new Block(at, c, index,
                early, mixed));
    }

    @Override
    public MaskDecoder decoder(Params p, SamConfig config) {
        return new MaskDecoder(p.in("mask_decoder"), config, switch (form) {
            case SAM -> TwoWayTransformer.Layer::new;
            case PAPER -> AdaptedLayer::new;
            case RELEASED -> ReleasedLayer::new;
        });
    }

    /// As in the code: Adam without decay.
    @Override
    public Optimizer optimizer(SequencedMap<String, Tensor> parameters, double learningRate) {
        return new Adam(parameters, learningRate);
    }

    /// As in the code: for single slices only cross entropy, in which a pixel of the object counts twice; for neighbours Dice plus cross entropy.
    @Override
    public List<String> losses() {
        return depth > 1 ? PromptedMethod.super.losses() : List.of(CROSS_ENTROPY);
    }

    @Override
    public double objectWeight() {
        return depth > 1 ? 1 : 2;
    }

    @Override
    public Json json() {
        return Json.object().with("kind", TITLE).with("depth", depth).with("form", form.title());
    }

    static Adapter of(Json json) {
        return new Adapter(json.at("depth").integer(), Form.of(json.at("form").string()));
    }

    /// `(…, C) → (…, C)` through a quarter of the channels.
    private static final class Bottleneck {
        private final Linear down;
        private final Linear up;

        Bottleneck(Params p, int width, boolean zero) {
            int narrow = width / BOTTLENECK;
            down = new Linear(p.in("D_fc1"), width, narrow);
            up = new Linear(p.in("D_fc2"), narrow, width, zero ? Init.constant(0) : Init.uniform(narrow));
        }

        Tensor forward(Tensor x) {
            return up.forward(down.forward(x).gelu());
        }

        boolean learns() {
            return up.learns();
        }
    }

    /// A block of the image encoder with its adapters.
    final class Block extends ImageEncoderViT.Block {
        private final Bottleneck beside;
        private final Bottleneck space;
        private final List<Bottleneck> across;                                     // at most one
        private final boolean early, mixed;

        Block(Params p, VitConfig c, int index, boolean early, boolean mixed) {
            super(p, c, index);
            boolean zero = form != Form.RELEASED;
            this.early = early;
            this.mixed = mixed;
            beside = new Bottleneck(p.in("MLP_Adapter"), c.width(), zero);
            space = new Bottleneck(p.in("Space_Adapter"), c.width(), zero);
            across = depth > 1 ? List.of(new Bottleneck(p.in("Depth_Adapter"), c.width(), zero)) : List.of();
        }

        @Override
        protected boolean learns() {
            return space.learns() || super.learns();
        }

        @Override
        protected Tensor run(Tensor x) {                                           // (B, G, G, C)
            x = x.add(tidy(this::attend, x));
            Tensor n = norm2(x);
            return x.add(tidy(this::mlp, n)).add(tidy(beside::forward, n).affine(BESIDE_MLP, 0));
        }

        private Tensor attend(Tensor x) {
            int window = window();
            if (window == 0) return adapted(norm1(x), 1);
            Windows windows = Windows.split(early ? x : norm1(x), window);         // (B·nW, window, window, C)
            return windows.merge(adapted(early ? norm1(windows.tiles()) : windows.tiles(), windows.down() * windows.across()));
        }

        /// Attention of normalised tokens `(B·nW, h, w, C)` among the places of a square, and then among slices.
        private Tensor adapted(Tensor n, int windows) {
            Tensor y = attention(n), z = y.add(tidy(space::forward, y));
            for (Bottleneck adapter : across) z = z.add(tidy(t -> amongSlices(t, mixed ? 1 : windows, adapter), n));
            return z;
        }

        /// The block's attention among `depth` neighbouring slices, for each window and place, as if they were a small picture of that many tokens.
        private Tensor amongSlices(Tensor n, int windows, Bottleneck adapter) {
            int h = n.dim(1), w = n.dim(2), c = n.dim(3), stacks = n.dim(0) / (depth * windows), across = width(depth);
            Tensor columns = n.reshape(stacks, depth, windows, h * w, c).permute(0, 2, 3, 1, 4)            // (stacks, windows, h·w, depth, C)
                    .reshape(stacks * windows * h * w, depth / across, across, c);
            return adapter.forward(attention(columns)).reshape(stacks, windows, h * w, depth, c).permute(0, 3, 1, 2, 4)
                    .reshape(n.shape().dims());                                    // (B·nW, h, w, C)
        }
    }

    /// The width of the small picture in which slices are arranged row by row: larger than its height, by as little as whole numbers allow; 4 slices
    /// are one row.
    static int width(int slices) {
        int down = (int) Math.sqrt(slices);
        while (slices % down != 0 || (down * down == slices && down > 1)) down--;
        return slices / down;
    }

    /// A layer of the mask decoder with three adapters.
    private static final class AdaptedLayer extends TwoWayTransformer.Layer {
        private final Bottleneck afterTokens;
        private final Bottleneck beside;
        private final Bottleneck afterImage;

        AdaptedLayer(Params p, TwoWayTransformer.Sizes sizes, boolean first) {
            super(p, sizes, first);
            afterTokens = new Bottleneck(p.in("Token_Adapter"), sizes.dim(), true);
            beside = new Bottleneck(p.in("MLP_Adapter"), sizes.dim(), true);
            afterImage = new Bottleneck(p.in("Image_Adapter"), sizes.dim(), true);
        }

        @Override
        protected Tensor afterTokensToImage(Tensor x) {
            return x.add(afterTokens.forward(x));
        }

        @Override
        protected Tensor mlp(Tensor q) {
            return super.mlp(q).add(beside.forward(q).affine(BESIDE_MLP, 0));
        }

        @Override
        protected Tensor afterImageToTokens(Tensor image) {
            return image.add(tidy(afterImage::forward, image));
        }

        @Override
        protected boolean changesImage() {
            return true;
        }
    }

    /// A layer of the code's mask decoder: the first layer has residuals, too, and in the second, positions are added to the tokens permanently.
    private static final class ReleasedLayer extends TwoWayTransformer.Layer {
        private final boolean first;

        ReleasedLayer(Params p, TwoWayTransformer.Sizes sizes, boolean first) {
            super(p, sizes, first, "mlp.layers.0.0", "mlp.fc");
            this.first = first;
        }

        @Override
        protected Tensor amongTokens(Tensor q, Tensor qPe) {
            Tensor t = first ? q : q.add(qPe);
            return t.add(attend(t, t, t));
        }
    }
}
