package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Reads a DICOM segmentation onto a grid, frame by frame at its place.
public final class SegmentationReader {
    static final String CLASS = "class ";

    private static final Pattern VALUE = Pattern.compile(CLASS + "([1-9]\\d{0,2})");
    private static final double OFF = 0.1;                              // voxels
    private static final int BITS = 8, MAX_CLASS = 255;

    private SegmentationReader() {}

    /// Whether a file is a DICOM segmentation.
    ///
    /// @throws FormatException if it is DICOM and damaged
    public static boolean is(Path file) {
        if (!Survey.isDicom(file)) return false;
        DicomFile header = DicomFile.read(file, file.toString());
        return header != null && header.sopClass().equals(DicomSegmentation.STORAGE);
    }

    /// The classes on the grid that the segmentation's own frames span, from the first place to the last. It is the grid of the images if the
    /// outermost slices have frames, as they do if frames without a voxel were written too.
    ///
    /// @throws FormatException if it is no segmentation, is damaged or not binary, or its segments overlap
    /// @throws UncheckedIOException if it cannot be read
    public static LabelVolume read(Path path) {
        DicomFile file = DicomFile.read(path, path.toString());
        if (file == null || !file.sopClass().equals(DicomSegmentation.STORAGE))
            throw new FormatException(path + ": it is no DICOM segmentation");
        Geometry grid;
        try {
            grid = span(file);
        } catch (FormatException e) {
            throw new FormatException(path + ": " + e.getMessage(), e);
        }
        return read(path, grid);
    }

    private static Geometry span(DicomFile file) {
        int frames = file.frames();
        if (frames < 1 || file.set().items(Tags.PER_FRAME_GROUPS).size() != frames)
            throw new FormatException("it has " + frames + " frames, and places of " + file.set().items(Tags.PER_FRAME_GROUPS).size());
        List<Frame> sorted = IntStream.range(0, frames).mapToObj(f -> new Frame(file, f)).toList();
        double[] n = sorted.getFirst().normal();
        sorted = sorted.stream().sorted(Comparator.comparingDouble(f -> Grid.along(n, f))).toList();
        Frame first = sorted.getFirst(), last = sorted.getLast();
        double[] p = first.position, q = last.position, o = first.orientation;
        if (p == null || q == null || o == null) throw new FormatException("its frames have no place");
        double thickness = first.thickness(), steps = Math.rint((Grid.along(n, last) - Grid.along(n, first)) / thickness);
        if (!(steps < Short.MAX_VALUE)) throw new FormatException("its frames are " + steps + " slices apart");
        double[][] affine = new double[3][];
        for (int r = 0; r < 3; r++) {
            double s = steps == 0 ? n[r] * thickness : (q[r] - p[r]) / steps;
            int sign = r < 2 ? -1 : 1;
            affine[r] = new double[]{sign * o[r] * first.dx, sign * o[r + 3] * first.dy, sign * s, sign * p[r]};
        }
        long voxels = (steps == 0 ? 1 : (long) steps + 1) * file.rows() * file.columns();
        if (voxels > Pixels.MAX) throw new FormatException("it has " + voxels + " voxels, more than the limit of " + Pixels.MAX);
        return Geometry.of(file.columns(), file.rows(), (int) steps + 1, affine);
    }

    /// The classes of the voxels of a grid. A segment's class is its number, or the one in its description if [DicomSegmentation] gave it another.
    ///
    /// @param grid the grid of the images it was made from, in any order of axes
    /// @throws FormatException if it is no segmentation, is damaged or not binary, does not lie on the grid, or its segments overlap
    /// @throws UncheckedIOException if it cannot be read
    public static LabelVolume read(Path path, Geometry grid) {
        DicomFile file = DicomFile.read(path, path.toString());
        if (file == null || !file.sopClass().equals(DicomSegmentation.STORAGE))
            throw new FormatException(path + ": it is no DICOM segmentation");
        try (Content content = file.open()) {
            return read(file, content, grid);
        } catch (FormatException | IOException e) {
            throw DicomFile.told(e, path.toString(), path, "a part is missing");
        }
    }

