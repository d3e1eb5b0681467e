package dev.samovar.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A protobuf message, parsed without its schema: the fields are numbers, or bytes that may be texts or messages.
record Protobuf(List<Field> fields) {
    record Field(int number, long value, ByteBuffer bytes) {}

    static Protobuf of(ByteBuffer message) {
        ByteBuffer in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
        List<Field> fields = new ArrayList<>();
        while (in.hasRemaining()) {
            long key = varint(in);
            int number = (int) (key >>> 3);
            switch ((int) key & 7) {
                case 0 -> fields.add(new Field(number, varint(in), ByteBuffer.allocate(0)));
                case 2 -> {
                    int length = Math.toIntExact(varint(in));
                    fields.add(new Field(number, length, in.slice(in.position(), length)));
                    in.position(in.position() + length);
                }
                case 5 -> fields.add(new Field(number, in.getInt(), ByteBuffer.allocate(0)));
                default -> throw new AssertionError("field " + number + " has wire type " + (key & 7));
            }
        }
        return new Protobuf(fields);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) return value;
        }
    }

    private List<Field> all(int number) {
        return fields.stream().filter(field -> field.number == number).toList();
    }

    List<Long> numbers(int field) {
        return all(field).stream().map(Field::value).toList();
    }

    List<String> texts(int field) {
        return all(field).stream().map(f -> StandardCharsets.UTF_8.decode(f.bytes.slice()).toString()).toList();
    }

    List<Protobuf> messages(int field) {
        return all(field).stream().map(f -> of(f.bytes)).toList();
    }

    Protobuf message(int field) {
        return messages(field).getFirst();
    }

    String text(int field) {
        return texts(field).getFirst();
    }

    /// The length in bytes of each value of a field.
    List<Integer> lengths(int field) {
        return all(field).stream().map(f -> f.bytes.remaining()).toList();
    }
}
