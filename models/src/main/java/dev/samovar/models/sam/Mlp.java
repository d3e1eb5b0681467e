package dev.samovar.models.sam;

import dev.samovar.core.nn.Linear;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;

/// Three linear layers with ReLU between them: the mask decoder's hypernetworks and its IoU prediction.
///
/// Source: `MLP` in segment_anything/modeling/mask_decoder.py @ dca509f.
public final class Mlp {
    private final Linear layer0;
    private final Linear layer1;
    private final Linear layer2;

    /// Parameters below `layers.0`, `layers.1`, `layers.2`.
    public Mlp(Params p, int in, int hidden, int out) {
        Params layers = p.in("layers");
        layer0 = new Linear(layers.in(0), in, hidden);
        layer1 = new Linear(layers.in(1), hidden, hidden);
        layer2 = new Linear(layers.in(2), hidden, out);
    }

    /// `(…, in) → (…, out)`
    public Tensor forward(Tensor x) {
        return layer2.forward(layer1.forward(layer0.forward(x).relu()).relu());
    }
}
