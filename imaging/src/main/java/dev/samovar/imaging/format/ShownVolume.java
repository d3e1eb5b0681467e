package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Brightness;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.DicomSeries;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A volume for viewing, with values from 0 to 255 and one channel or three; [StoredPicture.Shown] is the same for a picture.
///
/// @param volume the volume as it is shown
/// @param remarks how numbers became brightness, and which channels were taken, in words that follow the name of the file
public record ShownVolume(Volume volume, List<String> remarks) {
    private static final int RGB = 3;                                   // channels of a colour

    /// Copies the list.
    public ShownVolume { remarks = List.copyOf(remarks); }

    /// Reads a volume for viewing.
    ///
    /// @param reader reads the file as it is stored
    /// @param asked how numbers become brightness; null for the DICOM image's own window, or else [Intensity.Auto]
    /// @param channels the channels that the reader took; null if it took all
    /// @throws FormatException if it is not a volume, or has more numbers for each voxel than there are colours
    public static ShownVolume read(Path file, Supplier<Volume> reader, @Nullable Intensity asked, @Nullable List<Integer> channels) {
        try {
            Volume stored = reader.get();
            return of(stored, asked != null ? asked : DicomSeries.intensity(stored, new Intensity.Auto()), channels);
        } catch (FormatException e) {
            String why = e.getMessage();
            if (why.contains(" NIfTI") && !Nifti.isNifti(String.valueOf(file.getFileName())))
                throw new FormatException(file + ": it is none of the kinds that are read (" + Volumes.KINDS + "); save it as one of these", e);
            throw why.startsWith(file.toString()) ? e : new FormatException(file + ": " + why, e);
        }
    }

    private static ShownVolume of(Volume volume, Intensity how, @Nullable List<Integer> channels) {
        List<String> remarks = new ArrayList<>();
        List<Volume> bright = new ArrayList<>(), parts = parts(volume, channels);
        if (channels == null && parts.size() > 1) remarks.add(": " + StoredPicture.asColours(parts.size()));
        for (Volume one : parts) {
            Brightness brightness = how.brightness(portion -> one.scan(plane -> portion.accept(plane, plane.length)));
            int channel = channels == null ? bright.size() : channels.get(bright.size());
            if (!brightness.isSame())
                remarks.add((parts.size() == 1 && channels == null ? ": " : ", channel " + channel + ": ") + brightness.words());
            bright.add(brightness.isSame() ? one : one.map(brightness::of));
        }
        if (bright.size() == 2) bright.add(bright.getFirst());
        return new ShownVolume(Volume.ofChannels(bright), remarks);
    }

    /// The parts that are stretched separately: each channel if channels were chosen or there are two, else the whole volume, grey or coloured.
    private static List<Volume> parts(Volume volume, @Nullable List<Integer> channels) {
        if (channels == null && (volume.channels() == 1 || volume.channels() == RGB)) return List.of(volume);
        if (channels != null || volume.channels() == 2) return IntStream.range(0, volume.channels()).mapToObj(volume::channels).toList();
        throw new FormatException("it has " + volume.channels() + " numbers for each voxel: choose up to three, as with --channels 0,1,2");
    }
}
