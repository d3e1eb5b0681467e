package dev.samovar.models.edit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sentence;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The dataset of a run: links to the images, which are called like their cases whatever their files are called, and copies of the labels. Objects
/// with the same name are one class.
///
/// @param folder of the dataset
/// @param names the names of the classes, background first
record Gathering(Path folder, List<String> names, List<Learning.Example> examples) {
    private static final String BACKGROUND = "background";
    private static final Map<String, String> RESERVED = Map.of(BACKGROUND, "what belongs to no object", "ignore", "what does not count");
    private static final Pattern PAIR = Pattern.compile("(?i)\\.(hdr|img)(\\.gz)?"), TEXT = Pattern.compile("(?i)\\.(nrrd|nhdr|mha|mhd)");
    private static final Pattern VOXELS = Pattern.compile("(?im)^[ \\t]*(?:ElementDataFile[ \\t]*=|data ?file:)[ \\t]*(.*?)[ \\t\\r]*$");
    private static final int HEADER = 1 << 20;                          // bytes

    /// Names the classes.
    ///
    /// @throws FormatException if there is such a folder already, or the names of the objects cannot be those of classes
    static Gathering of(Path folder, List<Learning.Example> examples) {
        if (Files.exists(folder)) throw new FormatException(folder + ": there is a folder of this name already; choose another");
        Set<String> names = new LinkedHashSet<>(List.of(BACKGROUND));
        for (Learning.Example example : examples)
            for (LabelledObject one : example.objects()) {
                String means = RESERVED.get(one.name().toLowerCase(Locale.ROOT));
                if (means != null)
                    throw new FormatException(example.name() + ": training takes " + FormatException.shown(one.name()) + ", the name of its object "
                            + one.number() + ", for " + means + "; give the object another name");
                names.add(one.name());
            }
        if (names.size() > LabelledObject.MOST)
            throw new FormatException("the objects have " + (names.size() - 1) + " different names, and training tells " + (LabelledObject.MOST - 1)
                    + " apart at most; give the same name to objects of one kind, or choose fewer cases");
        return new Gathering(folder, List.copyOf(names), examples);
    }

    /// Makes the folder.
    ///
    /// @throws FormatException if labels are damaged
    /// @throws UncheckedIOException if it cannot be written
    void make() {
        boolean channels = examples.stream().anyMatch(example -> example.images().size() > 1);
        try {
            Path images = Files.createDirectories(folder.resolve("imagesTr")), labels = Files.createDirectories(folder.resolve("labelsTr"));
            for (Learning.Example example : examples) {
                for (int c = 0; c < example.images().size(); c++)
                    image(example.images().get(c), images, example.name() + (channels ? String.format("_%04d", c) : ""));
                label(example, labels);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot gather the dataset in " + folder + ": " + Sentence.reason(e), e);
        }
        Json declared = Json.object();
        for (int c = 0; c < names.size(); c++) declared = declared.with(names.get(c), c);
        AtomicFile.write(folder.resolve("dataset.json"), Json.object().with("labels", declared).pretty());
    }

    private void label(Learning.Example example, Path folder) {
        byte[] number = new byte[LabelledObject.MOST + 1];
        for (LabelledObject one : example.objects()) number[one.number()] = (byte) names.indexOf(one.name());
        LabelVolume kept = Volumes.readLabels(example.labels());
        byte[] all = kept.classes().clone();
        for (int v = 0; v < all.length; v++) all[v] = number[all[v] & 0xFF];
        Volumes.write(folder.resolve(String.valueOf(example.labels().getFileName())), new LabelVolume(kept.geometry(), all));
    }

    /// Links to an image, and to the file beside it if that has its voxels; of a DICOM series, to its files.
    private static void image(Path image, Path folder, String name) throws IOException {
        String ending = ending(image);
        if (Files.isDirectory(image)) {
            series(image, Files.createDirectory(folder.resolve(name)));
        } else if (PAIR.matcher(ending).matches()) {
            for (Path half : files(image.resolveSibling("."), 1))
                if (Volumes.name(half).equals(Volumes.name(image)) && PAIR.matcher(ending(half)).matches())
                    link(half, folder.resolve(name + ending(half)));
        } else if (!TEXT.matcher(ending).matches() || !detached(image, folder, name, ending)) {
            link(image, folder.resolve(name + (ending.isEmpty() && DicomSeries.is(image) ? ".dcm" : ending)));
        }
    }

    private static String ending(Path file) {
        return String.valueOf(file.getFileName()).substring(Volumes.name(file).length());
    }

    /// Writes a header that names a file with its voxels anew, with a link to that file. Returns false if it names none.
    private static boolean detached(Path image, Path folder, String name, String ending) throws IOException {
        String text;
        try (InputStream in = Files.newInputStream(image)) {
            text = new String(in.readNBytes(HEADER), ISO_8859_1);
        }
        Matcher named = VOXELS.matcher(text.startsWith("NRRD") ? text.split("\\R\\R", 2)[0] : text);
        if (!named.find() || named.group(1).equalsIgnoreCase("LOCAL")) return false;
        String voxels = "voxels" + files(folder, 1).size() + ".raw";
        link(Volumes.voxels(image, named.group(1)), folder.resolve(voxels));
        String header = text.substring(0, named.start(1)) + voxels + text.substring(named.end(1));
        AtomicFile.write(folder.resolve(name + ending), out -> out.write(header.getBytes(ISO_8859_1)));
        return true;
    }

    /// Links to the files of a series, wherever they lie in its folder.
    private static void series(Path from, Path to) throws IOException {
        Set<Path> found = new LinkedHashSet<>();
        for (Path file : files(from, Integer.MAX_VALUE)) if (DicomSeries.is(file)) found.add(file.toRealPath());
        int number = 0;
        for (Path file : found) link(file, to.resolve(String.format("%05d_%s", number++, file.getFileName())));
    }

    private static List<Path> files(Path folder, int depth) throws IOException {
        try (Stream<Path> all = Files.walk(folder, depth)) {
            return all.filter(Files::isRegularFile).filter(file -> !String.valueOf(file.getFileName()).startsWith(".")).sorted().toList();
        }
    }

    /// Makes a link, or a copy if the system has no links.
    private static void link(Path from, Path to) throws IOException {
        Path real = from.toRealPath();
        try {
            Files.createSymbolicLink(to, real);
        } catch (UnsupportedOperationException | IOException _) {
            Files.copy(real, to);
        }
    }

    /// Removes the folder again.
    void discard() {
        if (!Files.exists(folder)) return;
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path one : all.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(one);
        } catch (IOException | UncheckedIOException _) {
            // Why it was not finished is the failure to report.
        }
    }
}
