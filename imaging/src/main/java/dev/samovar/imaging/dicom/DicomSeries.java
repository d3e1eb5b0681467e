package dev.samovar.imaging.dicom;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.GridSource;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Volume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A volume of DICOM images: which images, their order, and their place. Opening one reads only headers.
///
/// The voxel `(i, j, k)` is column i and row j, as stored, of slice k along the normal of the slices, row direction × column direction. Slices are
/// ordered only by their place. All rules: PS3.3, C.7.6.2 (image plane) and C.7.6.16 (multi-frame).
///
/// Its messages never contain names or dates of patients.
public final class DicomSeries implements GridSource {
    private final Path path;
    private final List<Frame> frames;
    private final Geometry geometry;
    private final List<String> notes;
    private final boolean isPlaced;

    private DicomSeries(Path path, List<Frame> frames, List<String> notes) {
        this.path = path;
        Frame first = frames.getFirst();
        Grid grid = Grid.of(frames);
        this.frames = List.copyOf(frames);
        this.notes = new ArrayList<>(notes);
        this.notes.addAll(grid.notes());
        isPlaced = first.position != null;
        geometry = Geometry.of(first.file.columns(), first.file.rows(), frames.size(), grid.affine(), this);
        if (isTime()) this.notes.add("its third axis is time: " + frames.size() + " frames of a clip");
    }

    /// Whether this is a DICOM file, or a folder with one in it or in its sub-folders, judged by their first bytes, not their names.
    public static boolean is(Path path) {
        return Files.isDirectory(path) ? Survey.first(path, Integer.MAX_VALUE) != null : Survey.isDicom(path);
    }

    /// Whether a folder has a DICOM file directly in it, not in a sub-folder.
    public static boolean isFolder(Path folder) {
        return Files.isDirectory(folder) && Survey.first(folder, 1) != null;
    }

    /// Whether all images of a folder and its sub-folders are of one series.
    ///
    /// @throws FormatException if there is none, or one is damaged
    public static boolean isOne(Path folder) {
        return survey(folder).images().stream().map(f -> f.set().text(Tags.SERIES_INSTANCE_UID)).distinct().count() == 1;
    }

    /// Finds the volume in a folder, with its sub-folders, or in a file.
    ///
    /// @throws FormatException if there is none, or several and none is chosen; a slice is missing or there twice; distances differ; or a header is
    ///         damaged or of a kind that is not read
    /// @throws java.io.UncheckedIOException if a file cannot be read
    public static DicomSeries open(Path path, Choice choice) {
        Survey survey = survey(path);
        try {
            List<DicomFile> files = series(survey.images(), choice);
            files.forEach(DicomFile::check);
            List<String> notes = new ArrayList<>(survey.notes());
            Stack stack = Stack.of(files, choice, notes);
            List<Frame> frames = stack.frames.getFirst().position == null ? byNumber(stack.frames) : stack.volume(choice.volume());
            return new DicomSeries(path, frames, notes);
        } catch (FormatException e) {
            throw named(path, e);
        }
    }

    private static Survey survey(Path path) {
        try {
            return Survey.of(path);
        } catch (FormatException e) {
            throw named(path, e);
        }
    }

    /// A message that begins with the full name of the folder, or of the file instead of its short one.
    private static FormatException named(Path path, FormatException e) {
        String says = e.getMessage(), name = path.getFileName() + ": ";
        boolean isFile = says.startsWith(name) && !Files.isDirectory(path);
        return new FormatException(path + ": " + (isFile ? says.substring(name.length()) : says), e);
    }

    private static List<Frame> byNumber(List<Frame> frames) {
        return frames.stream()
                .sorted(Comparator.comparingInt(Frame::instanceNumber).thenComparing(f -> f.file.name()).thenComparingInt(f -> f.number)).toList();
    }

    /// The files of the chosen series.
    private static List<DicomFile> series(List<DicomFile> images, Choice choice) {
        Map<String, List<DicomFile>> all = images.stream().collect(groupingBy(f -> f.set().text(Tags.SERIES_INSTANCE_UID),
                LinkedHashMap::new, toList()));
        List<List<DicomFile>> sorted = all.values().stream().sorted(Comparator.comparingInt((List<DicomFile> s) -> number(s.getFirst()))
                .thenComparing(s -> s.getFirst().set().text(Tags.SERIES_INSTANCE_UID))).toList();
        String wanted = choice.series();
        List<List<DicomFile>> fitting = wanted == null ? sorted : sorted.stream().filter(s -> isCalled(s.getFirst(), wanted)).toList();
        if (fitting.size() == 1) return fitting.getFirst();
        boolean none = fitting.isEmpty();
        String list = Numbers.list((none ? sorted : fitting).stream().map(s -> shown(s, wanted != null)).toList(), "and");
        throw new FormatException(none
                ? "there is no series " + FormatException.shown(String.valueOf(wanted)) + ", but " + list
                : fitting.size() + " series: choose one of " + list + " with --series");
    }

