package dev.samovar.models.generator;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A harmonically dense block: layer `k` sees the layers `k − 2^i` for every `2^i` that divides `k`, where layer 0 is the input. The more layers it
/// sees, the wider it is.
///
/// The output consists of the layers with odd numbers and the last one.
///
/// *HarDNet: A Low Memory Traffic Network* (Chao and others, 2019), section 3; PingoLH/Pytorch-HarDNet.
public final class HarDBlock {
    private final Layout layout;
    private final List<Layer> layers;

    /// The sizes of a block.
    ///
    /// @param in channels that come in
    /// @param growth channels of a layer that sees one other
    /// @param multiplier how many times wider a layer is for each further one that it sees
    /// @param layers the number of layers
    /// @param byDepth whether a layer is a 1×1 convolution and a depthwise 3×3 one, instead of one 3×3 convolution
    public record Layout(int in, int growth, double multiplier, int layers, boolean byDepth) {

        /// The layers that layer `k` sees, nearest first.
        List<Integer> links(int k) {
            return IntStream.iterate(1, step -> step <= k && k % step == 0, step -> 2 * step).map(step -> k - step).boxed().toList();
        }

        /// Channels of layer `k`, an even number.
        int width(int k) {
            if (k == 0) return in;
            double width = growth;
            for (int i = 1; i < links(k).size(); i++) width *= multiplier;
            return (int) (width + 1) / 2 * 2;
        }

        /// Channels that layer `k` sees.
        int seen(int k) {
            return links(k).stream().mapToInt(this::width).sum();
        }

        /// The layers of the output, in their order.
        List<Integer> kept() {
            return IntStream.rangeClosed(1, layers).filter(k -> k % 2 == 1 || k == layers).boxed().toList();
        }

        /// Output channels.
        public int out() {
            return kept().stream().mapToInt(this::width).sum();
        }
    }

    /// A layer of either kind.
    private interface Layer {
        Tensor forward(Tensor x, boolean training);
    }

    /// Reads its parameters below `layers`.
    public HarDBlock(Params p, Layout layout) {
        this.layout = layout;
        layers = IntStream.rangeClosed(1, layout.layers).mapToObj(k -> layer(p.in("layers").in(k - 1), layout.seen(k), layout.width(k))).toList();
    }

    private Layer layer(Params p, int in, int out) {
        if (!layout.byDepth) return ConvLayer.dense(p, in, out, 3, 1)::forward;
        ConvLayer across = ConvLayer.dense(p.in("layer1"), in, out, 1, 1), along = ConvLayer.byDepth(p.in("layer2"), out, 1);
        return (x, training) -> along.forward(across.forward(x, training), training);
    }

    /// `(B, in, H, W) → (B, out, H, W)`
    public Tensor forward(Tensor x, boolean training) {
        List<Tensor> values = new ArrayList<>(List.of(x));
        for (int k = 1; k <= layout.layers; k++) values.add(layers.get(k - 1).forward(joined(values, layout.links(k)), training));
        return joined(values, layout.kept());
    }

    private static Tensor joined(List<Tensor> values, List<Integer> of) {
        return of.size() == 1 ? values.get(of.getFirst()) : Tensor.concat(1, of.stream().map(values::get).toArray(Tensor[]::new));
    }
}
