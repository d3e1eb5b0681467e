package dev.samovar.models.medsam;

import dev.samovar.imaging.Picture;
import dev.samovar.models.resample.SplineResize;

/// How a picture becomes MedSAM's input. The picture is stretched to the whole square: unlike in SAM's framing, its proportions are lost, and
/// there is no padding.
///
/// Source: MedSAM_Inference.py of bowang-lab/MedSAM @ d71e8a1.
///
/// @param side of the square, in pixels: 1024 for MedSAM
public record MedSamInput(int side) {
    private static final double LEAST_RANGE = 1e-8;

    /// The image encoder's input `(3, side, side)`, from 0 to 1, for an 8-bit picture `(1, h, w)` or `(3, h, w)` from 0 to 255.
    ///
    /// It is resized by splines, truncated to whole numbers, and scaled from its least number, 0, to its greatest, 1, all channels together; a
    /// constant picture becomes 0. There is no normalisation by mean and deviation. Beside flat areas the whole numbers may differ by one from the
    /// reference's, where its rounding errors decide.
    ///
    /// @throws IllegalArgumentException if it has another number of channels
    public Picture prepare(Picture picture) {
        if (picture.channels() != 1 && picture.channels() != 3)
            throw new IllegalArgumentException("a picture of " + picture.channels() + " channels, not 1 or 3");
        float[] resized = SplineResize.apply(picture, side, side).pixels(), unit = new float[3 * side * side];
        int min = Integer.MAX_VALUE, max = Integer.MIN_VALUE;
        for (float v : resized) {
            min = Math.min(min, (int) v);
            max = Math.max(max, (int) v);
        }
        double range = Math.max((double) max - min, LEAST_RANGE);
        for (int i = 0; i < resized.length; i++) unit[i] = (float) (((int) resized[i] - min) / range);
        for (int at = resized.length; at < unit.length; at += resized.length) System.arraycopy(unit, 0, unit, at, resized.length);
        return new Picture(3, side, side, unit);
    }
}
