package dev.samovar.benchmarks;

/// Whether two that are compared have computed the same.
public final class Agreement {
    /// How far two results may lie apart, as [#difference] has it: more than float32 loses in a dozen layers, and less than a mistake makes.
    public static final double ALLOWED = 1e-3;

    /// How far the losses of a training at the official size may lie apart. Adam's first step is as long for gradients that are next to nothing, whose sign is chance, as for all others: the ViT head's third
    /// loss differs by 2 %. Tests at a small size hold trainings to [#ALLOWED], too.
    public static final double ALLOWED_TRAINING = 0.05;

    private Agreement() {}

    /// The largest difference of two numbers in one place, as a share of the largest number; 1 where lengths differ or something is not a number.
    public static double difference(float[] expected, float[] actual) {
        if (expected.length != actual.length) return 1;
        double largest = 1e-30, difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double d = Math.abs(expected[i] - actual[i]);
            if (!(d <= difference)) difference = d;
        }
        return Double.isFinite(difference) ? difference / largest : 1;
    }
}
