package dev.samovar.core.optim;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Adam (Kingma and Ba, 2015) without weight decay, `β = (0.9, 0.999)`, `eps = 1e-8`.
public final class Adam implements AutoCloseable {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPS = 1e-8;

    private record State(Tensor parameter, Tensor m, Tensor v) {}

    private final SequencedMap<String, State> states = new LinkedHashMap<>();
    private final Device device;
    private double learningRate;
    private int steps;

    /// Over parameters of one device, by name.
    ///
    /// @throws IllegalArgumentException if there are none, or they are of several devices
    public Adam(Map<String, Tensor> parameters, double learningRate) {
        this.learningRate = learningRate;
        List<Device> devices = parameters.values().stream().map(Tensor::device).distinct().toList();
        if (devices.size() != 1) throw new IllegalArgumentException("adam: needs parameters of one device, got those of " + devices.size());
        device = devices.getFirst();
        parameters.forEach((name, p) -> states.put(name, new State(p, zeros(p), zeros(p))));
    }

    private static Tensor zeros(Tensor p) {
        return Tensor.parameter(p.device(), new float[p.shape().size()], p.shape(), true);
    }

    /// Frees what it remembers of every parameter, two numbers for each of theirs; the parameters stay.
    @Override
    public void close() {
        states.values().forEach(s -> {
            s.m.release();
            s.v.release();
        });
    }

    /// The step size now.
    public double learningRate() {
        return learningRate;
    }

    /// Another step size from the next step on.
    public void learningRate(double learningRate) {
        this.learningRate = learningRate;
    }

    /// Steps taken so far.
    public int steps() {
        return steps;
    }

    /// What it remembers of every parameter: the running means of its gradient, `m`, and of that squared, `v`, as `name.m` and `name.v`.
    public SequencedMap<String, Tensor> moments() {
        SequencedMap<String, Tensor> moments = new LinkedHashMap<>();
        states.forEach((name, s) -> {
            moments.put(name + ".m", s.m);
            moments.put(name + ".v", s.v);
        });
        return moments;
    }

    /// Goes on where another was, after so many steps with these moments.
    ///
    /// @throws IllegalArgumentException if they are not those of these parameters
    public void restore(int steps, Map<String, float[]> moments) {
        SequencedMap<String, Tensor> mine = moments();
        if (!moments.keySet().equals(mine.keySet())) throw new IllegalArgumentException("these moments are of other parameters");
        mine.forEach((name, t) -> t.device().memory().write(requireNonNull(moments.get(name)), t.buffer()));
        this.steps = steps;
    }

    /// Moves every parameter against its gradient.
    ///
    /// @throws IllegalStateException if a gradient is missing: a parameter that takes no part in the loss should not be trainable
    public void step(Gradients gradients) {
        List<AdamSlot> slots = new ArrayList<>();
        states.forEach((name, s) -> {
            if (!gradients.reached(s.parameter))
                throw new IllegalStateException("adam: no gradient reached the parameter " + name + "; freeze it, or use it");
            slots.add(new AdamSlot(gradients.of(s.parameter).buffer(), s.m.buffer(), s.v.buffer(), s.parameter.buffer()));
        });
        steps++;
        device.kernels().adam(learningRate, BETA1, BETA2, EPS, steps, slots);
    }
}
