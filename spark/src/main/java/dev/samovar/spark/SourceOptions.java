package dev.samovar.spark;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that choose the files to work on, and how they are read.
final class SourceOptions {
    @Option(names = "--input", paramLabel = "PATTERN",
            description = "Images: a file, a folder as the command line takes it, or a pattern, as hdfs://cluster/scans/*/*.nii.gz. Any path that Hadoop reaches.")
    private @Nullable String input;

    @Option(names = "--data", paramLabel = "DIR", description = "A dataset: images and labels in a folder. Any path that Hadoop reaches.")
    private @Nullable String data;

    @Option(names = "--manifest", paramLabel = "FILE",
            description = "A Parquet file or a CSV file with a header. Column image: the path of an image, or of several channels (an array of strings, or with "
                    + "semicolons between them); columns that may be missing: name, and label, the path of the label.")
    private @Nullable String manifest;

    @Option(names = "--frame", paramLabel = "K", description = "Which frame of 4-D images to take, counted from 0.")
    private @Nullable Integer frame;

    @Option(names = "--channels", paramLabel = "K", split = ",", description = "Which channels to take, counted from 0 and at most three.")
    private List<Integer> channels = List.of();

    @Option(names = "--classes", paramLabel = "N[:CLASS]", split = ",",
            description = "What the numbers in the labels mean, as 0,85:1,170:2,255:ignore.")
    private List<String> classes = List.of();

    @Option(names = "--ignore-label", paramLabel = "N", split = ",", description = "Numbers in the labels that do not count.")
    private List<String> ignored = List.of();

    /// The items that were found.
    ///
    /// @param reading how the files are read, as text, because that can be sent
    record Found(List<Item> items, String reading) {}

    /// Finds the items.
    /// @throws Refusal unless exactly one of the three is given
    /// @throws FormatException if the files are not there
    Found find(SparkSession spark, Storage storage) throws IOException {
        Reading plain = plain();
        if (input != null && data == null && manifest == null) return new Found(images(storage.absolute(input), storage), text(plain));
        if (data != null && input == null && manifest == null) return dataset(storage.absolute(data), plain, storage);
        if (manifest != null && input == null && data == null) {
            List<Item> items = manifest(spark, storage.absolute(manifest), storage);
            boolean labelled = items.stream().anyMatch(item -> item.label() != null);
            return new Found(items, text(labelled && !classes.isEmpty() ? plain.with(rule().decide()) : plain));
        }
        throw Refusal.input("say what to work on with one of --input, --data and --manifest");
    }

    /// Whether the options take only a part of what the files hold.
    @Nullable
    Integer frame() {
        return frame;
    }

    List<Integer> channels() {
        return channels;
    }

    /// The folder of `--data`, if it was given.
    @Nullable
    String data() {
        return data;
    }

    /// Which part of an image is taken.
    Reading plain() {
        if (frame != null && !channels.isEmpty()) throw Refusal.input("--frame takes one frame, and --channels several: say one of them");
        return new Reading(frame, channels, null);
    }

    LabelRule rule() {
        return LabelRule.of(classes, ignored);
    }

    static String text(Reading reading) {
        return reading.json().toString();
    }

    private static List<Item> images(String pattern, Storage storage) throws IOException {
        List<Item> items = new ArrayList<>();
        if (storage.isFolder(pattern)) {
            View view = View.of(pattern, storage);
            if (!Volumes.isSeries(view.folder())) {
                SortedMap<String, List<Path>> images = told(view, () -> Dataset.images(view.folder()));
                images.forEach((name, files) -> items.add(new Item(name, view.of(files), null)));
                return items;
            }
        }
        for (String one : storage.matching(pattern)) {
            String name = Storage.nameOf(one);
            if (name.startsWith(".") || (!Volumes.isVolume(name) && !storage.isFolder(one))) continue;
            items.add(new Item(Volumes.stem(name), List.of(one), null));
        }
        if (items.isEmpty()) throw new FormatException(pattern + ": there is no file of the kinds that are read (" + Volumes.KINDS + ")");
        return items;
    }

    private Found dataset(String folder, Reading plain, Storage storage) throws IOException {
        View view = View.of(folder, storage);
        Dataset dataset = told(view, () -> Dataset.open(view.folder(), plain, rule()));
        if (view.mirrored()) {
            if (classes.isEmpty() && dataset.looksAtLabels())
                throw Refusal.input(folder
                        + ": nothing in it says what the numbers in its labels mean, and they lie elsewhere; say it with --classes");
            view.fetch(dataset.cases().getFirst().images(), storage);
        }
        List<Item> items = new ArrayList<>();
        for (Case one : dataset.cases()) items.add(view.item(one));
        return new Found(items, told(view, () -> text(dataset.reading())));
    }

    static <T> T told(View view, Supplier<T> work) {
        try {
            return work.get();
        } catch (FormatException e) {
            throw new FormatException(view.told(String.valueOf(e.getMessage())), e);
        }
    }

    private static List<Item> manifest(SparkSession spark, String file, Storage storage) throws IOException {
        boolean csv = file.toLowerCase(Locale.ROOT).endsWith(".csv");
        var table = csv ? spark.read().option("header", "true").csv(file) : spark.read().parquet(file);
        List<String> columns = Arrays.asList(table.columns());
        if (!columns.contains("image")) throw Refusal.input(file + ": it has no column image");
        List<Item> items = new ArrayList<>();
        for (Row row : table.collectAsList()) {
            Object image = row.getAs("image");
            if (image == null) throw Refusal.input(file + ": in a row the image is missing");
            List<String> given = image instanceof String text
                    ? Arrays.asList(text.split(";"))
                    : row.<String>getList(row.fieldIndex("image")), images = new ArrayList<>();
            for (String one : given) images.add(storage.absolute(one));
            @Nullable
            String name = columns.contains("name") ? row.getAs("name") : null, label = columns.contains("label")
                    ? row.getAs("label")
                    : null;
            if (name != null && name.matches(".*[/\\\\].*|\\.*|"))
                throw Refusal.input(file + ": results are files that are called by their names, and " + FormatException.shown(name)
                        + " is none for a file; use letters and digits");
            items.add(new Item(name != null ? name : Volumes.stem(Storage.nameOf(images.getFirst())), images, label == null
                    ? null
                    : storage.absolute(label)));
        }
        return items;
    }
}
