package dev.samovar.convert;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Writes pickles instruction by instruction: valid ones like those of PyTorch, and others.
final class PickleWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static PickleWriter protocol(int version) {
        return new PickleWriter().op(0x80, version);
    }

    PickleWriter op(int... bytes) {
        for (int b : bytes) out.write(b);
        return this;
    }

    PickleWriter ascii(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    PickleWriter global(String module, String name) {
        return ascii("c" + module + "\n" + name + "\n");
    }

    PickleWriter text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(utf8.length).array());
        out.writeBytes(utf8);
        return this;
    }

    /// A 64-bit integer.
    PickleWriter number(long n) {
        op(0x8a, 8);
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(n).array());
        return this;
    }

    PickleWriter numbers(long... tuple) {
        op('(');
        for (long n : tuple) number(n);
        return op('t');
    }

    PickleWriter storage(String type, String key, long elements) {
        return op('(').text("storage").global("torch", type).text(key).text("cpu").number(elements).op('t', 'Q');
    }

    PickleWriter emptyDict() {
        return global("collections", "OrderedDict").op(')', 'R');
    }

    PickleWriter tensor(String type, String key, long elements, long offset, long[] sizes, long[] strides) {
        global("torch._utils", "_rebuild_tensor_v2").op('(');
        return storage(type, key, elements).number(offset).numbers(sizes).numbers(strides).op(0x89).emptyDict().op('t', 'R');
    }

    byte[] stop() {
        out.write('.');
        return out.toByteArray();
    }

    byte[] unfinished() {
        return out.toByteArray();
    }

    /// A checkpoint of the zip format with these storages.
    static byte[] zip(byte[] pickle, Map<String, byte[]> storages) {
        ZipWriter zip = new ZipWriter().add("a/data.pkl", pickle);
        storages.forEach((key, bytes) -> zip.add("a/data/" + key, bytes));
        return zip.add("a/version", "3\n".getBytes(StandardCharsets.US_ASCII)).finish();
    }

    /// A checkpoint of the legacy format with these storages, each after the number of its elements, which have `width` bytes.
    static byte[] legacy(byte[] pickle, SequencedMap<String, byte[]> storages, int width) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (byte[] part : List.of(protocol(2).op(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19).stop(),
                protocol(2).number(1001).stop(), protocol(2).op('}').text("little_endian").op(0x88, 's').stop(), pickle))
            file.writeBytes(part);
        PickleWriter keys = protocol(2).op(']');
        storages.keySet().forEach(key -> keys.text(key).op('a'));
        file.writeBytes(keys.stop());
        for (byte[] bytes : storages.values()) {
            file.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length / width).array());
            file.writeBytes(bytes);
        }
        return file.toByteArray();
    }
}
