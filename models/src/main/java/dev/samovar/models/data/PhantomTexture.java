package dev.samovar.models.data;

import dev.samovar.core.nn.Random;

/// Irregular numbers from 0 to 1 all over the plane: random at the points of a periodic grid, smooth in between.
public final class PhantomTexture {
    private static final int SIDE = 64;

    private final double[] values = new double[SIDE * SIDE];

    /// Drawn from a stream of random numbers.
    public PhantomTexture(Random random) {
        for (int i = 0; i < values.length; i++) values[i] = random.uniform();
    }

    /// The number at a place, in units of the grid. Two grids are laid over each other at an angle, so that neither is visible.
    public double at(double x, double y) {
        return 0.6 * grid(x, y) + 0.4 * grid(1.3 * x + 0.9 * y + 20.3, 1.3 * y - 0.9 * x + 11.7);
    }

    private double grid(double x, double y) {
        double left = Math.floor(x), top = Math.floor(y), u = smooth(x - left), v = smooth(y - top);
        int i = (int) left, j = (int) top;
        return (1 - v) * ((1 - u) * value(i, j) + u * value(i + 1, j)) + v * ((1 - u) * value(i, j + 1) + u * value(i + 1, j + 1));
    }

    /// How close a place is to one of the lines that wind through the plane and come and go: at most 1 on a line, 0 farther away.
    public double vein(double x, double y, double width) {
        double d = (at(x, y) - 0.5) / width;
        if (d * d >= 1) return 0;
        double strength = Math.clamp(3 * at(0.7 * x + 31.1, 0.7 * y + 5.3) - 1.2, 0, 1);
        return strength * (1 - d * d) * (1 - d * d);
    }

    private double value(int i, int j) {
        return values[(j & SIDE - 1) * SIDE + (i & SIDE - 1)];
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }
}
