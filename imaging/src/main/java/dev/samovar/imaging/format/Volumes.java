package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.Choice;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.dicom.SegmentationReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Files of volumes and of their labels, in any format: [NIfTI][Nifti], [NRRD][Nrrd], [MetaImage], FreeSurfer's [MGH][Mgh], a flat picture in a
/// [PNG][Png] or another [PictureFile], or a [series of DICOM images][DicomSeries], which is a file or a folder.
///
/// The format is recognised by the first bytes of a file, not by its name; a file that matches none is read as NIfTI. Labels are written in the
/// format of their image if it is NRRD, MetaImage, TIFF or PNG, and else as NIfTI.
public final class Volumes {
    /// The formats that are read, in words.
    public static final String KINDS = "NIfTI, NRRD, MetaImage, MGH, DICOM, PNG, JPEG, TIFF";

    private static final Pattern ENDING = Pattern.compile("(?i)\\.(png|jpe?g|tiff?|nrrd|nhdr|mha|mhd|mgz|mgh(\\.gz)?|(seg\\.)?dcm)$");

    private static final int START = 1 << 10;                           // bytes that identify a format

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
        return read(file, frame, Choice.NONE);
    }

    /// Reads one of several DICOM volumes in a folder. DICOM is read as it [should be shown][DicomSeries#toBeSeen].
    ///
    /// @throws FormatException as above, or if a DICOM volume was chosen and the files are not DICOM
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume read(Path file, @Nullable Integer frame, Choice choice) {
        if (DicomSeries.is(file)) {
            DicomSeries series = DicomSeries.open(file, choice);
            return series.toBeSeen((frame == null ? series : series.frame(frame)).read());
        }
        if (!choice.equals(Choice.NONE))
            throw new FormatException(file + ": it is not DICOM, and has no series, stacks or volumes to choose from");
        if (isPicture(file)) {
            if (frame == null) return PictureFile.volume(file);
            throw new FormatException(file + ": it is a picture, which has no frames to choose from");
        }
        return open(file).read(frame, List.of());
    }

    /// Reads some of the numbers of each voxel, as channels of a volume: those of a voxel that has several, or the frames of a 4-D file.
    ///
    /// @param channels their numbers, from 0, in the order of the volume's channels
    /// @throws FormatException if it is not a volume, or has no such channel
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume readChannels(Path file, List<Integer> channels) {
        boolean whole = isPicture(file) || DicomSeries.is(file);
        if (!whole) return open(file).read(null, channels);
        Volume volume = read(file);
        return channels.isEmpty() ? volume : RawVoxels.guarded(file, () -> volume.channels(channels.stream().mapToInt(c -> c).toArray()));
    }

    /// Reads the header of a file that is neither a picture nor DICOM, in the format that its first bytes identify.
    private static Frames open(Path file) {
        return RawVoxels.guarded(file, () -> {
            byte[] start;
            try (InputStream in = RawVoxels.unzipped(file)) {
                start = in.readNBytes(START);
            } catch (IOException e) {
                return Nifti.open(file);                                // which reports the error
            }
            String text = new String(start, StandardCharsets.ISO_8859_1);
            if (Nrrd.is(text)) return Nrrd.open(file);
            if (MetaImage.is(text)) return MetaImage.open(file);
            return Mgh.is(start) ? Mgh.open(file) : Nifti.open(file);
        });
    }

    /// The grid of a volume that is neither a picture nor DICOM, from its header alone: the voxels need not be there.
    ///
    /// @throws FormatException if it is not such a volume
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Geometry geometry(Path file) {
        return open(file).first().geometry();
    }

    /// The number of frames to choose from: 1 unless the file is 4-D.
    ///
    /// @throws FormatException if it is not a volume
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static int frames(Path file) {
        return isPicture(file) || DicomSeries.is(file) ? 1 : open(file).count();
    }

    /// Reads the numbers of labels as they are stored, whatever they mean: one for each voxel, and for a picture as [StoredPicture#label] says. NaN
    /// and infinities are kept, although they are not labels.
    ///
    /// @throws FormatException if it is not a volume, or a picture of colours without a palette
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume readNumbers(Path file) {
        if (SegmentationReader.is(file)) {
            LabelVolume labels = SegmentationReader.read(file);
            float[] numbers = new float[labels.classes().length];
            for (int i = 0; i < numbers.length; i++) numbers[i] = labels.classes()[i] & 0xFF;
            return new Volume(labels.geometry(), numbers);
        }
        if (DicomSeries.is(file)) return read(file);
        return isPicture(file) ? PictureFile.numbers(file) : open(file).numbers();
    }

    /// Reads a volume of labels.
    ///
    /// @throws FormatException if it is not a volume, or something in it is no class
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static LabelVolume readLabels(Path file) {
        if (SegmentationReader.is(file)) return SegmentationReader.read(file);
        return isPicture(file) ? PictureFile.labels(file) : open(file).labels();
    }

    /// Writes labels, in the format that the file's name asks for.
    ///
    /// @throws FormatException if the name asks for no known format, or for a PNG of several slices
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void write(Path file, LabelVolume labels) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (Png.isPng(name)) Png.write(file, labels);
        else if (TiffLabels.isTiff(name)) TiffLabels.write(file, labels);
        else if (name.endsWith(".nrrd")) Nrrd.write(file, labels);
        else if (name.endsWith(".mha")) MetaImage.write(file, labels);
        else Nifti.write(file, labels);
    }

    /// The file in a folder for the labels of an image: `.tif` for a TIFF, which may have several pages, `.png` for other pictures, `.nrrd` for NRRD,
    /// `.mha` for MetaImage, and `.nii.gz` for all others.
    public static Path labels(Path folder, String name, Path image) {
        String ending = image.toString().toLowerCase(Locale.ROOT).replaceFirst("^.*\\.", "");
        return folder.resolve(name + switch (ending) {
            case "tif", "tiff" -> ".tif";
            case "png", "jpg", "jpeg" -> ".png";
            case "nrrd", "nhdr" -> ".nrrd";
            case "mha", "mhd" -> ".mha";
            default -> ".nii.gz";
        });
    }

    /// The volumes of a folder by their names without the ending, sorted: files, and sub-folders with DICOM images in them. Hidden files, such as
    /// `._x.nii.gz`, are left out, and so is a DICOM segmentation beside labels with the same name.
    ///
    /// @throws FormatException if there is no such folder, or two files have the same name
    public static SortedMap<String, Path> list(Path folder) {
        SortedMap<String, Path> files = new TreeMap<>(Nifti.list(folder));
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.startsWith(".")) continue;
                boolean series = isSeries(file);
                if (!series && !ENDING.matcher(name).find()) continue;
                if (name.toLowerCase(Locale.ROOT).endsWith(".seg.dcm") && files.containsKey(stem(name))) continue;
                Path twin = files.put(series ? name : stem(name), file);
                if (twin != null) throw new FormatException(folder + ": " + twin.getFileName() + " and " + name + " have the same name");
            }
        } catch (IOException _) {
            throw FormatException.noFolder(folder);
        }
        return Collections.unmodifiableSortedMap(files);
    }

    /// Whether this is a folder with DICOM images directly in it, not in a sub-folder.
    public static boolean isSeries(Path folder) {
        return Files.isDirectory(folder) && DicomSeries.isFolder(folder);
    }

    /// The name of a file without the ending that shows its format.
    public static String name(Path file) {
        return stem(String.valueOf(file.getFileName()));
    }

    /// A name without the ending that shows the format.
    public static String stem(String name) {
        Matcher ending = ENDING.matcher(name);
        return ending.find() ? name.substring(0, ending.start()) : Nifti.stem(name);
    }

    /// Whether a file with this name is a volume.
    public static boolean isVolume(String name) {
        return !stem(name).equals(name);
    }

    private static boolean isPicture(Path file) {
        try {
            return Png.isPng(file.toString()) || PictureFile.isPicture(file);
        } catch (UncheckedIOException | FormatException _) {
            return false;                                               // reported when it is read
        }
    }

    /// The file beside an NRRD or MetaImage header that holds its voxels.
    ///
    /// @param name as the header says it
    /// @throws FormatException if it leads elsewhere, or there is no such file
    public static Path voxels(Path header, String name) {
        try {
            return TextHeader.beside(header, name);
        } catch (FormatException e) {
            throw new FormatException(header + ": " + e.getMessage(), e);
        }
    }
}
