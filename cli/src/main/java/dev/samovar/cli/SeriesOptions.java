package dev.samovar.cli;

import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.Choice;
import dev.samovar.imaging.dicom.DicomSeries;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say which volume of a folder of DICOM images is meant.
final class SeriesOptions {
    @Option(names = "--series", paramLabel = "S", description = "Of DICOM: which series, by its number, UID or description.")
    private @Nullable String series;

    @Option(names = "--stack", paramLabel = "N", description = "Of a DICOM series: which stack of slices, counted from 1, or by its StackID.")
    private @Nullable String stack;

    @Option(names = "--volume", paramLabel = "V", description = "Of a DICOM series with several images of each place: the value that tells them apart, as an echo time.")
    private @Nullable String volume;

    Choice choice() {
        return new Choice(series, stack, volume);
    }

    /// Tells what has to be known of a volume that was read from DICOM.
    static void tell(Path file, Volume volume, Console console) {
        if (volume.geometry().source() instanceof DicomSeries from) for (String note : from.notes()) console.warn(file + ": " + note);
    }
}
