package dev.samovar.models.generator;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// HarDNet without its classifier, down to a sixteenth of the picture's size: a pyramid of four maps.
///
///     picture (B, 3, I, I) → (B, ·, I/2, I/2), (B, ·, I/4, I/4), (B, ·, I/8, I/8), (B, ·, I/16, I/16)
///
/// Its last stage, at a thirty-second, is left out, because the prompt generator does not use it.
///
/// *HarDNet: A Low Memory Traffic Network* (Chao and others, 2019); parameter names are those of PingoLH/Pytorch-HarDNet.
public final class HarDNet {

    /// A block followed by a 1×1 convolution.
    ///
    /// @param growth channels of a layer that sees one other
    /// @param layers of the block
    /// @param width channels of the convolution
    /// @param tap whether its map is one of the pyramid's, and is halved in size after it
    public record Stage(int growth, int layers, int width, boolean tap) {}

    /// The sizes of a network.
    ///
    /// @param title its name
    /// @param byDepth whether 3×3 convolutions are depthwise: HarDNet's "DS"
    /// @param first channels of the first convolution
    /// @param second channels of the second one
    /// @param multiplier how many times wider a layer is for each further one that it sees
    /// @param stages the last of them is a tap
    public record Layout(String title, boolean byDepth, int first, int second, double multiplier, List<Stage> stages) {
        /// The one that the published prompt generator uses.
        public static final Layout HARDNET85 = new Layout("hardnet85", false, 48, 96, 1.7, List.of(new Stage(24, 8, 192, true),
                new Stage(24, 16, 256, false), new Stage(28, 16, 320, true), new Stage(36, 16, 480, false), new Stage(48, 16, 720, true)));
        /// A third as large.
        public static final Layout HARDNET68 = new Layout("hardnet68", false, 32, 64, 1.7,
                List.of(new Stage(14, 8, 128, true), new Stage(16, 16, 256, false), new Stage(20, 16, 320, true), new Stage(40, 16, 640, true)));
        /// The smallest.
        public static final Layout HARDNET39DS = new Layout("hardnet39ds", true, 24, 48, 1.6,
                List.of(new Stage(16, 4, 96, true), new Stage(20, 16, 320, true), new Stage(64, 8, 640, true)));

        /// All named layouts.
        public static final List<Layout> ALL = List.of(HARDNET85, HARDNET68, HARDNET39DS);

        /// Copies the list.
        public Layout {
            stages = List.copyOf(stages);
        }

        /// The layout with this name.
        ///
        /// @throws FormatException if there is no such layout
        public static Layout of(String title) {
            for (Layout layout : ALL) if (layout.title.equals(title)) return layout;
            throw new FormatException("there is no prompt generator " + FormatException.shown(title) + ": it is "
                    + String.join(", ", ALL.stream().map(Layout::title).toList()));
        }

        /// Channels of the four maps.
        public List<Integer> taps() {
            List<Integer> taps = new ArrayList<>(List.of(second));
            for (Stage stage : stages) if (stage.tap) taps.add(stage.width);
            return taps;
        }

        HarDBlock.Layout block(int in, Stage stage) {
            return new HarDBlock.Layout(in, stage.growth, multiplier, stage.layers, byDepth);
        }

        /// Its convolutions over a picture of `side` pixels.
        List<Convolution> convolutions(int side) {
            List<Convolution> all = new ArrayList<>();
            long pixels = (long) side * side / 4;
            all.add(new Convolution(3, first, 3, pixels));
            all.add(new Convolution(first, second, byDepth ? 1 : 3, pixels));
            int in = second;
            boolean halved = true;
            for (Stage stage : stages) {
                if (halved) pixels /= 4;
                if (halved && byDepth) all.add(new Convolution(1, in, 3, pixels));
                HarDBlock.Layout block = block(in, stage);
                for (int k = 1; k <= stage.layers; k++) {
                    all.add(new Convolution(block.seen(k), block.width(k), byDepth ? 1 : 3, pixels));
                    if (byDepth) all.add(new Convolution(1, block.width(k), 3, pixels));
                }
                all.add(new Convolution(block.out(), stage.width, 1, pixels));
                in = stage.width;
                halved = stage.tap;
            }
            return all;
        }
    }

    private record Step(HarDBlock block, ConvLayer narrow, boolean tap) {}

    /// A layer that halves the size.
    private interface Halving {
        Tensor forward(Tensor x, boolean training);
    }

    private final ConvLayer first, second;
    private final List<Step> steps = new ArrayList<>();
    private final List<Halving> halvings = new ArrayList<>();

    /// Reads its parameters below `base`, which are numbered in the order of the layers, including pooling.
    public HarDNet(Params p, Layout layout) {
        Params base = p.in("base");
        first = ConvLayer.dense(base.in(0), 3, layout.first, 3, 2);
        second = ConvLayer.dense(base.in(1), layout.first, layout.second, layout.byDepth ? 1 : 3, 1);
        int in = layout.second, number = 2;
        boolean halved = true;
        for (Stage stage : layout.stages) {
            if (halved) halvings.add(halving(base.in(number++), in, layout.byDepth, halvings.isEmpty()));
            HarDBlock.Layout block = layout.block(in, stage);
            steps.add(
                    new Step(new HarDBlock(base.in(number++), block), ConvLayer.dense(base.in(number++), block.out(), stage.width, 1, 1), stage.tap));
            in = stage.width;
            halved = stage.tap;
        }
    }

    private static Halving halving(Params p, int channels, boolean byDepth, boolean isFirst) {
        if (byDepth) return ConvLayer.byDepth(p, channels, 2)::forward;
        return (x, _) -> isFirst ? x.maxPool2d(3, 2, 1) : x.maxPool2d(2, 2, 0);
    }

    /// The four maps, largest first, of pictures `(B, 3, I, I)` whose side is a multiple of 16. In training, batch norms use the batch's statistics,
    /// and update the stored ones.
    public List<Tensor> forward(Tensor x, boolean training) {
        List<Tensor> taps = new ArrayList<>();
        x = second.forward(first.forward(x, training), training);
        taps.add(x);                                                               // (B, ·, I/2, I/2)
        boolean halved = true;
        for (Step step : steps) {
            if (halved) x = halvings.get(taps.size() - 1).forward(x, training);
            x = step.narrow.forward(step.block.forward(x, training), training);
            if (step.tap) taps.add(x);
            halved = step.tap;
        }
        return taps;
    }
}
