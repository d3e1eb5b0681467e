package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One picture of a series: a file, or a frame of a file with several.
final class Frame {
    private static final double LENGTH = 1e-2, EXACT = 1e-4;
    private static final int CENTIMETRES = 3;

    final DicomFile file;
    final int number;                                                   // from 0

    /// Where the spacing of the pixels comes from.
    enum Measure { PATIENT, DETECTOR, ULTRASOUND, ASPECT, NONE }

    final Measure measure;
    final double dy, dx;                                                // between rows, between columns
    final double @Nullable [] position;                                 // of the first pixel; null without a place
    final double @Nullable [] orientation;                              // of a row, then of a column, made orthogonal; null without a place
    final boolean turned;                                               // whether the orientation had to be made orthogonal
    final double slope, intercept;

    Frame(DicomFile file, int number) {
        this.file = file;
        this.number = number;
        try {
            double[] place = group(Tags.PLANE_POSITION, Tags.IMAGE_POSITION).numbers(Tags.IMAGE_POSITION, "ImagePositionPatient", 3);
            double[] turn = group(Tags.PLANE_ORIENTATION, Tags.IMAGE_ORIENTATION).numbers(Tags.IMAGE_ORIENTATION,
                    "ImageOrientationPatient", 6);
            double[] patient = group(Tags.PIXEL_MEASURES, Tags.PIXEL_SPACING).numbers(Tags.PIXEL_SPACING, "PixelSpacing", 2);
            boolean isPlaced = place != null && turn != null && patient != null && (file.frames() == 1 || file.isEnhanced());
            position = isPlaced ? place : null;
            double[] straight = isPlaced && turn != null ? orthogonal(turn) : null;
            orientation = straight;
            turned = straight != null && !Arrays.equals(straight, turn);
            double[] spacing = patient;
            Measure how = Measure.PATIENT;
            if (spacing == null) {
                spacing = file.set().numbers(Tags.IMAGER_PIXEL_SPACING, "ImagerPixelSpacing", 2);
                if (spacing == null) spacing = file.set().numbers(Tags.NOMINAL_SCANNED_PIXEL_SPACING, "NominalScannedPixelSpacing", 2);
                how = Measure.DETECTOR;
            }
            if (spacing == null) {
                spacing = ultrasound();
                how = Measure.ULTRASOUND;
            }
            if (spacing == null) {
                double[] aspect = file.set().numbers(Tags.PIXEL_ASPECT_RATIO, "PixelAspectRatio", 2);
                spacing = aspect == null
                        ? null
                        : new double[]{aspect[0] / Math.max(aspect[0], aspect[1]), aspect[1] / Math.max(aspect[0], aspect[1])};
                how = Measure.ASPECT;
            }
            if (spacing == null) how = Measure.NONE;
            measure = how;
            dy = spacing == null ? 1 : spacing[0];
            dx = spacing == null ? 1 : spacing[1];
            if (!(dy > 0 && dx > 0)) throw new FormatException("its pixel spacing is " + dy + " × " + dx);
            DataSet values = group(Tags.PIXEL_VALUE_TRANSFORMATION, Tags.RESCALE_SLOPE);
            slope = values.number(Tags.RESCALE_SLOPE, "RescaleSlope", 1);
            intercept = values.number(Tags.RESCALE_INTERCEPT, "RescaleIntercept", 0);
            if (slope == 0) throw new FormatException("its RescaleSlope is 0");
        } catch (FormatException e) {
            throw new FormatException(name() + ": " + e.getMessage(), e);
        }
    }

    /// The data set that holds an attribute: the item of this frame, that of all frames, or the file's data set itself.
    DataSet group(int sequence, int tag) {
        DataSet set = file.set();
        List<DataSet> own = set.items(Tags.PER_FRAME_GROUPS), shared = set.items(Tags.SHARED_GROUPS);
        if (number < own.size()) {
            List<DataSet> items = own.get(number).items(sequence);
            if (!items.isEmpty() && items.getFirst().has(tag)) return items.getFirst();
        }
        if (!shared.isEmpty()) {
            List<DataSet> items = shared.getFirst().items(sequence);
            if (!items.isEmpty() && items.getFirst().has(tag)) return items.getFirst();
        }
        return set;
    }

