package dev.samovar.models.data;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.Choice;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Labelled pictures in a folder, whatever its layout.
///
/// | layout | the folder holds | patients | classes |
/// |---|---|---|---|
/// | Decathlon, nnU-Net | `imagesTr/NAME` (or `NAME_0000`) and `labelsTr/NAME`, perhaps a `dataset.json` | each case, frames together | those of `dataset.json` |
/// | ACDC | `patientXXX/patientXXX_frameYY` and `…_frameYY_gt`, or such folders in `training/` and `testing/` | `patientXXX` | background, RV, Myo, LV |
/// | pairs | `images/` or `imgs/`, and `masks/`, `labels/` or `annotations/` with the same names, or those with `_mask`, `_label`, `_seg`, `_gt`, `_segmentation` or `.seg` at the end | each picture, or one per sub-folder | those of a `dataset.json`, if there is one |
///
/// Files may be of all kinds that [Volumes] reads. Names that end in `_frame` and a number are frames of one patient. A folder with two of these
/// layouts is refused, and hidden files are ignored.
///
/// Opening a dataset reads no pictures; [#load] reads one and checks it.
public final class Dataset {
    private record Layout(String name, Predicate<Path> fits, Function<Path, Found> find, Function<Path, Declaration> declaration) {}

    private static final List<Layout> LAYOUTS = List.of(
            new Layout(MsdLayout.NAME, MsdLayout::fits, MsdLayout::find, Declaration::read),
            new Layout(AcdcLayout.NAME, AcdcLayout::fits, AcdcLayout::find, AcdcLayout::declaration),
            new Layout(PairLayout.NAME, PairLayout::fits, PairLayout::find, Declaration::read));

    private final Path folder;
    private final Layout layout;
    private final Found found;
    private final Reading reading;
    private final LabelRule rule;
    private final Declaration declared;
    private final KeptLabels labels = new KeptLabels();
    private final Set<String> told = new HashSet<>();
    private Consumer<String> listener = _ -> {};
    private @Nullable LabelCoding coding;

    private Dataset(Path folder, Layout layout, Found found, Reading reading, LabelRule rule) {
        this.folder = folder;
        this.layout = layout;
        this.found = found;
        this.reading = reading;
        this.rule = rule;
        declared = declared(layout, folder, rule);
        coding = reading.coding();
    }

    /// Looks at a folder.
    ///
    /// @throws FormatException if its layout is unknown, or it has two layouts; a part of it is missing; a label has no picture; no picture has a
    ///         label; or a description in it is wrong
    public static Dataset open(Path folder) {
        return open(folder, Reading.PLAIN, LabelRule.NONE);
    }

    /// A dataset whose files are read in this way.
    ///
    /// @param rule what the user said about the numbers of labels; it counts unless their meaning is already decided
    /// @throws FormatException as above
    public static Dataset open(Path folder, Reading reading, LabelRule rule) {
        Dataset dataset = survey(folder, reading, rule);
        List<Fault> faults = dataset.faults();
        if (faults.isEmpty() && dataset.cases().isEmpty())
            throw new FormatException(folder + ": there is no case: none of its " + dataset.unlabelled().size() + " images has a label");
        if (faults.isEmpty()) return dataset;
        Fault first = faults.getFirst();
        throw new FormatException(folder + ": case " + FormatException.shown(first.about()) + " " + first.what() + (faults.size() > 1
                ? " (the first of " + faults.size() + " faults)"
                : ""));
    }

    /// A dataset from a folder with faulty cases, which are left out and listed by [#faults()].
    ///
    /// @throws FormatException if its layout is unknown, or it has two layouts; a part of it is missing; or a description in it is wrong
    public static Dataset survey(Path folder) {
        return survey(folder, Reading.PLAIN, LabelRule.NONE);
    }

    /// A dataset with faulty cases, whose files are read in this way.
    ///
    /// @throws FormatException as above
    public static Dataset survey(Path folder, Reading reading, LabelRule rule) {
        if (!Files.isDirectory(folder)) throw FormatException.noFolder(folder);
        List<Layout> fitting = LAYOUTS.stream().filter(layout -> layout.fits.test(folder)).toList();
        if (fitting.size() == 1) {
            Layout only = fitting.getFirst();
            return new Dataset(folder, only, only.find.apply(folder), reading, rule);
        }
        String names = (fitting.isEmpty() ? LAYOUTS : fitting).stream().map(Layout::name).collect(joining("; "));
        throw new FormatException(folder + (fitting.isEmpty() ? ": it is no dataset, which is one of " : ": it is two datasets at once: ")
                + names);
    }

    /// Whether a folder is laid out as a dataset.
    public static boolean isDataset(Path folder) {
        return LAYOUTS.stream().anyMatch(layout -> layout.fits.test(folder));
    }

