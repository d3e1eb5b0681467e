package dev.samovar.core.optim;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Moves parameters against their gradients, and keeps some memory of each.
public abstract sealed class Optimizer implements AutoCloseable permits Adam, Sgd {

    /// A parameter, its gradient in this step, and what the optimizer remembers of it.
    record Slot(Tensor parameter, Tensor gradient, List<Tensor> memory) {}

    private record State(Tensor parameter, List<Tensor> memory) {}

    private final String name;
    private final List<String> remembers;
    private final SequencedMap<String, State> states = new LinkedHashMap<>();
    private final Device device;
    private double learningRate;
    private int steps;

    /// For parameters on one device, by name. For each it keeps one tensor of the parameter's shape, initially zero, for every name in `remembers`.
    ///
    /// @throws IllegalArgumentException if there are none, or they are on several devices
    Optimizer(String name, List<String> remembers, Map<String, Tensor> parameters, double learningRate) {
        this.name = name;
        this.remembers = remembers;
        this.learningRate = learningRate;
        List<Device> devices = parameters.values().stream().map(Tensor::device).distinct().toList();
        if (devices.size() != 1)
            throw new IllegalArgumentException(name + ": needs parameters of one device, got those of " + devices.size());
        device = devices.getFirst();
        parameters.forEach((of, p) -> states.put(of, new State(p, remembers.stream().map(_ -> zeros(p)).toList())));
    }

    private static Tensor zeros(Tensor p) {
        return Tensor.parameter(p.device(), new float[p.shape().size()], p.shape(), true);
    }

    /// Where it computes.
    final Device device() {
        return device;
    }

    /// Frees its memory of the parameters; the parameters themselves stay.
    @Override
    public final void close() {
        states.values().forEach(s -> s.memory.forEach(Tensor::release));
    }

    /// The current step size.
    public final double learningRate() {
        return learningRate;
    }

    /// Sets the step size from the next step on.
    public final void learningRate(double rate) {
        learningRate = rate;
    }

    /// Steps taken so far.
    public final int steps() {
        return steps;
    }

    /// Its state for every parameter, under names like `name.m`.
    public final SequencedMap<String, Tensor> moments() {
        SequencedMap<String, Tensor> moments = new LinkedHashMap<>();
        states.forEach((of, s) -> {
            for (int i = 0; i < remembers.size(); i++) moments.put(of + "." + remembers.get(i), s.memory.get(i));
        });
        return moments;
    }

    /// Continues where another optimizer stopped, after `steps` steps with these moments.
    ///
    /// @throws IllegalArgumentException if the moments belong to other parameters
    public final void restore(int steps, Map<String, float[]> moments) {
        SequencedMap<String, Tensor> mine = moments();
        if (!moments.keySet().equals(mine.keySet())) throw new IllegalArgumentException("these moments belong to other parameters");
        mine.forEach((of, t) -> {
            int given = requireNonNull(moments.get(of)).length;
            if (given != t.shape().size()) throw new IllegalArgumentException(of + " has " + given + " numbers, and shape " + t.shape());
        });
        mine.forEach((of, t) -> t.device().memory().write(requireNonNull(moments.get(of)), t.buffer()));
        this.steps = steps;
    }

    /// Moves every parameter against its gradient.
    ///
    /// @throws IllegalStateException if a gradient is missing: a parameter that takes no part in the loss should not be trainable
    public final void step(Gradients gradients) {
        List<Slot> slots = new ArrayList<>();
        states.forEach((of, s) -> {
            if (!gradients.reached(s.parameter))
                throw new IllegalStateException(name + ": no gradient reached the parameter " + of + "; freeze it, or use it");
            slots.add(new Slot(s.parameter, gradients.of(s.parameter), s.memory));
        });
        steps++;
        move(slots);
    }

    /// One step, in place.
    abstract void move(List<Slot> slots);
}
