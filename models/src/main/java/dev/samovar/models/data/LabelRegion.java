package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/// A region of nnU-Net: a union of classes that is scored as one thing. Regions may contain each other; classes never overlap.
///
/// @param name its name in `dataset.json`
/// @param classes the classes that it consists of
public record LabelRegion(String name, SortedSet<Integer> classes) {
    /// Copies the collection.
    ///
    /// @throws FormatException if there is no class in it
    public LabelRegion {
        if (classes.isEmpty()) throw new FormatException("there is no class in the region " + FormatException.shown(name));
        classes = Collections.unmodifiableSortedSet(new TreeSet<>(classes));
    }

    /// In words: `core (2 + 3)`, with the numbers of the classes.
    @Override
    public String toString() {
        return name + " (" + String.join(" + ", classes.stream().map(String::valueOf).toList()) + ")";
    }
}