    /// The pictures to predict in a folder, sorted by the name of their case: all of them, or, if the folder is a dataset, those without labels. The
    /// [channels][Channels#group] of one case are together.
    ///
    /// @throws FormatException if there is no such folder, or every case of the dataset has a label
    public static SortedMap<String, List<Path>> images(Path folder) {
        if (!isDataset(folder)) return Channels.group(Volumes.list(folder), Set.of());
        SortedMap<String, List<Path>> unlabelled = survey(folder).unlabelled();
        if (!unlabelled.isEmpty()) return unlabelled;
        throw new FormatException(folder
                + ": all cases of this dataset are labelled; name the folder with the pictures to segment them all");
    }

    /// All images of a dataset, labelled or not, for learning without labels.
    public static SortedMap<String, List<Path>> allImages(Path folder) {
        if (!isDataset(folder)) return images(folder);
        Dataset dataset = survey(folder);
        SortedMap<String, List<Path>> all = new TreeMap<>(dataset.found.unlabelled());
        for (Case one : dataset.found.cases()) all.put(one.name(), one.images());
        return all;
    }

    /// The folder.
    public Path folder() {
        return folder;
    }

    /// The name of the folder's layout.
    public String layout() {
        return layout.name;
    }

    /// All labelled cases, sorted by name.
    public List<Case> cases() {
        return Collections.unmodifiableList(found.cases());
    }

    /// The images without labels, by the name of their case, which can be predicted, or labelled next.
    public SortedMap<String, List<Path>> unlabelled() {
        return Collections.unmodifiableSortedMap(found.unlabelled());
    }

    /// The cases of these names, in this order.
    ///
    /// @throws FormatException naming the first that does not exist
    public List<Case> cases(Collection<String> names) {
        Map<String, Case> byName = cases().stream().collect(toMap(Case::name, c -> c));
        List<Case> chosen = new ArrayList<>();
        for (String name : names) {
            Case one = byName.get(name);
            if (one == null)
                throw new FormatException(folder + ": " + (found.unlabelled().containsKey(name)
                        ? "its case " + FormatException.shown(name) + ", which the split names, has no label"
                        : "it has no case " + FormatException.shown(name) + ", which the split names"));
            chosen.add(one);
        }
        return chosen;
    }

    /// The faults of cases that are left out; empty unless this is a [survey][#survey].
    public List<Fault> faults() {
        return Collections.unmodifiableList(found.faults());
    }

    /// The meaning of the numbers in the labels. It is decided once, from what the user said, what the folder declares, and, if that is not enough,
    /// from the numbers in all its labels, which are read for that.
    ///
    /// @throws FormatException if it cannot be decided, or a label cannot be read
    public synchronized LabelCoding coding() {
        if (coding != null) return coding;
        SortedSet<Integer> numbers = new TreeSet<>();
        for (Case one : rule.looks(declared) ? cases() : List.<Case>of()) {
            numbers.addAll(labels.look(one.label(), coloured()).counts().keySet());
        }
        LabelCoding decided = coding(numbers);
        coding = decided;
        return decided;
    }

    /// The meaning of the numbers in the labels, if these numbers occur.
    ///
    /// @throws FormatException if it cannot be decided
    LabelCoding coding(Collection<Integer> numbers) {
        if (reading.coding() != null) return reading.coding();
        try {
            return rule.decide(declared, numbers);
        } catch (FormatException e) {
            String why = String.valueOf(e.getMessage());
            throw why.startsWith(folder.toString()) ? e : new FormatException(folder + ": " + why, e);
        }
    }

    /// The folder's declaration of labels.
    Declaration declared() {
        return declared;
    }

    /// The folder's declaration of labels, which is not needed if the user said everything.
    private static Declaration declared(Layout layout, Path folder, LabelRule rule) {
        try {
            return layout.declaration.apply(folder);
        } catch (FormatException e) {
            if (rule.classes().isEmpty()) throw e;
            return Declaration.NONE;
        }
    }

    /// The numbers of a case's label as they are stored.
    ///
    /// @throws FormatException if it cannot be read as labels
    LabelNumbers numbers(Case one) {
        return labels.take(one.label(), coloured());
    }

    /// How the files are read, including the meaning of the labels' numbers, and the channels of the images if they have several.
    ///
    /// @throws FormatException as [#coding()], or if the first image cannot be read
    public Reading reading() {
        return withChannels(reading.with(coding()));
    }

    /// How the images are read, without the meaning of labels.
    ///
    /// @throws FormatException if the first image cannot be read
    public Reading imageReading() {
        return withChannels(reading);
    }

    /// How an image of this dataset, labelled or not, is read, without the meaning of labels.
    ///
    /// @param files of the image
    /// @throws FormatException if it cannot be read
    public Reading imageReading(List<Path> files) {
        return new Reading(reading.frame(), Channels.of(files, reading, Declaration.channels(folder)), null);
    }

    /// How an image without a dataset is read: with all its channels, if each is a file.
    public static Reading readingOf(List<Path> files) {
        return Reading.PLAIN.with(null, Channels.of(files, Reading.PLAIN, 0));
    }

