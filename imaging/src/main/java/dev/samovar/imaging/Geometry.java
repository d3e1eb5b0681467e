package dev.samovar.imaging;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.jspecify.annotations.Nullable;

/// Where the voxels of a volume lie in the patient.
///
/// A grid of `nx × ny × nz` voxels, the x index running fastest in memory, and an affine map from voxel indices to millimetres in the
/// world, whose axes point to the patient's right, front and head: `(x, y, z) = A · (i, j, k) + t`. It also carries its source, so that
/// a file written for the same grid can repeat it bit for bit.
public final class Geometry {
    /// The largest distance between the corners of two grids that count as the same, in voxels.
    public static final double TOLERANCE = 0.1;

    private static final double LARGEST = 1e9, FARTHEST = 1e12;         // millimetres: anything else is an error, and may not fit a float
    private static final double FLATTEST = 1e-6, EQUAL = 1e-6;

    private final int[] dims;
    private final double[][] affine;                                    // 3 × 4, millimetres
    private final double[] spacing;
    private final DMatrixRMaj back = new DMatrixRMaj(3, 3);             // from millimetres along the world's axes to those along the voxels'
    private final DMatrixRMaj turn;                                     // the rotation, or rotation and reflection, closest to the affine
    private final int[] worlds = new int[3];                            // of each voxel axis, the axis of the world that it runs along
    private final @Nullable GridSource source;

    private Geometry(int[] dims, double[][] affine, @Nullable GridSource source) {
        long voxels = 1;
        for (int dim : dims) {
            if (dim < 1) throw new FormatException("a volume of " + size(dims) + " voxels has none");
            voxels = Math.min(voxels * dim, 1L << 32);
        }
        if (voxels > Integer.MAX_VALUE)
            throw new FormatException("a volume of " + size(dims) + " voxels is too large: at most 2³¹ − 1 are read");
        this.dims = dims;
        this.affine = affine;
        this.source = source;
        spacing = new double[3];
        for (int a = 0; a < 3; a++) spacing[a] = Math.sqrt(square(affine[0][a]) + square(affine[1][a]) + square(affine[2][a]));
        for (int a = 0; a < 3; a++)
            if (!(spacing[a] > 1 / LARGEST && spacing[a] < LARGEST && Math.abs(affine[a][3]) < FARTHEST))
                throw new FormatException("its affine " + Arrays.deepToString(affine) + " is not one of voxels in millimetres");
        DMatrixRMaj directions = new DMatrixRMaj(3, 3);                 // of the voxel axes, in columns of length 1
        for (int r = 0; r < 3; r++) for (int a = 0; a < 3; a++) directions.set(r, a, affine[r][a] / spacing[a]);
        if (!(Math.abs(CommonOps_DDRM.det(directions)) > FLATTEST && CommonOps_DDRM.invert(directions, back))) throw flat();
        turn = closestTurn(directions);
        findWorlds();
    }

    private FormatException flat() {
        return new FormatException("its affine " + Arrays.deepToString(affine) + " does not span three dimensions");
    }

    /// The orthogonal factor of the polar decomposition `directions = turn · stretch`: with `directions = U · W · Vᵀ` it is `U · Vᵀ`.
    private DMatrixRMaj closestTurn(DMatrixRMaj directions) {
        var svd = DecompositionFactory_DDRM.svd(3, 3, true, true, false);
        if (!svd.decompose(directions.copy())) throw flat();
        DMatrixRMaj turn = new DMatrixRMaj(3, 3);
        CommonOps_DDRM.mult(svd.getU(null, false), svd.getV(null, true), turn);
        return turn;
    }

    /// Gives each voxel axis an axis of the world. The voxel axis that agrees best with some axis chooses first, and each takes the closest that is
    /// left, as in `io_orientation` (nibabel, nibabel/orientations.py @ 4704d90). Unlike there, axes that are equal to 1e-6 keep their order.
    private void findWorlds() {
        boolean[] taken = new boolean[3];
        Stream.of(0, 1, 2).sorted(Comparator.comparingDouble(a -> -agreement(closest(a, new boolean[3]), a))).forEach(a -> {
            worlds[a] = closest(a, taken);
            taken[worlds[a]] = true;
        });
    }

    private int closest(int axis, boolean[] taken) {
        return IntStream.range(0, 3).filter(r -> !taken[r]).boxed().max(Comparator.comparingDouble(r -> agreement(r, axis))).orElseThrow();
    }

