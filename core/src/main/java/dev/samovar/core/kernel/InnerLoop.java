package dev.samovar.core.kernel;

/// One of the loops in which kernels spend their time, by itself, to measure how fast this machine runs it and whether its compiled code allocates
/// objects.
///
/// @param name for example `12 × 32`, a tile of 12 rows and 32 columns of a matrix product, or `peak`, independent multiply-adds in registers
/// @param used whether the kernels of this machine use it; the others belong to other machines
/// @param operations floating-point operations of one run, where a multiply-add counts as two
/// @param run runs it once, in about 0.1 ms when it is warm
public record InnerLoop(String name, boolean used, double operations, Runnable run) {
    /// The name of multiply-adds in registers.
    public static final String PEAK = "peak";
}
