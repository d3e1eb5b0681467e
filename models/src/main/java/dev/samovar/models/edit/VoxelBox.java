package dev.samovar.models.edit;

import dev.samovar.imaging.Geometry;
import org.jspecify.annotations.Nullable;

/// A box of voxels, given by its first and its last one, both inclusive.
public record VoxelBox(int i0, int j0, int k0, int i1, int j1, int k1) {

    /// The whole grid.
    public static VoxelBox of(Geometry grid) {
        return new VoxelBox(0, 0, 0, grid.nx() - 1, grid.ny() - 1, grid.nz() - 1);
    }

    /// One slice of a grid.
    public static VoxelBox slice(Geometry grid, int axis, int index) {
        VoxelBox all = of(grid);
        return switch (axis) {
            case 0 -> new VoxelBox(index, 0, 0, index, all.j1, all.k1);
            case 1 -> new VoxelBox(0, index, 0, all.i1, index, all.k1);
            default -> new VoxelBox(0, 0, index, all.i1, all.j1, index);
        };
    }

    /// Whether it is within a grid, and not empty.
    public boolean isIn(Geometry grid) {
        return 0 <= i0 && i0 <= i1 && i1 < grid.nx() && 0 <= j0 && j0 <= j1 && j1 < grid.ny() && 0 <= k0 && k0 <= k1 && k1 < grid.nz();
    }

    /// The number of its voxels along x.
    public int nx() {
        return i1 - i0 + 1;
    }

    /// The number of its voxels along y.
    public int ny() {
        return j1 - j0 + 1;
    }

    /// The number of its voxels along z.
    public int nz() {
        return k1 - k0 + 1;
    }

    /// The number of its voxels.
    public int voxels() {
        return nx() * ny() * nz();
    }

    /// Receives each row of a box.
    @FunctionalInterface
    interface Row {
        /// A row of `nx` voxels.
        ///
        /// @param grid the index of its first voxel in the grid
        /// @param box the index of its first voxel in the box
        void at(int grid, int box);
    }

    /// Goes through the rows, x fastest in both.
    void rows(Geometry grid, Row row) {
        int box = 0;
        for (int k = k0; k <= k1; k++)
            for (int j = j0; j <= j1; j++, box += nx()) row.at(i0 + grid.nx() * (j + grid.ny() * k), box);
    }

    /// The smallest box around some voxels, which are added one after another.
    static final class Around {
        private int i0 = Integer.MAX_VALUE, j0 = Integer.MAX_VALUE, k0 = Integer.MAX_VALUE, i1 = -1, j1 = -1, k1 = -1;

        void add(int i, int j, int k) {
            i0 = Math.min(i0, i);
            i1 = Math.max(i1, i);
            j0 = Math.min(j0, j);
            j1 = Math.max(j1, j);
            k0 = Math.min(k0, k);
            k1 = Math.max(k1, k);
        }

        /// Null without a voxel.
        @Nullable
        VoxelBox box() {
            return i1 < 0 ? null : new VoxelBox(i0, j0, k0, i1, j1, k1);
        }
    }
}
