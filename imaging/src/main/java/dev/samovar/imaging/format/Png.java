package dev.samovar.imaging.format;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.nio.file.Path;
import java.util.Locale;

/// Labels and masks as PNG files; [PictureFile] reads them.
public final class Png {
    /// A picture with more pixels than this is refused.
    public static final int MAX_PIXELS = 89_478_485;

    private Png() {}

    /// Writes labels of one slice as a picture with a palette: the index of a pixel is its class. The colours are those of PASCAL VOC, 0 is
    /// black.
    ///
    /// @throws FormatException if the name does not end in `.png`, or there are several slices
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void write(Path file, LabelVolume labels) {
        Geometry geometry = labels.geometry();
        if (geometry.nz() != 1)
            throw new FormatException(file + ": a picture is one slice, and these labels have " + geometry.nz() + ": take .nii.gz");
        write(file, new BufferedImage(geometry.nx(), geometry.ny(), BufferedImage.TYPE_BYTE_INDEXED, palette()), labels.classes());
    }

    /// Writes a grey picture of 8 bits.
    ///
    /// @param grey from 0, black, to 255, white, row by row
    /// @throws FormatException if the name does not end in `.png`
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void writeGrey(Path file, int height, int width, byte[] grey) {
        write(file, new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY), grey);
    }

    private static void write(Path file, BufferedImage empty, byte[] pixels) {
        if (!isPng(file.toString())) throw new FormatException(file + ": a picture's file name ends in .png");
        empty.getRaster().setDataElements(0, 0, empty.getWidth(), empty.getHeight(), pixels);
        byte[] bytes = Pictures.png(empty);                                        // in memory, because ImageIO hides why a write to disk fails
        AtomicFile.write(file, out -> out.write(bytes));
    }

    /// Colours that distinguish classes: the bits of a class go to red, green and blue in turn, the lowest with the largest weight
    /// (`VOClabelcolormap` of the PASCAL VOC development kit).
    private static IndexColorModel palette() {
        byte[] palette = new byte[3 << 8];
        for (int c = 0; c < 256; c++)
            for (int bit = 0; bit < 8; bit++) palette[3 * c + bit % 3] |= (byte) ((c >> bit & 1) << (7 - bit / 3));
        return new IndexColorModel(8, 256, palette, 0, false);
    }

    static boolean isPng(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(".png");
    }
}
