package dev.samovar.imaging.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// Makes PNG files for tests according to the specification, without the code under test.
public final class PngBytes {
    public static final int GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6;

    private static final int[] START_X = {0, 4, 0, 2, 0, 1, 0}, START_Y = {0, 0, 4, 0, 2, 0, 1};
    private static final int[] STEP_X = {8, 8, 4, 4, 2, 2, 1}, STEP_Y = {8, 8, 8, 4, 4, 2, 2};

    private PngBytes() {}

    public static int bands(int colour) {
        return switch (colour) {
            case RGB -> 3;
            case GREY_ALPHA -> 2;
            case RGBA -> 4;
            default -> 1;
        };
    }

    /// A file with these numbers, row by row, with the bands of a pixel together. If it needs a palette, it has one of `2^depth` colours.
    public static byte[] of(int w, int h, int depth, int colour, boolean interlaced, int... samples) {
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        if (!interlaced) pass(rows, w, depth, bands(colour), samples, 0, 0, 1, 1);
        else for (int p = 0; p < 7; p++) pass(rows, w, depth, bands(colour), samples, START_X[p], START_Y[p], STEP_X[p], STEP_Y[p]);
        return NiftiBytes.join(signature(), header(w, h, depth, colour, interlaced ? 1 : 0), colour == PALETTE
                ? chunk("PLTE", palette(1 << depth))
                : new byte[0], chunk("IDAT", deflate(rows.toByteArray())), chunk("IEND"));
    }

    private static void pass(ByteArrayOutputStream rows, int w, int depth, int bands, int[] samples, int x0, int y0, int dx, int dy) {
        int h = samples.length / bands / w;
        if (x0 >= w) return;
        for (int y = y0; y < h; y += dy) {
            rows.write(0);
            int held = 0, bits = 0;
            for (int x = x0; x < w; x += dx) for (int b = 0; b < bands; b++) {
                int sample = samples[(y * w + x) * bands + b];
                if (depth == 16) rows.write(sample >> 8);
                if (depth >= 8) rows.write(sample);
                else {
                    held = held << depth | sample;
                    bits += depth;
                    if (bits == 8) {
                        rows.write(held);
                        held = 0;
                        bits = 0;
                    }
                }
            }
            if (bits > 0) rows.write(held << (8 - bits));
        }
    }

    public static byte[] signature() {
        return new byte[]{(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    }

    public static byte[] header(int w, int h, int depth, int colour, int interlace) {
        return chunk("IHDR", ByteBuffer.allocate(13).putInt(w).putInt(h).put((byte) depth).put((byte) colour).put(12, (byte) interlace).array());
    }

    /// A palette in which the colour of index `i` is (255 − i, i, 7).
    public static byte[] palette(int colours) {
        byte[] palette = new byte[3 * colours];
        for (int i = 0; i < colours; i++) {
            palette[3 * i] = (byte) (255 - i);
            palette[3 * i + 1] = (byte) i;
            palette[3 * i + 2] = 7;
        }
        return palette;
    }

    public static byte[] chunk(String type, byte... content) {
        byte[] named = NiftiBytes.join(type.getBytes(StandardCharsets.ISO_8859_1), content);
        CRC32 crc = new CRC32();
        crc.update(named);
        ByteBuffer chunk = ByteBuffer.allocate(content.length + 12).putInt(content.length).put(named).putInt((int) crc.getValue());
        return chunk.array();
    }

    public static byte[] deflate(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Deflater deflater = new Deflater(9); DeflaterOutputStream zip = new DeflaterOutputStream(out, deflater)) {
            zip.write(bytes);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// The file with correct checksums in all chunks that can be found.
    public static byte[] mended(byte[] file) {
        ByteBuffer b = ByteBuffer.wrap(file.clone());
        for (int at = 8; at + 12 <= file.length;) {
            int length = b.getInt(at);
            if (length < 0 || length > file.length - at - 12) break;
            CRC32 crc = new CRC32();
            crc.update(b.slice(at + 4, length + 4));
            b.putInt(at + 8 + length, (int) crc.getValue());
            at += length + 12;
        }
        return b.array();
    }
}
