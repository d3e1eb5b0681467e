package dev.samovar.imaging;

/// How bright each number is: a whole number from 0 to 255.
///
/// What lies below `lower` is 0, what lies above `upper` is 255, between them runs a straight line. Where both are the same, everything is 0, and so is what is no
/// number at all (NaN).
///
/// @param lower the number that is black
/// @param upper the number that is white
/// @param rounded whether a fraction is rounded, half to even, or else dropped
/// @param zeroIsBlack whether 0 is black wherever the limits lie
/// @param words how it came about, for people; empty if numbers are brightness already
public record Brightness(double lower, double upper, boolean rounded, boolean zeroIsBlack, String words) {
    /// That of numbers which are brightness already: they stay as they are.
    static final Brightness SAME = new Brightness(0, 255, true, false, "");

    /// How bright a number is.
    public float of(float number) {
        if (Float.isNaN(number) || !(upper > lower) || (zeroIsBlack && number == 0)) return 0;
        double level = (Math.clamp(number, lower, upper) - lower) / (upper - lower) * 255;
        return rounded ? (float) Math.rint(level) : (int) level;
    }

    /// How bright each of these numbers is.
    public float[] of(float... numbers) {
        float[] levels = new float[numbers.length];
        for (int i = 0; i < levels.length; i++) levels[i] = of(numbers[i]);
        return levels;
    }

    /// Whether numbers stay as they are.
    public boolean isSame() {
        return words.isEmpty();
    }

    /// A limit in few digits.
    static String shown(double limit) {
        return limit == Math.rint(limit) && Math.abs(limit) < 1e9 ? Long.toString((long) limit) : Float.toString((float) limit);
    }
}