    /// Row and column direction of length 1 and at a right angle. The same array if they are already.
    private static double[] orthogonal(double[] o) {
        double r = Math.sqrt(dot(o, 0, o, 0)), c = Math.sqrt(dot(o, 3, o, 3)), rc = dot(o, 0, o, 3);
        double off = Math.max(Math.max(Math.abs(r - 1), Math.abs(c - 1)), Math.abs(rc));
        if (!(off <= LENGTH))
            throw new FormatException("its ImageOrientationPatient is not two directions of length 1 at a right angle");
        if (off <= EXACT) return o;
        double[] straight = new double[6];
        for (int i = 0; i < 3; i++) straight[i] = o[i] / r;
        double along = dot(straight, 0, o, 3), norm = 0;
        for (int i = 0; i < 3; i++) {
            straight[i + 3] = o[i + 3] - along * straight[i];
            norm += straight[i + 3] * straight[i + 3];
        }
        for (int i = 3; i < 6; i++) straight[i] /= Math.sqrt(norm);
        return straight;
    }

    private static double dot(double[] a, int i, double[] b, int j) {
        return a[i] * b[j] + a[i + 1] * b[j + 1] + a[i + 2] * b[j + 2];
    }

    private double @Nullable [] ultrasound() {
        for (DataSet region : file.set().items(Tags.ULTRASOUND_REGIONS)) {
            double x = Math.abs(region.real(Tags.DELTA_X)) * 10, y = Math.abs(region.real(Tags.DELTA_Y)) * 10;
            if (region.unsigned(Tags.UNITS_X, 0) == CENTIMETRES && region.unsigned(Tags.UNITS_Y, 0) == CENTIMETRES && x > 0 && y > 0
                    && x < 1e6
                    && y < 1e6)
                return new double[]{y, x};
        }
        return null;
    }

    /// The direction across the slice, `row × column`.
    double[] normal() {
        double[] o = orientation == null ? new double[]{1, 0, 0, 0, 1, 0} : orientation;
        double[] n = {o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3]};
        double length = Math.sqrt(dot(n, 0, n, 0));
        for (int i = 0; i < 3; i++) n[i] /= length;
        return n;
    }

    /// The plane that the normal is closest to.
    String plane() {
        double[] n = normal();
        int best = 2;
        for (int i = 1; i >= 0; i--) if (Math.abs(n[i]) > Math.abs(n[best])) best = i;
        return List.of("sagittal", "coronal", "axial").get(best);
    }

    /// Its name in messages.
    String name() {
        return file.frames() == 1 ? file.name() : file.name() + ", frame " + (number + 1);
    }

    /// Its position, for messages.
    String place() {
        double[] p = position == null ? new double[3] : position;
        return "(" + Numbers.shown(p[0]) + ", " + Numbers.shown(p[1]) + ", " + Numbers.shown(p[2]) + ")";
    }

    int instanceNumber() {
        return file.set().whole(Tags.INSTANCE_NUMBER, "InstanceNumber", 0);
    }

    /// The stack that the scanner assigned it to; empty if none.
    String stackId() {
        return group(Tags.FRAME_CONTENT, Tags.STACK_ID).text(Tags.STACK_ID);
    }

    boolean isLocalizer() {
        List<String> type = file.set().texts(Tags.IMAGE_TYPE);
        return type.size() > 2 && type.get(2).equals("LOCALIZER");
    }

    /// The distance between slices that the header claims, for a single slice.
    double thickness() {
        for (int tag : new int[]{Tags.SPACING_BETWEEN_SLICES, Tags.SLICE_THICKNESS}) {
            double claimed = Math.abs(group(Tags.PIXEL_MEASURES, tag).number(tag, "SliceThickness", 0));
            if (claimed > 0) return claimed;
        }
        return 1;
    }

    /// `columns × rows`, for messages.
    String size() {
        return file.columns() + " × " + file.rows();
    }
}
