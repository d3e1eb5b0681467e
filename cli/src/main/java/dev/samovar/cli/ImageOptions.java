package dev.samovar.cli;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.Choice;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that say which image, and which part of it: a picture, or a volume that is cut into slices.
final class ImageOptions {
    /// The voxel axes of a volume, by number.
    static final List<String> AXES = List.of("x", "y", "z");

    @Option(names = "--image", required = true, paramLabel = "FILE",
            description = "A picture (.png, .jpg, .tif) or a volume (NIfTI, or DICOM: a file, or a folder with a series).")
    private Path file;

    @Option(names = "--slice", paramLabel = "K",
            description = "One slice of a volume, or one page of a TIFF with several, counted from 0.")
    private @Nullable Integer slice;

    @Option(names = "--axis", paramLabel = "x|y|z",
            description = "Across which axis of its voxels a volume is cut (default: that of the largest spacing).")
    private @Nullable String axis;

    @Option(names = "--intensity", paramLabel = "HOW",
            description = "How the numbers of a volume become brightness: by a CT window (soft, lung, brain, or LEVEL,WIDTH), by percentiles, "
                    + "from the 0.5th to the 99.5th of what is above 0 (the default), or unchanged.")
    private @Nullable String intensity;

    @Option(names = "--frame", paramLabel = "K", description = "Which frame of a 4-D volume to take, counted from 0.")
    private @Nullable Integer frame;

    @Mixin
    private SeriesOptions series = new SeriesOptions();

    private @Nullable Boolean volume;                                              // what the file's first bytes tell, once read

    Path file() {
        return file;
    }

    @Nullable
    Integer slice() {
        return slice;
    }

    /// What its results are called.
    String name() {
        return isVolume()
                ? Volumes.name(file.toAbsolutePath().normalize())
                : String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
    }

    /// Whether it is a volume, and not a picture.
    boolean isVolume() {
        if (volume == null) volume = DicomSeries.is(file) || !PictureFile.isPicture(file);
        return volume;
    }

    /// A picture with values from 0 to 255.
    ///
    /// @throws Problem if an option was given that is for volumes
    Picture picture() {
        if (axis != null || intensity != null || frame != null)
            throw Problem.input(file + " is a picture; --axis, --intensity and --frame are for volumes");
        if (!series.choice().equals(Choice.NONE)) throw Problem.input(file + " is a picture; --series, --stack and --volume are for DICOM");
        return PictureFile.read(file, slice);
    }

    /// A volume with values from 0 to 255.
    Volume volume() {
        Intensity asked = Intensity.of(intensity == null ? "percentiles" : intensity);
        try {
            Volume read = Volumes.read(file, frame, series.choice());
            return (intensity == null ? usual(read, asked) : asked).apply(read);
        } catch (FormatException e) {
            String why = String.valueOf(e.getMessage());
            boolean named = !Volumes.name(file).equals(String.valueOf(file.getFileName()));
            if (!named && why.startsWith(file.toString()) && !DicomSeries.is(file))
                throw Problem.input(file + ": it is neither PNG, JPEG, TIFF, DICOM nor NIfTI; save it as one of these");
            throw why.startsWith(file.toString()) ? e : Problem.input(file + ": " + why);
        }
    }

    /// What is done where nothing is said: a DICOM image tells its window, and colours of 8 bits are brightness already.
    private static Intensity usual(Volume volume, Intensity otherwise) {
        if (!(volume.geometry().source() instanceof DicomSeries from)) return otherwise;
        if (volume.channels() > 1) return Intensity.of("auto");
        return from.isInverted() ? otherwise : from.window().<Intensity>map(w -> new Intensity.Window(w[0], w[1])).orElse(otherwise);
    }

    /// How a volume is cut.
    ///
    /// @throws Problem if it has no slice of the number that was asked for
    Slices slices(Volume volume) {
        if (axis != null && !AXES.contains(axis)) throw Problem.input("--axis " + axis + ": it is x, y or z");
        Slices slices = axis == null ? Slices.of(volume.geometry()) : new Slices(volume.geometry(), AXES.indexOf(axis));
        if (slice != null && (slice < 0 || slice >= slices.count()))
            throw Problem.input(file + ": there is no slice " + slice + " across " + AXES.get(slices.axis()) + "; there are slices 0 to "
                    + (slices.count() - 1));
        return slices;
    }
}
