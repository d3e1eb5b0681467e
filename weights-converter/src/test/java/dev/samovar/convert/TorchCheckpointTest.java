package dev.samovar.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Allocation;
import dev.samovar.core.testkit.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TorchCheckpointTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"sam-tiny.pth", "sam-tiny-legacy.pth"})
    void bothFormatsHoldExactlyTheTensorsOfTheFixture(String name) {
        try (TorchCheckpoint torch = TorchCheckpoint.open(Resources.copy("sam-tiny/" + name, folder));
                Safetensors reference = Safetensors.open(Resources.copy("sam-tiny/sam-tiny.safetensors", folder))) {
            assertEquals(Map.copyOf(reference.entries()), Map.copyOf(torch.entries()));
            for (String tensor : reference.entries().keySet()) {
                assertEquals(reference.bytes(tensor), torch.bytes(tensor), tensor);
                assertArrayEquals(reference.floats(tensor), torch.floats(tensor), tensor);
            }
            assertEquals(List.of(), torch.others());
            assertEquals(Map.of(), torch.unread());
            assertEquals(Map.of(), torch.metadata());
        }
    }

    // What a state dict may look like ------------------------------------------------------------------------------------

    @Test
    void viewsAreReadRowByRow() {
        PickleWriter p = dict("all", 0, new long[]{2, 3}, new long[]{3, 1});
        view(p, "transposed", 0, new long[]{3, 2}, new long[]{1, 3});
        view(p, "part", 1, new long[]{2, 2}, new long[]{3, 1});
        view(p, "last", 5, new long[]{1, 1}, new long[]{999, 7});
        view(p, "scalar", 4, new long[0], new long[0]);
        view(p, "everyOther", 0, new long[]{3}, new long[]{2});
        view(p, "repeated", 2, new long[]{2, 2}, new long[]{0, 1});
        view(p, "empty", 6, new long[]{0, 4}, new long[]{4, 1});
        try (TorchCheckpoint file = open(PickleWriter.zip(p.stop(), Map.of("0", shorts(0, 1, 2, 3, 4, 5))))) {
            assertArrayEquals(new float[]{0, 1, 2, 3, 4, 5}, file.floats("all"));
            assertArrayEquals(new float[]{0, 3, 1, 4, 2, 5}, file.floats("transposed"));
            assertArrayEquals(new float[]{1, 2, 4, 5}, file.floats("part"));
            assertArrayEquals(new float[]{5}, file.floats("last"));
            assertArrayEquals(new float[]{4}, file.floats("scalar"));
            assertArrayEquals(new float[]{0, 2, 4}, file.floats("everyOther"));
            assertArrayEquals(new float[]{2, 3, 2, 3}, file.floats("repeated"));
            assertEquals(0, file.floats("empty").length);
            assertEquals(new TensorFile.Entry(DType.I16, Shape.of(3, 2)), file.entries().get("transposed"));
            assertThrows(IllegalArgumentException.class, () -> file.bytes("none"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "state_dict", "model_state_dict"})
    void aNestedStateDictIsFoundAndTheRestIsListed(String nest) {
        PickleWriter p = PickleWriter.protocol(2).op('}', '(').text("epoch").number(3).text("optimizer").op('}').text("param_groups").op(']', '}')
                .text("betas").op('N', 'N', 0x86, 's', 'a', 's').text(nest).emptyDict().op('(');
        p.text("module.w").tensor("ShortStorage", "0", 2, 0, new long[]{2}, new long[]{1}).text("module.n").number(7).op('u', 'u');
        try (TensorFile file = opened(PickleWriter.zip(p.stop(), Map.of("0", shorts(8, 9))))) {
            assertArrayEquals(new float[]{8, 9}, file.floats("w"));
            assertEquals(List.of("epoch", "optimizer", nest + ".module.n"), Checkpoints.skipped(file));
        }
    }

    @Test
    void aPrefixThatNotAllHaveIsKept() {
        PickleWriter p = dict("module.w", 0, new long[]{1}, new long[]{1});
        view(p, "w", 0, new long[]{1}, new long[]{1});
        try (TorchCheckpoint file = open(PickleWriter.zip(p.stop(), Map.of("0", shorts(0, 0, 0, 0, 0, 0))))) {
            assertEquals(List.of("module.w", "w"), List.copyOf(file.entries().keySet()));
        }
    }

    @Test
    void theLegacyFormatIsRead() {
        byte[] pickle = dict("w", 1, new long[]{2}, new long[]{2}).stop();
        try (TorchCheckpoint file = open(PickleWriter.legacy(pickle, one(shorts(0, 1, 2, 3, 4, 5)), 2))) {
            assertArrayEquals(new float[]{1, 3}, file.floats("w"));
            assertEquals("PyTorch (before 1.6)", file.format());
        }
    }

    // Refused files ------------------------------------------------------------------------------------------------------

    @Test
    void tensorsThatDoNotFitTheirStorageAreRefused() {
        long[][][] bad = {{{7}, {1}, {0}}, {{6}, {1}, {1}}, {{2}, {6}, {0}}, {{2, 3}, {4, 1}, {0}}, {{2}, {Long.MAX_VALUE}, {0}}, {{3}, {
            Long.MAX_VALUE / 2}, {2}},
            {{1}, {1}, {6}}, {{1}, {1}, {Long.MAX_VALUE}}, {{0}, {1}, {7}}, {{1L << 31}, {0}, {0}}, {{1L << 32}, {0}, {0}}, {{1L << 62, 4},
                {0, 0}, {0}},
            {{1 << 20, 1 << 20}, {0, 0}, {0}}, {{1 << 16, 1 << 16}, {0, 0}, {0}}, {{7}, {0}, {0}}, {{Integer.MAX_VALUE, Integer.MAX_VALUE,
                4}, {0, 0, 0}, {0}}};
        for (long[][] row : bad) {
            byte[] pickle = dict("w", row[2][0], row[0], row[1]).stop();
            refused(PickleWriter.zip(pickle, Map.of("0", shorts(0, 1, 2, 3, 4, 5))), "\"w\"", Arrays.deepToString(row));
            refused(PickleWriter.legacy(pickle, one(shorts(0, 1, 2, 3, 4, 5)), 2), "\"w\"", Arrays.deepToString(row));
        }
    }

    @Test
    void storagesThatAreMissingOrOfAnotherLengthAreRefused() {
        byte[] pickle = dict("w", 0, new long[]{1}, new long[]{1}).stop();
        refused(PickleWriter.zip(pickle, Map.of()), "missing", "no storage");
        refused(PickleWriter.zip(pickle, Map.of("1", shorts(0, 1, 2, 3, 4, 5))), "missing", "another storage");
        refused(PickleWriter.zip(pickle, Map.of("0", shorts(0, 1, 2, 3, 4))), "longer or shorter", "short");
        refused(PickleWriter.zip(pickle, Map.of("0", shorts(0, 1, 2, 3, 4, 5, 6))), "longer or shorter", "long");
        refused(PickleWriter.legacy(pickle, new LinkedHashMap<>(), 2), "list of storages", "no storage");
        refused(PickleWriter.legacy(pickle, one(shorts(0, 1, 2, 3, 4)), 2), "cut off", "short");
        refused(PickleWriter.legacy(pickle, one(shorts(0, 1, 2, 3, 4, 5, 6)), 2), "cut off", "long");
        byte[] good = PickleWriter.legacy(pickle, one(shorts(0, 1, 2, 3, 4, 5)), 2);
        refused(Arrays.copyOf(good, good.length + 1), "something follows", "trailing byte");
        refused(Arrays.copyOf(good, good.length - 1), "cut off", "a byte less");
        byte[] huge = PickleWriter.protocol(2).op('}').text("w").tensor("LongStorage", "0", Long.MAX_VALUE / 4, 0, new long[]{1},
                new long[]{1}).op('s').stop();
        refused(PickleWriter.zip(huge, Map.of("0", new byte[0])), "longer than the file", "2^61 elements: times 8 wraps to 0");
        refused(PickleWriter.legacy(huge, one(new byte[0]), 8), "", "2^61 elements");
    }

    @Test
    void whatHoldsNoTensorsIsRefused() {
        for (PickleWriter p : List.of(PickleWriter.protocol(2).op('N'), PickleWriter.protocol(2).op('}'), PickleWriter.protocol(2).op(']'),
                PickleWriter.protocol(2).op('}').text("model").op('}', 's'), PickleWriter.protocol(2).op('}', 'q', 0).text("model").op('h',
                        0, 's'),
                PickleWriter.protocol(2).tensor("ShortStorage", "0", 1, 0, new long[]{1}, new long[]{1})))
            refused(PickleWriter.zip(p.stop(), Map.of("0", shorts(1))), "no dict of tensors", "none");
    }

    @Test
    void aSmallFileCannotBlowUpByShare() {
        PickleWriter many = PickleWriter.protocol(2).op('}', '(').text("0").tensor("ShortStorage", "0", 5000, 0, new long[]{5000},
                new long[]{1}).op('q', 0);
        for (int i = 1; i < 100; i++) many.text("" + i).op('h', 0);
        refused(PickleWriter.zip(many.op('u').stop(), Map.of("0", new byte[10_000])), "share", "100 views");
    }

    @Test
    void badFramesOfTheLegacyFormatAreRefused() {
        byte[] good = PickleWriter.legacy(dict("w", 0, new long[]{1}, new long[]{1}).stop(), one(shorts(0, 1, 2, 3, 4, 5)), 2);
        int keys = new String(good, StandardCharsets.ISO_8859_1).lastIndexOf("X\u0001\u0000\u0000\u0000" + "0a.");
        byte[] magic = good.clone(), version = good.clone(), endian = good.clone(), key = good.clone();
        magic[5] ^= 1;
        version[17 + 2] ^= 1;
        key[keys + 5] = '1';
        int little = new String(good, StandardCharsets.ISO_8859_1).indexOf("little_endian") + 13;
        endian[little] = (byte) 0x89;
        refused(magic, "not written by torch.save", "magic");
        refused(version, "not written by torch.save", "version");
        refused(endian, "big-endian", "endian");
        refused(key, "list of storages", "key");
        for (int cut = 0; cut < good.length; cut += 7) refused(Arrays.copyOf(good, cut), "", "cut at " + cut);
    }

    @Test
    void otherKindsOfZipAreRefused() {
        byte[] pickle = dict("w", 0, new long[]{1}, new long[]{1}).stop(), data = shorts(0, 1, 2, 3, 4, 5), text = {'b', 'i', 'g'};
        refused(new ZipWriter().add("x.txt", text).finish(), "no data.pkl", "another zip");
        refused(new ZipWriter().finish(), "", "empty zip");
        refused(new ZipWriter().add("a/data.pkl", pickle).add("b/data.pkl", pickle).finish(), "no data.pkl", "two roots");
        refused(new ZipWriter().add("a/data.pkl", pickle).add("a/constants.pkl", pickle).finish(), "TorchScript", "program");
        refused(new ZipWriter().add("a/data.pkl", pickle).add("a/byteorder", text).add("a/data/0", data).finish(), "big-endian", "big");
        refused(new ZipWriter().add("a/data.pkl", Arrays.copyOf(pickle, pickle.length + 1)).add("a/data/0", data).finish(),
                "follows its pickle", "trailing");
        try (TorchCheckpoint file = open(new ZipWriter().add("a/data.pkl", pickle).add("a/byteorder", "little".getBytes(StandardCharsets.US_ASCII))
                .add("a/data/0", data).finish())) {
            assertEquals(1, file.floats("w").length);
        }
    }

    @Test
    void aWrongChecksumIsFoundWhenTheTensorIsRead() {
        byte[] pickle = dict("w", 0, new long[]{1}, new long[]{1}).stop(), data = shorts(0, 1, 2, 3, 4, 5);
        try (TorchCheckpoint file = open(new ZipWriter().add("a/data.pkl", pickle).add("a/data/0", data,
                f -> f.centralCrc = f.localCrc ^= 1).finish())) {
            var e = assertThrows(FormatException.class, () -> file.bytes("w"));
            assertTrue(e.getMessage().contains("checksum"), e.getMessage());
        }
        refused(new ZipWriter().add("a/data.pkl", pickle, f -> f.centralCrc = f.localCrc ^= 1).add("a/data/0", data).finish(), "checksum", "pickle");
    }

    /// If a header has 0x…80 bytes, the first byte of the file is that of a pickle.
    @Test
    void safetensorsWhoseFirstByteIsThatOfAPickleAreSafetensors() throws IOException {
        Path file = folder.resolve("x.safetensors");
        for (int length = 0; length < 300; length++) {
            Safetensors.write(file, Map.of("k", "x".repeat(length)), List.of());
            try (TensorFile read = Checkpoints.open(file)) {
                assertEquals(length, read.metadata().getOrDefault("k", "").length());
            }
        }
    }

    // Helpers ------------------------------------------------------------------------------------------------------------

    private static PickleWriter dict(String name, long offset, long[] sizes, long[] strides) {
        PickleWriter p = PickleWriter.protocol(2).emptyDict();
        view(p, name, offset, sizes, strides);
        return p;
    }

    /// Adds a view of the storage of six 16-bit numbers.
    private static void view(PickleWriter p, String name, long offset, long[] sizes, long[] strides) {
        p.text(name).tensor("ShortStorage", "0", 6, offset, sizes, strides).op('s');
    }

    private static SequencedMap<String, byte[]> one(byte[] storage) {
        return new LinkedHashMap<>(Map.of("0", storage));
    }

    private static byte[] shorts(int... values) {
        ByteBuffer bytes = ZipWriter.little(2 * values.length);
        for (int v : values) bytes.putShort((short) v);
        return ZipWriter.bytes(bytes);
    }

    private TorchCheckpoint open(byte[] content) {
        try {
            return TorchCheckpoint.open(Files.write(folder.resolve("x.pth"), content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TensorFile opened(byte[] content) {
        try {
            return Checkpoints.open(Files.write(folder.resolve("x.pth"), content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void refused(byte[] content, String part, String what) {
        var e = assertThrows(FormatException.class, () -> open(content).close(), what);
        assertTrue(e.getMessage().contains(part), () -> what + ": " + e.getMessage());
        assertFalse(e.getMessage().length() > 500, e.getMessage());
    }
}
