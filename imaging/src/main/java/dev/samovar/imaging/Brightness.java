package dev.samovar.imaging;

/// Maps numbers to brightness: whole numbers from 0 to 255.
///
/// Numbers below `lower` become 0, those above `upper` 255, and those between them are mapped linearly. If both limits are the same, everything
/// becomes 0. NaN always becomes 0.
///
/// @param lower the number that is black
/// @param upper the number that is white
/// @param rounded whether a fraction is rounded, half to even, or else dropped
/// @param zeroIsBlack whether 0 is black whatever the limits are
/// @param words how the limits were found, for people; empty if numbers are brightness already
public record Brightness(double lower, double upper, boolean rounded, boolean zeroIsBlack, String words) {
    /// For numbers that are brightness already: they stay as they are.
    static final Brightness SAME = new Brightness(0, 255, true, false, "");

    /// The brightness of a number.
    public float of(float number) {
        if (Float.isNaN(number) || !(upper > lower) || (zeroIsBlack && number == 0)) return 0;
        double level = (Math.clamp(number, lower, upper) - lower) / (upper - lower) * 255;
        return rounded ? (float) Math.rint(level) : (int) level;
    }

    /// The brightness of each of these numbers.
    public float[] of(float... numbers) {
        float[] levels = new float[numbers.length];
        for (int i = 0; i < levels.length; i++) levels[i] = of(numbers[i]);
        return levels;
    }

    /// Whether numbers stay as they are.
    public boolean isSame() {
        return words.isEmpty();
    }

    /// A limit with few digits, for messages.
    static String shown(double limit) {
        return limit == Math.rint(limit) && Math.abs(limit) < 1e9 ? Long.toString((long) limit) : Float.toString((float) limit);
    }
}
