package dev.samovar.models.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/// Makes NIfTI-1 files for tests, straight from the table of offsets in the standard and without the code under test.
final class NiftiBytes {
    private NiftiBytes() {}

    /// A header of 352 bytes: dimensions, 1 mm voxels along the axes, no scaling.
    static byte[] header(ByteOrder order, int datatype, int bitpix, int... dims) {
        byte[] header = new byte[352];
        ByteBuffer b = ByteBuffer.wrap(header).order(order);
        b.putInt(0, 348).putShort(40, (short) dims.length).putFloat(76, 1);
        for (int i = 1; i < 8; i++) b.putShort(40 + 2 * i, (short) (i <= dims.length ? dims[i - 1] : 1)).putFloat(76 + 4 * i, 1);
        b.putShort(70, (short) datatype).putShort(72, (short) bitpix).putFloat(108, 352).putFloat(112, 1).put(123, (byte) 2);
        b.put(148, "made by hand".getBytes(StandardCharsets.US_ASCII)).put(344, new byte[]{'n', '+', '1', 0});
        return header;
    }

    /// A whole uint8 file of 2 × 3 × 4 voxels with the values 0 to 23, its header changed by `edit`.
    static byte[] small(ByteOrder order, Consumer<ByteBuffer> edit) {
        byte[] header = header(order, 2, 8, 2, 3, 4), voxels = new byte[24];
        edit.accept(ByteBuffer.wrap(header).order(order));
        for (int i = 0; i < 24; i++) voxels[i] = (byte) i;
        return join(header, voxels);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The voxels of a small volume: what [#small] holds.
    static float[] counting(int n) {
        float[] voxels = new float[n];
        for (int i = 0; i < n; i++) voxels[i] = i;
        return voxels;
    }
}
