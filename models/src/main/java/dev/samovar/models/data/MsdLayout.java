package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// A folder in the layout of the Medical Segmentation Decathlon, or of nnU-Net.
///
/// `imagesTr/` holds the pictures, and `labelsTr/` a label volume of the same name for each that is labelled; the name is that of the case.
/// nnU-Net's numbers of [channels][Channels#group], `_0000` and so on, are not part of the name. Hidden files are ignored.
/// A `dataset.json` beside the two folders is optional. If it has a `training` list, that says which cases are labelled, by the paths of their
/// files, with slashes of either kind, or by their names. Its `labels` are read by [Declaration]; a `file_ending` must be one that can be read.
final class MsdLayout {
    static final String NAME = "Decathlon or nnU-Net (imagesTr and labelsTr)";

    private MsdLayout() {}

    static boolean fits(Path folder) {
        return Files.isDirectory(folder.resolve("imagesTr")) || Files.isDirectory(folder.resolve("labelsTr"));
    }

    /// Looks at a folder.
    ///
    /// @throws FormatException if a part of it is missing, or `dataset.json` is wrong
    static Found find(Path folder) {
        Path pictures = folder.resolve("imagesTr"), truths = folder.resolve("labelsTr");
        for (Path part : List.of(pictures, truths))
            if (!Files.isDirectory(part))
                throw new FormatException(part
                        + ": there is no such folder, and a dataset has its pictures in imagesTr and their labels in labelsTr");
        SortedMap<String, Path> files = Volumes.list(pictures), named = Volumes.list(truths);
        SortedMap<String, List<Path>> images = Channels.group(files, named.keySet());
        SortedMap<String, Path> labels = labels(named, images);
        SortedMap<String, List<String>> missing = Channels.missing(images);
        SortedSet<String> names = listed(folder);
        Found found = new Found();
        images.forEach((name, image) -> {
            if (!labels.containsKey(name) && !names.contains(name)) found.unlabelled().put(name, image);
        });
        if (names.isEmpty()) names.addAll(labels.keySet());
        for (String name : names) {
            List<Path> image = images.get(name);
            Path label = labels.get(name);
            if (image == null) found.faults().add(Found.missing(name, "image", pictures, name));
            if (label == null) found.faults().add(Found.missing(name, "label", truths, name));
            if (image == null || label == null) continue;
            List<String> absent = missing.getOrDefault(name, List.of());
            if (absent.isEmpty()) found.cases().add(new Case(name, Case.patient(name), image, label));
            else
                found.faults().add(new Fault(name, "lacks a channel that other cases have: there is no " + String.join(" and no ", absent) + " in "
                        + pictures));
        }
        return found.sorted(pictures + Found.nothing(pictures));
    }

    /// The labels by name. `_0000` at its end is only kept if it is part of the name, that is, if the images' names have it, too.
    private static SortedMap<String, Path> labels(SortedMap<String, Path> files, Map<String, List<Path>> images) {
        if (files.keySet().stream().anyMatch(images::containsKey)) return files;
        SortedMap<String, Path> labels = new TreeMap<>();
        Channels.group(files, Set.of()).forEach((name, channels) -> labels.put(name, channels.getFirst()));
        return labels;
    }

    /// The cases that `dataset.json` lists as labelled; none if it lists none.
    private static SortedSet<String> listed(Path folder) {
        SortedSet<String> names = new TreeSet<>();
        Json description = Declaration.description(folder);
        if (description == null) return names;
        Path json = folder.resolve("dataset.json");
        if (description.has("file_ending") && !Volumes.isVolume("x" + description.at("file_ending").string()))
            throw new FormatException(json + ": its files end in " + FormatException.shown(description.at("file_ending").string())
                    + ", which is none of the kinds that are read (" + Volumes.KINDS + "); convert them");
        if (!description.has("training")) return names;
        for (Json entry : description.at("training").list()) {
            String label = (entry.isString() ? entry : entry.at("label")).string().replace('\\', '/');
            String name = Volumes.stem(label.substring(label.lastIndexOf('/') + 1));
            if (!names.add(name)) throw new FormatException(json + ": it lists the case " + FormatException.shown(name) + " twice");
        }
        if (names.isEmpty()) throw new FormatException(json + ": there is no case in its list training");
        return names;
    }
}
