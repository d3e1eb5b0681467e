package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;

/// Turns a painted square into a picture as from a camera or a scanner: blur, contrast, noise, and the frame that is cut out.
final class Finish {
    private Finish() {}

    /// Blurs by `passes` of the weights ¼, ½, ¼ in both directions: a deviation of `√(passes / 2)` pixels.
    static void blur(Canvas canvas, int passes) {
        int n = canvas.side;
        float[] line = new float[n];
        for (int p = 0; p < passes; p++) for (int row = 0; row < 3 * n; row++) blur(canvas.rgb, row * n, 1, line);
        for (int p = 0; p < passes; p++)
            for (int c = 0; c < 3; c++) for (int column = 0; column < n; column++) blur(canvas.rgb, c * n * n + column, n, line);
    }

    private static void blur(float[] x, int first, int stride, float[] line) {
        int n = line.length;
        for (int i = 0; i < n; i++) line[i] = x[first + i * stride];
        for (int i = 0; i < n; i++)
            x[first + i * stride] = line[i] / 2 + (line[Math.max(0, i - 1)] + line[Math.min(n - 1, i + 1)]) / 4;
    }

    /// Makes all colours grey.
    static void grey(Canvas canvas) {
        int n = canvas.side * canvas.side;
        for (int i = 0; i < n; i++) {
            float grey = 0.299f * canvas.rgb[i] + 0.587f * canvas.rgb[n + i] + 0.114f * canvas.rgb[2 * n + i];
            canvas.rgb[i] = grey;
            canvas.rgb[n + i] = grey;
            canvas.rgb[2 * n + i] = grey;
        }
    }

    /// Adds normal noise of this deviation, the same to all channels of a pixel or different ones.
    static void noise(Canvas canvas, Random random, double deviation, boolean coloured) {
        int n = canvas.side * canvas.side;
        for (int i = 0; i < n; i++) {
            double grey = deviation * roughlyNormal(random);
            for (int c = 0; c < 3; c++) canvas.rgb[c * n + i] += (float) (coloured && c > 0 ? deviation * roughlyNormal(random) : grey);
        }
    }

    /// The sum of four uniform numbers, scaled to a deviation of 1: without a logarithm for every pixel.
    static double roughlyNormal(Random random) {
        long bits = random.bits();
        long sum = (bits & 0xffff) + ((bits >>> 16) & 0xffff) + ((bits >>> 32) & 0xffff) + (bits >>> 48);
        return (sum / 65536.0 - 2) * 1.7320508075688772;                           // a uniform number has a variance of 1/12
    }

    /// Stretches brightness about its mean, and shifts it. Sometimes little contrast is left, as in a badly exposed picture.
    static void tone(Canvas canvas, Random random) {
        double contrast = random.below(4) == 0 ? random.uniform(0.3, 0.75) : random.uniform(0.8, 1.2), mean = 0;
        for (float v : canvas.rgb) mean += v / canvas.rgb.length;
        double room = Math.max(0, 1 - contrast), to = mean + room * (random.uniform(20, 235) - mean) + random.uniform(-12, 12);
        for (int i = 0; i < canvas.rgb.length; i++) canvas.rgb[i] = (float) (to + contrast * (canvas.rgb[i] - mean));
    }

    /// The picture: the whole square or, in one of three cases, a narrower or lower part of it.
    static Scene frame(Canvas canvas, Random random) {
        int side = canvas.side, shorter = random.below(3) == 0 ? (int) (side * random.uniform(0.55, 0.95)) : side;
        return random.below(2) == 0 ? canvas.scene(side, shorter) : canvas.scene(shorter, side);
    }
}
