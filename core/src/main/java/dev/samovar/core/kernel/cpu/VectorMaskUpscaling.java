package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.MaskUpscalingShape;
import dev.samovar.core.kernel.MaskUpscalingWeights;
import java.util.Arrays;

/// The end of the mask decoder, for some positions of one prompt at a time. A transposed convolution that doubles the size is four products, one for
/// each corner of the 2 × 2 pixels that a position becomes. So a panel of positions becomes four panels at twice the size and sixteen at four times,
/// whose pixels lie 2 or 4 apart in the masks, and only the masks are written to memory.
final class VectorMaskUpscaling {
    /// Panels of positions of a task.
    private static final int PANELS = 4;
    private static final int CORNERS = 4;
    private static final int NR = VectorGemm.NR;

    private final Parallel parallel;

    VectorMaskUpscaling(Parallel parallel) {
        this.parallel = parallel;
    }

    void run(MaskUpscalingShape s, float[] x, float[] classifiers, MaskUpscalingWeights<CpuBuffer> p, float[] masks) {
        final int c = s.channels(), middle = s.middle(), last = s.last(), positions = s.positions(), step = PANELS * NR;
        final float[] up1 = p.up1().weight().form(w -> corners(c, middle, w)), bias1 = p.up1().bias().rows(), normWeight = p.norm().weight().rows(),
                normBias = p.norm()
                        .bias().rows();
        final float[] up2 = p.up2().weight().form(w -> corners(middle, last, w)), bias2 = p.up2().bias().rows();
        final int blocks = Math.ceilDiv(positions, step), rows = s.masks() == 1 ? 1 : Math.ceilDiv(s.masks(), 4) * 4;     // three rows take longer than four
        parallel.run(s.batch() * blocks, (long) s.batch() * positions * c * c, task -> {
            final int prompt = task / blocks, first = task % blocks * step, n = Math.min(step, positions - first), panels = VectorGemm.panels(n),
                    lanes = panels * NR, at = (prompt * positions + first) * c;
            float[] twice = Scratch.floats(Scratch.HIDDEN, step * middle);
            float[] four = Scratch.floats(Scratch.OUT, step * last), classifier = Scratch.floats(Scratch.QUERIES, rows * last);
            float[] strips = Scratch.floats(Scratch.SCALED, rows * last), logits = Scratch.floats(Scratch.SCORES, rows * step);
            System.arraycopy(classifiers, prompt * s.masks() * last, classifier, 0, s.masks() * last);
            Arrays.fill(classifier, s.masks() * last, rows * last, 0);
            VectorGemm.packStrips(rows, last, classifier, 0, last, 1, strips, 0);
            for (int corner = 0; corner < CORNERS; corner++) {
                for (int j = 0; j < panels; j++) VectorPanels.broadcast(middle, bias1, 0, twice, j * middle * NR);
                VectorGemm.multiplyStrips(middle, lanes, c, up1, corner * middle * c, c, 0, x, at, c * NR, twice, 0, NR, middle * NR);
                for (int j = 0; j < panels; j++)
                    VectorPanels.layerNorm(middle, s.eps(), normWeight, normBias, twice, j * middle * NR, twice, j * middle * NR);
                VectorMath.gelu(twice, twice, 0, middle * lanes);
                for (int inner = 0; inner < CORNERS; inner++) {
                    for (int j = 0; j < panels; j++) VectorPanels.broadcast(last, bias2, 0, four, j * last * NR);
                    VectorGemm.multiplyStrips(last, lanes, middle, up2, inner * last * middle, middle, 0, twice, 0, middle * NR, four, 0,
                            NR,
                            last * NR);
                    VectorMath.gelu(four, four, 0, last * lanes);
                    Arrays.fill(logits, 0, rows * lanes, 0);
                    VectorGemm.multiplyStrips(rows, lanes, last, strips, 0, last, 0, four, 0, last * NR, logits, 0, lanes, NR);
                    scatter(s, prompt, first, n, lanes, corner, inner, logits, masks);
                }
            }
        });
    }

    /// Strips of the weights `(in, out, 2, 2)` of each corner by itself, `(out, in)`.
    private static float[] corners(int in, int out, float[] weight) {
        float[] strips = new float[weight.length];
        for (int corner = 0; corner < CORNERS; corner++)
            VectorGemm.packStrips(out, in, weight, corner, CORNERS, out * CORNERS, strips, corner * out * in);
        return strips;
    }

    /// Writes one of the sixteen pixels of every position.
    private static void scatter(MaskUpscalingShape s, int prompt, int first, int n, int lanes, int corner, int inner, float[] logits,
            float[] masks) {
        final int w = s.width(), down = 2 * (corner / 2) + inner / 2, right = 2 * (corner % 2) + inner % 2;
        for (int m = 0; m < s.masks(); m++) {
            int mask = (prompt * s.masks() + m) * 16 * s.positions();
            for (int i = 0, run; i < n; i += run) {
                int row = (first + i) / w, column = (first + i) % w, to = mask + (4 * row + down) * 4 * w + 4 * column + right;
                run = Math.min(n - i, w - column);
                for (int j = 0; j < run; j++) masks[to + 4 * j] = logits[m * lanes + i + j];
            }
        }
    }
}
