package dev.samovar.imaging.dicom;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Attributes to be written, sorted by tag, in explicit VR little endian (PS3.5, 7): even lengths, sequences and items with theirs.
final class Elements {
    private final SortedMap<Integer, byte[]> encoded = new TreeMap<>();

    /// A value as bytes, filled up to an even length.
    Elements bytes(int tag, String vr, byte[] value) {
        boolean isLong = List.of("OB", "OW", "SQ", "UN").contains(vr);
        int even = value.length + value.length % 2;
        ByteBuffer b = ByteBuffer.allocate((isLong ? 12 : 8) + even).order(ByteOrder.LITTLE_ENDIAN);
        b.putShort((short) (tag >>> 16)).putShort((short) tag).put(vr.getBytes(ISO_8859_1));
        if (isLong) b.putShort((short) 0).putInt(even);
        else b.putShort((short) even);
        b.put(value);
        if (even > value.length) b.put((byte) (vr.equals("UI") || isLong ? 0 : ' '));
        encoded.put(tag, b.array());
        return this;
    }

    /// A value of characters that every set has.
    Elements text(int tag, String vr, String value) {
        return bytes(tag, vr, value.getBytes(ISO_8859_1));
    }

    Elements text(int tag, String vr, String value, Charset charset) {
        return bytes(tag, vr, value.getBytes(charset));
    }

    /// Numbers of 16 bits (US).
    Elements unsigned(int tag, int... values) {
        ByteBuffer b = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int v : values) b.putShort((short) v);
        return bytes(tag, "US", b.array());
    }

    /// Numbers of 32 bits (UL).
    Elements unsignedLong(int tag, int... values) {
        ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int v : values) b.putInt(v);
        return bytes(tag, "UL", b.array());
    }

    /// The tag of another attribute (AT).
    Elements pointer(int tag, int other) {
        ByteBuffer b = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        return bytes(tag, "AT", b.putShort((short) (other >>> 16)).putShort((short) other).array());
    }

    Elements sequence(int tag, Collection<Elements> items) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Elements item : items) {
            byte[] content = item.encode();
            ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            all.writeBytes(head.putShort((short) 0xFFFE).putShort((short) 0xE000).putInt(content.length).array());
            all.writeBytes(content);
        }
        return bytes(tag, "SQ", all.toByteArray());
    }

    Elements sequence(int tag, Elements item) {
        return sequence(tag, List.of(item));
    }

    /// All of them.
    byte[] encode() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        encoded.values().forEach(all::writeBytes);
        return all.toByteArray();
    }
}
