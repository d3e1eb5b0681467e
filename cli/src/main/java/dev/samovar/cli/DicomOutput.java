package dev.samovar.cli;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Palette;
import dev.samovar.imaging.dicom.Codes;
import dev.samovar.imaging.dicom.DicomSegmentation;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.dicom.Segment;
import dev.samovar.imaging.dicom.Segment.Algorithm;
import dev.samovar.imaging.dicom.Segment.Meaning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Writes labels of a DICOM series as a DICOM segmentation, too, beside the NIfTI file.
final class DicomOutput {
    /// The ending of these files' names.
    static final String ENDING = ".seg.dcm";

    @Option(names = "--codes", paramLabel = "FILE",
            description = "For DICOM: what the classes in NAME.seg.dcm are, a line for each with name, code, scheme and meaning, separated by tabs, as in heart, 80891009, SCT, Heart.")
    private @Nullable Path codes;

    @Option(names = "--all-frames", description = "For DICOM: also write the slices without a class into NAME.seg.dcm.")
    private boolean allFrames;

    /// Reads the table before the work begins.
    ///
    /// @param dicom whether there is anything that is written as DICOM
    /// @param known whether a class has this name
    /// @param names of the classes, in words
    /// @throws Problem if an option, or a line of the table, would have no effect
    Map<String, Meaning> meanings(boolean dicom, Predicate<String> known, String names) {
        if (!dicom && (codes != null || allFrames)) throw Problem.input("--codes and --all-frames are for DICOM images");
        Map<String, Meaning> meanings = codes == null ? Map.of() : Codes.read(codes);
        for (String name : meanings.keySet())
            if (!known.test(name)) throw Problem.input(codes + ": there is no class " + FormatException.shown(name) + " here, but " + names);
        return meanings;
    }

    /// Writes labels, if their images allow it. Says why, if they do not.
    ///
    /// @param names of the classes, background first
    /// @return whether the file was written
    boolean write(Path file, LabelVolume labels, List<String> names, Algorithm how, Map<String, Meaning> meanings, Console console) {
        if (!(labels.geometry().source() instanceof DicomSeries)) return false;
        List<Segment> segments = new ArrayList<>();
        for (int c = 1; c < names.size(); c++) segments.add(new Segment(c, names.get(c), how, meanings.get(names.get(c)), Palette.rgb(c)));
        try {
            for (String note : DicomSegmentation.write(file, labels, segments, allFrames, Main.version())) console.warn(file + ": " + note);
            return true;
        } catch (FormatException e) {
            console.warn(
                    "warning: " + file + " is not written: " + e.getMessage() + (remove(file) ? "; that of an earlier result is removed" : ""));
            return false;
        }
    }

    /// Removes a file, and returns whether there was one.
    private static boolean remove(Path file) {
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + file + ", which is that of an earlier result", e);
        }
    }
}
