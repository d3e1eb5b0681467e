package dev.samovar.cli;

import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.Choice;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.ShownVolume;
import dev.samovar.imaging.format.StoredPicture;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Reading;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that choose an image, and a part of it: a picture, or a volume that is cut into slices.
final class ImageOptions {
    /// The voxel axes of a volume, by number.
    static final List<String> AXES = List.of("x", "y", "z");

    private static final String AUTO = "auto";

    @Option(names = "--image", required = true, paramLabel = "FILE",
            description = "A picture (PNG, JPEG, TIFF) or a volume (NIfTI, NRRD, MetaImage, MGH, or DICOM: a file, or a folder with a series).")
    private Path file;

    @Option(names = "--slice", paramLabel = "K",
            description = "One slice of a volume, or one page of a TIFF with several, counted from 0.")
    private @Nullable Integer slice;

    @Option(names = "--axis", paramLabel = "x|y|z",
            description = "Across which axis of its voxels a volume is cut (default: that of the largest spacing).")
    private @Nullable String axis;

    @Option(names = "--intensity", paramLabel = "HOW",
            description = "How numbers become brightness: auto (the default: whole numbers from 0 to 255 as they are, all others stretched from percentile 0.1 "
                    + "to 99.9), a CT window (soft, lung, brain, or LEVEL,WIDTH), percentiles (as MedSAM, from 0.5 to 99.5 of what is above 0), range, "
                    + "bits:N (0 to 2^N - 1), or unchanged. A DICOM series that has a window is shown with it.")
    private @Nullable String intensity;

    @Option(names = "--channels", paramLabel = "K", split = ",",
            description = "Which channels are red, green and blue, counted from 0; a single one is grey, and of two the first is also blue. They are the channels of a picture "
                    + "(default: the first three), the numbers of a volume's voxels (default: all, if there are two or three), or the frames of a 4-D volume.")
    private @Nullable List<Integer> channels;

    @Option(names = "--frame", paramLabel = "K", description = "Which frame of a 4-D volume to take, counted from 0.")
    private @Nullable Integer frame;

    @Mixin
    private SeriesOptions series = new SeriesOptions();

    private @Nullable Boolean volume;                                              // from the file's first bytes, once they are read

    Path file() {
        return file;
    }

    @Nullable
    Integer slice() {
        return slice;
    }

    /// The name of its results.
    String name() {
        return isVolume()
                ? Volumes.name(file.toAbsolutePath().normalize())
                : String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
    }

    /// Whether it is a volume, and not a picture.
    boolean isVolume() {
        if (volume == null) {
            boolean series = DicomSeries.is(file);
            if (!series && Files.isDirectory(file))
                throw Problem.input(file + ": it is a folder without DICOM images; name a file, or the folder of a series");
            volume = series || !PictureFile.isPicture(file);
        }
        return volume;
    }

    /// A picture with values from 0 to 255.
    ///
    /// @throws Problem if an option was given that is for volumes
    StoredPicture.Shown picture() {
        if (axis != null || frame != null) throw Problem.input(file + " is a picture; --axis and --frame are for volumes");
        if (!series.choice().equals(Choice.NONE)) throw Problem.input(file + " is a picture; --series, --stack and --volume are for DICOM");
        Intensity how = asked();
        return PictureFile.open(file, slice, stored -> stored.shown(how, channels));
    }

    /// Says how a picture's numbers became brightness, and which channels were left out.
    void tell(StoredPicture.Shown shown, Console console) {
        for (String remark : shown.remarks()) console.say(file + ": " + remark);
    }

    /// A volume with values from 0 to 255, and one channel or three. Says how numbers became brightness, and what is slightly irregular in the file.
    Volume volume(Console console) {
        Intensity asked = asked();
        ShownVolume shown = ShownVolume.read(file, this::stored, intensity == null ? null : asked, channels);
        for (String remark : shown.remarks()) console.say(file + remark);
        Volume volume = shown.volume();
        for (String remark : volume.remarks()) console.warn("warning: " + file + ": " + remark);
        SeriesOptions.tell(file, volume, console);
        return volume;
    }

    private Intensity asked() {
        String how = intensity == null ? AUTO : intensity;
        return Problem.of("--intensity", how, () -> Intensity.of(how));
    }

    private Volume stored() {
        if (channels == null) return Volumes.read(file, frame, series.choice());
        Reading reading = new Reading(frame, channels, null);                      // refuses what cannot be read together
        if (!series.choice().equals(Choice.NONE)) throw Problem.input("--channels is not for DICOM with --series, --stack or --volume");
        return Volumes.readChannels(file, reading.channels());
    }

    /// How a volume is cut.
    ///
    /// @throws Problem if it has no slice of the given number
    Slices slices(Volume volume) {
        if (axis != null && !AXES.contains(axis)) throw Problem.input("--axis " + axis + ": it is x, y or z");
        Slices slices = axis == null ? Slices.of(volume.geometry()) : new Slices(volume.geometry(), AXES.indexOf(axis));
        if (slice != null && (slice < 0 || slice >= slices.count()))
            throw Problem.input("--slice: " + file + ": there is no slice " + slice + " across " + AXES.get(slices.axis())
                    + "; there are slices 0 to "
                    + (slices.count() - 1));
        return slices;
    }
}
