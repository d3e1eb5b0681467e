package dev.samovar.core.optim;

/// Divides the learning rate by ten when a loss has stopped falling, that is, after more than `patience` observations in a row that are not below
/// `best · (1 − 1e-4)`.
public final class ReduceOnPlateau {
    private static final double FACTOR = 0.1;
    private static final double THRESHOLD = 1e-4;
    private static final double SMALLEST_CHANGE = 1e-8;

    /// What it remembers of the losses so far.
    ///
    /// @param best the lowest
    /// @param bad observations since that one
    public record State(double best, int bad) {}

    private final Optimizer optimizer;
    private final int patience;
    private State state = new State(Double.POSITIVE_INFINITY, 0);

    /// For an optimizer.
    public ReduceOnPlateau(Optimizer optimizer, int patience) {
        this.optimizer = optimizer;
        this.patience = patience;
    }

    /// Observes a loss, once per epoch.
    public void observe(double loss) {
        if (loss < state.best * (1 - THRESHOLD)) {
            state = new State(loss, 0);
        } else if (state.bad < patience) {
            state = new State(state.best, state.bad + 1);
        } else {
            double next = optimizer.learningRate() * FACTOR;
            if (optimizer.learningRate() - next > SMALLEST_CHANGE) optimizer.learningRate(next);
            state = new State(state.best, 0);
        }
    }

    /// What it remembers, so that another can continue.
    public State state() {
        return state;
    }

    /// Continues where another stopped.
    public void restore(State state) {
        this.state = state;
    }
}
