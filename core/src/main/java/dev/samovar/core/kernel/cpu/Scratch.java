package dev.samovar.core.kernel.cpu;

/// Working space of one thread, kept from call to call: a kernel that needs a few kilobytes for a moment takes them here.
///
/// Each purpose has a slot of its own, so that a loop and the loops it calls never share one. Contents are whatever was there before.
final class Scratch {
    static final int EDGE = 0;
    static final int PANELS = 1;
    static final int TILE = 2;
    static final int SCORES = 3;
    static final int QUERIES = 4;
    static final int ROW = 5;
    static final int REL_H = 6;
    static final int REL_W = 7;
    static final int MORE_SCORES = 8;
    static final int TRANSPOSED = 9;
    static final int STRIPS = 10;
    private static final int SLOTS = 11;

    private static final ThreadLocal<float[][]> ARRAYS = ThreadLocal.withInitial(() -> new float[SLOTS][0]);

    private Scratch() {}

    /// An array of at least `size` for a purpose.
    static float[] floats(int slot, int size) {
        float[][] arrays = ARRAYS.get();
        if (arrays[slot].length < size) arrays[slot] = new float[size];
        return arrays[slot];
    }
}
