package dev.samovar.models.sam;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.format.Png;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Automatic masks as the files that the reference's command line writes: a folder of pictures and a table, or one JSON text.
///
/// Boxes are left column, upper row, width and height. Scores are float32, written with all the digits that they have as a double.
///
/// Source: scripts/amg.py @ dca509f. If some batch has no good mask, the reference writes the boxes' numbers with a fraction, 12.0 instead
/// of 12; here they are always written as whole numbers.
public final class MaskFiles {
    private static final String HEADER = "id,area,bbox_x0,bbox_y0,bbox_w,bbox_h,point_input_x,point_input_y,predicted_iou,stability_score,"
            + "crop_box_x0,crop_box_y0,crop_box_w,crop_box_h";

    /// The name of the table's file.
    public static final String METADATA = "metadata.csv";

    private MaskFiles() {}

    /// Writes the masks as `0.png`, `1.png` and so on, white on black, and finally [#metadata] as `metadata.csv`. The folder is created if it does
    /// not exist.
    ///
    /// @throws FormatException if there is something in the folder already
    /// @throws UncheckedIOException if something cannot be written
    public static void write(Path folder, List<MaskRecord> masks) {
        AtomicFile.makeFolder(folder);
        try (Stream<Path> files = Files.list(folder)) {
            if (files.findAny().isPresent())
                throw new FormatException(folder + ": the folder for the masks is not empty; choose another one");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < masks.size(); i++) write(folder.resolve(i + ".png"), masks.get(i).segmentation().mask());
        AtomicFile.write(folder.resolve(METADATA), metadata(masks));
    }

    /// Writes one mask as a PNG, white on black.
    ///
    /// @throws FormatException if the name does not end in `.png`
    /// @throws UncheckedIOException if it cannot be written
    public static void write(Path file, Mask mask) {
        byte[] grey = new byte[mask.pixels().length];
        for (int i = 0; i < grey.length; i++) grey[i] = (byte) (mask.pixels()[i] ? 255 : 0);
        Png.writeGrey(file, mask.height(), mask.width(), grey);
    }

    /// A mask in COCO's format: `size`, rows and columns, and `counts`, the text of its runs.
    public static Json json(Rle mask) {
        return Json.object().with("size", List.of(mask.height(), mask.width())).with("counts", mask.coco());
    }

    /// The table of masks: a header and a line for each, without a newline at the end.
    public static String metadata(List<MaskRecord> masks) {
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (MaskRecord r : masks) {
            Stream<Object> row = Stream.of(lines.size() - 1, r.area(), r.box().x0(), r.box().y0(), r.box().width(), r.box().height(), r.point().x(),
                    r.point().y(), (double) r.predictedIou(), (double) r.stabilityScore(), r.crop().x(), r.crop().y(), r.crop().width(),
                    r.crop().height());
            lines.add(row.map(value -> value instanceof Double d ? python(d) : value.toString()).collect(Collectors.joining(",")));
        }
        return String.join("\n", lines);
    }

    /// The list of masks, each as an object with its segmentation as COCO's text of runs. A score that is not a number is null.
    public static Json json(List<MaskRecord> masks) {
        return Json.of(masks.stream().map(MaskFiles::json).toList());
    }

    private static Json json(MaskRecord r) {
        return Json.object()
                .with("segmentation", json(r.segmentation()))
                .with("area", r.area())
                .with("bbox", bbox(r.box()))
                .with("predicted_iou", Json.orNull(r.predictedIou()))
                .with("point_coords", List.of(List.of(r.point().x(), r.point().y())))
                .with("stability_score", Json.orNull(r.stabilityScore()))
                .with("crop_box", List.of(r.crop().x(), r.crop().y(), r.crop().width(), r.crop().height()));
    }

    /// A box as left column, upper row, width and height; zeros for none.
    public static List<Integer> bbox(@Nullable Box box) {
        return box == null ? List.of(0, 0, 0, 0) : List.of(box.x0(), box.y0(), box.width(), box.height());
    }

    /// A box in COCO's format (`toBbox` of pycocotools): including the last column and row, and so a pixel wider and higher than the reference's.
    public static List<Integer> cocoBox(@Nullable Box box) {
        return box == null ? List.of(0, 0, 0, 0) : List.of(box.x0(), box.y0(), box.width() + 1, box.height() + 1);
    }

    /// A number as Python writes it: with an exponent, of at least two digits, only if it is small or large.
    static String python(double x) {
        if (Double.isNaN(x)) return "nan";
        if (Double.isInfinite(x)) return x > 0 ? "inf" : "-inf";
        String java = Double.toString(x);
        if (x == 0) return java;
        if (Math.abs(x) < 1e-4 || Math.abs(x) >= 1e16) {
            int e = java.indexOf('E'), exponent = Integer.parseInt(java.substring(e + 1));
            return java.substring(0, e).replaceFirst("\\.0$", "")
                    + String.format(Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
        }
        String plain = new BigDecimal(java).stripTrailingZeros().toPlainString();
        return plain.contains(".") ? plain : plain + ".0";
    }
}
