package dev.samovar.serve;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the user opened: an image, a folder of images, a dataset, or a run with the dataset that it was trained on.
///
/// @param kind which of these
/// @param name what it is called
/// @param images the files of each image by its name: those inside the opened folder, after following symbolic links
/// @param outside the names of images that are left out because they are links that lead out of the folder
/// @param truths the names of images that the dataset has labels for
/// @param dataset the dataset, if it is one
/// @param run the run, if it is one
record Opened(Kind kind, String name, SequencedMap<String, List<Path>> images, List<String> outside, Map<String, Case> truths,
        @Nullable Dataset dataset, @Nullable Run run) {

    /// The four kinds.
    enum Kind {
        EMPTY, FILE, FOLDER, RUN
    }

    /// How an image is read: the files of all its channels, and, as a dataset declares them, the frames of one file.
    Reading reading(String image) {
        List<Path> files = images.getOrDefault(image, List.of());
        return dataset == null ? Dataset.readingOf(files) : dataset.imageReading(files);
    }

    /// Opens what the user named.
    ///
    /// @throws FormatException if it cannot be opened
    static Opened of(@Nullable Path path) {
        if (path == null) return new Opened(Kind.EMPTY, "", new LinkedHashMap<>(), List.of(), Map.of(), null, null);
        if (!Files.exists(path)) throw new FormatException(path + ": there is no such file or folder");
        String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
        if (Files.isDirectory(path) && Run.isRun(path)) return ofRun(Run.open(path), name);
        if (!Files.isDirectory(path) || Volumes.isSeries(path) || DicomSeries.is(path)) {
            Path file = path.toAbsolutePath().normalize();
            SequencedMap<String, List<Path>> one = new LinkedHashMap<>();
            one.put(Volumes.name(file), List.of(file));
            return new Opened(Kind.FILE, name, one, List.of(), Map.of(), null, null);
        }
        if (Dataset.isDataset(path)) {
            Dataset dataset = Dataset.survey(path);
            return of(Kind.FOLDER, name, dataset, null, path);
        }
        SortedMap<String, List<Path>> images = Dataset.images(path);
        if (images.isEmpty()) throw new FormatException(path + ": there is no image in this folder (" + Volumes.KINDS + ")");
        return of(Kind.FOLDER, name, within(path, images), images, Map.of(), null, null);
    }

    private static Opened ofRun(Run run, String name) {
        RunConfig.Origin origin = run.config().origin();
        if (!Files.isDirectory(origin.data()))
            throw new FormatException(origin.data() + ": the dataset of this run is not there any more");
        return of(Kind.RUN, name, Dataset.survey(origin.data(), origin.reading(), LabelRule.NONE), run, null);
    }

    /// @param folder beyond which no file may lie; null for that of a run, whose links were made by us
    private static Opened of(Kind kind, String name, Dataset dataset, @Nullable Run run, @Nullable Path folder) {
        SortedMap<String, List<Path>> images = new TreeMap<>(dataset.unlabelled());
        Map<String, Case> truths = new TreeMap<>();
        for (Case one : dataset.cases()) {
            images.put(one.name(), one.images());
            truths.put(one.name(), one);
        }
        if (images.isEmpty()) throw new FormatException(dataset.folder() + ": there is no image in this dataset");
        SequencedMap<String, List<Path>> ordered = new LinkedHashMap<>();
        if (run != null) for (String judged : Judge.cases(run)) if (images.containsKey(judged)) ordered.put(judged, images.get(judged));
        ordered.putAll(images);
        return of(kind, name, folder == null ? ordered : within(folder, ordered), ordered, truths, dataset, run);
    }

    private static Opened of(Kind kind, String name, SequencedMap<String, List<Path>> inside, Map<String, List<Path>> all,
            Map<String, Case> truths,
            @Nullable Dataset dataset, @Nullable Run run) {
        List<String> outside = all.keySet().stream().filter(image -> !inside.containsKey(image)).toList();
        if (inside.isEmpty())
            throw new FormatException(name + ": all its images are links that lead out of the folder, which the page does not follow: "
                    + "open the folder where the files lie");
        return new Opened(kind, name, inside, outside, truths, dataset, run);
    }

    /// Keeps only the files that really are in the folder.
    private static SequencedMap<String, List<Path>> within(Path folder, Map<String, List<Path>> images) {
        SequencedMap<String, List<Path>> inside = new LinkedHashMap<>();
        try {
            Path real = folder.toRealPath();
            for (Map.Entry<String, List<Path>> one : images.entrySet()) {
                boolean all = true;
                for (Path file : one.getValue()) all &= file.toRealPath().startsWith(real);
                if (all) inside.put(one.getKey(), one.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + e.getMessage(), e);
        }
        return inside;
    }
}
