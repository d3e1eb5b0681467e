package dev.samovar.imaging.format;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// Labels as TIFF files for ImageJ, Fiji, QuPath and others: the class is the grey of a pixel, in 8 bits, or in 16 if there are more than 255
/// objects. Each page is one strip compressed by deflate. The description tells ImageJ that pages are slices, how bright to show the highest class,
/// and the spacing of a volume's voxels. The place of the volume is lost, because TIFF has no field for it.
public final class TiffLabels {
    private static final int SHORT = 3, LONG = 4, ASCII = 2, RATIONAL = 5, MILLIONTHS = 1_000_000;
    private static final double LARGEST = 2000;                         // units, that fit into 31 bits as millionths
    private static final double SMALL = 0.01, MICRONS = 1000;           // mm, below which lengths are given in micrometres; and how many make a mm

    private TiffLabels() {}

    /// Whether a file's name asks for TIFF.
    public static boolean isTiff(String name) {
        String small = name.toLowerCase(Locale.ROOT);
        return small.endsWith(".tif") || small.endsWith(".tiff");
    }

    /// Writes labels, a page for each slice.
    ///
    /// @throws FormatException if the name does not end in `.tif` or `.tiff`
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void write(Path file, LabelVolume labels) {
        Geometry g = labels.geometry();
        List<byte[]> pages = new ArrayList<>();
        for (int z = 0; z < g.nz(); z++) pages.add(labels.plane(2, z));
        write(file, g, 8, labels.max(), pages);
    }

    /// Writes labels of one picture, from 0 to 65535.
    ///
    /// @param grid the picture's, of one slice
    /// @param labels row by row
    /// @throws FormatException if the name does not end in `.tif` or `.tiff`
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void write(Path file, Geometry grid, char[] labels) {
        int max = 0;
        ByteBuffer page = ByteBuffer.allocate(2 * labels.length).order(ByteOrder.LITTLE_ENDIAN);
        for (char label : labels) {
            max = Math.max(max, label);
            page.putChar(label);
        }
        if (max > 255) {
            write(file, grid, 16, max, List.of(page.array()));
            return;
        }
        byte[] small = new byte[labels.length];
        for (int i = 0; i < small.length; i++) small[i] = (byte) labels[i];
        write(file, grid, 8, max, List.of(small));
    }

    private static void write(Path file, Geometry grid, int bits, int max, List<byte[]> pages) {
        double[] spacing = {grid.spacing(0), grid.spacing(1), grid.spacing(2)};
        boolean small = Math.max(spacing[0], spacing[1]) < SMALL && spacing[2] * MICRONS < LARGEST;
        boolean isPicture = grid.nz() == 1 && Arrays.equals(spacing, new double[]{1, 1, 1});
        for (int a = 0; a < 3 && small; a++) spacing[a] *= MICRONS;
        boolean fits = Arrays.stream(spacing).allMatch(length -> length * MILLIONTHS >= 1 && length < LARGEST);
        boolean isKnown = grid.hasSpacing() && !isPicture && fits;
        write(file, grid.ny(), grid.nx(), bits, max, pages, small ? "micron" : "mm", isKnown ? spacing : new double[0]);
    }

    /// @param spacing of voxels along x, y and z; empty if it is not known
    private static void write(Path file, int h, int w, int bits, int max, List<byte[]> pages, String unit, double... spacing) {
        if (!isTiff(file.toString())) throw new FormatException(file + ": the name of a TIFF file ends in .tif");
        String text = "ImageJ=1.54p\nimages=" + pages.size() + "\nslices=" + pages.size() + "\n" + (spacing.length == 0
                ? ""
                : "unit=" + unit + "\nspacing=" + (float) spacing[2] + "\n") + "loop=false\nmin=0.0\nmax=" + Math.max(1, max) + ".0\n\0";
        byte[] description = text.getBytes(StandardCharsets.US_ASCII);
        AtomicFile.write(file, out -> {
            out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).array());
            long at = 8;
            for (int p = 0; p < pages.size(); p++) {
                byte[] strip = deflated(pages.get(p)), words = p == 0 ? description : new byte[0];
                byte[] scale = scale(spacing);
                int entries = (p == 0 ? 11 : 10) + (scale.length == 0 ? 0 : 3), directory = 2 + 12 * entries + 4;
                int behind = directory + words.length + (words.length & 1), size = behind + scale.length + strip.length;
                if (at + size > Integer.MAX_VALUE) throw new IOException("these labels are too long for a TIFF file; write .nii.gz");
                ByteBuffer b = ByteBuffer.allocate(size + (size & 1)).order(ByteOrder.LITTLE_ENDIAN).putShort((short) entries);
                entry(b, 256, LONG, 1, w);
                entry(b, 257, LONG, 1, h);
                entry(b, 258, SHORT, 1, bits);
                entry(b, 259, SHORT, 1, 8);
                entry(b, 262, SHORT, 1, 1);
                if (p == 0) entry(b, 270, ASCII, words.length, (int) at + directory);
                entry(b, 273, LONG, 1, (int) at + behind + scale.length);
                entry(b, 277, SHORT, 1, 1);
                entry(b, 278, LONG, 1, h);
                entry(b, 279, LONG, 1, strip.length);
                if (scale.length > 0) {
                    entry(b, 282, RATIONAL, 1, (int) at + behind);
                    entry(b, 283, RATIONAL, 1, (int) at + behind + scale.length / 2);
                    entry(b, 296, SHORT, 1, 1);                         // its unit is in the description
                }
                entry(b, 339, SHORT, 1, 1);
                at += b.capacity();
                b.putInt(p + 1 < pages.size() ? (int) at : 0).put(words).position(behind).put(scale).put(strip);
                out.write(b.array());
            }
        });
    }

    /// How many pixels a unit has along x and along y, as fractions of two numbers each.
    private static byte[] scale(double... spacing) {
        if (spacing.length == 0) return new byte[0];
        ByteBuffer b = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        for (int axis = 0; axis < 2; axis++) b.putInt(MILLIONTHS).putInt((int) Math.round(spacing[axis] * MILLIONTHS));
        return b.array();
    }

    private static void entry(ByteBuffer b, int tag, int type, int count, int value) {
        b.putShort((short) tag).putShort((short) type).putInt(count).putInt(value);
    }

    private static byte[] deflated(byte[] page) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Deflater deflater = new Deflater(); DeflaterOutputStream zip = new DeflaterOutputStream(bytes, deflater)) {
            zip.write(page);
        }
        return bytes.toByteArray();
    }
}
