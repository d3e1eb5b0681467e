package dev.samovar.core.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A JSON value that knows its place: a value of the wrong kind is reported with its file and its path in it.
///
/// ```java
/// Json split = Json.read(Path.of("split.json"));
/// List<String> train = split.at("train").strings();
/// int epochs = split.has("epochs") ? split.at("epochs").integer() : 120;
///
/// AtomicFile.write(file, Json.object().with("epochs", 120).with("lr", 5e-4).with("classes", List.of("anterior", "posterior")).pretty());
/// ```
///
/// Reading is strict (RFC 8259, duplicate names refused) and limited: [#MAX_DEPTH], [#MAX_MEMBERS], [#MAX_VALUES], [#MAX_BYTES].
/// Whole numbers are exact over all 64 bits. Members keep their order, and the same value gives the same text, always.
public final class Json {
    /// How deep lists and objects may be nested.
    public static final int MAX_DEPTH = 64;
    /// How many members an object may have.
    public static final int MAX_MEMBERS = 100_000;
    /// How many values there may be, all levels together.
    public static final int MAX_VALUES = 4_000_000;
    /// How long a text may be, in bytes.
    public static final int MAX_BYTES = 100_000_000;

    private static final int LINE = 120;

    /// JSON's null, so that no Java null need be kept.
    enum Null {
        NULL
    }

    private final String name, path;
    private final Object value;

    private Json(String name, String path, Object value) {
        this.name = name;
        this.path = path;
        this.value = value;
    }

    // Reading ------------------------------------------------------------------------------------------------------------

    /// The value in a UTF-8 file.
    ///
    /// @throws FormatException if it is not JSON, or beyond a limit; with line and column
    public static Json read(Path file) {
        try (MappedFile mapped = MappedFile.open(file)) {
            if (mapped.length() > MAX_BYTES)
                throw new FormatException(file + " is longer than the " + MAX_BYTES + " bytes allowed for JSON");
            return parse(mapped.view(0, mapped.length()), file.toString());
        }
    }

    /// The value in UTF-8 bytes. `name` is its name in errors.
    public static Json parse(ByteBuffer utf8, String name) {
        try {
            return parse(StandardCharsets.UTF_8.newDecoder().decode(utf8).toString(), name);   // a new decoder reports what is malformed
        } catch (CharacterCodingException e) {
            throw new FormatException(name + " is not UTF-8 text; save it as UTF-8", e);
        }
    }

    /// The value in a text. `name` is its name in errors.
    public static Json parse(String text, String name) {
        return new Json(name, "", JsonParser.parse(text, name));
    }

    /// The member of an object.
    ///
    /// @throws FormatException if this is no object, or has no such member
    public Json at(String key) {
        Object member = members().get(key);
        String inner = path.isEmpty() ? key : path + "." + key;
        if (member == null) throw new FormatException(name + ": " + FormatException.shown(inner) + " is missing");
        return new Json(name, inner, member);
    }

    /// Whether this is an object with such a member that is not null.
    public boolean has(String key) {
        return value instanceof Map<?, ?> map && map.containsKey(key) && map.get(key) != Null.NULL;
    }

    /// The names of an object's members, in order.
    public List<String> keys() {
        return List.copyOf(members().keySet());
    }

    /// The elements of a list.
    public List<Json> list() {
        List<?> elements = as(List.class, "a list");
        return IntStream.range(0, elements.size()).mapToObj(i -> new Json(name, path + "[" + i + "]", elements.get(i))).toList();
    }

    /// The elements of a list of texts.
    public List<String> strings() {
        return list().stream().map(Json::string).toList();
    }

    /// The elements of a list of numbers.
    public double[] numbers() {
        return list().stream().mapToDouble(Json::number).toArray();
    }

    /// The elements of a list of whole numbers.
    public int[] integers() {
        return list().stream().mapToInt(Json::integer).toArray();
    }

    /// A text.
    public String string() {
        return as(String.class, "a text");
    }

    /// A number.
    public double number() {
        return as(Number.class, "a number").doubleValue();
    }

    /// A whole number, written as one (`3`, not `3.0`).
    public long whole() {
        return as(Long.class, "a whole number");
    }

    /// A whole number in the range of an `int`.
    public int integer() {
        long n = whole();
        if (n != (int) n) throw new FormatException(where() + " is " + n + ", which is out of range");
        return (int) n;
    }

    /// True or false.
    public boolean truth() {
        return as(Boolean.class, "true or false");
    }

    /// Whether this is an object.
    public boolean isObject() {
        return value instanceof Map;
    }

    /// Whether this is a list.
    public boolean isList() {
        return value instanceof List;
    }

    /// Whether this is a text.
    public boolean isString() {
        return value instanceof String;
    }

    /// Whether this is null.
    public boolean isNull() {
        return value == Null.NULL;
    }

    private Map<String, Object> members() {
        @SuppressWarnings("unchecked")
        Map<String, Object> members = as(Map.class, "an object");    // made by the parser or by plain(): both with names of text
        return members;
    }

