package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
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
/// names of the classes.
final class MsdLayout {
    private MsdLayout() {}

    /// Looks at a folder.
    ///
    /// @throws FormatException if a part of it is missing, a picture has no label, a label has no picture, or `dataset.json` is wrong
    static Dataset open(Path folder) {
        for (Path part : List.of(folder, folder.resolve("imagesTr"), folder.resolve("labelsTr")))
            if (!Files.isDirectory(part))
                throw new FormatException(part
                        + ": there is no such folder, and a dataset has its pictures in imagesTr and their labels in labelsTr");
        SortedMap<String, Path> images = images(folder.resolve("imagesTr")), labels = images(folder.resolve("labelsTr"));
        Path json = folder.resolve("dataset.json");
        SortedSet<String> names = new TreeSet<>(images.keySet());
        List<String> classNames = List.of();
        if (Files.exists(json)) {
            Json description = Json.read(json);
            if (!description.isObject()) throw new FormatException(json + ": it is not an object in braces");
            if (description.has("training")) names = listed(description.at("training"), json);
            else names.addAll(labels.keySet());
            if (description.has("labels")) classNames = classNames(description.at("labels"), json);
        } else {
            names.addAll(labels.keySet());
        }
        if (names.isEmpty()) throw new FormatException(folder + ": there is no case: no NIfTI file in imagesTr");
        List<Case> cases = new ArrayList<>();
        for (String name : names) cases.add(new Case(name, file(images, name, "image", folder), file(labels, name, "label", folder)));
        return new Dataset(folder, cases, classNames);
    }

    /// The pictures of a folder by the name of their case, sorted, labelled or not: what there is to predict.
    ///
    /// @throws FormatException if there is no such folder
    static SortedMap<String, Path> images(Path folder) {
        SortedMap<String, Path> files = Nifti.list(folder), images = new TreeMap<>();
        if (!files.keySet().stream().allMatch(name -> name.endsWith("_0000"))) return files;
        files.forEach((name, file) -> images.put(name.substring(0, name.length() - 5), file));
        return Collections.unmodifiableSortedMap(images);
    }

    private static Path file(Map<String, Path> files, String name, String kind, Path folder) {
        Path file = files.get(name);
        if (file != null) return file;
        throw new FormatException(folder + ": case " + FormatException.shown(name) + (files.containsKey(name + "_0001")
                ? " has several channels (_0000, _0001), and only one is read"
                : " has no " + kind));
    }

    private static SortedSet<String> listed(Json training, Path json) {
        SortedSet<String> names = new TreeSet<>();
        for (Json entry : training.list()) {
            String label = entry.at("label").string(), name = Nifti.stem(label.substring(label.lastIndexOf('/') + 1));
            if (!names.add(name)) throw new FormatException(json + ": it lists the case " + FormatException.shown(name) + " twice");
        }
        return names;
    }

    private static List<String> classNames(Json labels, Path json) {
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
