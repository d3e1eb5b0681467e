package dev.samovar.core.nn;

import java.nio.charset.StandardCharsets;

/// A stream of random numbers that depends only on a seed and a name, and is the same on every JDK: splitmix64 (Steele, Lea and Flood, 2014)
/// started at the FNV-1a hash of the name.
public final class Random {
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private long state;

    /// The stream of this name.
    public Random(long seed, String name) {
        long h = 0xCBF29CE484222325L;
        for (byte b : (seed + ":" + name).getBytes(StandardCharsets.UTF_8)) h = (h ^ (b & 0xff)) * 0x100000001B3L;
        state = h;
    }

    /// The stream of a seed, without a name.
    public Random(long seed) {
        state = seed;
    }

    /// 64 random bits.
    public long bits() {
        long z = state += STEP;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    public double uniform() {
        return (bits() >>> 11) * 0x1p-53;
    }

    /// Uniform in [from, to).
    public double uniform(double from, double to) {
        return from + (to - from) * uniform();
    }

    /// Uniform in 0 … bound−1.
    public int below(int bound) {
        return (int) (uniform() * bound);
    }

    /// Normal with mean 0 and variance 1, by Box and Muller.
    public double normal() {
        double radius = Math.sqrt(-2 * StrictMath.log(1 - uniform()));
        return radius * StrictMath.cos(2 * Math.PI * uniform());
    }
}
