package dev.samovar.core.optim;

import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Stochastic gradient descent with momentum: `b ← momentum · b + g + decay · p`, `p ← p − rate · b`, with `b = 0` before the first step. The same as
/// `torch.optim.SGD` without dampening and Nesterov momentum.
public final class Sgd extends Optimizer {
    private final double momentum, decay;

    /// For parameters on one device, by name.
    public Sgd(Map<String, Tensor> parameters, double learningRate, double momentum, double weightDecay) {
        super("sgd", List.of("momentum"), parameters, learningRate);
        this.momentum = momentum;
        decay = weightDecay;
    }

    @Override
    void move(List<Slot> slots) {
        Kernels k = device().kernels();
        for (Slot s : slots) {
            try (var _ = Scope.open()) {
                Tensor p = s.parameter().detach(), b = s.memory().getFirst();
                k.affine(momentum, b.buffer(), 0, b.buffer());
                k.add(b.buffer(), s.gradient().buffer(), b.buffer());
                if (decay != 0) k.add(b.buffer(), p.affine(decay, 0).buffer(), b.buffer());
                k.sub(p.buffer(), b.detach().affine(learningRate(), 0).buffer(), p.buffer());
            }
        }
    }
}
