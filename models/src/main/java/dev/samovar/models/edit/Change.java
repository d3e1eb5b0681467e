package dev.samovar.models.edit;

import dev.samovar.imaging.Geometry;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What an edit did to labels: the voxels that it changed, and what each was before and after.
///
/// It is taken back, and done again, only where a voxel still is what it left there: what others did since stays.
final class Change {
    /// Nothing.
    static final Change NONE = new Change(new int[0], new byte[0], new byte[0]);

    private final int[] voxels;                                         // ascending
    private final byte[] before, after;

    private Change(int[] voxels, byte[] before, byte[] after) {
        this.voxels = voxels;
        this.before = before;
        this.after = after;
    }

    /// How a part of labels differs from what it is to be.
    ///
    /// @param next what the box is to hold, x fastest
    static Change of(Geometry grid, byte[] labels, VoxelBox box, byte[] next) {
        int[] voxels = new int[16];
        var count = new Object() {
            int n;
            int[] list = voxels;
        };
        box.rows(grid, (at, from) -> {
            for (int i = 0; i < box.nx(); i++) {
                if (labels[at + i] == next[from + i]) continue;
                if (count.n == count.list.length) count.list = Arrays.copyOf(count.list, 2 * count.n);
                count.list[count.n++] = at + i;
            }
        });
        if (count.n == 0) return NONE;
        int[] changed = Arrays.copyOf(count.list, count.n);
        byte[] before = new byte[count.n], after = new byte[count.n];
        var position = new Object() {
            int n;
        };
        box.rows(grid, (at, from) -> {
            for (; position.n < changed.length && changed[position.n] < at + box.nx(); position.n++) {
                before[position.n] = labels[changed[position.n]];
                after[position.n] = next[from + changed[position.n] - at];
            }
        });
        return new Change(changed, before, after);
    }

    /// One from a file.
    static Change of(int[] voxels, byte[] before, byte[] after) {
        return new Change(voxels, before, after);
    }

    int size() {
        return voxels.length;
    }

    int[] voxels() {
        return voxels;
    }

    byte[] before() {
        return before;
    }

    byte[] after() {
        return after;
    }

    /// Does it again.
    void apply(byte[] labels) {
        exchange(labels, before, after);
    }

    /// Takes it back.
    void revert(byte[] labels) {
        exchange(labels, after, before);
    }

    private void exchange(byte[] labels, byte[] from, byte[] to) {
        for (int n = 0; n < voxels.length; n++) if (labels[voxels[n]] == from[n]) labels[voxels[n]] = to[n];
    }

    /// The smallest box around it, null if it is nothing.
    @Nullable
    VoxelBox box(Geometry grid) {
        if (voxels.length == 0) return null;
        int nx = grid.nx(), ny = grid.ny(), i0 = nx, j0 = ny, k0 = grid.nz(), i1 = 0, j1 = 0, k1 = 0;
        for (int v : voxels) {
            int i = v % nx, j = v / nx % ny, k = v / nx / ny;
            i0 = Math.min(i0, i);
            i1 = Math.max(i1, i);
            j0 = Math.min(j0, j);
            j1 = Math.max(j1, j);
            k0 = Math.min(k0, k);
            k1 = Math.max(k1, k);
        }
        return new VoxelBox(i0, j0, k0, i1, j1, k1);
    }
}
