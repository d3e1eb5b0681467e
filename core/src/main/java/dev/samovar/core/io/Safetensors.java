package dev.samovar.core.io;

import static dev.samovar.core.io.FormatException.shown;
import static java.util.Objects.requireNonNull;

import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/// A safetensors file: eight bytes with the header's length, a header in JSON, then the numbers, little-endian and without gaps.
///
/// The file is mapped, so it may be larger than memory, and only what is read costs time. Reading refuses everything that the reference
/// implementation refuses (huggingface/safetensors at 24b0b28): a header over [#MAX_HEADER] or past the end, one that is not an object of known
/// members, a name that occurs twice, metadata that is not text, offsets that overlap, leave a hole or do not match the shape, a file that is longer
/// or shorter than its tensors. A single tensor of 2 GB or more is refused, too. A tensor of a type that is not read here, for example of eight bits,
/// is only listed ([#unread()]).
public final class Safetensors implements TensorFile {
    /// The longest header, in bytes.
    public static final int MAX_HEADER = 100_000_000;

    private static final String METADATA = "__metadata__";
    private static final String SEAL = "seal.sha256";
    private static final int LENGTH = Long.BYTES;
    private static final int ALIGNMENT = 8;
    /// Types that are not read here, with the bits of an element.
    private static final Map<String, Integer> OTHERS = Map.of("F4", 4, "F6_E2M3", 6, "F6_E3M2", 6, "F8_E5M2", 8, "F8_E4M3", 8, "F8_E8M0", 8,
            "F8_E4M3FNUZ", 8, "F8_E5M2FNUZ", 8, "C64", 64);

    private final MappedFile file;
    private final long start;
    private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    private final SequencedMap<String, String> metadata = new LinkedHashMap<>();
    private final SequencedMap<String, String> unread = new LinkedHashMap<>();
    private final Map<String, Range> ranges = new LinkedHashMap<>();

    /// Where a tensor's bytes are, counted from the end of the header.
    private record Range(long from, long to) {}

    /// A tensor to be written. Its bytes, row-major and little-endian, are only requested when they are written.
    public record Item(String name, DType dtype, Shape shape, Supplier<ByteBuffer> bytes) {

        /// Single-precision numbers.
        public static Item of(String name, Shape shape, float[] values) {
            return of(name, shape, () -> values);
        }

