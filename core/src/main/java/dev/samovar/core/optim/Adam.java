package dev.samovar.core.optim;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Adam (Kingma and Ba, 2015), `β = (0.9, 0.999)`, `eps = 1e-8`. It remembers the running means of every gradient, `m`, and of its square, `v`.
///
/// Its weight decay `d` is added to the gradient, `g + d · p`, as in `torch.optim.Adam`; [AdamW] subtracts it from the parameter itself.
public sealed class Adam extends Optimizer permits AdamW {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPS = 1e-8;

    private final double decay;

    /// Without weight decay.
    ///
    /// @throws IllegalArgumentException if there are no parameters, or they are on several devices
    public Adam(Map<String, Tensor> parameters, double learningRate) {
        this(parameters, learningRate, 0);
    }

    /// With a weight decay in the gradient.
    public Adam(Map<String, Tensor> parameters, double learningRate, double weightDecay) {
        super("adam", List.of("m", "v"), parameters, learningRate);
        decay = weightDecay;
    }

    @Override
    void move(List<Slot> slots) {
        try (var _ = Scope.open()) {
            device().kernels().adam(learningRate(), BETA1, BETA2, EPS, steps(),
                    slots.stream().map(
                            s -> new AdamSlot(gradient(s).buffer(), s.memory().get(0).buffer(), s.memory().get(1).buffer(), s.parameter().buffer()))
                            .toList());
        }
    }

    private Tensor gradient(Slot s) {
        return decay == 0 ? s.gradient() : s.gradient().add(s.parameter().detach().affine(decay, 0));
    }
}
