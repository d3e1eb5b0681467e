package dev.samovar.core.optim;

/// Divides the learning rate by ten when a loss has stopped falling: more than `patience` observations in a row that are not below
/// `best · (1 − 1e-4)`.
public final class ReduceOnPlateau {
    private static final double FACTOR = 0.1;
    private static final double THRESHOLD = 1e-4;
    private static final double SMALLEST_CHANGE = 1e-8;

    private final Adam adam;
    private final int patience;
    private double best = Double.POSITIVE_INFINITY;
    private int bad;

    /// For an optimizer.
    public ReduceOnPlateau(Adam adam, int patience) {
        this.adam = adam;
        this.patience = patience;
    }

    /// Observes a loss, once per epoch.
    public void observe(double loss) {
        if (loss < best * (1 - THRESHOLD)) {
            best = loss;
            bad = 0;
        } else if (++bad > patience) {
            double next = adam.learningRate() * FACTOR;
            if (adam.learningRate() - next > SMALLEST_CHANGE) adam.learningRate(next);
            bad = 0;
        }
    }
}
