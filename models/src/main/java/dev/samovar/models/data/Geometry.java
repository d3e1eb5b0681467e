package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import java.util.Arrays;
import java.util.Optional;

/// Where the voxels of a volume lie in the patient.
///
/// A grid of `nx × ny × nz` voxels, the x index running fastest in memory, and an affine map from voxel indices to millimetres in the
/// world, whose axes point to the patient's right, front and head: `(x, y, z) = A · (i, j, k) + t`. Also carried: the header that said
/// so, such that a file written for the same grid can repeat it bit for bit.
public final class Geometry {
    /// The axes of the world, each by the side it points to.
    public enum World {
        /// From left to right.
        RIGHT(0),
        /// From back to front.
        ANTERIOR(1),
        /// From feet to head.
        SUPERIOR(2);

        private final int row;

        World(int row) {
            this.row = row;
        }
    }

    /// How far apart the corners of two grids may lie that count as the same, in millimetres.
    public static final double TOLERANCE = 1e-3;

    private static final int[][] PERMUTATIONS = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    private final int[] dims;
    private final double[][] affine;                                    // 3 × 4, millimetres
    private final double[] spacing;
    private final byte[] header;

    Geometry(int[] dims, double[][] affine, byte[] header) {
        this.dims = dims;
        this.affine = affine;
        this.header = header;
        spacing = new double[3];
        for (int a = 0; a < 3; a++) spacing[a] = Math.sqrt(square(affine[0][a]) + square(affine[1][a]) + square(affine[2][a]));
        double volume = spacing[0] * spacing[1] * spacing[2], share = Math.abs(determinant(affine)) / volume;
        if (!(volume > 0 && volume < Double.POSITIVE_INFINITY && share > 1e-6))
            throw new FormatException("its affine " + Arrays.deepToString(affine) + " does not span three dimensions");
    }

    /// A grid of voxels of these edges in millimetres, its axes along the world's, the first voxel at the origin.
    public static Geometry of(int nx, int ny, int nz, double dx, double dy, double dz) {
        return of(nx, ny, nz, new double[][]{{dx, 0, 0, 0}, {0, dy, 0, 0}, {0, 0, dz, 0}});
    }

    /// A grid with an affine map of three rows and four columns, in millimetres. It is kept as `float`s, as a file keeps it.
    ///
    /// @throws FormatException if the dimensions do not fit a NIfTI file, or the affine is singular
    public static Geometry of(int nx, int ny, int nz, double[][] affine) {
        return NiftiHeader.parse(NiftiHeader.of(nx, ny, nz, affine)).geometry();
    }

    /// The number of voxels along x, the axis that runs fastest.
    public int nx() {
        return dims[0];
    }

    /// The number of voxels along y.
    public int ny() {
        return dims[1];
    }

    /// The number of voxels along z, the axis that runs slowest.
    public int nz() {
        return dims[2];
    }

    /// The number of voxels along a voxel axis, 0 to 2.
    public int dim(int axis) {
        return dims[axis];
    }

    /// The number of voxels altogether.
    public int voxels() {
        return dims[0] * dims[1] * dims[2];
    }

    /// How far apart two neighbours along a voxel axis lie, in millimetres.
    public double spacing(int axis) {
        return spacing[axis];
    }

    /// One number of the affine map: row 0 to 2 (right, anterior, superior), column 0 to 3 (x, y, z, origin).
    public double affine(int row, int column) {
        return affine[row][column];
    }

    /// The place of a voxel's centre in the world, in millimetres.
    public double[] world(double i, double j, double k) {
        double[] p = new double[3];
        for (int r = 0; r < 3; r++) p[r] = affine[r][0] * i + affine[r][1] * j + affine[r][2] * k + affine[r][3];
        return p;
    }

    /// The place of a voxel in memory, as in `(3, 4, 5)`: what an error message says of an index into the voxels.
    public String voxel(int index) {
        return "(" + index % dims[0] + ", " + index / dims[0] % dims[1] + ", " + index / dims[0] / dims[1] + ")";
    }

    /// The voxel axis that runs along an axis of the world, more or less.
    ///
    /// Each voxel axis is given one of the world's, such that the cosines between them add up to the most.
    public int axis(World world) {
        int[] worlds = worlds();
        for (int a = 0; a < 3; a++) if (worlds[a] == world.row) return a;
        throw new AssertionError(world);
    }

    /// Where the three voxel axes point, more or less: `"RAS"` if to the right, the front and the head, `"LPS"` if to their opposites
    /// but for the last.
    public String orientation() {
        int[] worlds = worlds();
        StringBuilder letters = new StringBuilder();
        for (int a = 0; a < 3; a++) letters.append((affine[worlds[a]][a] < 0 ? "LPI" : "RAS").charAt(worlds[a]));
        return letters.toString();
    }

    /// The axis across which a volume is cut into slices: that of the largest spacing, because there the picture is coarsest.
    ///
    /// Of equal ones (to 0.1 %), the closest to the body's long axis. An axis with a single voxel comes before all others.
    public int sliceAxis() {
        int best = 2;
        for (int a = 1; a >= 0; a--) if (comesBefore(a, best)) best = a;
        return best;
    }

    private boolean comesBefore(int a, int b) {
        if ((dims[a] == 1) != (dims[b] == 1)) return dims[a] == 1;
        if (Math.abs(spacing[a] - spacing[b]) > 1e-3 * Math.max(spacing[a], spacing[b])) return spacing[a] > spacing[b];
        return cosine(World.SUPERIOR.row, a) > cosine(World.SUPERIOR.row, b) + 1e-6;
    }

    /// What is wrong if these two grids ought to be the same: other dimensions, or corners more than [#TOLERANCE] apart. Nothing if they are.
    public Optional<String> difference(Geometry other) {
        if (!Arrays.equals(dims, other.dims)) return Optional.of(size() + " voxels against " + other.size());
        double worst = 0;
        for (int corner = 0; corner < 8; corner++) {
            double i = (corner & 1) * (dims[0] - 1.0), j = (corner >> 1 & 1) * (dims[1] - 1.0), k = (corner >> 2) * (dims[2] - 1.0);
            double[] p = world(i, j, k), q = other.world(i, j, k);
            worst = Math.max(worst, Math.sqrt(square(p[0] - q[0]) + square(p[1] - q[1]) + square(p[2] - q[2])));
        }
        return worst <= TOLERANCE ? Optional.empty() : Optional.of("corners that lie " + (float) worst + " mm apart");
    }

    /// The dimensions in words, as in `35 × 51 × 35`.
    public String size() {
        return dims[0] + " × " + dims[1] + " × " + dims[2];
    }

    /// The header of the file that this geometry came from, a copy.
    byte[] header() {
        return header.clone();
    }

    private int[] worlds() {
        int[] best = PERMUTATIONS[0];
        double most = 0;
        for (int[] p : PERMUTATIONS) {
            double sum = cosine(p[0], 0) + cosine(p[1], 1) + cosine(p[2], 2);
            if (sum > most + 1e-6) {
                most = sum;
                best = p;
            }
        }
        return best;
    }

    private double cosine(int world, int axis) {
        return Math.abs(affine[world][axis]) / spacing[axis];
    }

    private static double determinant(double[][] m) {
        return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
                - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    }

    private static double square(double x) {
        return x * x;
    }

    @Override
    public String toString() {
        return size() + " voxels of " + (float) spacing[0] + " × " + (float) spacing[1] + " × " + (float) spacing[2] + " mm, "
                + orientation();
    }
}
