package dev.samovar.imaging.format;

/// What the numbers of a JPEG mean, and how they become red, green and blue: bit for bit as in libjpeg.
///
/// Source: JFIF 1.02 for the formulas, in the fixed-point arithmetic of libjpeg (jdcolor.c, jdsample.c); Pillow 9.4 for a printer's four colours, which programs
/// write with white as 255.
enum JpegColours {
    /// Grey, or red, green and blue.
    NONE,
    /// Luminance, and how much blue and red.
    YCC,
    /// Cyan, magenta, yellow and black, 255 being no ink.
    CMYK,
    /// The same, with the first three as luminance and colour.
    YCCK;

    private static final int SCALE = 16, HALF = 1 << (SCALE - 1), MIDDLE = 128;
    private static final int RED = 91881, GREEN_BLUE = 22554, GREEN_RED = 46802, BLUE = 116130;           // 1.402, 0.34414, 0.71414, 1.772

    /// Changes `n` pixels in planes of bytes to red, green and blue; a fourth plane loses its meaning.
    static void toRgb(byte[] planes, int n, JpegColours from) {
        if (from == NONE) return;
        for (int i = 0; i < n; i++) {
            if (from != CMYK) ycc(planes, n, i, from == YCCK);
            if (from == YCC) continue;
            int paper = planes[3 * n + i] & 0xFF;
            for (int c = 0; c < 3; c++) {
                int ink = (255 - (planes[c * n + i] & 0xFF)) * paper + MIDDLE;
                planes[c * n + i] = (byte) Math.clamp(paper - (((ink >> 8) + ink) >> 8), 0, 255);
            }
        }
    }

    private static void ycc(byte[] planes, int n, int i, boolean ink) {
        int y = planes[i] & 0xFF, cb = (planes[n + i] & 0xFF) - MIDDLE, cr = (planes[2 * n + i] & 0xFF) - MIDDLE;
        int r = y + ((RED * cr + HALF) >> SCALE), g = y + ((HALF - GREEN_BLUE * cb - GREEN_RED * cr) >> SCALE), b = y + ((BLUE * cb
                + HALF) >> SCALE);
        planes[i] = level(r, ink);
        planes[n + i] = level(g, ink);
        planes[2 * n + i] = level(b, ink);
    }

    private static byte level(int value, boolean ink) {
        int level = Math.clamp(value, 0, 255);
        return (byte) (ink ? 255 - level : level);
    }

    /// Smooths a plane that has half the rows, which the platform's reader only doubled: three parts of the nearer row and one of the next, as
    /// libjpeg-turbo does.
    static void smoothDown(byte[] planes, int from, int h, int w) {
        byte[] stored = new byte[(h + 1) / 2 * w];
        for (int r = 0; r < h; r += 2) System.arraycopy(planes, from + r * w, stored, r / 2 * w, w);
        for (int r = 0; r < h; r++) {
            int near = r / 2, next = Math.clamp(r % 2 == 0 ? near - 1 : near + 1, 0, (h - 1) / 2), bias = r % 2 == 0 ? 1 : 2;
            for (int x = 0; x < w; x++)
                planes[from + r * w + x] = (byte) ((3 * (stored[near * w + x] & 0xFF) + (stored[next * w + x] & 0xFF) + bias) >> 2);
        }
    }
}
