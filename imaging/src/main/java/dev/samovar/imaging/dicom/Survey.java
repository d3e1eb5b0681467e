package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The contents of a folder and its sub-folders: the images, and notes on the other files.
///
/// @param images the headers of all images, by path; each image once
/// @param notes what a user has to know, one sentence for each point
record Survey(List<DicomFile> images, List<String> notes) {
    private static final int MAX_FILES = 100_000, NAMED = 3, CHUNK = 1 << 16;

    /// Reads the headers of a folder, or of one file.
    ///
    /// @throws FormatException if there is no image, an image is damaged, or two share a UID; in words that follow the name of the folder
    static Survey of(Path path) {
        boolean isFolder = Files.isDirectory(path);
        List<DicomFile> images = new ArrayList<>();
        Map<String, List<String>> left = new TreeMap<>();
        Map<String, Integer> bare = new TreeMap<>();
        for (Path file : isFolder ? files(path) : List.of(path)) {
            String name = isFolder ? path.relativize(file).toString() : String.valueOf(file.getFileName());
            DicomFile header = DicomFile.read(file, name);
            String why = header == null ? "not DICOM" : kind(header);
            if (header == null || !why.isEmpty()) {
                left.computeIfAbsent(why, _ -> new ArrayList<>()).add(name);
                continue;
            }
            images.add(header);
            if (header.isBare())
                bare.merge((header.encoding().explicit() ? "explicit" : "implicit") + " VR little endian", 1, Integer::sum);
        }
        if (images.isEmpty())
            throw new FormatException("there is no DICOM image in it" + (left.isEmpty() ? "" : " (" + leftOut(left) + ")"));
        List<String> notes = new ArrayList<>();
        if (!left.isEmpty()) notes.add(leftOut(left));
        bare.forEach((how, n) -> notes.add(n + (n == 1 ? " file has" : " files have") + " no DICOM preamble; " + (n == 1
                ? "it was"
                : "they were")
                + " read as " + how));
        return new Survey(once(images, notes), notes);
    }

    /// Why a file does not belong in a volume, in words; empty if it does.
    private static String kind(DicomFile header) {
        String c = header.sopClass(), storage = "1.2.840.10008.5.1.4.1.1.";
        if (c.equals("1.2.840.10008.1.3.10")) return "a directory";
        if (c.equals(storage + "66.4")) return "a segmentation";
        if (header.isImage()) return "";
        if (c.startsWith(storage + "88.")) return "a structured report";
        if (c.equals(storage + "481.3")) return "an RT structure set";
        if (c.startsWith(storage + "11.")) return "a presentation state";
        if (c.startsWith(storage + "104.")) return "a document";
        return "no image";
    }

    /// The note on files that were left out: `left out: DICOMDIR (a directory), SR0001.dcm (a structured report)`, or their number if there are many
    /// of a kind.
    private static String leftOut(Map<String, List<String>> left) {
        Map<String, String> parts = new TreeMap<>();
        left.forEach((kind, names) -> {
            if (names.size() <= NAMED) for (String name : names) parts.put(name, name + " (" + kind + ")");
            else parts.put(names.getFirst(), names.getFirst() + " and " + (names.size() - 1) + " more (" + kind + ")");
        });
        return "left out: " + String.join(", ", parts.values());
    }

    /// All files of a folder and its sub-folders except hidden ones; links to folders are not followed.
    static List<Path> files(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> files = all.filter(Files::isRegularFile).filter(file -> !String.valueOf(file.getFileName()).startsWith("."))
                    .limit(MAX_FILES + 1).sorted().toList();
            if (files.size() <= MAX_FILES) return files;
            throw new FormatException("there are more than " + MAX_FILES + " files in it");
        } catch (UncheckedIOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + e.getMessage(), e.getCause());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + e.getMessage(), e);
        }
    }

    /// A DICOM file in a folder or its sub-folders, down to this depth; `null` if there is none.
    static @Nullable Path first(Path folder, int depth) {
        try (Stream<Path> all = Files.walk(folder, depth)) {
            return all.limit(MAX_FILES).filter(Files::isRegularFile).filter(Survey::isDicom).findFirst().orElse(null);
        } catch (IOException | UncheckedIOException _) {
            return null;                                                // told when it is read
        }
    }

    static boolean isDicom(Path file) {
        if (!Files.isRegularFile(file)) return false;
        try (Content content = Content.of(file)) {
            return DicomFile.is(content.bytes(0, (int) Math.min(DicomFile.head(), content.size())), content.size());
        } catch (IOException _) {
            return false;
        }
    }

    private static List<DicomFile> once(List<DicomFile> images, List<String> notes) {
        Map<String, DicomFile> seen = new HashMap<>();
        List<DicomFile> kept = new ArrayList<>();
        for (DicomFile image : images) {
            DicomFile before = image.uid().isEmpty() ? null : seen.putIfAbsent(image.uid(), image);
            if (before == null) {
                kept.add(image);
            } else if (samePixels(before, image)) {
                notes.add(image.name() + " holds the same image as " + before.name() + " and was left out");
            } else {
                throw new FormatException("two different images carry the UID " + FormatException.shown(image.uid()) + ": " + before.name()
                        + " and " + image.name());
            }
        }
        return kept;
    }

    private static boolean samePixels(DicomFile one, DicomFile other) {
        try (Content a = one.open(); Content b = other.open()) {
            long n = length(one, a);
            if (!one.syntax().equals(other.syntax()) || n != length(other, b)) return false;
            for (long done = 0; done < n; done += CHUNK) {
                int more = (int) Math.min(CHUNK, n - done);
                if (!Arrays.equals(a.bytes(one.pixelsAt() + done, more), b.bytes(other.pixelsAt() + done, more))) return false;
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + one.path() + ": " + e.getMessage(), e);
        }
    }

    private static long length(DicomFile file, Content content) {
        long there = content.size() - file.pixelsAt();
        return file.pixelsLength() == Parser.UNDEFINED ? there : Math.min(file.pixelsLength(), there);
    }
}
