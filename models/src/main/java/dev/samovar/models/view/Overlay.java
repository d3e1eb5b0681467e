package dev.samovar.models.view;

import dev.samovar.core.tensor.Labels;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Palette;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Slices of a volume with labels drawn over them, side by side in one picture: the prediction as a translucent fill, the truth as an outline, each
/// class in its [Palette] colour.
///
/// Grey runs from the 1st to the 99th percentile of the volume. Slices are shown as they are cut for the network, across the axis of the largest
/// spacing, with the front (or, cut across another axis, the head) up and the patient's right on the left, as radiologists look at a patient, or on
/// the right ([View]). Pictures, which have neither front nor right, are shown as they are. The number in the corner of each slice counts from 0 at
/// the feet, the back or the left. No font is needed, so a picture is the same on every machine.
public final class Overlay {
    /// The number of slices that are shown by default.
    public static final int SLICES = 20;

    /// The side from which a patient is seen.
    public enum View {
        /// From the feet, or from the front: the patient's right is on the left.
        RADIOLOGICAL,
        /// From the head, or from behind: the patient's right is on the right.
        NEUROLOGICAL
    }

    private static final int GAP = 4, LINE = 2, SMALLEST = 240, LARGEST = 400;     // pixels; the last two of a slice's longer side
    private static final int SAMPLE = 1 << 20;                                     // voxels that percentiles are computed from
    private static final double FILL = 0.4;                                        // how much of a filled pixel is the class' colour
    private static final double ASPECT = 1.6;                                      // of the whole picture, more or less
    private static final int BACKGROUND = 0x18181B;
    private static final int[] DIGITS = {075557, 026227, 071747, 071717, 055711, 074717, 074757, 071222, 075757, 075717};   // 5 rows of 3 bits

    private final Volume image;
    private final LabelVolume prediction;
    private final @Nullable LabelVolume truth;
    private final Slices slices;
    private final boolean upwards, mirrored;                                       // whether the last row is the uppermost, the last column the leftmost
    private final int width, height;                                               // of a slice, in pixels of the picture
    private final double low, high;

    private Overlay(Volume image, LabelVolume prediction, @Nullable LabelVolume truth, Slices slices, boolean upwards,
            boolean mirrored) {
        this.image = image;
        this.prediction = prediction;
        this.truth = truth;
        this.slices = slices;
        this.upwards = upwards;
        this.mirrored = mirrored;
        Geometry grid = image.geometry();
        check(grid, prediction);
        if (truth != null) check(grid, truth);
        double across = grid.spacing(slices.columns()), down = grid.spacing(slices.rows());
        double wide = slices.width() * across, tall = slices.height() * down, longer = Math.max(wide, tall);
        double scale = Math.clamp(longer / Math.min(across, down), SMALLEST, LARGEST) / longer;         // pixels per millimetre
        width = (int) Math.max(1, Math.round(wide * scale));
        height = (int) Math.max(1, Math.round(tall * scale));
        float[] sorted = sample(image);
        int last = sorted.length - 1;
        boolean flat = sorted[last / 100] == sorted[last - last / 100];            // nearly all the same: what is left is shown in full
        low = sorted[flat ? 0 : last / 100];
        high = sorted[flat ? last : last - last / 100];
    }

    private static void check(Geometry grid, LabelVolume labels) {
        labels.geometry().difference(grid).ifPresent(difference -> {
            throw new IllegalArgumentException("labels do not lie on the picture's grid: " + difference);
        });
    }

    private static float[] sample(Volume image) {
        long voxels = (long) image.channels() * image.geometry().voxels();
        int step = (int) ((voxels - 1) / SAMPLE) + 1;
        float[] some = new float[(int) ((voxels - 1) / step) + 1];
        long[] seen = new long[1];
        image.scan(plane -> {
            for (long next = (seen[0] + step - 1) / step * step; next < seen[0] + plane.length; next += step)
                some[(int) (next / step)] = plane[(int) (next - seen[0])];
            seen[0] += plane.length;
        });
        Arrays.sort(some);
        return some;
    }