    private <T> T as(Class<T> kind, String wanted) {
        if (kind.isInstance(value)) return kind.cast(value);
        throw new FormatException(where() + " must be " + wanted + ", but is " + kind());
    }

    private String where() {
        return path.isEmpty() ? name : name + ": " + FormatException.shown(path);
    }

    private String kind() {
        return switch (value) {
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "a list";
            case String _ -> "a text";
            case Number n -> "the number " + n;
            case Boolean b -> b.toString();
            default -> "null";
        };
    }

    // Making -------------------------------------------------------------------------------------------------------------

    /// An object without members.
    public static Json object() {
        return of(Map.of());
    }

    /// The value made of maps with text keys, iterables, `int`/`long`/`float`/`double` arrays, texts, numbers, booleans, null and `Json`.
    /// The order of a map is kept, so it should have one.
    ///
    /// @throws IllegalArgumentException for anything else, and for a number that is not finite: JSON has none
    public static Json of(@Nullable Object value) {
        return new Json("JSON", "", plain(value));
    }

    /// This object with one more member, or with another value for an existing one.
    public Json with(String key, @Nullable Object member) {
        Map<String, Object> members = new LinkedHashMap<>(members());
        members.put(key, plain(member));
        return new Json(name, path, members);
    }

    /// A number for [#with], or null if it is `NaN` or infinite, which JSON does not know.
    public static @Nullable Double orNull(double x) {
        return Double.isFinite(x) ? (Double) x : null;
    }

    private static Object plain(@Nullable Object value) {
        return switch (value) {
            case null -> Null.NULL;
            case Json json -> json.value;
            case String _,Boolean _,Long _ -> value;
            case Integer _,Short _,Byte _ -> ((Number) value).longValue();
            case Float f -> finite(Double.parseDouble(f.toString()));       // 0.1f is written 0.1
            case Double d -> finite(d);
            case int[] a -> IntStream.of(a).asLongStream().boxed().toList();
            case long[] a -> Arrays.stream(a).boxed().toList();
            case double[] a -> Arrays.stream(a).mapToObj(Json::finite).toList();
            case float[] a -> IntStream.range(0, a.length).mapToObj(i -> plain(a[i])).toList();
            case Map<?, ?> map -> {
                Map<String, Object> members = new LinkedHashMap<>();
                map.forEach((k, v) -> {
                    if (!(k instanceof String key)) throw new IllegalArgumentException("JSON has names of text only, not " + k);
                    members.put(key, plain(v));
                });
                yield members;
            }
            case Iterable<?> iterable -> {
                List<Object> elements = new ArrayList<>();
                for (Object element : iterable) elements.add(plain(element));
                yield elements;
            }
            default -> throw new IllegalArgumentException("JSON has no way to write a " + value.getClass().getName());
        };
    }

    private static Double finite(double d) {
        if (!Double.isFinite(d)) throw new IllegalArgumentException("JSON has no way to write " + d);
        return d;
    }

    // Writing ------------------------------------------------------------------------------------------------------------

    /// The text on one line, without blanks.
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    /// The text for people: indented by two blanks, short lists on one line, a newline at the end.
    public String pretty() {
        StringBuilder out = new StringBuilder();
        pretty(value, "\n", out);
        return out.append('\n').toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Json json && value.equals(json.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    private static void write(Object value, StringBuilder out) {
        switch (value) {
            case Map<?, ?> map -> {
                String comma = "{";
                for (Map.Entry<?, ?> member : map.entrySet()) {
                    quote((String) member.getKey(), out.append(comma));
                    write(member.getValue(), out.append(':'));
                    comma = ",";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> list -> {
                String comma = "[";
                for (Object element : list) {
                    write(element, out.append(comma));
                    comma = ",";
                }
                out.append(list.isEmpty() ? "[]" : "]");
            }
            case String text -> quote(text, out);
            case Null _ -> out.append("null");
            default -> out.append(value);
        }
    }

    private static void pretty(Object value, String newline, StringBuilder out) {
        String inner = newline + "  ", comma = "";
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            out.append('{');
            for (Map.Entry<?, ?> member : map.entrySet()) {
                quote((String) member.getKey(), out.append(comma).append(inner));
                pretty(member.getValue(), inner, out.append(": "));
                comma = ",";
            }
            out.append(newline).append('}');
        } else if (value instanceof List<?> list && !oneLine(list)) {
            out.append('[');
            for (Object element : list) {
                pretty(element, inner, out.append(comma).append(inner));
                comma = ",";
            }
            out.append(newline).append(']');
        } else if (value instanceof List<?> list) {
            out.append('[');
            for (Object element : list) {
                write(element, out.append(comma));
                comma = ", ";
            }
            out.append(']');
        } else {
            write(value, out);
        }
    }

    private static boolean oneLine(List<?> list) {
        int length = 0;
        for (Object element : list) {
            if (element instanceof Map || element instanceof List) return false;
            length += element.toString().length() + 2;
            if (length > LINE) return false;
        }
        return true;
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') out.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
                    else out.append(c);
                }
            }
        }
        out.append('"');
    }
}
