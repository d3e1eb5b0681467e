package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// The grid of a stack: computes the affine map from the places of its slices (PS3.3, C.7.6.2.1.1).
///
/// @param affine three rows of four, from column, row and slice to millimetres to the right, front and head
/// @param notes what a user has to know about it
@SuppressWarnings("ArrayRecordComponent")
record Grid(double[][] affine, List<String> notes) {
    /// Images closer than this, in millimetres, are at the same place.
    static final double SAME_PLACE = 0.01;

    private static final double SILENT = 0.01, SHARE = 0.05, LEAST_TILT = 0.1;

    /// The position of a frame along a direction, in millimetres.
    static double along(double[] n, Frame f) {
        double[] p = f.position;
        return p == null ? 0 : n[0] * p[0] + n[1] * p[1] + n[2] * p[2];
    }

    static double distance(Frame a, Frame b) {
        double[] p = a.position, q = b.position;
        return p == null || q == null ? Double.POSITIVE_INFINITY : length(new double[]{p[0] - q[0], p[1] - q[1], p[2] - q[2]});
    }

    private static double length(double[] v) {
        return Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    }

    /// The grid of slices that are sorted by place.
    ///
    /// @throws FormatException if their distances are too unequal
    static Grid of(List<Frame> slices) {
        Frame first = slices.getFirst();
        double[] p = first.position, o = first.orientation;
        List<String> notes = new ArrayList<>();
        if (p == null || o == null) return unplaced(slices, notes);
        if (slices.stream().anyMatch(f -> f.turned))
            notes.add(
                    "its directions of rows and columns (ImageOrientationPatient) are not quite of length 1 and at a right angle; they were made so");
        double[] n = first.normal(), s = step(slices, n);
        double off = IntStream.range(0, slices.size()).mapToDouble(k -> off(slices, k, s)).max().orElse(0);
        if (off > SHARE * length(s)) throw uneven(slices, n, off);
        if (off > SILENT)
            notes.add("its slices are up to " + Numbers.millimetres(off) + " off equal distances of " + Numbers.millimetres(length(s))
                    + "; read as if they were equal");
        double tilt = Math.toDegrees(Math.acos(Math.min(1, Math.abs(n[0] * s[0] + n[1] * s[1] + n[2] * s[2]) / length(s))));
        if (tilt >= LEAST_TILT)
            notes.add(String.format(Locale.ROOT,
                    "its slices are moved against each other (gantry tilt %.1f°): the voxels are kept, and the affine is sheared", tilt));
        double[][] affine = new double[3][];
        for (int r = 0; r < 3; r++) {
            int sign = r < 2 ? -1 : 1;                                  // from left and back to right and front
            affine[r] = new double[]{sign * o[r] * first.dx, sign * o[r + 3] * first.dy, sign * s[r], sign * p[r]};
            for (int c = 0; c < 4; c++) affine[r][c] += 0.0;            // no -0
        }
        return new Grid(affine, notes);
    }

    /// The step from one slice to the next: the mean over all, not that from the first to the second.
    private static double[] step(List<Frame> slices, double[] n) {
        double[] s = new double[3], first = position(slices.getFirst()), last = position(slices.getLast());
        double single = slices.size() == 1 ? slices.getFirst().thickness() : 0;
        for (int r = 0; r < 3; r++) s[r] = slices.size() == 1 ? n[r] * single : (last[r] - first[r]) / (slices.size() - 1);
        return s;
    }

    private static double[] position(Frame f) {
        double[] p = f.position;
        if (p == null) throw new IllegalStateException("a frame without a place among those with one");
        return p;
    }

    private static double off(List<Frame> slices, int k, double[] s) {
        double[] p = position(slices.get(k)), first = position(slices.getFirst()), d = new double[3];
        for (int r = 0; r < 3; r++) d[r] = p[r] - first[r] - k * s[r];
        return length(d);
    }

    private static FormatException uneven(List<Frame> slices, double[] n, double off) {
        int count = slices.size() - 1;
        double[] gaps = IntStream.range(0, count).mapToDouble(k -> along(n, slices.get(k + 1)) - along(n, slices.get(k))).toArray();
        int least = IntStream.range(0, count).boxed().min(Comparator.comparingDouble(k -> gaps[k] - 1e-6 * k)).orElseThrow();
        int most = 0;
        for (int k = 0; k < count; k++) {
            if (gaps[k] < gaps[least] - SAME_PLACE || (k < least && gaps[k] <= gaps[least] + SAME_PLACE)) least = k;
            if (gaps[k] > gaps[most] + SAME_PLACE) most = k;
        }
        double unit = gaps[least];
        if (gaps[most] - unit <= SHARE * unit)
            return new FormatException("its slices are moved against each other by up to " + Numbers.millimetres(off)
                    + ", and not by the same step; resample it first");
        boolean multiples = IntStream.range(0, count).allMatch(k -> Math.abs(gaps[k] / unit - Math.rint(gaps[k] / unit)) <= SHARE);
        String between = slices.get(most).name() + " and " + slices.get(most + 1).name();
        if (!multiples || gaps[most] / unit > 1e6)
            return new FormatException("the distances between its slices differ: from " + Numbers.millimetres(unit) + " (" + slices.get(least)
                    .name() + " to " + slices.get(least + 1).name() + ") to " + Numbers.millimetres(gaps[most]) + " ("
                    + slices.get(most).name()
                    + " to " + slices.get(most + 1).name() + "); resample it first");
        List<String> missing = new ArrayList<>();
        long total = 1;
        for (double gap : gaps) {
            long steps = Math.round(gap / unit);
            for (long i = 1; i < steps && missing.size() < 10; i++) missing.add(String.valueOf(total + i));
            total += steps;
        }
        long absent = total - slices.size();
        String which = absent == 1
                ? "slice " + missing.getFirst() + " of " + total + " is"
                : absent > missing.size()
                        ? absent + " slices of " + total + " are"
                        : "slices " + Numbers.list(missing, "and") + " of " + total + " are";
        return new FormatException(which + " missing: the gap between " + between + " is " + Numbers.millimetres(gaps[most])
                + ", elsewhere it is " + Numbers.millimetres(unit));
    }

    private static Grid unplaced(List<Frame> slices, List<String> notes) {
        Frame f = slices.getFirst();
        String dx = Numbers.shown(f.dx), dy = Numbers.shown(f.dy), where = "no place in the patient";
        notes.add(switch (f.measure) {
            case DETECTOR -> "its pixel spacing is that at the detector (ImagerPixelSpacing " + dy + " × " + dx
                    + " mm): lengths in the patient are shorter by the magnification";
            case ULTRASOUND -> "it has " + where + "; spacing " + dx + " × " + dy + " mm is that of its ultrasound region";
            default -> "its images have no position (ImagePositionPatient): ordered by InstanceNumber, spacing " + dx + " × " + dy
                    + " × 1, "
                    + where;
        });
        return new Grid(new double[][]{{-f.dx, 0, 0, 0}, {0, -f.dy, 0, 0}, {0, 0, 1, 0}}, notes);
    }
}
