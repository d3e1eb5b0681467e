package dev.samovar.models.data;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Labelled pictures in a folder, whatever its layout.
///
/// | layout | the folder holds | patients | classes |
/// |---|---|---|---|
/// | Decathlon, nnU-Net | `imagesTr/NAME` (or `NAME_0000`) and `labelsTr/NAME`, perhaps a `dataset.json` | each case, frames together | those of `dataset.json` |
/// | ACDC | `patientXXX/patientXXX_frameYY` and `…_frameYY_gt`, or such folders in `training/` and `testing/` | `patientXXX` | background, RV, Myo, LV |
/// | pairs | `images/` or `imgs/`, and `masks/`, `labels/` or `annotations/` with the same names, or those with `_mask`, `_label`, `_seg` or `_gt` at the end | each picture, or one per sub-folder | those of a `dataset.json`, if there is one |
///
/// Files are of the kinds that [Volumes] reads. Names that end in `_frame` and a number are frames of one patient. A folder with two of these
/// layouts is refused, and hidden files are ignored.
///
/// Opening a dataset reads no picture; [#load] reads one and checks it.
public final class Dataset {
    private record Layout(String name, Predicate<Path> fits, Function<Path, Dataset> find) {}

    private static final List<Layout> LAYOUTS = List.of(
            new Layout(MsdLayout.NAME, MsdLayout::fits, MsdLayout::find),
            new Layout(AcdcLayout.NAME, AcdcLayout::fits, AcdcLayout::find),
            new Layout(PairLayout.NAME, PairLayout::fits, PairLayout::find));

    private final Path folder;
    private final String layout;
    private final List<Case> cases;
    private final List<String> declared;
    private final List<Fault> faults;
    private final @Nullable Integer frame;

    /// @param declared the names of the classes if the folder says them, background first; else none
    /// @param faults cases that are left out, and why
    Dataset(Path folder, String layout, List<Case> cases, List<String> declared, List<Fault> faults) {
        this(folder, layout, cases, declared, faults, null);
    }

    private Dataset(Path folder, String layout, List<Case> cases, List<String> declared, List<Fault> faults, @Nullable Integer frame) {
        this.folder = folder;
        this.layout = layout;
        this.cases = List.copyOf(cases);
        this.declared = List.copyOf(declared);
        this.faults = List.copyOf(faults);
        this.frame = frame;
    }

    /// Looks at a folder.
    ///
    /// @throws FormatException if its layout is none of the known, or two of them; a part of it is missing; a picture has no label, a label has no
    ///         picture; or a description in it is wrong
    public static Dataset open(Path folder) {
        Dataset dataset = survey(folder);
        if (dataset.faults.isEmpty()) return dataset;
        Fault first = dataset.faults.getFirst();
        throw new FormatException(folder + ": case " + FormatException.shown(first.about()) + " " + first.what() + (dataset.faults
                .size() > 1 ? " (the first of " + dataset.faults.size() + " faults)" : ""));
    }

    /// The same, of whose images one frame is taken, counted from 0: they are 4-D.
    ///
    /// @throws FormatException as above
    public static Dataset open(Path folder, @Nullable Integer frame) {
        Dataset all = open(folder);
        return new Dataset(all.folder, all.layout, all.cases, all.declared, all.faults, frame);
    }

    /// The same for a folder with faulty cases, which are left out and told by [#faults()].
    ///
    /// @throws FormatException if its layout is none of the known, or two of them; a part of it is missing; or a description in it is wrong
    public static Dataset survey(Path folder) {
        if (!Files.isDirectory(folder)) throw new FormatException(folder + ": there is no such folder");
        List<Layout> fitting = LAYOUTS.stream().filter(layout -> layout.fits.test(folder)).toList();
        if (fitting.size() == 1) return fitting.getFirst().find.apply(folder);
        String names = (fitting.isEmpty() ? LAYOUTS : fitting).stream().map(Layout::name).collect(joining("; "));
        throw new FormatException(folder + (fitting.isEmpty() ? ": it is no dataset, which is one of " : ": it is two datasets at once: ")
                + names);
    }

    /// The pictures of a folder by the name of their case, sorted, labelled or not: what there is to predict.
    ///
    /// @throws FormatException if there is no such folder
    public static SortedMap<String, Path> images(Path folder) {
        return MsdLayout.images(folder);
    }

    /// The labels of a folder by the name of their case, sorted: those of a dataset, or else all volumes of the folder. What a prediction is
    /// compared with.
    ///
    /// @throws FormatException if there is no such folder, or a part of the dataset is missing
    public static SortedMap<String, Path> labels(Path folder) {
        if (LAYOUTS.stream().noneMatch(layout -> layout.fits.test(folder))) return Volumes.list(folder);
        SortedMap<String, Path> labels = new TreeMap<>();
        for (Case one : survey(folder).cases) labels.put(one.name(), one.label());
        return Collections.unmodifiableSortedMap(labels);
    }

    /// The folder.
    public Path folder() {
        return folder;
    }

    /// What the folder's layout is called.
    public String layout() {
        return layout;
    }

    /// All labelled cases, sorted by name.
    public List<Case> cases() {
        return cases;
    }

    /// The cases of these names, in their order.
    ///
    /// @throws FormatException naming the first that is not there
    public List<Case> cases(Collection<String> names) {
        Map<String, Case> byName = cases.stream().collect(toMap(Case::name, c -> c));
        List<Case> chosen = new ArrayList<>();
        for (String name : names) {
            Case one = byName.get(name);
            if (one == null)
                throw new FormatException(folder + ": it has no case " + FormatException.shown(name) + ", which the split names");
            chosen.add(one);
        }
        return chosen;
    }

    /// What is wrong with cases that are left out; nothing unless this is a [survey][#survey].
    public List<Fault> faults() {
        return faults;
    }

    /// The names of the classes, background first: those that the folder declares, or else as many as the labels of these cases have, which
    /// takes reading them.
    public List<String> classNames(Collection<Case> training) {
        if (!declared.isEmpty()) return declared;
        int max = 0;
        for (Case one : training) max = Math.max(max, Volumes.readLabels(one.label()).max());
        return classNames(max);
    }

    /// The names of the classes from 0 to this one, or all that the folder declares if they are more.
    List<String> classNames(int max) {
        List<String> names = new ArrayList<>(declared.isEmpty() ? List.of("background") : declared);
        for (int c = names.size(); c <= max; c++) names.add("class " + c);
        return Collections.unmodifiableList(names);
    }

    /// Reads a case and brings it into the canonical [Orientation].
    ///
    /// @throws FormatException if a file is wrong, image and label do not lie on the same grid, or a label is not one of the declared classes
    public Sample load(Case one) {
        Volume image = Volumes.read(one.image(), frame);
        LabelVolume label = Volumes.readLabels(one.label());
        for (String fault : faults(image, label))
            throw new FormatException(one.name() + ": " + fault + " (" + one.image() + ", " + one.label() + ")");
        return Sample.of(one.name(), image, label);
    }

    /// What is wrong with a pair of files that can be read.
    List<String> faults(Volume image, LabelVolume label) {
        List<String> faults = new ArrayList<>();
        image.geometry().difference(label.geometry()).ifPresent(difference -> faults.add(
                "image and label do not lie on the same grid, but have " + difference));
        if (!declared.isEmpty() && label.max() >= declared.size())
            faults.add("the label has the class " + label.max() + ", and the dataset declares only 0 to " + (declared.size() - 1));
        return faults;
    }
}
