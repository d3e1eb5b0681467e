package dev.samovar.core.kernel.cpu;

import java.util.Arrays;

/// Working space of one thread, kept from call to call: a kernel that needs a few kilobytes for a moment gets them here.
///
/// Each purpose has a slot of its own, so that a loop and the loops it calls never share one. Contents are whatever was there before.
final class Scratch {
    static final int EDGE = 0;
    static final int STRIPS = 1;
    static final int PANELS = 2;
    static final int TILE = 3;
    static final int QUERIES = 4;
    static final int SCALED = 5;
    static final int OUT = 6;
    static final int ROW = 7;
    static final int SCORES = 8;
    static final int MORE_SCORES = 9;
    static final int MAX = 10;
    static final int SUM = 11;
    static final int FACTOR = 12;
    static final int REL_H = 13;
    static final int REL_W = 14;
    static final int OFFSETS = 15;
    static final int HIDDEN = 16;
    static final int NORMED = 17;
    static final int LANES = 18;
    private static final int SLOTS = 19;

    private static final ThreadLocal<float[][]> ARRAYS = ThreadLocal.withInitial(() -> new float[SLOTS][0]);
    private static final ThreadLocal<double[][]> DOUBLES = ThreadLocal.withInitial(() -> new double[SLOTS][0]);

    private Scratch() {}

    /// An array of at least `size` for a purpose.
    static float[] floats(int slot, int size) {
        float[][] arrays = ARRAYS.get();
        if (arrays[slot].length < size) arrays[slot] = new float[size];
        return arrays[slot];
    }

    /// Arrays in double precision. Their slots are apart from those of [#floats].
    static double[] doubles(int slot, int size) {
        double[][] arrays = DOUBLES.get();
        if (arrays[slot].length < size) arrays[slot] = new double[size];
        return arrays[slot];
    }

    /// An array in double precision whose first `size` elements are zero.
    static double[] zeros(int slot, int size) {
        double[] array = doubles(slot, size);
        Arrays.fill(array, 0, size, 0);
        return array;
    }
}
