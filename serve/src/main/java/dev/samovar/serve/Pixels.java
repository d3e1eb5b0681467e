package dev.samovar.serve;

import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;

/// The values of an image in 16 bits, or its colours in 24, as a page wants them. Slices are cut fast enough for scrolling.
///
/// Whole numbers whose range fits are exact; all others are off by at most half of a 65,535th of the range. Infinities are shown as the ends of the
/// range, and what is not a number as its lower end.
final class Pixels {
    private static final int LEVELS = 65_535, WHITE = 255;

    private final Volume volume;
    private final boolean colour;
    private final short[] held;                                         // none if coloured
    private final double offset, scale;
    private final float min, max;

    Pixels(Volume volume) {
        this.volume = volume;
        colour = volume.channels() == 3;
        var range = new Object() {
            float min = Float.POSITIVE_INFINITY, max = Float.NEGATIVE_INFINITY;
            boolean whole = true;
        };
        volume.scan(plane -> {
            for (float v : plane) {
                if (!Float.isFinite(v)) continue;
                range.min = Math.min(range.min, v);
                range.max = Math.max(range.max, v);
                range.whole &= v == Math.rint(v);
            }
        });
        boolean any = range.min <= range.max;
        min = colour || !any ? 0 : range.min;
        max = colour ? WHITE : any ? range.max : 0;
        offset = min;
        double span = (double) max - min;
        scale = (range.whole && span <= LEVELS) || colour ? 1 : span / LEVELS;
        held = colour ? new short[0] : hold();
    }

    private short[] hold() {
        short[] all = new short[volume.geometry().voxels()];
        var at = new Object() {
            int n;
        };
        volume.scan(plane -> {
            for (float v : plane) all[at.n++] = (short) (scale == 0 ? 0 : Math.round((Math.clamp(v, min, max) - offset) / scale));
        });
        return all;
    }

    boolean isColour() {
        return colour;
    }

    /// The number that a stored 0 stands for.
    double offset() {
        return offset;
    }

    /// The difference in value between two stored numbers that differ by 1.
    double scale() {
        return scale;
    }

    float min() {
        return min;
    }

    float max() {
        return max;
    }

    /// A slice: two bytes for each pixel, the lower first, or red, green and blue.
    byte[] slice(int axis, int index) {
        Slices slices = new Slices(volume.geometry(), axis);
        int n = slices.height() * slices.width();
        if (colour) return colours(slices, index, n);
        byte[] bytes = new byte[2 * n];
        ShortBuffer to = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
        if (axis == 2) to.put(held, index * n, n);
        else for (int i = 0; i < n; i++) to.put(i, held[slices.index(index, i)]);
        return bytes;
    }

    private byte[] colours(Slices slices, int index, int n) {
        float[] pixels = slices.cut(volume, index).pixels();
        byte[] bytes = new byte[3 * n];
        for (int i = 0; i < n; i++)
            for (int c = 0; c < 3; c++) bytes[3 * i + c] = (byte) Math.clamp(Math.round(pixels[c * n + i]), 0, WHITE);
        return bytes;
    }
}
