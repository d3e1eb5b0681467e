package dev.samovar.models.edit;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sentence;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.dicom.DicomSegmentation;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.dicom.Segment;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.mask.GeoJson;
import dev.samovar.models.mask.ImageJRois;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Region;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.sam.MaskFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Writes labels in the formats of other programs.
public final class LabelFiles {
    private LabelFiles() {}

    /// A kind of file.
    public enum Format {
        /// The number of the object at each voxel, on the image's grid, in the image's format: NIfTI, NRRD, MetaImage, TIFF or PNG.
        LABELS("Label image"),
        /// A picture for each object, white on black.
        PNG("PNG masks"),
        /// The objects of a picture as COCO's annotations.
        COCO("COCO JSON"),
        /// A DICOM segmentation that refers to its images.
        DICOMSEG("DICOM SEG"),
        /// The outlines of a picture's objects, for QuPath.
        GEOJSON("GeoJSON (QuPath)"),
        /// The outlines of a picture's objects, for ImageJ and Fiji.
        IMAGEJ("ImageJ ROIs");

        private final String title;

        Format(String title) {
            this.title = title;
        }

        /// Its name for people.
        public String title() {
            return title;
        }

        /// Its name in requests.
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The format of this name.
        ///
        /// @throws FormatException if there is none
        public static Format of(String code) {
            for (Format one : values()) if (one.code().equals(code)) return one;
            throw new FormatException("there is no format " + FormatException.shown(code) + ": it is "
                    + String.join(", ", Arrays.stream(values()).map(Format::code).toList()));
        }

        /// Whether labels of an image can be written in this format.
        public boolean fits(OpenedImage image) {
            return switch (this) {
                case LABELS -> true;
                case DICOMSEG -> source(image) instanceof DicomSeries;
                case PNG, COCO, GEOJSON, IMAGEJ -> image.grid().nz() == 1;
            };
        }
    }

    private static Object source(OpenedImage image) {
        Object source = (image.orientation() == null ? image.grid() : image.orientation().original()).source();
        return source == null ? image : source;
    }

    /// Writes labels into a folder, which is created if it does not exist, and replaces older ones. Returns the files.
    ///
    /// @param labels on the grid on which the image is edited
    /// @param version of the program, for a DICOM segmentation
    /// @throws FormatException if a format does not fit, naming it
    /// @throws java.io.UncheckedIOException if a file cannot be written
    public static List<Path> write(Path folder, OpenedImage image, LabelVolume labels, List<LabelledObject> objects,
            Collection<Format> formats, String version) {
        for (Format format : formats)
            if (!format.fits(image))
                throw new FormatException(format.title() + (format == Format.DICOMSEG
                        ? " is for DICOM images"
                        : " is for pictures, and " + image.name() + " is a volume"));
        AtomicFile.makeFolder(folder);
        List<Path> files = new ArrayList<>();
        for (Format format : formats) files.addAll(write(folder, image, labels, objects, format, version));
        return files;
    }

    private static List<Path> write(Path folder, OpenedImage image, LabelVolume labels, List<LabelledObject> objects, Format format,
            String version) {
        if (format == Format.PNG) return masks(folder, image.name(), regions(labels, objects));
        Path file = switch (format) {
            case LABELS -> Volumes.labels(folder, image.name(), image.files().getFirst());
            case DICOMSEG -> folder.resolve(image.name() + ".seg.dcm");
            case COCO -> folder.resolve(image.name() + "_coco.json");
            case GEOJSON -> folder.resolve(image.name() + ".geojson");
            default -> folder.resolve(image.name() + "_RoiSet.zip");
        };
        switch (format) {
            case LABELS -> Volumes.write(file, LabellingStore.asInFile(image, labels));
            case DICOMSEG -> DicomSegmentation.write(file, LabellingStore.asInFile(image, labels), objects.stream().map(LabelFiles::segment)
                    .toList(), false, version);
            case COCO -> AtomicFile.write(file, coco(image, regions(labels, objects)).pretty());
            case GEOJSON -> AtomicFile.write(file, GeoJson.of(regions(labels, objects)).toString());
            default -> ImageJRois.writeSet(file, regions(labels, objects));
        }
        return List.of(file);
    }

    private static Segment segment(LabelledObject one) {
        return new Segment(one.number(), one.name(), Segment.Algorithm.SEMIAUTOMATIC, null, one.rgb());
    }

    private static List<Path> masks(Path folder, String name, List<Region> regions) {
        List<Path> files = new ArrayList<>();
        for (Region region : regions) {
            files.add(mask(folder, name, region.label()));
            MaskFiles.write(files.getLast(), region.mask());
        }
        try {
            for (int number = 1; number <= LabelledObject.MOST; number++) {
                Path older = mask(folder, name, number);
                if (!files.contains(older)) Files.deleteIfExists(older);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the masks of other objects from " + folder + ": " + Sentence.reason(e), e);
        }
        return files;
    }

    private static Path mask(Path folder, String name, int number) {
        return folder.resolve(name + "_mask_" + number + ".png");
    }

    /// The objects of a picture that have a pixel.
    private static List<Region> regions(LabelVolume labels, List<LabelledObject> objects) {
        int height = labels.geometry().ny(), width = labels.geometry().nx();
        return objects.stream().map(one -> new Region(one.name(), one.number(), Mask.of(one.number(), height, width, labels.classes()), Map.of()))
                .filter(region -> region.mask().area() > 0).toList();
    }

    private static Json coco(OpenedImage image, List<Region> regions) {
        List<Json> annotations = new ArrayList<>();
        for (Region region : regions) {
            annotations.add(Json.object().with("id", annotations.size() + 1).with("image_id", 1).with("category_id", region.label())
                    .with("segmentation", MaskFiles.json(Rle.of(region.mask()))).with("area", region.mask().area())
                    .with("bbox", MaskFiles.cocoBox(region.mask().box())).with("iscrowd", 0));
        }
        Json picture = Json.object().with("id", 1).with("file_name", String.valueOf(image.files().getFirst().getFileName()))
                .with("width", image.grid().nx()).with("height", image.grid().ny());
        return Json.object().with("images", List.of(picture)).with("annotations", annotations).with("categories",
                regions.stream().map(region -> Json.object().with("id", region.label()).with("name", region.name())).toList());
    }
}
