package dev.samovar.models.augment;

import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Range;

/// The random views that the paper trains on. First the brightness, on the slice as it is; then, on the frame of `side · side` pixels, the
/// shape ([Warp]).
///
/// Each step and its numbers are those of dataset/tfs.py of the AutoSAM code @ 50a6ff4, which takes them from the library batchgenerators:
///
/// | step | how often | what |
/// |---|---|---|
/// | brightness | 1/2 | each channel plus a number from N(1, 1) |
/// | gamma | 1/2 | `((x − min) / (range + 1e-7))^γ · range + min` over all channels; γ from U(1/2, 1) or U(1, 2), as a coin falls |
/// | noise | 1/2 | plus N(0, σ) per value, σ from U(0, 0.1) |
/// | mirror | 1/2 | left and right |
/// | elastic | always | coordinates plus `α` · (noise from U(−1, 1), smoothed by a Gaussian of `σ`); α from U(100, 350), σ from U(40, 60), at a side of 224 |
/// | rotation | 1/2 | about the centre, by U(−0.1, 0.1) |
/// | scale | 1/2 | coordinates times U(1/2, 1) or U(1, 1.9), as a coin falls: above 1 the picture shrinks |
///
/// Elastic, rotation and scale move the coordinates, and the picture is resampled once. The result depends only on the picture and the random stream.
public final class Augmentation {
    /// Changes whenever the same stream would give another view, because results computed from the old one are then out of date.
    public static final int VERSION = 1;

    private Augmentation() {}

    /// Brightness, gamma and noise for a slice of three channels in [0, 1]. The result may leave that range.
    public static Picture brightness(Picture unit, Random random) {
        float[] x = unit.pixels().clone();
        if (random.uniform() < 0.5) shift(x, unit.channels(), random);
        if (random.uniform() < 0.5) gamma(x, random);
        if (random.uniform() < 0.5) noise(x, random);
        return new Picture(unit.channels(), unit.height(), unit.width(), x);
    }

    private static void shift(float[] x, int channels, Random random) {
        int size = x.length / channels;
        for (int c = 0; c < channels; c++) {
            float by = (float) (1 + random.normal());
            for (int i = c * size; i < (c + 1) * size; i++) x[i] += by;
        }
    }

    private static void gamma(float[] x, Random random) {
        double gamma = either(random, 0.5, 2);
        Range of = Range.of(x);
        float min = of.least();
        double range = (double) of.greatest() - min;
        for (int i = 0; i < x.length; i++) x[i] = (float) (StrictMath.pow((x[i] - min) / (range + 1e-7), gamma) * range + min);
    }

    private static void noise(float[] x, Random random) {
        double sigma = random.uniform(0, 0.1);
        for (int i = 0; i < x.length; i++) x[i] += (float) (sigma * random.normal());
    }

    /// A random factor: on the toss of a coin, from `least` to 1 or from 1 to `most`.
    static double either(Random random, double least, double most) {
        return random.uniform() < 0.5 ? random.uniform(least, 1) : random.uniform(1, most);
    }
}
