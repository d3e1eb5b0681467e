package dev.samovar.models.metrics;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.tensor.Labels;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.LabelRegion;
import dev.samovar.models.data.LabelResize;
import dev.samovar.models.mask.Mask;
import java.util.List;

/// A prediction and the truth on one grid, x fastest, from which scores are computed. Voxels whose truth is [ignored][LabelCoding#IGNORED] have no
/// class in either.
final class LabelPair {
    static final byte IGNORED = (byte) LabelCoding.IGNORED;
    private static final int MAX_VOXELS = 1 << 27;                          // of resized slices: 2,674 of 224 × 224

    private final int[] dims;
    private final double[] spacing;
    private final String unit;
    private final int sliceAxis;
    private final byte[] prediction;
    private final byte[] truth;

    private LabelPair(int[] dims, double[] spacing, String unit, int sliceAxis, byte[] prediction, byte[] truth) {
        this.dims = dims;
        this.spacing = spacing;
        this.unit = unit;
        this.sliceAxis = sliceAxis;
        this.prediction = ignoring(prediction, truth);
        this.truth = truth;
    }

    /// The prediction, ignored where the truth is; a predicted 255 elsewhere becomes background.
    private static byte[] ignoring(byte[] prediction, byte[] truth) {
        byte[] known = null;
        for (int i = 0; i < truth.length; i++) {
            byte wanted = truth[i] == IGNORED ? IGNORED : prediction[i] == IGNORED ? 0 : prediction[i];
            if (wanted == prediction[i]) continue;
            if (known == null) known = prediction.clone();
            known[i] = wanted;
        }
        return known == null ? prediction : known;
    }

    /// Two volumes as they are, distances in millimetres, or in pixels if the size of a pixel is not known.
    ///
    /// @throws FormatException if they do not lie on the same grid
    static LabelPair of(LabelVolume found, LabelVolume truth) {
        LabelVolume prediction = Grids.align(found, truth.geometry());
        Geometry grid = common(prediction, truth);
        return new LabelPair(new int[]{grid.nx(), grid.ny(), grid.nz()}, new double[]{grid.spacing(0), grid.spacing(1), grid.spacing(2)},
                grid.hasSpacing() ? "mm" : "px", grid.sliceAxis(), prediction.classes(), truth.classes());
    }

    /// All slices of some volumes in the canonical orientation, each resized to a square of `side` pixels, stacked at distances of 1.
    ///
    /// @throws FormatException if a prediction does not lie on the grid of its truth, or there are too many slices
    static LabelPair slices(List<LabelVolume> predictions, List<LabelVolume> truths, int side) {
        int area = side * side;
        long count = 0;
        for (LabelVolume truth : truths) count += Slices.of(Orientation.of(truth.geometry()).canonical()).count();
        if (count * area > MAX_VOXELS)
            throw new FormatException("there are " + count + " slices, and at most " + MAX_VOXELS / area + " are scored together");
        byte[] p = new byte[(int) count * area], t = new byte[p.length];
        int to = 0;
        for (int n = 0; n < truths.size(); n++) {
            LabelVolume found = Grids.align(predictions.get(n), truths.get(n).geometry());
            Geometry grid = common(found, truths.get(n));
            Orientation orientation = Orientation.of(grid);
            LabelVolume prediction = orientation.toCanonical(found.on(grid)), truth = orientation.toCanonical(truths.get(n).on(grid));
            Slices slices = Slices.of(orientation.canonical());
            int h = slices.height(), w = slices.width();
            for (int s = 0; s < slices.count(); s++, to += area) {
                System.arraycopy(LabelResize.apply(slices.cut(prediction, s), h, w, side, side), 0, p, to, area);
                System.arraycopy(LabelResize.apply(slices.cut(truth, s), h, w, side, side), 0, t, to, area);
            }
        }
        return new LabelPair(new int[]{side, side, (int) count}, new double[]{1, 1, 1}, "px", 2, p, t);
    }

    /// The pair of a region: its voxels have class 1.
    LabelPair of(LabelRegion region) {
        return new LabelPair(dims, spacing, unit, sliceAxis, union(prediction, region), union(truth, region));
    }

    private static byte[] union(byte[] classes, LabelRegion region) {
        return new Labels(1, 1, classes.length, classes).union(region.classes()).classes();
    }

    /// The common grid.
    private static Geometry common(LabelVolume prediction, LabelVolume truth) {
        try {
            return Grids.common(truth.geometry(), prediction.geometry()).grid();
        } catch (FormatException e) {
            throw new FormatException("truth and prediction " + e.getMessage(), e);
        }
    }

    /// The number of voxels along an axis.
    int dim(int axis) {
        return dims[axis];
    }

    /// The distance of neighbours along an axis.
    double spacing(int axis) {
        return spacing[axis];
    }

    /// The unit of distances: `"mm"` or `"px"`.
    String unit() {
        return unit;
    }

    /// The axis across which it is cut into slices.
    int sliceAxis() {
        return sliceAxis;
    }

    /// The voxels of a class in a slice of the predicted or the true classes.
    Mask slice(byte[] classes, int s, int label) {
        int columns = sliceAxis == 0 ? 1 : 0, rows = sliceAxis == 2 ? 1 : 2, w = dims[columns], h = dims[rows];
        int[] strides = {1, dims[0], dims[0] * dims[1]};
        boolean[] pixels = new boolean[h * w];
        for (int i = 0; i < pixels.length; i++)
            pixels[i] = classes[s * strides[sliceAxis] + i / w * strides[rows] + i % w * strides[columns]] == (byte) label;
        return new Mask(h, w, pixels);
    }

    /// The predicted classes.
    byte[] prediction() {
        return prediction;
    }

    /// The true classes.
    byte[] truth() {
        return truth;
    }

    /// The distance from a corner of the grid to the opposite one, voxels included, which exceeds the distance of any two voxels.
    double diagonal() {
        double sum = 0;
        for (int a = 0; a < 3; a++) sum += dims[a] * spacing[a] * (dims[a] * spacing[a]);
        return Math.sqrt(sum);
    }

    /// The smallest box around each class except the background, in both labellings together, at the index of the class.
    Box[] boxes() {
        Box[] boxes = new Box[256];
        for (int c = 0; c < boxes.length; c++) boxes[c] = new Box();
        for (int z = 0, i = 0; z < dims[2]; z++) for (int y = 0; y < dims[1]; y++) for (int x = 0; x < dims[0]; x++, i++) {
            if (truth[i] == IGNORED) continue;
            if (prediction[i] != 0) boxes[prediction[i] & 0xFF].include(x, y, z);
            if (truth[i] != 0) boxes[truth[i] & 0xFF].include(x, y, z);
        }
        return boxes;
    }

    /// A part of the grid, from the first voxel of each axis to the last, inclusive.
    static final class Box {
        int x0 = Integer.MAX_VALUE, y0 = Integer.MAX_VALUE, z0 = Integer.MAX_VALUE;
        int x1 = -1, y1 = -1, z1 = -1;

        private void include(int x, int y, int z) {
            x0 = Math.min(x0, x);
            x1 = Math.max(x1, x);
            y0 = Math.min(y0, y);
            y1 = Math.max(y1, y);
            z0 = Math.min(z0, z);
            z1 = Math.max(z1, z);
        }
    }
}
