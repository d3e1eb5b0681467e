package dev.samovar.onnx;

import dev.samovar.core.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A protobuf message under construction: field after field, each a key and a value; a message within a message comes after its length.
///
/// Long values are only announced, with their length, and are written when the message is.
///
/// Source: the protobuf encoding (protobuf.dev/programming-guides/encoding).
final class Message {
    private static final int VARINT = 0, LENGTH_DELIMITED = 2, FIXED_32 = 5;           // how a value is coded, in the lower three bits of the key

    private record Piece(long length, AtomicFile.Content content) {}

    private final List<Piece> pieces = new ArrayList<>();
    private long length;

    /// A whole number.
    Message number(int field, long value) {
        return key(field, VARINT).varint(value);
    }

    /// A number of single precision.
    Message real(int field, float value) {
        return key(field, FIXED_32).bytes(ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    }

    /// A text.
    Message text(int field, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return key(field, LENGTH_DELIMITED).varint(bytes.length).bytes(bytes);
    }

    /// A message, which must be complete.
    Message message(int field, Message value) {
        key(field, LENGTH_DELIMITED).varint(value.length);
        pieces.addAll(value.pieces);
        length += value.length;
        return this;
    }

    /// So many bytes that are written when their turn comes.
    Message content(int field, long count, AtomicFile.Content content) {
        return key(field, LENGTH_DELIMITED).varint(count).add(count, content);
    }

    /// Bytes of the whole message.
    long length() {
        return length;
    }

    /// Writes the message.
    void writeTo(OutputStream out) throws IOException {
        for (Piece piece : pieces) piece.content.writeTo(out);
    }

    private Message key(int field, int coding) {
        return varint((long) field << 3 | coding);
    }

    /// Seven bits in each byte, the lowest first; the eighth says that more follow.
    private Message varint(long value) {
        ByteBuffer bytes = ByteBuffer.allocate(10);
        for (; (value & ~0x7fL) != 0; value >>>= 7) bytes.put((byte) (value | 0x80));
        bytes.put((byte) value);
        byte[] coded = new byte[bytes.flip().remaining()];
        bytes.get(coded);
        return bytes(coded);
    }

    private Message bytes(byte[] bytes) {
        return add(bytes.length, out -> out.write(bytes));
    }

    private Message add(long count, AtomicFile.Content content) {
        pieces.add(new Piece(count, content));
        length += count;
        return this;
    }
}
