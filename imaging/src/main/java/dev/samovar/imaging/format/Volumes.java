package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Files of volumes and of their labels, whatever their kind: [NIfTI][Nifti], or a flat picture in a [PNG][Png].
///
/// What starts as a PNG, or is called one, is read as PNG, all else as NIfTI.
public final class Volumes {
    private Volumes() {}

    /// Reads a volume, which has one slice if it is a picture.
    ///
    /// @throws FormatException if it is not a volume
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume read(Path file) {
        return read(file, null);
    }

    /// Reads a volume, or one frame, counted from 0, of a file that has several.
    ///
    /// @throws FormatException if it is not a volume, has several frames where none was chosen, or not this one
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume read(Path file, @Nullable Integer frame) {
        if (isPng(file)) {
            if (frame == null) return PictureFile.volume(file);
            throw new FormatException(file + ": it is a picture, which has no frames to choose from");
        }
        return frame == null ? Nifti.read(file) : Nifti.read(file, frame);
    }

    /// Reads a volume of labels.
    ///
    /// @throws FormatException if it is not a volume, or something in it is no class
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static LabelVolume readLabels(Path file) {
        return isPng(file) ? PictureFile.labels(file) : Nifti.readLabels(file);
    }

    /// Writes labels, in the kind that the file's name asks for.
    ///
    /// @throws FormatException if it asks for none, or for a PNG of several slices
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void write(Path file, LabelVolume labels) {
        if (Png.isPng(file.toString())) Png.write(file, labels);
        else Nifti.write(file, labels);
    }

    /// The file in a folder for the labels of an image: of the same kind, a `.png` for a `.png` and a `.nii.gz` for all others.
    public static Path labels(Path folder, String name, Path image) {
        return folder.resolve(name + (Png.isPng(image.toString()) ? ".png" : ".nii.gz"));
    }

    /// The volumes of a folder by name without the ending, sorted. Hidden files, as `._x.nii.gz`, are left out.
    ///
    /// @throws FormatException if there is no such folder, or two files have the same name
    public static SortedMap<String, Path> list(Path folder) {
        SortedMap<String, Path> files = new TreeMap<>(Nifti.list(folder));
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.startsWith(".") || !Png.isPng(name)) continue;
                Path twin = files.put(name(file), file);
                if (twin != null) throw new FormatException(folder + ": " + twin.getFileName() + " and " + name + " have the same name");
            }
        } catch (IOException e) {
            throw new FormatException(folder + ": there is no such folder", e);
        }
        return Collections.unmodifiableSortedMap(files);
    }

    /// The name of a file without the ending that says its kind.
    public static String name(Path file) {
        return stem(String.valueOf(file.getFileName()));
    }

    /// A name without the ending that says the kind of its file.
    public static String stem(String name) {
        return Png.isPng(name) ? name.substring(0, name.length() - 4) : Nifti.stem(name);
    }

    /// Whether a file of this name is one.
    public static boolean isVolume(String name) {
        return !stem(name).equals(name);
    }

    private static boolean isPng(Path file) {
        if (Png.isPng(file.toString())) return true;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(Long.BYTES);
            return start.length == Long.BYTES && ByteBuffer.wrap(start).getLong() == PngFile.SIGNATURE;
        } catch (IOException _) {
            return false;                                               // told when it is read
        }
    }
}
