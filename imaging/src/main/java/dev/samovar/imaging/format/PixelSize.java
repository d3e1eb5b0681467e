package dev.samovar.imaging.format;

import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The size of a pixel, in millimetres, where ImageJ or OME measured it in a TIFF file. The resolution of other TIFF files is that of a print, and
/// says nothing about what is seen.
///
/// Source: what ImageJ 1.54p writes and reads: lines `unit`, `yunit`, `zunit` and, unless it is 1, `spacing`, with TIFF's own resolution as pixels per
/// unit; the OME-XML schema of June 2016, attributes `PhysicalSizeX` and others of `Pixels`, in micrometres unless `PhysicalSizeXUnit` says otherwise.
///
/// @param x along a row
/// @param y along a column
/// @param z from page to page; if OME does not say it, as along the longer side of a pixel
record PixelSize(double x, double y, double z) {
    private static final double LEAST = 1e-9, MOST = 1e9;               // as far as grids reach

    /// The size that a description gives; null if it gives none, or in no unit of length.
    ///
    /// @param xResolution pixels per unit along a row, or 0
    /// @param yResolution along a column
    static @Nullable PixelSize of(String description, double xResolution, double yResolution) {
        if (description.startsWith("ImageJ=")) {
            String unit = line(description, "unit");
            double x = millimetres(1 / xResolution, unit), y = millimetres(1 / yResolution, orElse(line(description, "yunit"), unit));
            return of(x, y, millimetres(number(orElse(line(description, "spacing"), "1")), orElse(line(description, "zunit"), unit)));
        }
        Matcher pixels = TiffStack.OME.matcher(description);
        return pixels.find() ? of(ome(pixels.group(), 'X'), ome(pixels.group(), 'Y'), ome(pixels.group(), 'Z')) : null;
    }

    private static @Nullable PixelSize of(double x, double y, double z) {
        if (!isSize(x) || !isSize(y)) return null;
        return new PixelSize(x, y, isSize(z) ? z : Math.max(x, y));
    }

    private static boolean isSize(double mm) {
        return mm > LEAST && mm < MOST;
    }

    private static double ome(String pixels, char axis) {
        String size = attribute(pixels, "PhysicalSize" + axis);
        return millimetres(number(size), orElse(attribute(pixels, "PhysicalSize" + axis + "Unit"), "µm"));
    }

    private static String attribute(String element, String name) {
        Matcher found = Pattern.compile("\\b" + name + "=\"([^\"]*)\"").matcher(element);
        return found.find() ? found.group(1) : "";
    }

    private static String line(String text, String name) {
        Matcher found = Pattern.compile("(?m)^" + name + "=(.*)$").matcher(text);
        return found.find() ? found.group(1).strip() : "";
    }

    private static String orElse(String text, String otherwise) {
        return text.isEmpty() ? otherwise : text;
    }

    private static double number(String text) {
        try {
            return Math.abs(Double.parseDouble(text));                  // slices from the bottom up have a negative spacing
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private static double millimetres(double length, String unit) {
        OptionalDouble millimetres = LengthUnit.millimetres(unit);
        return millimetres.isPresent() ? length * millimetres.getAsDouble() : Double.NaN;
    }

    /// With rows and columns exchanged.
    PixelSize turned() {
        return new PixelSize(y, x, z);
    }
}
