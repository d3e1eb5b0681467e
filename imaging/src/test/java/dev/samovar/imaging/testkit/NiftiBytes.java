package dev.samovar.imaging.testkit;

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

/// Makes NIfTI files for tests from the tables of offsets in the standards, without the code under test.
public final class NiftiBytes {
    private NiftiBytes() {}

    /// A builder for a header of either version, with the fields that the tests set. It starts with the values of [NiftiBytes#header].
    public static final class Head {
        private final ByteBuffer b;
        private final boolean two;

        public Head(int version, ByteOrder order, int datatype, int bitpix, int... dims) {
            two = version == 2;
            b = two ? ByteBuffer.allocate(544).order(order) : ByteBuffer.wrap(header(order, datatype, bitpix, dims)).order(order);
            if (!two) return;
            b.putInt(0, 540).putShort(12, (short) datatype).putShort(14, (short) bitpix).putLong(168, 544);
            dim(0, dims.length).pixdim(0, 1).slope(1).units(2).magic("n+2\0\r\n\u001A\n");
            for (int i = 1; i < 8; i++) dim(i, i <= dims.length ? dims[i - 1] : 1).pixdim(i, 1);
        }

        public Head dim(int i, long n) {
            if (two) b.putLong(16 + 8 * i, n);
            else b.putShort(40 + 2 * i, (short) n);
            return this;
        }

        public Head pixdim(int i, double size) {
            return real(76 + 4 * i, 104 + 8 * i, size);
        }

        public Head slope(double slope) {
            return real(112, 176, slope);
        }

        public Head inter(double inter) {
            return real(116, 184, inter);
        }

        public Head units(int code) {
            if (two) b.putInt(500, code);
            else b.put(123, (byte) code);
            return this;
        }

        public Head offset(long offset) {
            if (two) b.putLong(168, offset);
            else b.putFloat(108, (float) offset);
            return this;
        }

        public Head magic(String magic) {
            b.put(two ? 4 : 344, magic.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        /// Makes it the header of a pair: another magic, and the voxels at the start of their own file.
        public Head pair() {
            return magic(two ? "ni2\0" : "ni1\0").offset(0);
        }

        public Head qform(int code) {
            return code(252, 344, code);
        }

        public Head sform(int code) {
            return code(254, 348, code);
        }

        /// Sets `quatern_b`, `c` and `d`, then the offset.
        public Head quatern(double... six) {
            for (int i = 0; i < six.length; i++) real(256 + 4 * i, 352 + 8 * i, six[i]);
            return this;
        }

        public Head srow(double... twelve) {
            for (int i = 0; i < 12; i++) real(280 + 4 * i, 400 + 8 * i, twelve[i]);
            return this;
        }

        private Head code(int one, int other, int code) {
            if (two) b.putInt(other, code);
            else b.putShort(one, (short) code);
            return this;
        }

        private Head real(int one, int other, double value) {
            if (two) b.putDouble(other, value);
            else b.putFloat(one, (float) value);
            return this;
        }

        /// The bytes up to the first voxel of a single file: 352 or 544.
        public byte[] bytes() {
            return b.array();
        }
    }

    /// A file of either version with 2 × 3 × 4 uint8 voxels of the values 0 to 23.
    public static byte[] small(int version, ByteOrder order, Consumer<Head> edit) {
        Head head = new Head(version, order, 2, 8, 2, 3, 4);
        edit.accept(head);
        return join(head.bytes(), countingBytes(24));
    }

    /// The bytes 0, 1, 2, …
    public static byte[] countingBytes(int n) {
        byte[] voxels = new byte[n];
        for (int i = 0; i < n; i++) voxels[i] = (byte) i;
        return voxels;
    }

    /// Whole numbers of 8, 16, 32 or 64 bits.
    public static byte[] whole(ByteOrder order, int bits, long... values) {
        ByteBuffer b = ByteBuffer.allocate(values.length * bits / 8).order(order);
        for (long value : values) switch (bits) {
            case 8 -> b.put((byte) value);
            case 16 -> b.putShort((short) value);
            case 32 -> b.putInt((int) value);
            default -> b.putLong(value);
        }
        return b.array();
    }

    /// A NIfTI-1 header of 352 bytes: dimensions, 1 mm voxels along the axes, no scaling.
    public static byte[] header(ByteOrder order, int datatype, int bitpix, int... dims) {
        byte[] header = new byte[352];
        ByteBuffer b = ByteBuffer.wrap(header).order(order);
        b.putInt(0, 348).putShort(40, (short) dims.length).putFloat(76, 1);
        for (int i = 1; i < 8; i++) b.putShort(40 + 2 * i, (short) (i <= dims.length ? dims[i - 1] : 1)).putFloat(76 + 4 * i, 1);
        b.putShort(70, (short) datatype).putShort(72, (short) bitpix).putFloat(108, 352).putFloat(112, 1).put(123, (byte) 2);
        b.put(148, "made by hand".getBytes(StandardCharsets.US_ASCII)).put(344, new byte[]{'n', '+', '1', 0});
        return header;
    }

    /// A NIfTI-1 file with 2 × 3 × 4 uint8 voxels of the values 0 to 23, whose header `edit` changes.
    public static byte[] small(ByteOrder order, Consumer<ByteBuffer> edit) {
        byte[] header = header(order, 2, 8, 2, 3, 4);
        edit.accept(ByteBuffer.wrap(header).order(order));
        return join(header, countingBytes(24));
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    public static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    public static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The voxels that [#small] writes.
    public static float[] counting(int n) {
        float[] voxels = new float[n];
        for (int i = 0; i < n; i++) voxels[i] = i;
        return voxels;
    }
}
