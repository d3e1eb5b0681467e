package dev.samovar.models.augment;

import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Picture;
import dev.samovar.models.resample.CubicSpline;
import dev.samovar.models.resample.Gaussian;

/// A random change of shape: for every pixel of a square, the place in the original that it shows. See [Augmentation] for its steps.
public final class Warp {
    private static final double PAPER_SIDE = 224;

    private final int side;
    private final double[] rows, columns;

    private Warp(int side, double[] rows, double[] columns) {
        this.side = side;
        this.rows = rows;
        this.columns = columns;
    }

    /// Draws a warp for squares of `side · side` pixels. The paper's numbers hold for 224; for another side all lengths are scaled.
    public static Warp draw(int side, Random random) {
        boolean mirror = random.uniform() < 0.5;
        double scale = side / PAPER_SIDE;                                          // of lengths; smoothed noise is weaker by it, so α takes it twice
        double alpha = random.uniform(100, 350) * scale * scale, sigma = random.uniform(40, 60) * scale;
        double[] down = offsets(side, alpha, sigma, random), right = offsets(side, alpha, sigma, random);
        double angle = random.uniform() < 0.5 ? random.uniform(-0.1, 0.1) : 0;
        double zoom = random.uniform() < 0.5 ? Augmentation.either(random, 0.5, 1.9) : 1;
        double cos = StrictMath.cos(angle), sin = StrictMath.sin(angle), centre = (side - 1) / 2.0;
        for (int i = 0; i < side * side; i++) {                                    // in place: from offsets to coordinates
            int r = i / side, c = i % side;
            double y = r - centre + down[i], x = c - centre + right[i];
            double row = zoom * (cos * y + sin * x) + centre, column = zoom * (cos * x - sin * y) + centre;
            down[i] = row;
            right[i] = mirror ? side - 1 - column : column;
        }
        return new Warp(side, down, right);
    }

    private static double[] offsets(int side, double alpha, double sigma, Random random) {
        double[] noise = new double[side * side];
        for (int i = 0; i < noise.length; i++) noise[i] = random.uniform(-1, 1);
        double[] smooth = Gaussian.smooth(noise, side, side, sigma);
        for (int i = 0; i < smooth.length; i++) smooth[i] *= alpha;
        return smooth;
    }

    /// Applies this warp to a picture, by cubic splines. Beyond the border, the outermost pixels are repeated.
    ///
    /// @throws IllegalArgumentException if it is not a square of this side
    public Picture apply(Picture frame) {
        if (frame.height() != side || frame.width() != side)
            throw new IllegalArgumentException("a frame of " + frame.height() + " × " + frame.width() + ", not " + side + " × " + side);
        float[] warped = new float[frame.pixels().length];
        int n = side * side;
        for (int c = 0; c < frame.channels(); c++) {
            var spline = new CubicSpline(frame.pixels(), c * n, side, side);
            for (int i = 0; i < n; i++) warped[c * n + i] = (float) spline.at(rows[i], columns[i]);
        }
        return new Picture(frame.channels(), side, side, warped);
    }

    /// Applies this warp to labels: each pixel takes the class of the nearest one.
    ///
    /// @throws IllegalArgumentException if there are not `side · side`
    public byte[] apply(byte[] labels) {
        if (labels.length != side * side) throw new IllegalArgumentException(labels.length + " labels, not " + side + " × " + side);
        byte[] warped = new byte[labels.length];
        for (int i = 0; i < warped.length; i++) warped[i] = labels[nearest(rows[i]) * side + nearest(columns[i])];
        return warped;
    }

    private int nearest(double x) {
        return Math.clamp((long) Math.floor(x + 0.5), 0, side - 1);
    }
}