    private double agreement(int world, int axis) {
        return Math.abs(turn.get(world, axis)) + (world == axis ? EQUAL : 0);
    }

    /// A grid of voxels with these edge lengths in millimetres, its axes along the world's, the first voxel at the origin.
    ///
    /// @throws FormatException if there are no voxels or too many, or a length is 0
    public static Geometry of(int nx, int ny, int nz, double dx, double dy, double dz) {
        return of(nx, ny, nz, new double[][]{{dx, 0, 0, 0}, {0, dy, 0, 0}, {0, 0, dz, 0}});
    }

    /// A grid with an affine map of three rows and four columns, in millimetres. It is kept as `float`s, as most files keep it.
    ///
    /// @throws FormatException if there are no voxels or too many, or the affine is singular
    public static Geometry of(int nx, int ny, int nz, double[][] affine) {
        double[][] rounded = new double[3][4];
        for (int i = 0; i < 12; i++) rounded[i / 4][i % 4] = (float) affine[i / 4][i % 4];
        return new Geometry(new int[]{nx, ny, nz}, rounded, null);
    }

    /// A grid as a file describes it, its affine exactly as given.
    ///
    /// @throws FormatException if there are no voxels or too many, or the affine is singular
    public static Geometry of(int nx, int ny, int nz, double[][] affine, GridSource source) {
        return new Geometry(new int[]{nx, ny, nz}, copy(affine), source);
    }

    private static double[][] copy(double[][] affine) {
        return new double[][]{affine[0].clone(), affine[1].clone(), affine[2].clone()};
    }

