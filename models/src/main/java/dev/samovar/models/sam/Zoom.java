package dev.samovar.models.sam;

import dev.samovar.core.tensor.Tensor;

/// How the decoder's masks are enlarged to the picture's size, bilinearly, in two steps: from `side · side` to `square · square`, of which
/// `inputHeight · inputWidth` are the picture's, and these to `height · width`. Pixels above 0 are then in the mask.
///
/// Source: `Sam.postprocess_masks` in segment_anything/modeling/sam.py @ dca509f.
public record Zoom(int side, int square, int inputHeight, int inputWidth, int height, int width) {

    /// Logits `(B, M, side, side)` at the picture's size `(B, M, height, width)`.
    public Tensor apply(Tensor lowRes) {
        Tensor whole = square == side ? lowRes : lowRes.resizeBilinear(square, square);
        return whole.slice(2, 0, inputHeight).slice(3, 0, inputWidth).resizeBilinear(height, width);
    }

    /// For every row (or column) of one step: the lower of its two sources, the higher, and the higher one's weight, as in
    /// [dev.samovar.core.kernel.Kernels#resizeBilinear].
    @SuppressWarnings("ArrayRecordComponent")                                      // they are not compared
    record Sources(int[] low, int[] high, float[] share) {
        static Sources of(int from, int to) {
            var sources = new Sources(new int[to], new int[to], new float[to]);
            for (int i = 0; i < to; i++) {
                double at = Math.max(0, (i + 0.5) * from / to - 0.5);
                sources.low[i] = (int) at;
                sources.high[i] = Math.min(sources.low[i] + 1, from - 1);
                sources.share[i] = (float) (at - sources.low[i]);
            }
            return sources;
        }

        /// Interpolates the places `from … to−1` from a row.
        void mix(float[] row, int from, int to, float[] into) {
            for (int i = from; i < to; i++) into[i] = (1 - share[i]) * row[low[i]] + share[i] * row[high[i]];
        }
    }
}
