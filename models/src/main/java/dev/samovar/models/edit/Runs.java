package dev.samovar.models.edit;

import dev.samovar.core.io.FormatException;
import java.util.Arrays;

/// Labels as runs: a value, the number of voxels that have it, the next value, and so on. Background is a value, too.
public final class Runs {
    private Runs() {}

    /// The runs of some labels, unsigned bytes.
    public static int[] of(byte[] labels) {
        int[] runs = new int[16];
        int n = 0;
        for (int i = 0, end; i < labels.length; i = end) {
            for (end = i + 1; end < labels.length && labels[end] == labels[i];) end++;
            if (n == runs.length) runs = Arrays.copyOf(runs, 2 * n);
            runs[n++] = labels[i] & 0xFF;
            runs[n++] = end - i;
        }
        return Arrays.copyOf(runs, n);
    }

    /// The runs of a mask: the first pixel of each, and its length.
    public static int[] of(boolean[] mask) {
        int[] runs = new int[16];
        int n = 0;
        for (int i = 0; i < mask.length; i++) {
            if (!mask[i]) continue;
            int end = i + 1;
            while (end < mask.length && mask[end]) end++;
            if (n == runs.length) runs = Arrays.copyOf(runs, 2 * n);
            runs[n++] = i;
            runs[n++] = end - i;
            i = end;
        }
        return Arrays.copyOf(runs, n);
    }

    /// The labels that have these runs.
    ///
    /// @throws FormatException if they are not `count` labels
    public static byte[] values(int[] runs, int count) {
        byte[] labels = new byte[count];
        int at = 0;
        for (int i = 0; i + 1 < runs.length; i += 2) {
            if (runs[i] < 0 || runs[i] > 255 || runs[i + 1] < 0 || runs[i + 1] > count - at) throw wrong(count);
            Arrays.fill(labels, at, at + runs[i + 1], (byte) runs[i]);
            at += runs[i + 1];
        }
        if (at != count || runs.length % 2 != 0) throw wrong(count);
        return labels;
    }

    private static FormatException wrong(int count) {
        return new FormatException("these runs are not those of " + count + " labels");
    }
}
