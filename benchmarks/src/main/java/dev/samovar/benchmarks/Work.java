package dev.samovar.benchmarks;

/// A piece of work to be timed: made once, done often, always on the same numbers.
public interface Work extends AutoCloseable {

    /// Does it once.
    void run();

    /// What it computes, to be compared with what others make of the same numbers.
    float[] result();

    @Override
    default void close() {}
}
