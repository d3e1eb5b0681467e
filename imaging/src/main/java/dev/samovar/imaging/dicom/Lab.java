package dev.samovar.imaging.dicom;

/// Colours as DICOM stores them: CIE L*a*b* with a white of D65, scaled to 16 bits (PS3.3, C.10.7.1.1).
final class Lab {
    private static final double[] WHITE = {0.95047, 1, 1.08883};
    private static final double[][] XYZ = {{0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}};
    private static final double EDGE = 6.0 / 29;

    private Lab() {}

    /// Converts a colour in sRGB, `0xRRGGBB`.
    static int[] of(int rgb) {
        double[] linear = {linear(rgb >> 16 & 0xFF), linear(rgb >> 8 & 0xFF), linear(rgb & 0xFF)}, f = new double[3];
        for (int i = 0; i < 3; i++) f[i] = curve((XYZ[i][0] * linear[0] + XYZ[i][1] * linear[1] + XYZ[i][2] * linear[2]) / WHITE[i]);
        double l = 116 * f[1] - 16, a = 500 * (f[0] - f[1]), b = 200 * (f[1] - f[2]);
        return new int[]{scaled(l / 100), scaled((a + 128) / 255), scaled((b + 128) / 255)};
    }

    private static double linear(int c) {
        double x = c / 255.0;
        return x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4);
    }

    private static double curve(double t) {
        return t > EDGE * EDGE * EDGE ? Math.cbrt(t) : t / (3 * EDGE * EDGE) + 4.0 / 29;
    }

    private static int scaled(double share) {
        return (int) Math.clamp(Math.round(share * 65535), 0L, 65535L);
    }
}
