package dev.samovar.core.kernel;

/// A loop that kernels spend their time in, by itself, to be timed: how fast this machine runs it, and whether the compiler has left objects in it.
///
/// @param name what it is: `12 × 32`, a tile of so many rows and columns of a matrix product, or `peak`, multiply-adds in registers that wait for nothing
/// @param used whether the kernels of this machine take it; the others are those of other machines
/// @param operations floating-point operations of one run, a multiply-add being two
/// @param run does it once, in about 0.1 ms when it is warm
public record InnerLoop(String name, boolean used, double operations, Runnable run) {
    /// The name of multiply-adds in registers.
    public static final String PEAK = "peak";
}
