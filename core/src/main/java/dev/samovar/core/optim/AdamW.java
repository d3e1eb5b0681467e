package dev.samovar.core.optim;

import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// [Adam] with decoupled weight decay (Loshchilov and Hutter, 2019): before each step `p ← p · (1 − rate · decay)`. The same as `torch.optim.AdamW`,
/// whose decay is 0.01 by default.
public final class AdamW extends Adam {
    private final double decay;

    /// For parameters on one device, by name.
    public AdamW(Map<String, Tensor> parameters, double learningRate, double weightDecay) {
        super(parameters, learningRate);
        decay = weightDecay;
    }

    @Override
    void move(List<Slot> slots) {
        for (Slot s : slots) device().kernels().affine(1 - learningRate() * decay, s.parameter().buffer(), 0, s.parameter().buffer());
        super.move(slots);
    }
}
