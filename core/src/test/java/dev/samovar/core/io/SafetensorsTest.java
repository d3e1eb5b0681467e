package dev.samovar.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Allocation;
import dev.samovar.core.testkit.Resources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    @TempDir
    Path folder;

    @Test
    void aSmallFileIsReadAsTheFormatSays() throws IOException {
        Path file = file("{\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[4,12]},\"__metadata__\":{\"k\":\"v\"},"
                + "\"a\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}   ", floats(Float.intBitsToFloat(7), 1.5f, -2));
        try (Safetensors tensors = Safetensors.open(file)) {
            assertEquals(List.of("b", "a"), List.copyOf(tensors.entries().keySet()));
            assertEquals(new TensorFile.Entry(DType.F32, Shape.of(2, 1)), tensors.entries().get("b"));
            assertEquals(Map.of("k", "v"), tensors.metadata());
            assertArrayEquals(new float[]{1.5f, -2}, tensors.floats("b"));
            assertArrayEquals(new float[]{7}, tensors.floats("a"));
            assertEquals(7, tensors.bytes("a").getInt());
            assertThrows(IllegalArgumentException.class, () -> tensors.floats("c"));
        }
    }

    @Test
    void aSealTellsWhetherABitHasChanged() throws IOException {
        Path file = folder.resolve("sealed.safetensors"), open = folder.resolve("open.safetensors");
        List<Safetensors.Item> items = List.of(Safetensors.Item.of("a", Shape.of(3), new float[]{1, 2, 3}),
                new Safetensors.Item("b", DType.U8, Shape.of(2), () -> ByteBuffer.wrap(new byte[]{7, 8})));
        Safetensors.seal(file, Map.of("k", "v"), items);
        try (Safetensors sealed = Safetensors.openSealed(file)) {
            assertArrayEquals(new float[]{1, 2, 3}, sealed.floats("a"));
            assertEquals(8, sealed.bytes("b").get(1));
        }
        byte[] whole = Files.readAllBytes(file);
        for (int bit = 0; bit < 8 * whole.length; bit += 3) {                      // some bits of every byte
            byte[] changed = whole.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, changed);
            assertThrows(FormatException.class, () -> Safetensors.openSealed(file).close(), "bit " + bit);
        }
        Safetensors.write(open, Map.of(), items);
        assertTrue(assertThrows(FormatException.class, () -> Safetensors.openSealed(open)).getMessage().contains("has no seal"));
    }

    @Test
    void everyTypeWidensToFloat() {
        ByteBuffer b = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -1).putLong(8, 1);
        assertArrayEquals(new float[]{1, 0}, DType.BOOL.floats(b.slice(7, 2).put(1, (byte) 0).put(0, (byte) 2)));
        b.putLong(0, -1).putLong(8, 1);
        assertArrayEquals(new float[]{255}, DType.U8.floats(b.slice(0, 1)));
        assertArrayEquals(new float[]{-1}, DType.I8.floats(b.slice(0, 1)));
        assertArrayEquals(new float[]{65535}, DType.U16.floats(b.slice(0, 2)));
        assertArrayEquals(new float[]{-1}, DType.I16.floats(b.slice(0, 2)));
        assertArrayEquals(new float[]{0x1p32f}, DType.U32.floats(b.slice(0, 4)));
        assertArrayEquals(new float[]{-1, -1}, DType.I32.floats(b.slice(0, 8)));
        assertArrayEquals(new float[]{0x1p64f, 1}, DType.U64.floats(b));
        assertArrayEquals(new float[]{-1, 1}, DType.I64.floats(b));
        assertArrayEquals(new float[]{-1.5f}, DType.F16.floats(b.putShort(0, (short) 0xBE00).slice(0, 2)));
        assertArrayEquals(new float[]{-1.5f}, DType.BF16.floats(b.putShort(0, (short) 0xBFC0).slice(0, 2)));
        assertArrayEquals(new float[]{-1.5f}, DType.F32.floats(b.putFloat(0, -1.5f).slice(0, 4)));
        assertArrayEquals(new float[]{0.1f}, DType.F64.floats(b.putDouble(0, 0.1).slice(0, 8)));
    }

    @Test
    void theFixtureIsReadWhole() {
        try (Safetensors sam = Safetensors.open(Resources.copy("sam-tiny/sam-tiny.safetensors", folder))) {
            assertTrue(sam.entries().size() > 100);
            long elements = sam.entries().values().stream().mapToLong(e -> e.shape().size()).sum();
            assertTrue(elements > 200_000 && elements < 220_000, "" + elements);
            for (String name : sam.entries().keySet()) for (float x : sam.floats(name)) assertTrue(Math.abs(x) < 10, name);
        }
    }

    // Refused files ------------------------------------------------------------------------------------------------------

    /// The header, the number of bytes after it, and a part of the expected sentence.
    private static final Object[][] REFUSED = {
        {"", 0, "does not start with"},
        {" {}", 0, "does not start with"},
        {"[]", 0, "does not start with"},
        {"\uFEFF{}", 0, "does not start with"},
        {"{", 0, "line 1"},
        {"{}x", 0, "follows the end"},
        {"{}", 1, "holds 1 bytes"},
        {"{}\u0000", 0, "follows the end"},
        {"{\"a\":1}", 0, "must be an object"},
        {"{\"a\":null}", 0, "must be an object"},
        {"{\"a\":{}}", 0, "dtype\" is missing"},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, "shape\" is missing"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 4, "data_offsets\" is missing"},
        {tensor("F32", "[1]", "[0,4]", "\"extra\":1"), 4, "unknown member"},
        {tensor("F99", "[1]", "[0,4]"), 4, "not read here"},
        {tensor("f32", "[1]", "[0,4]"), 4, "not read here"},
        {"{\"a\":{\"dtype\":5,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "must be a text"},
        {tensor("F32", "1", "[0,4]"), 4, "must be a list"},
        {tensor("F32", "[\"1\"]", "[0,4]"), 4, "whole number"},
        {tensor("F32", "[1.0]", "[0,4]"), 4, "whole number"},
        {tensor("F32", "[1e0]", "[0,4]"), 4, "whole number"},
        {tensor("F32", "[-1]", "[0,4]"), 4, "impossible"},
        {tensor("F32", "[-1,-1]", "[0,4]"), 4, "impossible"},
        {tensor("F32", "[4294967296,4294967296]", "[0,0]"), 0, "out of range"},         // wraps to 0 in 64 bits
        {tensor("F32", "[4294967297]", "[0,4]"), 4, "out of range"},                    // wraps to 1 in 32 bits, so to 4 bytes
        {tensor("F32", "[65536,65536]", "[0,0]"), 0, "impossible"},                     // wraps to 0 in 32 bits
        {tensor("F32", "[641,6700417]", "[0,4]"), 4, "impossible"},                     // 2^32 + 1: wraps to 4 bytes
        {tensor("F32", "[1073741825]", "[0,4]"), 4, "needs 4294967300 bytes"},          // times 4 wraps to 4 in 32 bits
        {tensor("F64", "[536870912]", "[0,0]"), 0, "needs 4294967296 bytes"},           // times 8 wraps to 0 in 32 bits
        {tensor("F32", "[2147483647,2147483647,2147483647]", "[0,4]"), 4, "impossible"},
        {tensor("F32", "[9007199254740993]", "[0,4]"), 4, "out of range"},
        {tensor("F32", "[18446744073709551616]", "[0,4]"), 4, "64 bits"},
        {tensor("F32", "[1]", "[0]"), 4, "1 offsets"},
        {tensor("F32", "[1]", "[0,4,8]"), 4, "3 offsets"},
        {tensor("F32", "[1]", "0"), 4, "must be a list"},
        {tensor("F32", "[1]", "[0,8]"), 8, "needs 4 bytes"},
        {tensor("F32", "[2]", "[0,4]"), 4, "needs 8 bytes"},
        {tensor("F32", "[1]", "[4,0]"), 4, "needs 4 bytes"},
        {tensor("F32", "[1]", "[-4,0]"), 4, "needs 4 bytes"},
        {tensor("F32", "[1]", "[0,-4]"), 4, "needs 4 bytes"},
        {tensor("F32", "[1]", "[9223372036854775804,-9223372036854775808]"), 4, "needs 4 bytes"},     // their difference wraps to 4
        {tensor("F32", "[1]", "[9007199254740993,9007199254740997]"), 4, "hole"},
        {tensor("F32", "[1]", "[4,8]"), 8, "hole"},
        {tensor("F32", "[1]", "[0,4]"), 3, "holds 3 bytes"},
        {tensor("F32", "[1]", "[0,4]"), 5, "holds 5 bytes"},
        {tensor("F32", "[1]", "[0,4]"), 0, "holds 0 bytes"},
        {tensor("F32", "[536870912]", "[0,2147483648]"), 4, "more than can be read"},
        {two("[0,4]", "[0,4]"), 4, "overlaps"},
        {two("[0,4]", "[2,6]"), 6, "overlaps"},
        {two("[0,4]", "[8,12]"), 12, "hole"},
        {two("[4,8]", "[8,12]"), 12, "hole"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"z\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[2,2]}}",
            4,
            "overlaps"},                                                            // an empty tensor inside another
        {"{\"z\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}", 0, "hole"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            0,
            "occurs twice"},
        {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "occurs twice"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "occurs twice"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "must be a text"},
        {"{\"__metadata__\":{\"a\":null}}", 0, "must be a text"},
        {"{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "must be a text"},
        {"{\"__metadata__\":[]}", 0, "must be an object"},
        {"{\"__metadata__\":\"x\"}", 0, "must be an object"},
        {"{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "surrogate"},
        {"{\"a\":" + "[".repeat(100_000), 0, "nested"},
        {"{\"a\":" + "{\"a\":".repeat(100_000), 0, "nested"},
        {"{'a':1}", 0, "double quotes"},
        {"{\"a\":NaN}", 0, "value is expected"},
        {"{} // comment", 0, "follows the end"},
    };

    @Test
    void everyBadHeaderIsRefusedWithASentence() throws IOException {
        assertTrue(REFUSED.length >= 60);
        for (Object[] row : REFUSED) assertRefused(file((String) row[0], new byte[(Integer) row[1]]), (String) row[2], (String) row[0]);
    }

    @Test
    void everyBadFrameIsRefusedWithASentence() throws IOException {
        assertRefused(raw(), "only 0 bytes", "empty");
        assertRefused(raw(1, 2, 3, 4, 5, 6, 7), "only 7 bytes", "seven");
        assertRefused(raw(0, 0, 0, 0, 0, 0, 0, 0), "does not start", "no header");
        assertRefused(raw(1, 0, 0, 0, 0, 0, 0, 0), "does not fit", "header missing");
        assertRefused(raw(3, 0, 0, 0, 0, 0, 0, 0, '{', '}'), "does not fit", "header cut");
        assertRefused(raw(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, '{', '}'), "18446744073709551615", "2^64 - 1");
        assertRefused(raw(0, 0, 0, 0, 0, 0, 0, 0x80, '{', '}'), "9223372036854775808", "sign bit");
        assertRefused(raw(0x01, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, '{', '}'), "100000001", "one over the limit");
        assertRefused(raw(0x00, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, '{', '}'), "does not fit", "at the limit");
        assertRefused(raw(4, 0, 0, 0, 0, 0, 0, 0, '{', '"', 0xFF, '}'), "UTF-8", "bad UTF-8");
        assertRefused(raw(6, 0, 0, 0, 0, 0, 0, 0, '{', '"', 0xC0, 0x80, '"', '}'), "UTF-8", "overlong");
        assertRefused(raw(7, 0, 0, 0, 0, 0, 0, 0, '{', '"', 0xED, 0xA0, 0x80, '"', '}'), "UTF-8", "surrogate in UTF-8");
    }

    @Test
    void emptyTensorsMayShareAPlaceBetweenOthers() throws IOException {
        Path file = file(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"y\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[4,4]},"
                        + "\"z\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}",
                new byte[4]);
        try (Safetensors tensors = Safetensors.open(file)) {
            assertEquals(0, tensors.floats("y").length);
        }
    }

    @Test
    void aRefusedFileIsNotKeptMapped() throws IOException {
        Path file = file("{}", new byte[1]);
        for (int i = 0; i < 100_000 / 50; i++) assertThrows(FormatException.class, () -> Safetensors.open(file));
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            assertEquals(0, maps.filter(line -> line.endsWith(file.toString())).count());
        } catch (NoSuchFileException _) {
            // Only Linux has this file.
        }
    }

    // Writing ------------------------------------------------------------------------------------------------------------

    @Test
    void aThousandRandomFilesComeBackByteByByte() throws IOException {
        Random random = new Random(3);
        Path file = folder.resolve("x.safetensors"), again = folder.resolve("again.safetensors");
        for (int i = 0; i < 1000; i++) {
            Map<String, byte[]> contents = new HashMap<>();
            List<Safetensors.Item> items = new ArrayList<>();
            for (int k = random.nextInt(6); k > 0; k--) {
                DType dtype = List.of(DType.values()).get(random.nextInt(DType.values().length));
                Shape shape = Shape.of(random.ints(random.nextInt(4), 0, 5).toArray());
                String name = Integer.toString(k) + "/\"\\\n\u0001ä😀".substring(random.nextInt(5));
                byte[] bytes = new byte[shape.size() * dtype.bytes()];
                random.nextBytes(bytes);
                contents.put(name, bytes);
                items.add(new Safetensors.Item(name, dtype, shape, () -> ByteBuffer.wrap(bytes)));
            }
            Map<String, String> metadata = random.nextBoolean() ? Map.of() : new TreeMap<>(Map.of("format", "pt", "n", "" + i));
            Safetensors.write(file, metadata, items);
            try (Safetensors tensors = Safetensors.open(file)) {
                assertEquals(items.stream().map(Safetensors.Item::name).toList(), List.copyOf(tensors.entries().keySet()));
                assertEquals(metadata, tensors.metadata());
                for (Safetensors.Item item : items) {
                    assertEquals(new TensorFile.Entry(item.dtype(), item.shape()), tensors.entries().get(item.name()));
                    assertEquals(ByteBuffer.wrap(Objects.requireNonNull(contents.get(item.name()))), tensors.bytes(item.name()));
                }
                if (i % 20 == 0) {
                    Safetensors.write(again, tensors.metadata(), items.stream().map(item -> Safetensors.Item.of(item.name(), tensors)).toList());
                    assertEquals(-1, Files.mismatch(file, again));
                }
            }
        }
    }

    @Test
    void floatsAreWrittenAlignedAndWithSortedMetadata() throws IOException {
        Path file = folder.resolve("x.safetensors");
        Safetensors.write(file, Map.of("z", "1", "a", "2", "m", "3"), List.of(new Safetensors.Item("flags", DType.BOOL, Shape.of(3),
                () -> ByteBuffer.allocate(3)),
                Safetensors.Item.of("w", Shape.of(2), new float[]{1, 2})));
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertTrue(text.startsWith(
                "{\"__metadata__\":{\"a\":\"2\",\"m\":\"3\",\"z\":\"1\"},\"flags\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[8,11]},"
                        + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                8), text);
        assertEquals(0, (text.length() - 11) % 8);
        try (Safetensors tensors = Safetensors.open(file)) {
            assertArrayEquals(new float[]{1, 2}, tensors.floats("w"));
        }
    }

    @Test
    void numbersOfHalfPrecisionAreRoundedToTheNearest() throws IOException {
        Path floats = folder.resolve("f32.safetensors"), halves = folder.resolve("f16.safetensors"), huge = folder.resolve("huge.safetensors");
        float[] values = {0, 1 / 3f, 65504, -65519, 1e-8f, 2049, Float.POSITIVE_INFINITY}, rounded = {0, 0.33325195f, 65504, -65504, 0, 2048,
            Float.POSITIVE_INFINITY};
        Safetensors.write(floats, Map.of(), List.of(Safetensors.Item.of("a", Shape.of(7), values)));
        Safetensors.write(huge, Map.of(), List.of(Safetensors.Item.of("b", Shape.of(1), new float[]{65520})));
        try (Safetensors from = Safetensors.open(floats); Safetensors tooLarge = Safetensors.open(huge)) {
            Safetensors.write(halves, Map.of(), List.of(Safetensors.Item.half("a", from), Safetensors.Item.half("made", Shape.of(7), () -> values)));
            assertThrows(FormatException.class, () -> Safetensors.write(folder.resolve("no.safetensors"), Map.of(), List.of(Safetensors.Item
                    .half("b", tooLarge))));
        }
        try (Safetensors read = Safetensors.open(halves)) {
            assertArrayEquals(rounded, read.floats("a"));
            assertArrayEquals(rounded, read.floats("made"));
            assertEquals(14, read.bytes("made").remaining(), "two bytes for each");
        }
    }

    /// A network computes with finite numbers only, and what a file lacks is told in words.
    @Test
    void weightsAreFiniteAndMissingOnesAreTold() throws IOException {
        Path file = folder.resolve("w.safetensors");
        Safetensors.write(file, Map.of(),
                List.of(Safetensors.Item.of("good", Shape.of(2), new float[]{1, -2}), Safetensors.Item.of("bad", Shape.of(2),
                        new float[]{1, Float.NaN}),
                        new Safetensors.Item("quantized", DType.I8, Shape.of(2), () -> ByteBuffer.wrap(new byte[]{1, -2}))));
        try (Safetensors tensors = Safetensors.open(file)) {
            assertArrayEquals(new float[]{1, -2}, tensors.weights("good"));
            assertArrayEquals(new float[]{1, -2}, tensors.floats("quantized"));
            String whole = String.valueOf(assertThrows(FormatException.class, () -> tensors.weights("quantized")).getMessage());
            assertTrue(whole.contains("\"quantized\" holds whole numbers (I8), as that of a quantized network"), whole);
            String refused = String.valueOf(assertThrows(FormatException.class, () -> tensors.weights("bad")).getMessage());
            assertTrue(refused.contains("\"bad\" holds NaN (its element 1)"), refused);
            assertEquals(Shape.of(2), tensors.shape("bad"));
            assertThrows(IllegalArgumentException.class, () -> tensors.shape("none"));
            assertEquals("has no tensor \"none\"", tensors.lacks("none"));
        }
    }

    @Test
    void whatCannotBeReadIsNotWritten() throws IOException {
        Path file = folder.resolve("x.safetensors");
        Safetensors.Item one = Safetensors.Item.of("a", Shape.of(1), new float[1]);
        assertThrows(IllegalArgumentException.class, () -> Safetensors.write(file, Map.of(), List.of(one, one)));
        assertThrows(IllegalArgumentException.class,
                () -> Safetensors.write(file, Map.of(), List.of(Safetensors.Item.of("__metadata__", Shape.of(1), new float[1]))));
        assertThrows(IllegalArgumentException.class, () -> Safetensors.write(file, Map.of(), List.of(Safetensors.Item.of("a", Shape.of(2),
                new float[1]))));
        try (var files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void aFileOverTwoGigabytesIsReadWithoutReadingItAll() throws IOException {
        Path file = folder.resolve("large.safetensors");
        int[] third = {1 << 10, 1 << 20};
        String big = "\"dtype\":\"U8\",\"shape\":" + Arrays.toString(third);
        String header = "{\"a\":{" + big + ",\"data_offsets\":[0,1073741824]},\"b\":{" + big + ",\"data_offsets\":[1073741824,2147483648]},"
                + "\"c\":{" + big
                + ",\"data_offsets\":[2147483648,3221225472]},\"d\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[3221225472,3221225476]}}";
        Files.write(file, framed(header, new byte[0]));
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(floats(42)), channel.size() + (3L << 30));        // sparse: takes no space on the disk
        }
        long cost = Allocation.of(() -> {
            try (Safetensors tensors = Safetensors.open(file)) {
                assertArrayEquals(new float[]{42}, tensors.floats("d"));
                assertEquals(1 << 30, tensors.bytes("c").remaining());
            }
        });
        assertTrue(cost < 1 << 20, "allocated " + cost);
    }

    // Helpers ------------------------------------------------------------------------------------------------------------

    private static void assertRefused(Path file, String part, String what) {
        AtomicReference<FormatException> refused = new AtomicReference<>();
        long cost = Allocation.of(() -> refused.set(assertThrows(FormatException.class, () -> Safetensors.open(file).close(), what)));
        FormatException e = refused.get();
        assertTrue(e.getMessage().contains(part), () -> what + ": " + e.getMessage());
        assertTrue(e.getMessage().contains(file.toString()) && e.getMessage().length() < 500, e.getMessage());
        assertTrue(cost < 8 << 20, what);
    }

    private static String tensor(String dtype, String shape, String offsets, String... more) {
        return "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + (more.length == 0
                ? ""
                : "," + more[0]) + "}}";
    }

    private static String two(String first, String second) {
        String body = "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":";
        return "{\"a" + body + first + "},\"b" + body + second + "}}";
    }

    private Path file(String header, byte[] data) throws IOException {
        return Files.write(folder.resolve("x.safetensors"), framed(header, data));
    }

    private static byte[] framed(String header, byte[] data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data).array();
    }

    private Path raw(int... bytes) throws IOException {
        byte[] file = new byte[bytes.length];
        for (int i = 0; i < file.length; i++) file[i] = (byte) bytes[i];
        return Files.write(folder.resolve("x.safetensors"), file);
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) bytes.putFloat(v);
        return bytes.array();
    }
}
