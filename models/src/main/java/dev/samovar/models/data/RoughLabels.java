package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// Labels of images that are to be segmented, around whose classes boxes are drawn: those of a dataset, or the files of a folder, paired with the
/// images' names as by [Truths#named].
///
/// What their numbers mean is decided once, from the labels of all these images: what the user says; otherwise what they mean in the dataset that was
/// learnt from, or the classes themselves, as in predictions; for a single class they may also be black and white. If several of these are possible and
/// differ, or none is, the labels are refused.
public final class RoughLabels {
    private static final int WHITE = 255;

    private final Path folder;
    private final SortedMap<String, Path> files;
    private final KeptLabels labels = new KeptLabels();
    private final LabelCoding coding;

    /// Looks at the labels of some images.
    ///
    /// @param folder a dataset, or a folder of label files
    /// @param names of the images, some of which may have no labels
    /// @param learnt the names of the classes, and what the numbers mean in the dataset that was learnt from
    /// @param said what the user says about the numbers
    /// @throws FormatException if there is no such folder, several files may belong to one image, or it is not clear what the numbers mean
    public RoughLabels(Path folder, Set<String> names, LabelCoding learnt, LabelRule said) {
        this.folder = folder;
        files = new TreeMap<>(Truths.of(folder, said).named(names).files());
        files.keySet().retainAll(names);
        coding = said.classes().isEmpty() ? decide(learnt, said) : said(learnt, said);
    }

    /// The meaning of the numbers.
    public LabelCoding coding() {
        return coding;
    }

    /// The labels of an image.
    ///
    /// @throws FormatException if there are none, or they cannot be read
    public LabelVolume of(String name) {
        Path file = files.get(name);
        if (file == null) throw new FormatException(folder + ": there are no labels of " + name + " to draw boxes around");
        return LabelNumbers.named(file, () -> coding.apply(labels.take(file, coding.coloured())));
    }

    private static LabelCoding said(LabelCoding learnt, LabelRule said) {
        for (int c : said.classes().values())
            if (c != LabelCoding.IGNORED && c >= learnt.names().size())
                throw new FormatException("--classes: there is no class " + c + " among " + learnt.names());
        return meaning(learnt.names(), said.classes(), said.coloured(), said);
    }

    private LabelCoding decide(LabelCoding learnt, LabelRule said) {
        LabelCoding own = meaning(learnt.names(), learnt.classes(), learnt.coloured(), said);
        List<LabelCoding> possible = new ArrayList<>();
        possible.add(own);
        possible.add(meaning(learnt.names(), LabelCoding.plain(learnt.names()).classes(), false, said));
        if (learnt.names().size() == 2) possible.add(meaning(learnt.names(), new TreeMap<>(Map.of(0, 0, WHITE, 1)), false, said));
        Map<Path, Numbers> all = new LinkedHashMap<>();
        for (Path file : files.values()) {
            Set<Integer> plain = numbers(file, false);
            Numbers found = new Numbers(plain, own.coloured() ? numbers(file, true) : plain);
            if (!found.coloured.isEmpty()) all.put(file, found);
        }
        ToLongFunction<LabelCoding> fitting = one -> all.values().stream().filter(found -> found.fit(one)).count();
        LabelCoding best = possible.stream().max(Comparator.comparingLong(fitting)).orElseThrow();
        all.forEach((file, found) -> {
            if (!found.fit(best)) Truths.read(file, best);                         // which says what in it means nothing
        });
        for (LabelCoding other : possible) if (fitting.applyAsLong(other) == all.size()) requireSame(all.keySet(), best, other);
        return best;
    }

    /// Refuses labels that could mean one thing or another.
    private static void requireSame(Set<Path> files, LabelCoding one, LabelCoding other) {
        for (Path file : files)
            if (!one.equals(other) && !Arrays.equals(Truths.read(file, one).classes(), Truths.read(file, other).classes()))
                throw new FormatException(file + ": it is not clear what its numbers mean: " + one + ", or " + other + "; say it, with --classes "
                        + one.option() + " or --classes " + other.option());
    }

    /// The numbers in a file.
    ///
    /// @param plain empty if it has colours without numbers
    /// @param coloured its colours, if these are of interest, otherwise the numbers; empty if it cannot be read at all
    private record Numbers(Set<Integer> plain, Set<Integer> coloured) {
        boolean fit(LabelCoding coding) {
            Set<Integer> numbers = coding.coloured() ? coloured : plain;
            return !numbers.isEmpty() && coding.classes().keySet().containsAll(numbers);
        }
    }

    private static LabelCoding meaning(List<String> names, SortedMap<Integer, Integer> classes, boolean coloured, LabelRule said) {
        SortedMap<Integer, Integer> all = new TreeMap<>(classes);
        for (int number : said.ignored()) all.put(number, LabelCoding.IGNORED);
        return new LabelCoding(names, all, coloured);
    }

    /// The numbers that occur; none if the file cannot be read, which is told when its image is segmented.
    private Set<Integer> numbers(Path file, boolean coloured) {
        try {
            return labels.look(file, coloured).counts().keySet();
        } catch (FormatException | UncheckedIOException _) {
            return Collections.emptySet();
        }
    }
}
