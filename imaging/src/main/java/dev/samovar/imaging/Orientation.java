package dev.samovar.imaging;

/// Brings the voxels of a grid into the canonical order, and back.
///
/// In the canonical order x runs to the right, y to the front and z to the head, each as closely as the grid allows, and x runs fastest in memory:
/// `"RAS"`. Axes are exchanged and reversed, and nothing is interpolated: every voxel keeps its value and its place in the world, and the way back
/// gives the same bytes. An oblique grid stays oblique. This is `as_closest_canonical` of nibabel. A volume is not copied: its planes are turned when
/// they are read.
public final class Orientation {
    private final Geometry original, canonical;
    private final int first;                                            // index in the original of the canonical voxel (0, 0, 0)
    private final int[] step = new int[3];                              // from there to the next along each canonical axis

    private Orientation(Geometry original) {
        this.original = original;
        int[] dims = new int[3];
        double[][] affine = new double[3][4];
        for (int r = 0; r < 3; r++) affine[r][3] = original.affine(r, 3);
        int stride = 1, start = 0;
        for (int a = 0; a < 3; a++) {
            int world = original.world(a), last = original.dim(a) - 1;
            boolean reversed = original.isReversed(a);
            dims[world] = original.dim(a);
            step[world] = reversed ? -stride : stride;
            if (reversed) start += last * stride;
            for (int r = 0; r < 3; r++) {
                affine[r][world] = reversed ? -original.affine(r, a) : original.affine(r, a);
                if (reversed) affine[r][3] += last * original.affine(r, a);
            }
            stride *= original.dim(a);
        }
        first = start;
        canonical = original.orientation().equals("RAS") ? original : original.sibling(dims, affine);
    }

    /// The orientation of a grid.
    public static Orientation of(Geometry geometry) {
        return new Orientation(geometry);
    }

    /// The original grid.
    public Geometry original() {
        return original;
    }

    /// A grid in the canonical order, with a header of its own; the grid itself if that is its order already.
    public Geometry canonical() {
        return canonical;
    }

    /// A volume on the original grid brought into the canonical order; itself if it is in that order already.
    ///
    /// @throws IllegalArgumentException if it lies on another grid
    public Volume toCanonical(Volume volume) {
        check(volume.geometry(), original);
        return volume.geometry() == canonical ? volume : volume.turned(canonical, seen(volume, canonical, false));
    }

    /// Labels on the original grid brought into the canonical order.
    ///
    /// @throws IllegalArgumentException if they lie on another grid
    public LabelVolume toCanonical(LabelVolume labels) {
        check(labels.geometry(), original);
        if (labels.geometry() == canonical) return labels;
        byte[] from = labels.classes(), to = new byte[from.length];
        rows((i, o) -> {
            for (int x = 0; x < canonical.nx(); x++) to[i + x] = from[o + x * step[0]];
        });
        return new LabelVolume(canonical, to, labels.remarks());
    }

    /// A volume in the canonical order brought back onto the original grid: written, it has the original's header, bit for bit.
    ///
    /// @throws IllegalArgumentException if it lies on another grid
    public Volume toOriginal(Volume volume) {
        check(volume.geometry(), canonical);
        return volume.geometry() == original ? volume : volume.turned(original, seen(volume, original, true));
    }

    /// Labels in the canonical order brought back onto the original grid: written, they have the original's header, bit for bit.
    ///
    /// @throws IllegalArgumentException if they lie on another grid
    public LabelVolume toOriginal(LabelVolume labels) {
        check(labels.geometry(), canonical);
        if (labels.geometry() == original) return labels;
        byte[] from = labels.classes(), to = new byte[from.length];
        rows((i, o) -> {
            for (int x = 0; x < canonical.nx(); x++) to[o + x * step[0]] = from[i + x];
        });
        return new LabelVolume(original, to, labels.remarks());
    }

    /// The planes of a volume in a turned grid: each is a plane of the volume, perhaps transposed, perhaps reversed.
    private Voxels seen(Volume volume, Geometry grid, boolean back) {
        int[] axes = new int[3];                                        // for each axis of the turned grid, that of the volume
        boolean[] reversed = new boolean[3];
        for (int a = 0; a < 3; a++) {
            int world = original.world(a), from = back ? world : a, to = back ? a : world;
            axes[to] = from;
            reversed[to] = original.isReversed(a);
        }
        Voxels voxels = volume.source();
        return (channel, axis, index, to, at) -> {
            int down = axis == 2 ? 1 : 2, along = axis == 0 ? 1 : 0, h = grid.dim(down), w = grid.dim(along);
            int there = reversed[axis] ? grid.dim(axis) - 1 - index : index;
            boolean transposed = axes[down] < axes[along];
            int rowStep = transposed ? 1 : w, columnStep = transposed ? h : 1, start = 0;
            if (reversed[down]) {
                start += (h - 1) * rowStep;
                rowStep = -rowStep;
            }
            if (reversed[along]) {
                start += (w - 1) * columnStep;
                columnStep = -columnStep;
            }
            float[] plane = new float[h * w];
            voxels.plane(channel, axes[axis], there, plane, 0);
            for (int r = 0; r < h; r++)
                for (int c = 0; c < w; c++) to[at + r * w + c] = plane[start + r * rowStep + c * columnStep];
        };
    }

    private static void check(Geometry geometry, Geometry expected) {
        geometry.difference(expected).ifPresent(difference -> {
            throw new IllegalArgumentException("a volume on another grid: " + difference);
        });
    }

    private interface Row {
        void move(int canonical, int original);
    }

    /// Visits the rows of the canonical order, by the index of their first voxel in both orders; the next voxel is 1 further in one and `step[0]`
    /// further in the other.
    private void rows(Row row) {
        for (int k = 0; k < canonical.nz(); k++)
            for (int j = 0; j < canonical.ny(); j++)
                row.move((k * canonical.ny() + j) * canonical.nx(), first + k * step[2] + j * step[1]);
    }
}