    /// A grid with another affine and the same size, which no file has described.
    Geometry sibling(int[] dims, double[][] affine) {
        return new Geometry(dims, affine, null);
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

    /// The distance between two neighbours along a voxel axis, in millimetres.
    public double spacing(int axis) {
        return spacing[axis];
    }

    /// How far two voxel axes are from being at right angles, at most, in degrees: 0 for most grids, the tilt of the gantry for some tomographs.
    public double shear() {
        double most = 0;
        for (int a = 0, b = 1; a < 3; b = (b + 1) % 3, a++) {
            double product = affine[0][a] * affine[0][b] + affine[1][a] * affine[1][b] + affine[2][a] * affine[2][b];
            most = Math.max(most, Math.abs(product) / spacing[a] / spacing[b]);
        }
        return Math.toDegrees(Math.asin(Math.min(1, most)));
    }

    /// One number of the affine map: row 0 to 2 (right, anterior, superior), column 0 to 3 (x, y, z, origin).
    public double affine(int row, int column) {
        return affine[row][column];
    }

    /// The place of a voxel's centre in the world, in millimetres.
    public double[] world(double i, double j, double k) {
        return place(affine, new double[]{i, j, k});
    }

    /// The place in the grid, in voxels, of a point in the world: the inverse of [#world]. Whole numbers are the centres of voxels.
    public double[] grid(double x, double y, double z) {
        double[] p = {x - affine[0][3], y - affine[1][3], z - affine[2][3]}, index = new double[3];
        for (int a = 0; a < 3; a++) index[a] = (back.get(a, 0) * p[0] + back.get(a, 1) * p[1] + back.get(a, 2) * p[2]) / spacing[a];
        return index;
    }

    /// The coordinates of the voxel at an index in memory, for error messages: `(3, 4, 5)`.
    public String voxel(int index) {
        return "(" + index % dims[0] + ", " + index / dims[0] % dims[1] + ", " + index / dims[0] / dims[1] + ")";
    }

    /// The axis of the world closest to a voxel axis: 0 from left to right, 1 from back to front, 2 from feet to head.
    int world(int axis) {
        return worlds[axis];
    }

    /// Whether a voxel axis runs the other way: from right to left, from front to back, or from head to feet.
    boolean isReversed(int axis) {
        return turn.get(worlds[axis], axis) < 0;
    }

    /// The directions that are closest to those of the three voxel axes: `"RAS"` for right, front (anterior) and head (superior), `"LPS"` for left,
    /// back (posterior) and head. See [Orientation].
    public String orientation() {
        StringBuilder letters = new StringBuilder();
        for (int a = 0; a < 3; a++) letters.append((isReversed(a) ? "LPI" : "RAS").charAt(worlds[a]));
        return letters.toString();
    }

    /// The axis across which a volume is cut into slices: that of the largest spacing, because there the picture is coarsest. If spacings are equal
    /// (to 0.1 %), it is the axis closest to the body's long axis. An axis with a single voxel comes before all others. Pages of a file
    /// are always slices. Call this on a canonical grid ([Orientation#canonical()]), so that the rows and columns of the slices mean the same in every
    /// file.
    public int sliceAxis() {
        int best = 2;
        if (source != null && source.hasPages()) return best;
        for (int a = 1; a >= 0; a--) if (comesBefore(a, best)) best = a;
        return best;
    }

    private boolean comesBefore(int a, int b) {
        if ((dims[a] == 1) != (dims[b] == 1)) return dims[a] == 1;
        if (Math.abs(spacing[a] - spacing[b]) > 1e-3 * Math.max(spacing[a], spacing[b])) return spacing[a] > spacing[b];
        return Math.abs(affine[2][a]) / spacing[a] > Math.abs(affine[2][b]) / spacing[b] + EQUAL;
    }

    /// How this grid differs from another that should be the same: in its dimensions, or by corners more than [#TOLERANCE] of a voxel apart,
    /// whichever of a file's forms is taken. Empty if they are the same.
    public Optional<String> difference(Geometry other) {
        if (!Arrays.equals(dims, other.dims)) return Optional.of(size() + " voxels against " + other.size());
        for (double[][] a : forms()) for (double[][] b : other.forms()) if (isClose(a, b)) return Optional.empty();
        double worst = 0;
        for (double[] corner : corners()) {
            double[] p = place(affine, corner), q = place(other.affine, corner);
            worst = Math.max(worst, Math.sqrt(square(p[0] - q[0]) + square(p[1] - q[1]) + square(p[2] - q[2])));
        }
        return Optional.of("corners that lie " + (float) worst + " mm apart");
    }

    /// The affine, and the other ones that the file gave.
    private List<double[][]> forms() {
        List<double[][]> forms = new ArrayList<>();
        forms.add(affine);
        if (source != null) forms.addAll(source.alternatives());
        return forms;
    }

    /// Whether no corner of the grid differs by more than this share of a voxel along any axis.
    private boolean isClose(double[][] a, double[][] b) {
        for (double[] corner : corners()) {
            double[] p = place(a, corner), q = place(b, corner);
            for (int axis = 0; axis < 3; axis++) {
                double apart = 0;
                for (int r = 0; r < 3; r++) apart += back.get(axis, r) * (p[r] - q[r]);
                if (!(Math.abs(apart) <= TOLERANCE * spacing[axis])) return false;
            }
        }
        return true;
    }

    private double[][] corners() {
        double[][] corners = new double[8][];
        for (int c = 0; c < 8; c++)
            corners[c] = new double[]{(c & 1) * (dims[0] - 1.0), (c >> 1 & 1) * (dims[1] - 1.0), (c >> 2) * (dims[2] - 1.0)};
        return corners;
    }

    private static double[] place(double[][] affine, double[] index) {
        double[] p = new double[3];
        for (int r = 0; r < 3; r++) p[r] = affine[r][0] * index[0] + affine[r][1] * index[1] + affine[r][2] * index[2] + affine[r][3];
        return p;
    }

    /// Whether the position of the voxels is known, and not only their size.
    public boolean isPlaced() {
        return source == null || source.isPlaced();
    }

    /// Whether the size of the voxels is known.
    public boolean hasSpacing() {
        return source == null || source.hasSpacing();
    }

    /// Whether the file that this was read from states its unit of length.
    public boolean hasUnit() {
        return source == null || source.hasUnit();
    }

    /// This grid, with its lengths read in another unit.
    Geometry scaled(double unit) {
        double[][] scaled = copy(affine);
        for (double[] row : scaled) for (int c = 0; c < 4; c++) row[c] *= unit;
        return new Geometry(dims, scaled, null);
    }

    /// The dimensions in words, as in `35 × 51 × 35`.
    public String size() {
        return size(dims);
    }

    private static String size(int[] dims) {
        return dims[0] + " × " + dims[1] + " × " + dims[2];
    }

    /// What this geometry was read from; `null` if it was made.
    public @Nullable GridSource source() {
        return source;
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
