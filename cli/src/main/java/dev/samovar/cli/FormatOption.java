package dev.samovar.cli;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.models.mask.GeoJson;
import dev.samovar.models.mask.ImageJRois;
import dev.samovar.models.mask.Region;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// The option for results in the formats of other programs.
final class FormatOption {
    /// The formats.
    private static final String GEOJSON = "geojson", ROI = "roi", TIFF = "tif";

    @Option(names = "--format", paramLabel = "F", split = ",",
            description = "Also write files for other programs, one or several of: geojson (QuPath's annotations), roi (ImageJ's and Fiji's, in a RoiSet.zip), tif "
                    + "(labels as TIFF).")
    private List<String> formats = List.of();

    /// Makes sure that each format is known.
    ///
    /// @param flat whether the results are those of a picture
    /// @throws Problem if one is unknown, or not for volumes
    void check(boolean flat) {
        for (String format : formats) {
            if (!List.of(GEOJSON, ROI, TIFF).contains(format))
                throw Problem.input("--format " + format + ": it is geojson, roi or tif, or several with commas between them");
            if (!flat && !format.equals(TIFF)) throw Problem.input("--format " + format + " is for pictures; of a volume there is tif");
        }
    }

    /// Whether labels are wanted as TIFF.
    boolean tiff() {
        return formats.contains(TIFF);
    }

    /// The files for the regions of a picture.
    ///
    /// @param stem what their names begin with, for example `DIR/NAME_`
    List<Path> files(String stem) {
        List<Path> files = new ArrayList<>();
        if (formats.contains(GEOJSON)) files.add(Path.of(stem + "masks.geojson"));
        if (formats.contains(ROI)) files.add(Path.of(stem + "RoiSet.zip"));
        return files;
    }

    /// Writes them.
    void write(String stem, List<Region> regions) {
        for (Path file : files(stem)) {
            if (file.toString().endsWith(".zip")) ImageJRois.writeSet(file, regions);
            else AtomicFile.write(file, GeoJson.of(regions).toString());
        }
    }
}