    private static int number(DicomFile file) {
        return file.set().whole(Tags.SERIES_NUMBER, "SeriesNumber", 0);
    }

    private static boolean isCalled(DicomFile file, String name) {
        return name.equals(file.set().text(Tags.SERIES_NUMBER)) || name.equals(file.set().text(Tags.SERIES_INSTANCE_UID))
                || name.equalsIgnoreCase(file.set().text(Tags.SERIES_DESCRIPTION));
    }

    /// As in `3 'thin' (CT, 30 × 26 × 6)`.
    private static String shown(List<DicomFile> series, boolean uid) {
        DicomFile first = series.getFirst();
        int frames = series.stream().mapToInt(DicomFile::frames).sum();
        String description = first.set().text(Tags.SERIES_DESCRIPTION);
        String all = first.set().text(Tags.SERIES_NUMBER) + (description.isEmpty() ? "" : " '" + description + "'") + (uid
                ? " "
                        + first.set().text(Tags.SERIES_INSTANCE_UID)
                : "") + " (" + first.set().text(Tags.MODALITY) + ", " + first.columns() + " × "
                + first.rows() + " × " + frames + ")";
        return all.replaceAll("\\p{Cntrl}", "?").strip();
    }

    /// The grid, with this series as its source.
    public Geometry geometry() {
        return geometry;
    }

    /// What a user has to know: files that were left out, slices that are slightly displaced, a spacing that is not the patient's. The sentences do
    /// not contain the name of the folder.
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /// Whether the images give their place in the patient. Without it no segmentation object can be written.
    @Override
    public boolean isPlaced() {
        return isPlaced;
    }

    /// Whether the third axis is time, as in a clip of ultrasound.
    @SuppressWarnings("ReferenceEquality") // one file, not two that are alike
    public boolean isTime() {
        return !isPlaced && frames.size() > 1 && frames.stream().allMatch(f -> f.file == frames.getFirst().file);
    }

    /// One frame of a clip, counted from 0.
    ///
    /// @throws FormatException if it is no clip, or has no such frame
    public DicomSeries frame(int number) {
        if (!isTime()) throw new FormatException(path + ": it is no clip, and has no frames to choose from");
        if (number < 0 || number >= frames.size())
            throw new FormatException(path + ": it has the frames 0 to " + (frames.size() - 1) + ", and --frame asks for " + number);
        return new DicomSeries(path, List.of(frames.get(number)), List.of());
    }

    /// Whether the least value is shown as white (MONOCHROME1), as in some X-rays.
    public boolean isInverted() {
        return frames.getFirst().file.photometric().equals("MONOCHROME1");
    }

    /// The modality, such as `CT` or `MR`; empty if the file does not say.
    public String modality() {
        return frames.getFirst().file.set().text(Tags.MODALITY);
    }

    /// Level and width of the window that the middle slice should be shown with.
    public Optional<double[]> window() {
        Frame middle = frames.get(frames.size() / 2);
        try {
            DataSet set = middle.group(Tags.FRAME_VOI_LUT, Tags.WINDOW_CENTER);
            double level = set.number(Tags.WINDOW_CENTER, "WindowCenter", Double.NaN),
                    width = set.number(Tags.WINDOW_WIDTH, "WindowWidth", Double.NaN);
            return width > 0 && Math.abs(level) < 1e9 && width < 1e9 ? Optional.of(new double[]{level, width}) : Optional.empty();
        } catch (FormatException _) {
            return Optional.empty();                                    // it is not needed
        }
    }

    /// How the numbers of a volume become brightness if the user does not say: by the window that a grey DICOM image gives, else by `otherwise`.
    public static Intensity intensity(Volume volume, Intensity otherwise) {
        if (!(volume.geometry().source() instanceof DicomSeries from) || volume.channels() > 1 || from.isInverted()) return otherwise;
        return from.window().<Intensity>map(w -> new Intensity.Window(w[0], w[1])).orElse(otherwise);
    }

    List<Frame> frames() {
        return frames;
    }

    /// Reads the voxels: slope · stored + intercept, each slice's own; three channels from 0 to 255 if it has colours.
    ///
    /// @throws FormatException if the pixels are damaged, or no reader on the class path can decompress them
    /// @throws java.io.UncheckedIOException if a file cannot be read
    public Volume read() {
        try {
            return new Voxels(this).read();
        } catch (FormatException e) {
            throw named(path, e);
        }
    }

    /// The volume as it should be shown: white and black are exchanged if the file asks for that, and the padding around the picture
    /// (PixelPaddingValue) becomes no darker than its darkest voxel. The values of the patient's voxels do not change otherwise.
    public Volume toBeSeen(Volume volume) {
        return new Voxels(this).toBeSeen(volume);
    }
}