        /// Single-precision numbers that are computed when they are written.
        public static Item of(String name, Shape shape, Supplier<float[]> values) {
            return new Item(name, DType.F32, shape, () -> {
                float[] x = values.get();
                ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, x.length)).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(x);
                return bytes;
            });
        }

        /// An item in half precision, each number rounded to the nearest.
        public static Item half(String name, Shape shape, Supplier<float[]> values) {
            return new Item(name, DType.F16, shape, () -> {
                float[] x = values.get();
                ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Short.BYTES, x.length)).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < x.length; i++) bytes.putShort(Short.BYTES * i, Float.floatToFloat16(x[i]));
                return bytes;
            });
        }

        /// A tensor of another file, untouched. That file must stay open until this one is written.
        public static Item of(String name, TensorFile file) {
            Entry entry = file.entries().get(name);
            if (entry == null) throw new IllegalArgumentException("there is no tensor \"" + name + "\" to be copied");
            return new Item(name, entry.dtype(), entry.shape(), () -> file.bytes(name));
        }

        /// Numbers of another file in half precision, each rounded to the nearest. That file must stay open until this one is written.
        ///
        /// @throws FormatException when it is written, if one is too large for that, above 65,504
        public static Item half(String name, TensorFile file) {
            Entry entry = file.entries().get(name);
            if (entry == null) throw new IllegalArgumentException("there is no tensor \"" + name + "\" to be copied");
            return new Item(name, DType.F16, entry.shape(), () -> {
                float[] x = file.floats(name);
                ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Short.BYTES, x.length)).order(ByteOrder.LITTLE_ENDIAN);
                for (float v : x) {
                    short half = Float.floatToFloat16(v);
                    if (Float.isFinite(v) && !Float.isFinite(Float.float16ToFloat(half)))
                        throw new FormatException(file + ": " + name + " holds " + v + ", which is too large for half precision");
                    bytes.putShort(half);
                }
                return bytes.flip();
            });
        }
    }

    private Safetensors(MappedFile file) {
        this.file = file;
        if (file.length() < LENGTH) throw bad("it is only " + file.length() + " bytes long");
        long header = file.view(0, LENGTH).getLong();
        if (header < 0 || header > MAX_HEADER) throw bad("its header would be " + Long.toUnsignedString(header) + " bytes long");
        if (header > file.length() - LENGTH) throw bad("its header of " + header + " bytes does not fit into its " + file.length());
        if (header == 0 || file.view(LENGTH, 1).get() != '{') throw bad("its header does not start with '{'");
        start = LENGTH + header;
        Json json = Json.parse(file.view(LENGTH, header), file.path() + " (safetensors header)");
        for (String name : json.keys()) {
            if (name.equals(METADATA)) readMetadata(json.at(name));
            else readEntry(name, json.at(name));
        }
        checkRanges(file.length() - start);
    }

    /// Opens a file, reading its header only.
    ///
    /// @throws FormatException if it is not a whole and valid safetensors file
    public static Safetensors open(Path path) {
        return of(MappedFile.open(path));
    }

    /// Reads the contents of such a file from memory, for example a resource; the bytes are not copied.
    ///
    /// @param name their name in messages
    /// @throws FormatException if they are not those of a whole and valid safetensors file
    public static Safetensors of(String name, byte[] bytes) {
        return of(MappedFile.of(name, bytes));
    }

    private static Safetensors of(MappedFile file) {
        try {
            return new Safetensors(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Opens a file that was [sealed][#seal], reading it once from end to end.
    ///
    /// @throws FormatException if it is not a valid file, or differs in any bit from the one that was written
    public static Safetensors openSealed(Path path) {
        Safetensors file = open(path);
        try {
            file.checkSeal();
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void checkSeal() {
        Entry entry = entries.get(SEAL);
        long before = file.length() - Sha256.BYTES;
        if (entry == null || !entry.shape().equals(Shape.of(Sha256.BYTES)) || requireNonNull(ranges.get(SEAL)).from != before - start)
            throw new FormatException(file.path() + " has no seal that would tell whether it is whole");
        if (!file.view(before, Sha256.BYTES).equals(ByteBuffer.wrap(Sha256.digest(file, before))))
            throw new FormatException(file.path() + " is not as it was written: its seal is broken");
    }

    private void readMetadata(Json json) {
        for (String key : json.keys()) metadata.put(key, json.at(key).string());
    }

    private void readEntry(String name, Json json) {
        for (String key : json.keys())
            if (!key.equals("dtype") && !key.equals("shape") && !key.equals("data_offsets"))
                throw bad("its tensor " + shown(name) + " has an unknown member " + shown(key));
        String stored = json.at("dtype").string();
        Integer bits = OTHERS.get(stored);
        Shape shape = shape(name, json.at("shape").list());
        List<Json> offsets = json.at("data_offsets").list();
        if (offsets.size() != 2) throw bad("its tensor " + shown(name) + " has " + offsets.size() + " offsets instead of two");
        Range range = new Range(offsets.getFirst().whole(), offsets.getLast().whole());
        long bytes = bits != null ? Math.ceilDiv((long) shape.size() * bits, Byte.SIZE) : (long) shape.size() * dtype(name, stored).bytes();
        if (range.from < 0 || range.to < range.from || range.to - range.from != bytes)
            throw bad("its tensor " + shown(name) + " of shape " + shape + " needs " + bytes + " bytes, not " + range.from + " to "
                    + range.to);
        ranges.put(name, range);
        if (bits != null) {
            unread.put(name, "it is stored as " + stored + ", which is not read here");
            return;
        }
        if (bytes > Integer.MAX_VALUE) throw bad("its tensor " + shown(name) + " has " + bytes + " bytes, more than can be read at once");
        entries.put(name, new Entry(dtype(name, stored), shape));
    }

    private DType dtype(String name, String dtype) {
        for (DType known : DType.values()) if (known.name().equals(dtype)) return known;
        throw bad("its tensor " + shown(name) + " is stored as " + shown(dtype) + ", which is not read here");
    }

    private Shape shape(String name, List<Json> dims) {
        int[] shape = new int[dims.size()];
        for (int i = 0; i < shape.length; i++) shape[i] = dims.get(i).integer();
        try {
            return Shape.of(shape);
        } catch (ShapeException | ArithmeticException e) {
            throw bad("the shape of its tensor " + shown(name) + " is impossible (" + e.getMessage() + ")");
        }
    }

    /// In the order of their offsets, every tensor must start where the one before it ends, and the last must end with the file.
    private void checkRanges(long length) {
        List<Map.Entry<String, Range>> sorted = new ArrayList<>(ranges.entrySet());
        sorted.sort(Comparator.comparingLong((Map.Entry<String, Range> e) -> e.getValue().from).thenComparingLong(e -> e.getValue().to));
        long end = 0;
        for (Map.Entry<String, Range> next : sorted) {
            Range range = next.getValue();
            if (range.from != end)
                throw bad("its tensor " + shown(next.getKey()) + (range.from < end ? " overlaps" : " leaves a hole behind")
                        + " the one before it");
            end = range.to;
        }
        if (end != length) throw bad("it holds " + length + " bytes of numbers where its header tells of " + end);
    }

    @Override
    public SequencedMap<String, Entry> entries() {
        return Collections.unmodifiableSequencedMap(entries);
    }

    @Override
    public SequencedMap<String, String> unread() {
        return Collections.unmodifiableSequencedMap(unread);
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return Collections.unmodifiableSequencedMap(metadata);
    }

    @Override
    public ByteBuffer bytes(String name) {
        Range range = entries.containsKey(name) ? ranges.get(name) : null;
        if (range == null) throw new IllegalArgumentException("there is no tensor \"" + name + "\" in " + file.path());
        return file.view(start + range.from, range.to - range.from);
    }

    @Override
    public void close() {
        file.close();
    }

    private FormatException bad(String what) {
        return new FormatException(file.path() + " is not a valid safetensors file: " + what + "; fetch or convert it again");
    }

    @Override
    public String toString() {
        return file.path().toString();
    }

    // Writing ------------------------------------------------------------------------------------------------------------

    /// Writes a file whole or not at all; the same tensors and metadata give the same bytes.
    ///
    /// The header has the given order, the metadata sorted by key. The numbers of wide types come first, so that all are aligned.
    ///
    /// @throws java.io.UncheckedIOException if it cannot be written
    /// @throws IllegalArgumentException if a name occurs twice or is `__metadata__`, or the number of a tensor's bytes does not match its shape
    public static void write(Path path, Map<String, String> metadata, Collection<Item> tensors) {
        AtomicFile.write(path, out -> write(out, metadata, tensors));
    }

    /// Writes a file as [#write] does, with one more tensor at the end, `seal.sha256`, the digest of all bytes before it. [#openSealed] then detects
    /// any change.
    public static void seal(Path path, Map<String, String> metadata, Collection<Item> tensors) {
        AtomicFile.write(path, out -> {
            MessageDigest digest = Sha256.digest();
            List<Item> sealed = new ArrayList<>(tensors);
            sealed.add(new Item(SEAL, DType.U8, Shape.of(Sha256.BYTES), () -> ByteBuffer.wrap(digest.digest())));
            write(new DigestOutputStream(out, digest), metadata, sealed);
        });
    }

    private static void write(OutputStream out, Map<String, String> metadata, Collection<Item> tensors) throws IOException {
        List<Item> byWidth = new ArrayList<>(tensors);
        byWidth.sort(Comparator.comparingInt((Item item) -> item.dtype.bytes()).reversed());
        byte[] header = header(metadata, tensors, byWidth);
        WritableByteChannel channel = Channels.newChannel(out);
        channel.write(ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length));
        channel.write(ByteBuffer.wrap(header));
        for (Item item : byWidth) {
            ByteBuffer bytes = item.bytes.get();
            if (bytes.remaining() != size(item))
                throw new IllegalArgumentException(item.name + " of shape " + item.shape + " has " + bytes.remaining() + " bytes");
            channel.write(bytes);
        }
    }

    private static byte[] header(Map<String, String> metadata, Collection<Item> tensors, List<Item> placed) {
        Map<String, Range> ranges = new LinkedHashMap<>();
        long end = 0;
        for (Item item : placed) {
            Range range = new Range(end, end += size(item));
            if (ranges.put(item.name, range) != null || item.name.equals(METADATA))
                throw new IllegalArgumentException("no tensor, or no second one, may be called " + item.name);
        }
        SequencedMap<String, Object> members = new LinkedHashMap<>();
        if (!metadata.isEmpty()) members.put(METADATA, new TreeMap<>(metadata));
        for (Item item : tensors) {
            SequencedMap<String, Object> tensor = new LinkedHashMap<>();
            Range range = ranges.get(item.name);
            tensor.put("dtype", item.dtype.name());
            tensor.put("shape", item.shape.dims());
            tensor.put("data_offsets", range == null ? List.of() : List.of(range.from, range.to));
            members.put(item.name, tensor);
        }
        String json = Json.of(members).toString();
        int length = json.getBytes(StandardCharsets.UTF_8).length;
        return (json + " ".repeat(-length & ALIGNMENT - 1)).getBytes(StandardCharsets.UTF_8);
    }

    private static long size(Item item) {
        return (long) item.shape.size() * item.dtype.bytes();
    }
}