    /// Draws at most [#SLICES] of the slices that hold a label.
    ///
    /// @param image the volume, in any orientation
    /// @param prediction filled, on the same grid in any orientation
    /// @param truth outlined, on the same grid in any orientation; null if there is none
    /// @throws IllegalArgumentException if they do not lie on one grid
    public static BufferedImage of(Volume image, LabelVolume prediction, @Nullable LabelVolume truth) {
        return of(image, prediction, truth, SLICES, View.RADIOLOGICAL);
    }

    /// Draws at most so many of the slices that hold a label in prediction or truth, chosen evenly; if none does, the one in the middle.
    ///
    /// @throws IllegalArgumentException if they do not lie on one grid
    public static BufferedImage of(Volume image, LabelVolume prediction, @Nullable LabelVolume truth, int most, View view) {
        Volume turned = canonical(image);
        Slices slices = Slices.of(turned.geometry());
        boolean placed = image.geometry().isPlaced(), mirrored = placed && view == View.RADIOLOGICAL && slices.columns() == 0;
        return new Overlay(turned, canonical(prediction), truth == null ? null : canonical(known(truth)), slices, placed, mirrored).draw(most);
    }

    /// Draws at most [#SLICES] slices as they are cut from the file, with the file's numbers and the first row at the top, as coordinates of prompts
    /// count.
    ///
    /// @throws IllegalArgumentException if the labels do not lie on the volume's grid
    public static BufferedImage asCut(Volume image, LabelVolume labels, Slices slices) {
        return new Overlay(image, labels, null, slices, false, false).draw(SLICES);
    }

    /// The labels without the ignored class, which is not drawn.
    private static LabelVolume known(LabelVolume truth) {
        byte[] classes = truth.classes().clone();
        for (int i = 0; i < classes.length; i++) if ((classes[i] & 0xFF) == Labels.IGNORED) classes[i] = 0;
        return new LabelVolume(truth.geometry(), classes);
    }

    private static Volume canonical(Volume volume) {
        return Orientation.of(volume.geometry()).toCanonical(volume);
    }

    private static LabelVolume canonical(LabelVolume labels) {
        return Orientation.of(labels.geometry()).toCanonical(labels);
    }

    private BufferedImage draw(int most) {
        List<Integer> chosen = evenly(labelled(), most);
        int n = chosen.size(), columns = columns(n), rows = Math.ceilDiv(n, columns);
        var picture = new BufferedImage(columns * (width + GAP) - GAP, rows * (height + GAP) - GAP, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < picture.getHeight(); y++) for (int x = 0; x < picture.getWidth(); x++) picture.setRGB(x, y, BACKGROUND);
        for (int i = 0; i < n; i++) slice(picture, i % columns * (width + GAP), i / columns * (height + GAP), chosen.get(i));
        return picture;
    }

    /// The number of slices side by side: what suits the picture's shape, or a few more or less if that leaves fewer places empty.
    private int columns(int n) {
        double wanted = Math.sqrt(n * ASPECT * height / width), least = Double.POSITIVE_INFINITY;
        int best = 1;
        for (int columns = 1; columns <= n; columns++) {
            int rows = Math.ceilDiv(n, columns);
            double cost = Math.abs(Math.log(columns / wanted)) + (double) (rows * columns - n) / n;
            if (cost >= least) continue;
            least = cost;
            best = columns;
        }
        return best;
    }

    private List<Integer> labelled() {
        List<Integer> numbers = IntStream.range(0, slices.count()).filter(s -> any(prediction, s) || (truth != null && any(truth, s))).boxed()
                .toList();
        return numbers.isEmpty() ? List.of(slices.count() / 2) : numbers;
    }

    private boolean any(LabelVolume labels, int slice) {
        for (byte c : slices.cut(labels, slice)) if (c != 0) return true;
        return false;
    }

    /// At most so many of these, the first and the last among them.
    private static List<Integer> evenly(List<Integer> all, int most) {
        if (all.size() <= most) return all;
        if (most == 1) return List.of(all.get(all.size() / 2));
        return IntStream.range(0, most).mapToObj(i -> all.get(Math.round((float) i * (all.size() - 1) / (most - 1)))).toList();
    }

