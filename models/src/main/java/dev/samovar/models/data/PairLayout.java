package dev.samovar.models.data;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A folder of pictures and one of their labels, the same in both: `images/liver7.png` and `masks/liver7.png`.
///
/// The name of a label may have one of several [endings][LabelNames] after that of its picture. Pictures in a sub-folder belong
/// to one patient with the sub-folder's name; the names of their cases begin with it, and get it if they do not have it. Every other picture is a
/// patient of its own.
final class PairLayout {
    static final String NAME = "pairs (images or imgs, beside masks, labels or annotations)";

    private static final List<String> IMAGES = List.of("images", "imgs"), LABELS = List.of("masks", "labels", "annotations");
    private static final Pattern SIDE = Pattern.compile("(?i)train(ing)?|val(id|idation)?|test(ing)?");

    private PairLayout() {}

    static boolean fits(Path folder) {
        return !there(folder, IMAGES).isEmpty() && !there(folder, LABELS).isEmpty();
    }

    /// Looks at a folder.
    ///
    /// @throws FormatException if there is no case in it, or two folders could be that of the pictures, or of the labels
    static Found find(Path folder) {
        Path pictures = only(folder, IMAGES), truths = only(folder, LABELS);
        SortedMap<String, SortedMap<String, Path>> images = files(pictures), labels = files(truths);
        Found found = new Found();
        SortedSet<String> patients = new TreeSet<>(images.keySet());
        patients.addAll(labels.keySet());
        for (String patient : patients)
            match(patient, images.getOrDefault(patient, Collections.emptySortedMap()), labels.getOrDefault(patient, Collections.emptySortedMap()),
                    new Folders(pictures.resolve(patient), truths.resolve(patient)), found);
        Map<String, Path> seen = new HashMap<>();
        for (Case one : List.copyOf(found.cases())) {
            Path before = seen.put(one.name(), one.image());
            if (before == null) continue;
            found.cases().remove(one);
            found.faults().add(new Fault(one.name(), "is what both " + before + " and " + one.image() + " would be called; rename one"));
        }
        return found.sorted(pictures + Found.nothing(pictures));
    }

    /// The folders with the pictures and the labels of a patient.
    private record Folders(Path images, Path labels) {}

    private static void match(String patient, SortedMap<String, Path> files, Map<String, Path> labels, Folders folders, Found found) {
        Set<String> taken = new HashSet<>(), labelled = new HashSet<>();
        for (String stem : files.keySet()) if (!LabelNames.of(stem, labels.keySet(), Set.of()).isEmpty()) labelled.add(stem);
        SortedMap<String, List<Path>> images = Channels.group(files, labelled);
        images.forEach((stem, image) -> {
            List<String> fitting = LabelNames.of(stem, labels.keySet(), images.keySet());
            taken.addAll(fitting);
            String name = name(patient, stem);
            if (fitting.size() > 1) found.faults().add(new Fault(name, "has several labels: " + fitting));
            else if (fitting.isEmpty()) noLabel(name, stem, image, folders, found);
            else {
                Path label = requireNonNull(labels.get(fitting.getFirst()));
                found.cases().add(new Case(name, patient.isEmpty() ? Case.patient(name) : Case.patient(patient), image, label));
            }
        });
        for (String stem : labels.keySet())
            if (!taken.contains(stem)) found.faults().add(Found.missing(name(patient, stem), "image", folders.images, stem));
    }

    /// Adds a picture without a label, which is a fault if there is a label file of another kind.
    private static void noLabel(String name, String stem, List<Path> image, Folders folders, Found found) {
        if (Files.isDirectory(folders.labels))
            for (String suffix : LabelNames.SUFFIXES) {
                Fault fault = Found.missing(name, "label", folders.labels, stem + suffix);
                if (!fault.what().equals("has no label")) {
                    found.faults().add(fault);
                    return;
                }
            }
        found.unlabelled().put(name, image);
    }

    private static String name(String patient, String stem) {
        return patient.isEmpty() || stem.startsWith(patient + "_") ? stem : patient + "_" + stem;
    }

    /// The files of a folder by name, under "", and those of its sub-folders, under theirs.
    private static SortedMap<String, SortedMap<String, Path>> files(Path folder) {
        SortedMap<String, SortedMap<String, Path>> files = new TreeMap<>(Map.of("", Volumes.list(folder)));
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.filter(entry -> Files.isDirectory(entry) && !Volumes.isSeries(entry)).toList()) {
                String name = String.valueOf(entry.getFileName());
                if (name.startsWith(".")) continue;
                if (SIDE.matcher(name).matches())
                    throw new FormatException(entry + ": a folder in " + folder.getFileName()
                            + " is a patient's, and this looks like one side of a split; keep all pictures together, and the sides in a split file");
                files.put(name, Volumes.list(entry));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + e.getMessage(), e);
        }
        return files;
    }

    private static List<Path> there(Path folder, List<String> names) {
        return names.stream().map(folder::resolve).filter(Files::isDirectory).toList();
    }

    private static Path only(Path folder, List<String> names) {
        List<Path> there = there(folder, names);
        if (there.size() == 1) return there.getFirst();
        throw new FormatException(folder + ": it has " + (there.isEmpty() ? "none" : "several") + " of the folders " + String.join(", ",
                names) + ", and one is needed");
    }
}
