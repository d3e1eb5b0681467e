package dev.samovar.models.data;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// True labels to compare predictions with: those of a dataset, or all label files of a folder. The meaning of their numbers is decided once, as for
/// a [Dataset], and determines that of the predictions' numbers.
public final class Truths {
    private static final int WHITE = 255;

    private final Path folder;
    private final SortedMap<String, Path> files;
    private final boolean isDataset;
    private final Declaration declared;
    private final LabelRule rule;
    private final KeptLabels labels;
    private Consumer<String> listener = _ -> {};

    private Truths(Path folder, SortedMap<String, Path> files, boolean isDataset, Declaration declared, LabelRule rule, KeptLabels labels) {
        this.folder = folder;
        this.files = files;
        this.isDataset = isDataset;
        this.declared = declared;
        this.rule = rule;
        this.labels = labels;
    }

    /// Looks at a folder: a dataset, the folder of labels in a dataset, whose `dataset.json` then counts, or any other folder.
    ///
    /// @throws FormatException if there is no such folder, or a part of the dataset is missing
    public static Truths of(Path folder, LabelRule rule) {
        SortedMap<String, Path> files = new TreeMap<>();
        Path parent = folder.toAbsolutePath().normalize().getParent();
        if (Dataset.isDataset(folder)) {
            Dataset dataset = Dataset.survey(folder, Reading.PLAIN, rule);
            for (Case one : dataset.cases()) files.put(one.name(), one.label());
            return new Truths(folder, files, true, dataset.declared(), rule, new KeptLabels());
        }
        files.putAll(Volumes.list(folder));
        Declaration own = Declaration.read(folder);
        if (own.isEmpty() && parent != null && Dataset.isDataset(parent)) own = Declaration.read(parent);
        return new Truths(folder, files, false, own, rule, new KeptLabels());
    }

    /// These truths by the names of images or predictions: in a folder that is not a dataset, `liver7_mask` is the truth of `liver7`, with the endings of
    /// a dataset of pairs.
    ///
    /// @throws FormatException if several files may be the truth of one
    public Truths named(Set<String> names) {
        if (isDataset) return this;
        SortedMap<String, Path> named = new TreeMap<>(files);
        for (String name : names) {
            List<String> fitting = LabelNames.of(name, files.keySet(), names);
            if (fitting.size() > 1)
                throw new FormatException(folder + ": the labels of " + name + " may be " + String.join(" or ", fitting)
                        + "; give a folder with one of them, or a whole dataset");
            if (fitting.size() == 1) named.put(name, requireNonNull(named.remove(fitting.getFirst())));
        }
        Truths same = new Truths(folder, named, false, declared, rule, labels);
        same.listener = listener;
        return same;
    }

    /// The folder.
    public Path folder() {
        return folder;
    }

    /// Sets a listener for slight irregularities in the labels that are compared: numbers that were rounded, grids that were taken on trust.
    public void listen(Consumer<String> remarks) {
        listener = remarks;
    }

    /// Passes a remark to the listener.
    public void tell(String remark) {
        listener.accept(remark);
    }

    /// The label files by the name of their case.
    public SortedMap<String, Path> files() {
        return Collections.unmodifiableSortedMap(files);
    }

    /// The meaning of the numbers in these cases' labels. Undeclared numbers below 255 are classes, however few of them occur.
    ///
    /// @throws FormatException if that cannot be decided, or a file cannot be read
    public LabelCoding coding(Collection<String> names) {
        return coding(numbers(files, looks() ? names : List.of(), coloured()));
    }

    /// Whether the meaning of the numbers depends on which of them occur.
    public boolean looks() {
        return rule.looks(declared);
    }

    /// Whether the numbers are colours.
    public boolean coloured() {
        return rule.coloured() || (rule.classes().isEmpty() && declared.coloured());
    }

