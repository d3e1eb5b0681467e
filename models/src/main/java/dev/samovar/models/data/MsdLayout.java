package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// A folder as in the Medical Segmentation Decathlon, or as nnU-Net wants it.
///
/// `imagesTr/` holds the pictures, `labelsTr/` a label volume of the same name for each; the name is that of the case. Where every picture
/// of a folder ends in `_0000` (nnU-Net's number of the channel), that is not part of the name. Hidden files are ignored.
/// A `dataset.json` beside the two folders is optional: if it has a `training` list, that says which cases there are; if it has
/// `labels`, in the Decathlon's form (`{"0": "background", "1": "liver"}`) or nnU-Net's (`{"background": 0, "liver": 1}`), these are the
/// names of the classes; a `file_ending` must be one that is read.
final class MsdLayout {
    static final String NAME = "Decathlon or nnU-Net (imagesTr and labelsTr)";

    private MsdLayout() {}

    static boolean fits(Path folder) {
        return Files.isDirectory(folder.resolve("imagesTr")) || Files.isDirectory(folder.resolve("labelsTr"));
    }

    /// Looks at a folder.
    ///
    /// @throws FormatException if a part of it is missing, or `dataset.json` is wrong
    static Dataset find(Path folder) {
        for (Path part : List.of(folder.resolve("imagesTr"), folder.resolve("labelsTr")))
            if (!Files.isDirectory(part))
                throw new FormatException(part
                        + ": there is no such folder, and a dataset has its pictures in imagesTr and their labels in labelsTr");
        SortedMap<String, Path> images = images(folder.resolve("imagesTr")), labels = labels(folder.resolve("labelsTr"), images);
        Path json = folder.resolve("dataset.json");
        SortedSet<String> names = new TreeSet<>(images.keySet());
        names.addAll(labels.keySet());
        if (Files.exists(json)) {
            Json description = description(json);
            if (description.has("file_ending") && !Volumes.isVolume(description.at("file_ending").string()))
                throw new FormatException(json + ": its files end in " + FormatException.shown(description.at("file_ending").string())
                        + ", and only NIfTI and PNG are read; convert them");
            if (description.has("training")) names = listed(description.at("training"), json);
        }
        if (names.isEmpty()) throw new FormatException(folder + ": there is no case: no NIfTI or PNG file in imagesTr");
        List<Case> cases = new ArrayList<>();
        List<Fault> faults = new ArrayList<>();
        for (String name : names) {
            Path image = images.get(name), label = labels.get(name);
            if (image == null) faults.add(missing(images, name, "image"));
            if (label == null) faults.add(missing(labels, name, "label"));
            if (image != null && label != null) cases.add(new Case(name, image, label));
        }
        return new Dataset(folder, NAME, cases, classNames(folder), faults);
    }

    /// The pictures of a folder by the name of their case, sorted, labelled or not: what there is to predict.
    ///
    /// @throws FormatException if there is no such folder
    static SortedMap<String, Path> images(Path folder) {
        SortedMap<String, Path> files = Volumes.list(folder), images = new TreeMap<>();
        if (!files.keySet().stream().allMatch(name -> name.endsWith("_0000"))) return files;
        files.forEach((name, file) -> images.put(name.substring(0, name.length() - 5), file));
        return Collections.unmodifiableSortedMap(images);
    }

    /// The labels by name, which ends in `_0000` only if that is a part of it, or else those of the images have it, too.
    private static SortedMap<String, Path> labels(Path folder, Map<String, Path> images) {
        SortedMap<String, Path> labels = Volumes.list(folder);
        return labels.keySet().stream().anyMatch(images::containsKey) ? labels : images(folder);
    }

    private static Fault missing(Map<String, Path> files, String name, String kind) {
        return new Fault(name, files.containsKey(name + "_0001")
                ? "has several channels (_0000, _0001), and only one is read"
                : "has no " + kind);
    }

    private static SortedSet<String> listed(Json training, Path json) {
        SortedSet<String> names = new TreeSet<>();
        for (Json entry : training.list()) {
            String label = entry.at("label").string(), name = Volumes.stem(label.substring(label.lastIndexOf('/') + 1));
            if (!names.add(name)) throw new FormatException(json + ": it lists the case " + FormatException.shown(name) + " twice");
        }
        return names;
    }

    private static Json description(Path json) {
        Json description = Json.read(json);
        if (!description.isObject()) throw new FormatException(json + ": it is not an object in braces");
        return description;
    }

    /// The names of the classes that the `dataset.json` of a folder declares, background first; none if there is no such file or declaration.
    ///
    /// @throws FormatException if it is not JSON, or the labels are not numbered from 0 without a gap
    static List<String> classNames(Path folder) {
        Path json = folder.resolve("dataset.json");
        if (!Files.exists(json)) return List.of();
        Json description = description(json);
        if (!description.has("labels")) return List.of();
        Json labels = description.at("labels");
        SortedMap<Integer, String> names = new TreeMap<>();
        for (String key : labels.keys()) {
            Json value = labels.at(key);
            int label = value.isString() ? number(key) : value.integer();
            if (names.put(label, value.isString() ? value.string() : key) != null)
                throw new FormatException(json + ": two of its labels are " + label);
        }
        for (int c = 0; c < names.size(); c++)
            if (!names.containsKey(c))
                throw new FormatException(json + ": its " + names.size() + " labels are not numbered from 0 without a gap");
        return List.copyOf(names.values());
    }

    private static int number(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }
}
