package dev.samovar.benchmarks;

/// A piece of work to be timed: made once and run often, always on the same numbers.
public interface Work extends AutoCloseable {

    /// Runs the work once.
    void run();

    /// The result, to be compared with those of others from the same numbers.
    float[] result();

    @Override
    default void close() {}
}
