package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a `dataset.json` declares about labels, in every form in use: `"labels"` from number to name (`{"0": "background"}`, Decathlon)
/// or from name to number (`{"background": 0}`, nnU-Net), where numbers may be texts; to several numbers, which is a region; or to a colour
/// (`{"background": "#000000", "vessel": "#ff0000"}`), where classes are numbered as listed.
///
/// A label called `ignore` is not a class: pixels with its number are in no loss and no score, and it is never predicted.
///
/// **Regions** may contain each other. A number that occurs in regions becomes a class of its own, named after all regions that contain it, as
/// in `whole + core`: no two classes overlap, nothing of the label is lost, and a region is all classes that name it. The regions are then scored, in
/// the order in which they are listed, including labels of a single number, but without the background.
///
/// Source: `foreground_regions` of label_handling.py and `compute_metrics` of evaluate_predictions.py, nnU-Net 2.
///
/// @param names the names of the classes, background first; empty if nothing is declared
/// @param classes the class of each number, or [LabelCoding#IGNORED]
/// @param coloured whether the numbers are colours
/// @param regions what is scored in place of the classes; empty if the classes are
record Declaration(List<String> names, SortedMap<Integer, Integer> classes, boolean coloured, List<LabelRegion> regions) {
    static final Declaration NONE = new Declaration(List.of(), Collections.emptySortedMap(), false, List.of());
    private static final String IGNORE = "ignore";

    Declaration {
        names = List.copyOf(names);
        classes = Collections.unmodifiableSortedMap(new TreeMap<>(classes));
        regions = List.copyOf(regions);
    }

    /// From names: the numbers are the classes.
    static Declaration of(List<String> names) {
        return new Declaration(names, LabelCoding.plain(names).classes(), false, List.of());
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /// What the `dataset.json` of a folder declares; nothing if there is none, or no labels in it.
    ///
    /// @throws FormatException if it is not JSON, or the labels are not numbered from 0 without a gap
    static Declaration read(Path folder) {
        Json description = description(folder);
        return description == null || !description.has("labels") ? NONE : of(description.at("labels"), folder.resolve("dataset.json"));
    }

    /// The `dataset.json` of a folder, if there is one.
    ///
    /// @throws FormatException if it is not an object
    static @Nullable Json description(Path folder) {
        Path json = folder.resolve("dataset.json");
        if (!Files.exists(json)) return null;
        Json description = Json.read(json);
        if (!description.isObject()) throw new FormatException(json + ": it is not an object in braces");
        return description;
    }

    /// The number of channels of an image by `modality` (Decathlon) or `channel_names` (nnU-Net); 0 if neither is given.
    static int channels(Path folder) {
        Json description = description(folder);
        if (description == null) return 0;
        for (String key : List.of("channel_names", "modality")) {
            if (!description.has(key)) continue;
            Json channels = description.at(key);
            return channels.isObject() ? channels.keys().size() : channels.isList() ? channels.list().size() : 0;
        }
        return 0;
    }

    /// The names of the channels by `modality` (Decathlon) or `channel_names` (nnU-Net), in order; empty if neither is given.
    static List<String> modalities(Path folder) {
        Json description = description(folder);
        if (description == null) return List.of();
        for (String key : List.of("channel_names", "modality")) {
            if (!description.has(key)) continue;
            Json channels = description.at(key);
            List<Json> names = channels.isObject()
                    ? channels.keys().stream().map(channels::at).toList()
                    : channels.isList()
                            ? channels.list()
                            : List.of(channels);
            return names.stream().filter(Json::isString).map(Json::string).toList();
        }
        return List.of();
    }

    private static Declaration of(Json labels, Path json) {
        SequencedMap<String, List<Integer>> numbers = new LinkedHashMap<>();
        if (labels.isList()) {
            List<String> names = labels.strings();
            for (int c = 0; c < names.size(); c++) put(numbers, names.get(c), List.of(c), json);
        } else {
            boolean byNumber = labels.keys().stream().allMatch(key -> labels.at(key).isString() && LabelCoding.number(labels.at(key)
                    .string()) < 0);
            for (String key : labels.keys())
                if (byNumber) put(numbers, labels.at(key).string(), List.of(number(key)), json);
                else put(numbers, key, numbers(labels.at(key)), json);
        }
        boolean coloured = !labels.isList() && labels.keys().stream().anyMatch(key -> labels.at(key).isString() && labels.at(key).string()
                .startsWith("#"));
        return of(numbers, coloured, json);
    }

    private static void put(Map<String, List<Integer>> numbers, String name, List<Integer> its, Path json) {
        if (numbers.put(name, its) != null)
            throw new FormatException(json + ": two of its labels are called " + FormatException.shown(name));
    }

    private static List<Integer> numbers(Json value) {
        if (value.isList()) return value.list().stream().map(Declaration::number).toList();
        return List.of(number(value));
    }

    private static int number(Json value) {
        return value.isString() ? LabelCoding.number(value.string()) : value.integer();
    }

    private static int number(String key) {
        return key.matches("\\d{1,5}") ? Integer.parseInt(key) : -1;
    }

    private static Declaration of(SequencedMap<String, List<Integer>> numbers, boolean coloured, Path json) {
        SequencedMap<Integer, String> names = coloured ? new LinkedHashMap<>() : new TreeMap<>();
        List<Integer> ignored = new ArrayList<>();
        boolean regions = numbers.values().stream().anyMatch(its -> its.size() > 1);
        numbers.forEach((name, its) -> {
            if (name.equals(IGNORE) && its.size() == 1) ignored.add(its.getFirst());
            else for (int number : its) {
                String before = names.get(number);
                if (before != null && !regions)
                    throw new FormatException(json + ": two of its labels are " + LabelCoding.shown(number, coloured));
                names.put(number, before == null ? name : before + " + " + name);
            }
        });
        SortedMap<Integer, Integer> classes = new TreeMap<>();
        for (int number : names.keySet()) {
            long skipped = ignored.stream().filter(other -> other < number).count();
            if (number < 0 || (!coloured && number - skipped != classes.size()))
                throw new FormatException(json + ": its " + names.size()
                        + " labels are not numbered from 0 without a gap; number them so, or "
                        + "say with --classes what each number means");
            classes.put(number, classes.size());
        }
        if (names.isEmpty()) throw new FormatException(json + ": it declares no label");
        for (int number : ignored)
            if (classes.put(number, LabelCoding.IGNORED) != null)
                throw new FormatException(json + ": two of its labels are " + LabelCoding.shown(number, coloured));
        return new Declaration(List.copyOf(names.values()), classes, coloured, regions ? regions(numbers, classes) : List.of());
    }

    /// Each label except the background and `ignore`, as the classes of its numbers.
    private static List<LabelRegion> regions(SequencedMap<String, List<Integer>> numbers, SortedMap<Integer, Integer> classes) {
        List<LabelRegion> regions = new ArrayList<>();
        numbers.forEach((name, its) -> {
            if (its.stream().allMatch(number -> number == 0) || (name.equals(IGNORE) && its.size() == 1)) return;
            SortedSet<Integer> of = new TreeSet<>();
            for (int number : its) of.add(Objects.requireNonNull(classes.get(number)));
            regions.add(new LabelRegion(name, of));
        });
        return regions;
    }
}
