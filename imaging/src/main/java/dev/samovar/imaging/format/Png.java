package dev.samovar.imaging.format;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.PngFile.Colour;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

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