    private void slice(BufferedImage picture, int left, int top, int slice) {
        Picture grey = slices.cut(image, slice);
        byte[] filled = slices.cut(prediction, slice), outlined = truth == null ? new byte[filled.length] : slices.cut(truth, slice);
        for (int y = 0; y < height; y++) for (int x = 0; x < width; x++) {
            int rgb = colour(grey, x, y), fill = label(filled, x, y);
            if (fill != 0) rgb = Palette.mixed(rgb, Palette.rgb(fill), FILL);
            if (isOnLine(outlined, x, y)) rgb = Palette.rgb(label(outlined, x, y));
            picture.setRGB(left + x, top + y, rgb);
        }
        number(picture, left, top, slice);
    }

    /// The class at a pixel; 0 beyond the slice.
    private int label(byte[] classes, int x, int y) {
        return x < 0 || y < 0 || x >= width || y >= height ? 0 : classes[row(y) * slices.width() + column(x)] & 0xFF;
    }

    /// The distance of a column of the picture from the first one.
    private int across(int x) {
        return mirrored ? width - 1 - x : x;
    }

    private int column(int x) {
        return (int) ((across(x) + 0.5) * slices.width() / width);
    }

    /// The distance of a line of the picture from the first row.
    private int stored(int y) {
        return upwards ? height - 1 - y : y;
    }

    private int row(int y) {
        return (int) ((stored(y) + 0.5) * slices.height() / height);
    }

    /// Whether a pixel has a class, and a pixel one line width away has another.
    private boolean isOnLine(byte[] classes, int x, int y) {
        int c = label(classes, x, y);
        return c != 0 && (label(classes, x - LINE, y) != c || label(classes, x + LINE, y) != c || label(classes, x, y - LINE) != c
                || label(classes, x, y + LINE) != c);
    }

    /// The volume at a pixel, interpolated between voxels: grey, or a colour if it has three channels.
    private int colour(Picture slice, int x, int y) {
        double u = Math.clamp((across(x) + 0.5) * slices.width() / width - 0.5, 0, slices.width() - 1);
        double v = Math.clamp((stored(y) + 0.5) * slices.height() / height - 0.5, 0, slices.height() - 1);
        int red = level(slice, 0, u, v);
        return slice.channels() < 3 ? red * 0x010101 : red << 16 | level(slice, 1, u, v) << 8 | level(slice, 2, u, v);
    }

    private int level(Picture slice, int channel, double u, double v) {
        int w = slices.width(), u0 = (int) u, v0 = (int) v, u1 = Math.min(u0 + 1, w - 1), v1 = Math.min(v0 + 1, slices.height() - 1);
        float[] p = slice.pixels();
        int from = channel * w * slices.height();
        double upper = p[from + v0 * w + u0] * (u0 + 1 - u) + p[from + v0 * w + u1] * (u - u0);
        double lower = p[from + v1 * w + u0] * (u0 + 1 - u) + p[from + v1 * w + u1] * (u - u0);
        double value = upper * (v0 + 1 - v) + lower * (v - v0);
        return high > low ? Math.clamp(Math.round((value - low) / (high - low) * 255), 0, 255) : 0;
    }

    /// Writes a number into the upper left corner, white on black, as far as the slice has room.
    private void number(BufferedImage picture, int left, int top, int number) {
        String digits = Integer.toString(number);
        int dot = 2, wide = dot * (4 * digits.length() + 1), tall = dot * 7;
        if (wide > width || tall > height) return;
        for (int y = 0; y < tall; y++) for (int x = 0; x < wide; x++) {
            int column = x / dot - 1, row = y / dot - 1, bit = column % 4;
            boolean inside = column >= 0 && row >= 0 && row < 5 && bit < 3;
            boolean white = inside && (DIGITS[digits.charAt(column / 4) - '0'] >> (14 - row * 3 - bit) & 1) == 1;
            picture.setRGB(left + x, top + y, white ? 0xFFFFFF : 0);
        }
    }
}
