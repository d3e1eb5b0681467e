package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What a layout finds in a folder.
///
/// @param cases the cases that have an image and a label
/// @param unlabelled images without labels, by the name of their case
/// @param faults what is wrong
record Found(List<Case> cases, SortedMap<String, List<Path>> unlabelled, List<Fault> faults) {
    Found() {
        this(new ArrayList<>(), new TreeMap<>(), new ArrayList<>());
    }

    /// Sorted by the names of the cases.
    ///
    /// @param nothing the message if there is nothing
    /// @throws FormatException if there is neither a case nor a fault
    Found sorted(String nothing) {
        if (cases.isEmpty() && unlabelled.isEmpty() && faults.isEmpty()) throw new FormatException(nothing);
        cases.sort(Comparator.comparing(Case::name));
        return this;
    }

    /// The fault that an image or a label is missing, or is a file of another kind.
    static Fault missing(String about, String kind, Path folder, String name) {
        return new Fault(about, "has no " + kind + beside(folder, name));
    }

    private static String beside(Path folder, String name) {
        if (!Files.isDirectory(folder)) return "";
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName())).filter(file -> file.startsWith(name + ".") && !Volumes.isVolume(file))
                    .sorted().findFirst()
                    .map(file -> ": there is " + folder.resolve(file) + ", which is none of the kinds that are read (" + Volumes.KINDS + ")")
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + e.getMessage(), e);
        }
    }

    /// The message about a folder without a case: that it is empty, or which file in it does not count.
    static String nothing(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isRegularFile).map(entry -> String.valueOf(entry.getFileName())).filter(file -> !file.startsWith("."))
                    .sorted().findFirst().map(file -> ": there is no case: " + file + " is none of the kinds that are read ("
                            + Volumes.KINDS
                            + ")")
                    .orElse(": there is no case: no file of the kinds that are read in it (" + Volumes.KINDS + ")");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + e.getMessage(), e);
        }
    }
}
