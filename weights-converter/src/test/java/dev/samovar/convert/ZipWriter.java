package dev.samovar.convert;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/// Writes uncompressed zip archives in which any field of any record can be made wrong.
final class ZipWriter {
    /// The fields of an entry's two headers before they are written.
    static final class Fields {
        String localName, centralName;
        int localFlags, centralFlags, localMethod, centralMethod, localCrc, centralCrc, attributes;
        long localSize, centralSize, packed, offset;
        byte[] localExtra = {}, centralExtra = {}, behind = {};

        Fields(String name, byte[] data, long offset) {
            CRC32 crc = new CRC32();
            crc.update(data);
            localName = centralName = name;
            localFlags = centralFlags = 1 << 11;
            localCrc = centralCrc = (int) crc.getValue();
            localSize = centralSize = packed = data.length;
            this.offset = offset;
        }
    }

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Fields> entries = new ArrayList<>();

    ZipWriter add(String name, byte[] data) {
        return add(name, data, _ -> {});
    }

    ZipWriter add(String name, byte[] data, Consumer<Fields> lie) {
        Fields f = new Fields(name, data, out.size());
        lie.accept(f);
        byte[] raw = f.localName.getBytes(StandardCharsets.ISO_8859_1);
        out.writeBytes(little(30).putInt(0x04034b50).putShort((short) 20).putShort((short) f.localFlags).putShort((short) f.localMethod).putInt(0)
                .putInt(f.localCrc).putInt((int) f.localSize).putInt((int) f.localSize).putShort((short) raw.length)
                .putShort((short) f.localExtra.length).array());
        out.writeBytes(raw);
        out.writeBytes(f.localExtra);
        out.writeBytes(data);
        out.writeBytes(f.behind);
        entries.add(f);
        return this;
    }

    int size() {
        return out.size();
    }

    byte[] finish() {
        return finish(_ -> {});
    }

    /// The archive, with an end record that may be changed.
    byte[] finish(Consumer<ByteBuffer> lie) {
        return finish(false, _ -> {}, lie);
    }

    byte[] finish(boolean zip64, Consumer<ByteBuffer> lie64, Consumer<ByteBuffer> lie) {
        int start = out.size();
        for (Fields f : entries) {
            byte[] raw = f.centralName.getBytes(StandardCharsets.ISO_8859_1);
            out.writeBytes(little(46).putInt(0x02014b50).putShort((short) 0x031E).putShort((short) 20).putShort((short) f.centralFlags)
                    .putShort((short) f.centralMethod).putInt(0).putInt(f.centralCrc).putInt((int) f.packed).putInt((int) f.centralSize)
                    .putShort((short) raw.length).putShort((short) f.centralExtra.length).putShort((short) 0).putShort((short) 0)
                    .putShort((short) 0).putInt(f.attributes).putInt((int) f.offset).array());
            out.writeBytes(raw);
            out.writeBytes(f.centralExtra);
        }
        int end = out.size(), count = entries.size();
        if (zip64) {
            ByteBuffer e = little(76).putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45).putLong(0).putLong(count)
                    .putLong(count).putLong(end - start).putLong(start).putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
            lie64.accept(e);
            out.writeBytes(bytes(e));
        }
        ByteBuffer e = little(22).putInt(0x06054b50).putInt(0).putShort((short) count).putShort((short) count).putInt(end - start).putInt(start)
                .putShort((short) 0);
        lie.accept(e);
        out.writeBytes(bytes(e));
        return out.toByteArray();
    }

    static byte[] bytes(ByteBuffer written) {
        byte[] bytes = new byte[written.flip().remaining()];
        written.get(bytes);
        return bytes;
    }

    static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
