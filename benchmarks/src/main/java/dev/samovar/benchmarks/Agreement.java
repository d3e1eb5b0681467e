package dev.samovar.benchmarks;

/// Whether the two sides of a comparison have computed the same.
public final class Agreement {
    /// The largest [#difference] that is allowed between two results: more than float32 loses in a dozen layers, and less than a mistake causes.
    public static final double ALLOWED = 1e-3;

    /// The largest difference that is allowed between the losses of a training at the official size. Adam's first step is as long for tiny gradients,
    /// whose sign is chance, as for all others: the ViT head's third loss differs by 2 %. In tests at a small size, trainings too must keep to
    /// [#ALLOWED].
    public static final double ALLOWED_TRAINING = 0.05;

    private Agreement() {}

    /// The largest difference between two numbers in the same place, as a share of the largest number; 1 if lengths differ or a number is NaN.
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
