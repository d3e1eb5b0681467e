package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/// Labelled pictures in a folder, whatever its layout.
///
/// Opening a dataset reads no picture; [#load] reads one and checks it.
public final class Dataset {
    private final Path folder;
    private final List<Case> cases;
    private final List<String> declared;

    /// @param declared the names of the classes if the folder says them, background first; else none
    Dataset(Path folder, List<Case> cases, List<String> declared) {
        this.folder = folder;
        this.cases = List.copyOf(cases);
        this.declared = List.copyOf(declared);
    }

    /// Looks at a folder, which is laid out as [MsdLayout] says.
    ///
    /// @throws FormatException if a part of it is missing, a picture has no label, a label has no picture, or a description in it is wrong
    public static Dataset open(Path folder) {
        return MsdLayout.open(folder);
    }

    /// The pictures of a folder by the name of their case, sorted, labelled or not: what there is to predict.
    ///
    /// @throws FormatException if there is no such folder
    public static SortedMap<String, Path> images(Path folder) {
        return MsdLayout.images(folder);
    }

    /// The folder.
    public Path folder() {
        return folder;
    }

    /// All labelled cases, sorted by name.
    public List<Case> cases() {
        return cases;
    }

    /// The names of the classes, background first: those that the folder declares, or else as many as the labels of these cases have, which
    /// takes reading them.
    public List<String> classNames(Collection<Case> training) {
        if (!declared.isEmpty()) return declared;
        int max = 0;
        for (Case one : training) max = Math.max(max, Nifti.readLabels(one.label()).max());
        List<String> names = new ArrayList<>(List.of("background"));
        for (int c = 1; c <= max; c++) names.add("class " + c);
        return Collections.unmodifiableList(names);
    }

    /// Reads a case and brings it into the canonical [Orientation].
    ///
    /// @throws FormatException if a file is wrong, image and label do not lie on the same grid, or a label is not one of the declared classes
    public Sample load(Case one) {
        Volume image = Nifti.read(one.image());
        LabelVolume label = Nifti.readLabels(one.label());
        image.geometry().difference(label.geometry()).ifPresent(difference -> {
            throw new FormatException(one.name() + ": image and label do not lie on the same grid, but have " + difference
                    + " (" + one.image() + ", " + one.label() + ")");
        });
        if (!declared.isEmpty() && label.max() >= declared.size())
            throw new FormatException(one.label() + ": it has the class " + label.max() + ", and dataset.json names only 0 to " + (declared
                    .size() - 1));
        Orientation orientation = Orientation.of(image.geometry());
        return new Sample(one.name(), orientation.toCanonical(image), orientation.toCanonical(label), orientation);
    }
}