    /// The meaning of the numbers if these occur; the set may be empty unless it [matters][#looks].
    ///
    /// @throws FormatException if that cannot be decided
    public LabelCoding coding(SortedSet<Integer> found) {
        SortedSet<Integer> numbers = new TreeSet<>(found);
        numbers.removeAll(rule.ignored());
        boolean said = !rule.classes().isEmpty() || !declared.isEmpty();
        if (!said && !numbers.isEmpty() && numbers.last() < WHITE) {
            SortedMap<Integer, Integer> classes = new TreeMap<>(plain(numbers.last() + 1).classes());
            for (int number : rule.ignored()) classes.put(number, LabelCoding.IGNORED);
            return new LabelCoding(plain(numbers.last() + 1).names(), classes, false);
        }
        return LabelNumbers.named(folder, () -> rule.decide(declared, numbers));
    }

    /// The meaning of the predictions' numbers: classes if they all are classes of the truth, otherwise the same as in the truth, otherwise white
    /// masks. If both of the first are possible and differ, a remark says so.
    ///
    /// @throws FormatException if a file cannot be read
    public LabelCoding ofPredictions(SortedMap<String, Path> predictions, Collection<String> names, LabelCoding truth) {
        return ofPredictions(numbers(predictions, names, false), truth);
    }

    /// The meaning of the predictions' numbers if these occur.
    public LabelCoding ofPredictions(SortedSet<Integer> numbers, LabelCoding truth) {
        int most = numbers.isEmpty() ? 0 : numbers.last();
        if (most < (truth.isPlain() ? WHITE : truth.names().size())) {
            if (!truth.coloured()) doubt(numbers, truth).ifPresent(this::tell);
            return plain(WHITE);
        }
        if (truth.classes().keySet().containsAll(numbers)) return truth;
        if (List.of(0, WHITE).containsAll(numbers))
            return new LabelCoding(List.of("background", "class 1"), new TreeMap<>(Map.of(0, 0,
                    WHITE, 1)), false);
        return truth;
    }

    /// What is said if the predictions' numbers might also mean what they do in the truth.
    private static Optional<String> doubt(SortedSet<Integer> numbers, LabelCoding truth) {
        if (!truth.classes().keySet().containsAll(numbers)) return Optional.empty();
        return numbers.stream().filter(number -> !number.equals(truth.classes().get(number))).findFirst()
                .map(number -> "the numbers in the predictions are taken for classes, as predict writes them: " + number + " is "
                        + truth.names().get(number) + ", although in the truth it is " + truth.meaning(number)
                        + "; if they mean the same as there, give --classes " + truth.asThemselves());
    }

    private static LabelCoding plain(int classes) {
        return LabelCoding.plain(IntStream.range(0, classes).mapToObj(c -> c == 0 ? "background" : "class " + c).toList());
    }

    private SortedSet<Integer> numbers(SortedMap<String, Path> files, Collection<String> names, boolean coloured) {
        SortedSet<Integer> numbers = new TreeSet<>();
        for (String name : names) numbers.addAll(labels.look(requireNonNull(files.get(name)), coloured).counts().keySet());
        return numbers;
    }

    /// The labels of a file, true or predicted. If the file was already read to decide the meaning of its numbers, it is not read again.
    ///
    /// @throws FormatException if it cannot be read, or a number in it means nothing
    public LabelVolume labels(Path file, LabelCoding coding) {
        return LabelNumbers.named(file, () -> coding.apply(labels.take(file, coding.coloured())));
    }

    /// The numbers, or colours, that occur in a label file.
    ///
    /// @throws FormatException if it cannot be read as labels
    public static SortedSet<Integer> numbers(Path file, boolean coloured) {
        return new TreeSet<>(LabelNumbers.named(file, () -> LabelNumbers.read(file, coloured).counts()).keySet());
    }

    /// Reads a label file.
    ///
    /// @throws FormatException if it cannot be read, or a number in it means nothing
    public static LabelVolume read(Path file, LabelCoding coding) {
        return LabelNumbers.named(file, () -> coding.apply(LabelNumbers.read(file, coding.coloured())));
    }
}
