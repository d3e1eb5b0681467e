package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.format.Pictures;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
/// The name of a label may have `_mask`, `_label`, `_seg` or `_gt` behind that of its picture. Pictures in a sub-folder belong to one
/// patient, named as the sub-folder; their cases have its name in front, if they have not anyway. All other pictures are patients of their
/// own.
final class PairLayout {
    static final String NAME = "pairs (images or imgs, beside masks, labels or annotations)";

    private static final List<String> IMAGES = List.of("images", "imgs"), LABELS = List.of("masks", "labels", "annotations");
    private static final List<String> SUFFIXES = List.of("", "_mask", "_label", "_seg", "_gt");
    private static final Pattern SIDE = Pattern.compile("(?i)train(ing)?|val(id|idation)?|test(ing)?");

    private PairLayout() {}

    static boolean fits(Path folder) {
        return !there(folder, IMAGES).isEmpty() && !there(folder, LABELS).isEmpty();
    }

    /// Looks at a folder.
    ///
    /// @throws FormatException if there is no case in it, or two folders could be that of the pictures, or of the labels
    static Dataset find(Path folder) {
        SortedMap<String, SortedMap<String, Path>> images = files(only(folder, IMAGES)), labels = files(only(folder, LABELS));
        List<Case> cases = new ArrayList<>();
        List<Fault> faults = new ArrayList<>();
        SortedSet<String> patients = new TreeSet<>(images.keySet());
        patients.addAll(labels.keySet());
        for (String patient : patients)
            match(patient, images.getOrDefault(patient, new TreeMap<>()), labels.getOrDefault(patient, new TreeMap<>()), cases, faults);
        if (cases.isEmpty() && faults.isEmpty())
            throw new FormatException(only(folder, IMAGES) + ": there is no case: no NIfTI or PNG file in it");
        Map<String, Path> seen = new HashMap<>();
        for (Case one : List.copyOf(cases)) {
            Path before = seen.put(one.name(), one.image());
            if (before == null) continue;
            cases.remove(one);
            faults.add(new Fault(one.name(), "is what both " + before + " and " + one.image() + " would be called; rename one"));
        }
        cases.sort((a, b) -> a.name().compareTo(b.name()));
        return new Dataset(folder, NAME, cases, MsdLayout.classNames(folder), faults);
    }

    private static void match(String patient, Map<String, Path> images, Map<String, Path> labels, List<Case> cases,
            List<Fault> faults) {
        Set<String> taken = new HashSet<>();
        images.forEach((stem, image) -> {
            List<String> fitting = SUFFIXES.stream().map(suffix -> stem + suffix).filter(labels::containsKey).filter(label -> label.equals(
                    stem)
                    || !images.containsKey(label)).toList();
            taken.addAll(fitting);
            String name = name(patient, stem);
            Path label = fitting.size() == 1 ? labels.get(fitting.getFirst()) : null;
            if (label == null) faults.add(new Fault(name, fitting.isEmpty() ? "has no label" : "has several labels: " + fitting));
            else if (patient.isEmpty()) cases.add(new Case(name, name, image, label));
            else cases.add(new Case(name, Case.patient(patient), image, label));
        });
        for (String stem : labels.keySet()) if (!taken.contains(stem)) faults.add(new Fault(name(patient, stem), "has no image"));
    }

    private static String name(String patient, String stem) {
        return patient.isEmpty() || stem.startsWith(patient + "_") ? stem : patient + "_" + stem;
    }

    /// The files of a folder by name, under "", and those of its sub-folders, under theirs.
    private static SortedMap<String, SortedMap<String, Path>> files(Path folder) {
        SortedMap<String, SortedMap<String, Path>> files = new TreeMap<>(Map.of("", Volumes.list(folder)));
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.filter(Files::isDirectory).toList()) {
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
