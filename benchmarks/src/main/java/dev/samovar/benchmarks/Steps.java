package dev.samovar.benchmarks;

import java.util.function.DoubleSupplier;

/// Steps of a training. The losses of the first ones are compared.
public final class Steps implements Work {
    private final DoubleSupplier step;
    private final Runnable end;
    private final float[] losses = new float[Works.STEPS];
    private int done;

    /// Steps that return their loss; `end` frees what they need.
    public Steps(DoubleSupplier step, Runnable end) {
        this.step = step;
        this.end = end;
    }

    @Override
    public void run() {
        double loss = step.getAsDouble();
        if (done < losses.length) losses[done] = (float) loss;
        done++;
    }

    @Override
    public float[] result() {
        while (done < losses.length) run();
        return losses.clone();
    }

    @Override
    public void close() {
        end.run();
    }
}