    private static LabelVolume read(DicomFile file, Content content, Geometry grid) throws IOException {
        String type = file.set().text(Tags.SEGMENTATION_TYPE);
        if (!type.equals("BINARY"))
            throw new FormatException("it is a segmentation of the kind " + FormatException.shown(type) + ", and BINARY is read");
        long pixels = (long) file.rows() * file.columns(), frames = file.frames();
        long needed = Math.ceilDiv(pixels * frames, BITS), there = file.pixelsAt() < 0
                ? 0
                : Math.min(file.pixelsLength(), content.size() - file.pixelsAt());
        if (file.bitsAllocated() != 1 || (file.pixelsLength() == Parser.UNDEFINED && file.pixelsAt() >= 0))
            throw new FormatException("its pixels are not one bit each, uncompressed");
        if (frames < 1 || pixels < 1 || pixels > Pixels.MAX || there < needed)
            throw new FormatException("it ends too early: " + there + " of " + needed + " bytes of pixels");
        if (file.set().items(Tags.PER_FRAME_GROUPS).size() != frames)
            throw new FormatException("it has " + frames + " frames, and places of " + file.set().items(Tags.PER_FRAME_GROUPS).size());
        Map<Integer, Integer> classes = classes(file.set().items(Tags.SEGMENT_SEQUENCE));
        byte[] labels = new byte[grid.voxels()];
        for (int f = 0; f < frames; f++) {
            Frame frame = new Frame(file, f);
            int segment = frame.group(Tags.SEGMENT_IDENTIFICATION, Tags.REFERENCED_SEGMENT_NUMBER).unsigned(Tags.REFERENCED_SEGMENT_NUMBER, 0);
            Integer value = classes.get(segment);
            if (value == null) throw new FormatException("its frame " + (f + 1) + " is of a segment that is not there");
            long first = pixels * f;
            byte[] bits = content.bytes(file.pixelsAt() + first / BITS, (int) ((first + pixels - 1) / BITS - first / BITS) + 1);
            put(frame, bits, (int) (first % BITS), value, labels, grid);
        }
        return new LabelVolume(grid, labels);
    }

    private static Map<Integer, Integer> classes(List<DataSet> segments) {
        Map<Integer, Integer> classes = new HashMap<>();
        for (DataSet segment : segments) {
            int number = segment.unsigned(Tags.SEGMENT_NUMBER, 0);
            Matcher said = VALUE.matcher(segment.text(Tags.SEGMENT_DESCRIPTION));
            int value = said.matches() ? Integer.parseInt(said.group(1)) : number;
            if (number < 1 || value > MAX_CLASS || classes.put(number, value) != null)
                throw new FormatException("its segments are not numbered 1 to " + MAX_CLASS + ", each once");
        }
        return classes;
    }

    private static void put(Frame frame, byte[] bits, int skip, int value, byte[] labels, Geometry grid) {
        double[] p = frame.position, o = frame.orientation;
        if (p == null || o == null) throw new FormatException("its " + frame.name() + " has no place");
        int columns = frame.file.columns(), rows = frame.file.rows();
        double[] origin = grid.grid(-p[0], -p[1], p[2]);
        double[] right = grid.grid(-p[0] - o[0] * frame.dx, -p[1] - o[1] * frame.dx, p[2] + o[2] * frame.dx);
        double[] down = grid.grid(-p[0] - o[3] * frame.dy, -p[1] - o[4] * frame.dy, p[2] + o[5] * frame.dy);
        for (int j = 0; j < rows; j++) {
            for (int i = 0; i < columns; i++) {
                int bit = skip + j * columns + i;
                if ((bits[bit / BITS] >> bit % BITS & 1) == 0) continue;
                int index = 0, stride = 1;
                for (int a = 0; a < 3; a++) {
                    double at = origin[a] + i * (right[a] - origin[a]) + j * (down[a] - origin[a]), whole = Math.rint(at);
                    if (!(Math.abs(at - whole) <= OFF) || whole < 0 || whole >= grid.dim(a))
                        throw new FormatException("it does not lie on the grid of the images, " + grid.size() + " voxels");
                    index += (int) (whole * stride);
                    stride *= grid.dim(a);
                }
                if (labels[index] != 0)
                    throw new FormatException("its segments overlap at the voxel " + grid.voxel(index) + ", and a voxel has one class");
                labels[index] = (byte) value;
            }
        }
    }
}
