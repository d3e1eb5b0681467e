package dev.samovar.models.sam;

import dev.samovar.core.nn.Conv2d;
import dev.samovar.core.nn.LayerNorm2d;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;

/// The end of an image encoder: from the transformer's width to the embedding's: 1×1 and 3×3 convolutions without bias, each followed by a norm over channels.
final class Neck {
    private final Conv2d conv1;
    private final LayerNorm2d norm1;
    private final Conv2d conv2;
    private final LayerNorm2d norm2;

    Neck(Params p, int in, int out) {
        conv1 = Conv2d.withoutBias(p.in(0), in, out, 1);
        norm1 = new LayerNorm2d(p.in(1), out);
        conv2 = Conv2d.withoutBias(p.in(2), out, out, 3).exact();              // takes a hundredth of the time, and every embedding depends on it
        norm2 = new LayerNorm2d(p.in(3), out);
    }

    Tensor forward(Tensor x) {                                                 // (B, C, G, G)
        return norm2.forward(conv2.forward(norm1.forward(conv1.forward(x))));  // (B, D, G, G)
    }
}
