package dev.samovar.cli;

import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.Choice;
import dev.samovar.imaging.dicom.DicomSeries;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that choose a volume of a folder of DICOM images.
final class SeriesOptions {
    @Option(names = "--series", paramLabel = "S", description = "For DICOM: which series, by its number, UID or description.")
    private @Nullable String series;

    @Option(names = "--stack", paramLabel = "N",
            description = "For a DICOM series: which stack of slices, counted from 1, or by its StackID.")
    private @Nullable String stack;

    @Option(names = "--volume", paramLabel = "V",
            description = "For a DICOM series with several images of each place: the value that distinguishes them, such as an echo time.")
    private @Nullable String volume;

    Choice choice() {
        return new Choice(series, stack, volume);
    }

    /// Prints the notes about a volume that was read from DICOM.
    static void tell(Path file, Volume volume, Console console) {
        if (volume.geometry().source() instanceof DicomSeries from) for (String note : from.notes()) console.warn(file + ": " + note);
    }
}