    private Reading withChannels(Reading read) {
        return cases().isEmpty()
                ? read
                : read.with(null, Channels.of(cases().getFirst().images(), reading, Declaration.channels(folder)));
    }

    /// Whether the labels have to be read for [what their numbers mean][#coding()].
    public boolean looksAtLabels() {
        return reading.coding() == null && rule.looks(declared);
    }

    /// Whether the numbers in the labels are colours.
    public boolean coloured() {
        LabelCoding decided = reading.coding();
        return decided != null ? decided.coloured() : rule.coloured() || (rule.classes().isEmpty() && declared.coloured());
    }

    /// The names of the classes, background first.
    ///
    /// @throws FormatException as [#coding()]
    public List<String> classNames() {
        return coding().names();
    }

    /// The modality of a case's image: from the DICOM series, for example `MR`, or else from `dataset.json`, with the names of several channels
    /// joined by `+`; empty if neither names it.
    ///
    /// @throws FormatException if that file is not JSON, or a series cannot be read
    public String modality(Case one) {
        String its = DicomSeries.is(one.image()) ? DicomSeries.open(one.image(), Choice.NONE).modality() : "";
        if (!its.isEmpty()) return its;
        List<String> names = Declaration.modalities(folder), read = new ArrayList<>();
        for (int c = 0; c < names.size(); c++)
            if (reading.channels().isEmpty() || reading.channels().contains(c)) read.add(names.get(c));
        return String.join(" + ", read);
    }

    /// The image of a case, as its files have it.
    ///
    /// @throws FormatException if a file is wrong
    public Volume image(Case one) {
        return image(one.name(), one.images());
    }

    /// An image without labels, as its files have it.
    ///
    /// @throws FormatException if a file is wrong
    Volume image(String name, List<Path> files) {
        return Channels.read(name, files, reading, Declaration.channels(folder));
    }

    /// The files of an image of which one is given: all its channels if they are asked for, otherwise only this file.
    public static List<Path> images(Path file, Reading reading) {
        return Channels.siblings(file, reading);
    }

    /// An image that is read in the same way as those of a dataset.
    ///
    /// @throws FormatException if a file is wrong, or has another number of channels than were chosen
    public static Volume image(String name, List<Path> files, Reading reading) {
        if (files.size() > 1 && reading.channels().isEmpty())
            throw new FormatException(name + ": it has " + files.size() + " channels, " + files.getFirst().getFileName()
                    + " and so on, and one is wanted; choose it, as with --channels 0");
        return Channels.read(name, files, reading, 0);
    }

    /// The classes of a case's label, as its file has them.
    ///
    /// @throws FormatException if the file is wrong, or one of its numbers means nothing
    public LabelVolume label(Case one) {
        LabelCoding its = coding();
        LabelNumbers stored = numbers(one);
        return LabelNumbers.named(one.label(), () -> its.apply(stored));
    }

    /// Reads a case and brings it into the canonical [Orientation].
    ///
    /// @throws FormatException if a file is wrong, image and label do not lie on the same grid, or a number in the label means nothing
    public Sample load(Case one) {
        return together(one, image(one), label(one), pair -> tell(one.name(), pair));
    }

    /// Loads a case that may be anywhere, and reads it like those of a dataset.
    ///
    /// @param reading including the meaning of the labels' numbers
    /// @param remarks receives remarks about slight irregularities
    /// @throws FormatException as [#load(Case)], or if the meaning of the numbers was not decided
    public static Sample load(Case one, Reading reading, Consumer<String> remarks) {
        LabelCoding coding = reading.coding();
        if (coding == null) throw new FormatException(one.name() + ": it is not said what the numbers in its label mean; give --classes");
        return together(one, image(one.name(), one.images(), reading), Truths.read(one.label(), coding), pair -> remarks(pair).forEach(remarks));
    }

    private static Sample together(Case one, Volume image, LabelVolume label, Consumer<Grids.Pair> found) {
        try {
            Grids.Pair pair = Grids.pair(image, label);
            found.accept(pair);
            return Sample.of(one.name(), pair.image(), pair.labels());
        } catch (FormatException e) {
            throw new FormatException(one.name() + ": " + e.getMessage() + " (" + one.image() + ", " + one.label() + ")", e);
        }
    }

    /// Sets a listener for slight irregularities in the cases that are [loaded][#load], each reported once: numbers that were rounded, grids that
    /// were taken on trust.
    public void listen(Consumer<String> remarks) {
        listener = remarks;
    }

    private synchronized void tell(String name, Grids.Pair pair) {
        for (String remark : remarks(pair)) if (told.add(name + ": " + remark)) listener.accept(name + ": " + remark);
    }

    private static List<String> remarks(Grids.Pair pair) {
        List<String> remarks = new ArrayList<>(pair.image().remarks());
        if (pair.image().geometry().source() instanceof DicomSeries from) remarks.addAll(from.notes());
        for (String remark : pair.labels().remarks()) remarks.add("label: " + remark);
        pair.remark().ifPresent(remarks::add);
        return remarks;
    }
}
