package dev.samovar.imaging.format;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.PngFile.Colour;
import java.awt.image.Raster;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Flat pictures and their labels in PNG files: of every depth and colour, interlaced or not.
///
/// A picture is a [Volume] of one slice, 1 mm to a pixel: x runs along the rows, y down. Grey is one channel, colour and a palette are three,
/// numbers as they are stored (0 to 255, or to 65535 in 16 bits); how transparent a pixel is does not matter.
///
/// In a picture of labels the class of a pixel is its index in the palette, or how grey it is, at most 255. Grey labels of black and white
/// alone (0 and 255, or 65535 in 16 bits) are a mask: white is class 1. Coloured labels without a palette are refused, for no order of
/// colours is everybody's.
///
/// A file is not trusted: every checksum must be right, at most [#MAX_PIXELS] are read, and no more memory is asked for than the data in the
/// file can fill. Whatever is wrong is one [FormatException] that names the file.
public final class Png {
    /// A picture with more pixels than this is refused.
    public static final int MAX_PIXELS = 89_478_485;

    private static final int BLACK = 0, WHITE = 255, WHITE_16 = 65535;

    private Png() {}

    /// Reads a picture.
    ///
    /// @throws FormatException if it is not a picture
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume read(Path file) {
        try {
            PngFile.Pixels pixels = PngFile.read(file, 8);              // fewer are for masks: here a pixel costs four bytes or more
            return picture(pixels.file(), pixels.raster());
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    private static Volume picture(PngFile file, Raster raster) {
        int w = file.width, h = file.height, bands = file.colour.bands;
        boolean indexed = file.colour == Colour.PALETTE;
        int channels = indexed || bands >= 3 ? 3 : 1;
        float[] voxels = new float[channels * w * h];
        int[] row = new int[bands * w];
        for (int y = 0; y < h; y++) {
            raster.getPixels(0, y, w, 1, row);
            for (int x = 0; x < w; x++)
                for (int c = 0; c < channels; c++)
                    voxels[(c * h + y) * w + x] = indexed ? file.entry(row[x], c) : row[x * bands + c];
        }
        return new Volume(geometry(file), channels, voxels);
    }

    /// Reads the numbers of a picture of labels: the index of the palette, the grey of a palette of a few greys, or how grey a pixel is.
    ///
    /// @throws FormatException if it is not a picture, or coloured without a palette
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Volume readNumbers(Path file) {
        try {
            PngFile.Pixels pixels = PngFile.read(file, 8);
            return numbers(pixels.file(), pixels.raster());
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    private static Volume numbers(PngFile file, Raster raster) {
        int w = file.width, h = file.height, bands = file.colour.bands;
        boolean greys = file.colour == Colour.PALETTE && file.isOfFewGreys();
        float[] numbers = new float[w * h];
        int[] row = new int[bands * w];
        for (int i = 0; i < numbers.length; i++) {
            if (i % w == 0) raster.getPixels(0, i / w, w, 1, row);
            int at = i % w * bands, value = row[at];
            if (bands >= 3 && (row[at + 1] != value || row[at + 2] != value))
                throw new FormatException("its pixel (" + i % w + ", " + i / w + ") is coloured, and no class can be told from a colour: "
                        + "say which colour is which class, as with --classes #000000:0,#ff0000:1, or save the labels in grey or with a palette");
            numbers[i] = greys ? file.entry(value, 0) : value;
        }
        return new Volume(geometry(file), numbers);
    }

    /// Reads a picture of labels.
    ///
    /// @throws FormatException if it is not a picture, or has a colour or a number that is no class
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static LabelVolume readLabels(Path file) {
        try {
            PngFile.Pixels pixels = PngFile.read(file, 1);
            return labels(pixels.file(), pixels.raster());
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    private static LabelVolume labels(PngFile file, Raster raster) {
        int w = file.width, h = file.height, bands = file.colour.bands, odd = -1, oddest = 0;
        byte[] classes = new byte[w * h];
        int[] row = new int[bands * w];
        boolean mask = file.colour != Colour.PALETTE, mask16 = mask && file.depth == 16;
        for (int i = 0; i < classes.length; i++) {
            if (i % w == 0) raster.getPixels(0, i / w, w, 1, row);
            int at = i % w * bands, value = row[at];
            if (bands >= 3 && (row[at + 1] != value || row[at + 2] != value))
                throw new FormatException("its pixel (" + i % w + ", " + i / w + ") is coloured, and no class can be told from a colour: "
                        + "save the labels with a palette or in grey, the class as the number of each pixel");
            mask &= value == BLACK || value == WHITE;
            mask16 &= value == BLACK || value == WHITE_16;
            if (value > WHITE && odd < 0) {
                odd = i;
                oddest = value;
            }
            classes[i] = (byte) value;                                  // of white, all bits are set
        }
        if (odd >= 0 && !mask16)
            throw new FormatException("its pixel (" + odd % w + ", " + odd / w + ") holds " + oddest + ", and a class is from 0 to 255");
        if (mask || mask16) for (int i = 0; i < classes.length; i++) classes[i] &= 1;
        return new LabelVolume(geometry(file), classes);
    }

    private static Geometry geometry(PngFile file) {
        return Geometry.of(file.width, file.height, 1, 1, 1, 1);
    }

    /// Writes labels of one slice as a picture with a palette: the index of a pixel is its class. The colours are those of PASCAL VOC, 0 is
    /// black.
    ///
    /// @throws FormatException if the name does not end in `.png`, or there are several slices
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void write(Path file, LabelVolume labels) {
        Geometry geometry = labels.geometry();
        if (geometry.nz() != 1)
            throw new FormatException(file + ": a picture is one slice, and these labels have " + geometry.nz() + ": take .nii.gz");
        write(file, geometry.ny(), geometry.nx(), Colour.PALETTE, palette(), labels.classes());
    }

    /// Writes a grey picture of 8 bits.
    ///
    /// @param grey from 0, black, to 255, white, row after row
    /// @throws FormatException if the name does not end in `.png`
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void writeGrey(Path file, int height, int width, byte[] grey) {
        write(file, height, width, Colour.GREY, new byte[0], grey);
    }

    private static void write(Path file, int h, int w, Colour colour, byte[] palette, byte[] pixels) {
        if (!isPng(file.toString())) throw new FormatException(file + ": a picture's file name ends in .png");
        byte[] rows = new byte[h * (w + 1)];                            // before each row a 0: not filtered
        for (int y = 0; y < h; y++) System.arraycopy(pixels, y * w, rows, y * (w + 1) + 1, w);
        byte[] header = ByteBuffer.allocate(13).putInt(w).putInt(h).put((byte) 8).put((byte) colour.code).array();
        AtomicFile.write(file, out -> {
            out.write(ByteBuffer.allocate(8).putLong(PngFile.SIGNATURE).array());
            chunk(out, PngFile.IHDR, header, header.length);
            if (palette.length > 0) chunk(out, PngFile.PLTE, palette, palette.length);
            try (Deflater deflater = new Deflater()) {
                deflater.setInput(rows);
                deflater.finish();
                byte[] some = new byte[1 << 16];
                while (!deflater.finished()) chunk(out, PngFile.IDAT, some, deflater.deflate(some));
            }
            chunk(out, PngFile.IEND, new byte[0], 0);
        });
    }

    private static void chunk(OutputStream raw, int type, byte[] content, int length) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(ByteBuffer.allocate(4).putInt(0, type));
        crc.update(content, 0, length);
        DataOutputStream out = new DataOutputStream(raw);
        out.writeInt(length);
        out.writeInt(type);
        out.write(content, 0, length);
        out.writeInt((int) crc.getValue());
    }

    /// Colours that tell classes apart: the bits of a class are dealt out to red, green and blue in turn, the lowest weighing most
    /// (`VOClabelcolormap` of the PASCAL VOC development kit).
    private static byte[] palette() {
        byte[] palette = new byte[3 << 8];
        for (int c = 0; c < 256; c++)
            for (int bit = 0; bit < 8; bit++) palette[3 * c + bit % 3] |= (byte) ((c >> bit & 1) << (7 - bit / 3));
        return palette;
    }

    static boolean isPng(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(".png");
    }
}
