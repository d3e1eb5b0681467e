package dev.samovar.imaging;

/// The least and the greatest of some numbers; infinite, the wrong way round, if there are none.
public record Range(float least, float greatest) {

    /// The range of an array; `NaN` if one of its numbers is.
    public static Range of(float[] x) {
        float least = Float.POSITIVE_INFINITY, greatest = Float.NEGATIVE_INFINITY;
        for (float v : x) {
            least = Math.min(least, v);
            greatest = Math.max(greatest, v);
        }
        return new Range(least, greatest);
    }

    /// From the least to the greatest.
    public float length() {
        return greatest - least;
    }
}
