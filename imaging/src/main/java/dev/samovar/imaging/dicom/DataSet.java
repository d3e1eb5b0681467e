package dev.samovar.imaging.dicom;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.samovar.core.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Attributes by their tags: those of a file, or of an item of a sequence. Values are kept as bytes and decoded on request.
///
/// An empty value counts as absent (PS3.5, 7.4).
final class DataSet {
    private static final int LONGEST_NUMBER = 64;                       // characters

    private final ByteOrder order;
    private final Map<Integer, byte[]> values = new HashMap<>();
    private final Map<Integer, List<DataSet>> sequences = new HashMap<>();

    /// An empty data set with this byte order.
    DataSet(ByteOrder order) {
        this.order = order;
    }

    void put(int tag, byte[] value) {
        values.put(tag, value);
    }

    void put(int tag, List<DataSet> items) {
        sequences.put(tag, items);
    }

    boolean has(int tag) {
        byte[] value = values.get(tag);
        return value != null && value.length > 0;
    }

    /// The items of a sequence; empty if it is absent.
    List<DataSet> items(int tag) {
        return sequences.getOrDefault(tag, List.of());
    }

    /// The bytes of a value; empty if it is absent.
    byte[] bytes(int tag) {
        return values.getOrDefault(tag, new byte[0]);
    }

    /// The parts of a text, without the spaces around them; empty if it is absent or empty.
    List<String> texts(int tag) {
        List<String> parts = new ArrayList<>();
        String all = trimmed(new String(bytes(tag), ISO_8859_1));
        if (!all.isEmpty()) for (String part : all.split("\\\\", -1)) parts.add(trimmed(part));
        return parts;
    }

    /// The first part of a text; empty if it is absent.
    String text(int tag) {
        List<String> parts = texts(tag);
        return parts.isEmpty() ? "" : parts.getFirst();
    }

    private static String trimmed(String text) {
        int from = 0, to = text.length();
        while (from < to && text.charAt(from) <= ' ') from++;
        while (to > from && text.charAt(to - 1) <= ' ') to--;
        return text.substring(from, to);
    }

    /// The numbers of a text (DS, IS); `null` if it is absent.
    ///
    /// @param name what the attribute is called
    /// @throws FormatException if it is not so many finite numbers, in words that follow the name of the file
    double @Nullable [] numbers(int tag, String name, int count) {
        List<String> parts = texts(tag);
        if (parts.isEmpty() || parts.stream().allMatch(String::isEmpty)) return null;
        if (parts.size() < count) throw wrong(name, count);
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            try {
                numbers[i] = parts.get(i).length() > LONGEST_NUMBER ? Double.NaN : Double.parseDouble(parts.get(i));
            } catch (NumberFormatException _) {
                numbers[i] = Double.NaN;
            }
            if (!(Math.abs(numbers[i]) < 1e15)) throw wrong(name, count);
        }
        return numbers;
    }

    private static FormatException wrong(String name, int count) {
        return new FormatException("its " + name + " is not " + (count == 1 ? "a number" : count + " numbers"));
    }

    /// The single number of a text, or a default if it is absent.
    double number(int tag, String name, double otherwise) {
        double[] numbers = numbers(tag, name, 1);
        return numbers == null ? otherwise : numbers[0];
    }

    /// The single whole number of a text, or a default if it is absent.
    ///
    /// @throws FormatException if it is not a whole number; worded to follow the name of the file
    int whole(int tag, String name, int otherwise) {
        double number = number(tag, name, otherwise);
        if (number == (int) number) return (int) number;
        throw new FormatException("its " + name + " is not a whole number");
    }

    /// An unsigned number of 16 bits (US), or a default if it is absent.
    int unsigned(int tag, int otherwise) {
        return unsigned(tag, 0, otherwise);
    }

    /// One of several unsigned numbers of 16 bits, or a default if it is absent.
    int unsigned(int tag, int index, int otherwise) {
        ByteBuffer value = buffer(tag);
        return value.remaining() < 2 * index + 2 ? otherwise : value.getChar(2 * index);
    }

    /// A number of 64 bits (FD); NaN if it is absent.
    double real(int tag) {
        ByteBuffer value = buffer(tag);
        return value.remaining() < Double.BYTES ? Double.NaN : value.getDouble(0);
    }

    /// A number of 32 bits (UL); -1 if it is absent.
    long unsignedLong(int tag) {
        ByteBuffer value = buffer(tag);
        return value.remaining() < Integer.BYTES ? -1 : Integer.toUnsignedLong(value.getInt(0));
    }

    /// The bytes of a value in the order of its numbers.
    ByteBuffer buffer(int tag) {
        return ByteBuffer.wrap(bytes(tag)).order(order);
    }
}
