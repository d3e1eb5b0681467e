package dev.samovar.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.MappedFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredZipTest {
    private static final byte[] DATA = "hello".getBytes(StandardCharsets.US_ASCII), MORE = "world!".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    @Test
    void goodOnesAreRead() {
        read(two().finish());
        read(two().finish(true, _ -> {}, _ -> {}));
        read(two().finish(true, _ -> {}, e -> e.putShort(8, (short) -1).putShort(10, (short) -1).putInt(12, -1).putInt(16, -1)));
        byte[] commented = two().finish(e -> e.putShort(20, (short) 3));
        read(Arrays.copyOf(commented, commented.length + 3));
        Consumer<ZipWriter.Fields> described = f -> {
            f.localFlags = f.centralFlags |= 8;
            f.behind = ZipWriter.little(16).putInt(0x08074b50).putInt(f.centralCrc).putInt(DATA.length).putInt(DATA.length).array();
            f.localCrc = 0;
            f.localSize = 0;
        };
        read(new ZipWriter().add("a/x", DATA, described).add("a/y", MORE).finish());
        read(new ZipWriter().add("a/x", DATA, described.andThen(f -> f.behind = ZipWriter.little(24).putInt(0x08074b50).putInt(f.centralCrc)
                .putLong(DATA.length)
                .putLong(DATA.length).array())).add("a/y", MORE).finish());
        read(new ZipWriter().add("a/x", DATA, f -> {
            f.localExtra = f.centralExtra = ZipWriter.little(20).putShort((short) 1).putShort((short) 16).putLong(DATA.length).putLong(DATA.length)
                    .array();
            f.localSize = f.centralSize = f.packed = -1;
        }).add("a/y", MORE).finish());
    }

    @Test
    void whatJavaWritesStoredIsRead() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            out.setMethod(ZipOutputStream.STORED);
            for (String name : List.of("a/x", "a/y")) {
                byte[] data = name.equals("a/x") ? DATA : MORE;
                ZipEntry entry = new ZipEntry(name);
                CRC32 crc = new CRC32();
                crc.update(data);
                entry.setCrc(crc.getValue());
                entry.setSize(data.length);
                out.putNextEntry(entry);
                out.write(data);
            }
        }
        read(bytes.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "../a", "a/../b", "a/..", "..", ".", "a/./b", "a//b", "a/", "", "a\\b", "..\\a", "C:/a", "a\nb",
        "a\u0000b", "\u00ff"})
    void namesThatAreNoPlainRelativePathsAreRefused(String name) {
        refused(new ZipWriter().add(name, DATA).finish(), "name");
    }

    /// PyTorch names its entries after the file, and people put the time of day into file names.
    @Test
    void aNameMayHoldAColon() {
        String name = "run 2024-05-01 12:30:05/x";
        try (MappedFile file = open(new ZipWriter().add(name, DATA).finish())) {
            assertEquals(List.of(name), List.copyOf(new StoredZip(file).names()));
        }
    }

    @Test
    void whatContradictsItselfIsRefused() {
        entry("contradicts", f -> f.localName = "b/x");
        entry("contradicts", f -> f.localName = "a/xx");
        entry("contradicts", f -> f.localFlags = 0);
        entry("contradicts", f -> f.localMethod = 8);
        entry("contradicts", f -> f.localCrc++);
        entry("contradicts", f -> f.localSize++);
        entry("contradicts", f -> f.localSize = 0);
        entry("contradicts", f -> f.localCrc = f.localFlags = 0);
        entry("not where", f -> f.offset++);
        entry("impossible size", f -> f.packed++);
        entry("impossible size", f -> f.centralSize--);
        entry("contradicts", f -> f.centralSize = f.packed = f.packed - 1);
        entry("past the end", f -> f.centralSize = f.packed = 1 << 20);
        entry("past the end", f -> f.localSize = f.centralSize = f.packed = 0xFFFFFFFEL);
        entry("into the directory", f -> f.localSize = f.centralSize = f.packed = 90);
        entry("cut off", f -> f.offset = 1 << 20);
        entry("compressed", f -> f.localMethod = f.centralMethod = 8);
        entry("compressed", f -> f.localMethod = f.centralMethod = 99);
        entry("encrypted", f -> f.localFlags = f.centralFlags |= 1);
        entry("encrypted", f -> f.localFlags = f.centralFlags |= 1 << 6);
        entry("encrypted", f -> f.localFlags = f.centralFlags |= 1 << 13);
        entry("symbolic link", f -> f.attributes = 0xA1FF << 16);
        entry("what follows", f -> f.localFlags = f.centralFlags |= 8);
        entry("64 bits is missing", f -> f.centralSize = f.packed = -1);
        entry("64 bits is missing", f -> f.offset = -1);
        entry("impossible size", f -> f.centralExtra = ZipWriter.little(12).putShort((short) 1).putShort((short) 8).putLong(7).array());
        entry("extra field", f -> f.centralExtra = ZipWriter.little(4).putShort((short) 1).putShort((short) 8).array());
        entry("extra field", f -> f.localExtra = ZipWriter.little(8).putShort((short) 1).putShort((short) 4).putInt(1).array());
        wide("impossible size", -1, -1);
        wide("past the end", Long.MAX_VALUE, Long.MAX_VALUE);
        wide("impossible size", Long.MIN_VALUE, Long.MIN_VALUE);
        wide("impossible size", 6, 5);
        entry("contradicts", f -> {
            f.localExtra = ZipWriter.little(20).putShort((short) 1).putShort((short) 16).putLong(4).putLong(4).array();
            f.localSize = -1;
        });
    }

    @Test
    void duplicatesAndOverlapsAreRefused() {
        refused(new ZipWriter().add("a/x", DATA).add("a/x", MORE).finish(), "two entries");
        refused(new ZipWriter().add("a/x", DATA).add("a/x", DATA, f -> f.offset = 0).finish(), "two entries");
        byte[] inner = new ZipWriter().add("a/y", MORE).finish();
        byte[] local = Arrays.copyOf(inner, 30 + 3 + MORE.length);                     // a whole entry inside the data of another
        refused(new ZipWriter().add("a/x", local).add("a/y", MORE, f -> f.offset = 30 + 3).finish(), "overlaps");
    }

    @Test
    void endsThatLieAreRefused() {
        end("several", e -> e.putShort(4, (short) 1));
        end("several", e -> e.putShort(8, (short) 1));
        end("directory", e -> e.putShort(8, (short) 1).putShort(10, (short) 1));
        end("directory", e -> e.putShort(8, (short) 3).putShort(10, (short) 3));
        end("directory", e -> e.putShort(8, (short) 60_000).putShort(10, (short) 60_000));
        end("directory", e -> e.putInt(12, e.getInt(12) - 1));
        end("directory", e -> e.putInt(16, e.getInt(16) + 1));
        end("directory", e -> e.putInt(16, -1));
        end("no end record", e -> e.putShort(20, (short) 1));
        end("no end record", e -> e.putInt(0, 0));
        byte[] good = two().finish();
        refused(Arrays.copyOf(good, good.length + 1), "no end record");
        for (int cut = 0; cut < good.length; cut += 3) refused(Arrays.copyOf(good, cut), "");
        byte[] before = new byte[good.length + 4];
        System.arraycopy(good, 0, before, 4, good.length);
        refused(before, "");
    }

    @Test
    void zip64EndsThatLieAreRefused() {
        end64("zip64 end", e -> e.putInt(0, 0));
        end64("zip64 end", e -> e.putLong(4, 45));
        end64("zip64 end", e -> e.putInt(16, 1));
        end64("zip64 end", e -> e.putLong(24, 1));
        end64("contradict", e -> e.putLong(24, 1).putLong(32, 1));
        end64("contradict", e -> e.putLong(40, 0));
        end64("contradict", e -> e.putLong(48, 0));
        end64("", e -> e.putLong(64, e.getLong(64) - 1));
        end64("cut off", e -> e.putLong(64, -1));
        end64("cut off", e -> e.putLong(64, Long.MAX_VALUE));
        Consumer<ByteBuffer> open = e -> e.putShort(8, (short) -1).putShort(10, (short) -1).putInt(12, -1).putInt(16, -1);
        refused(two().finish(true, e -> e.putLong(24, Long.MAX_VALUE).putLong(32, Long.MAX_VALUE), open), "directory");
        refused(two().finish(true, e -> e.putLong(24, -1).putLong(32, -1), open), "directory");
        refused(two().finish(true, e -> e.putLong(40, Long.MAX_VALUE), open), "directory");
        refused(two().finish(true, e -> e.putLong(48, -1), open), "directory");
        refused(two().finish(true, e -> e.putLong(48, Long.MAX_VALUE), open), "directory");
    }

    // Helpers ------------------------------------------------------------------------------------------------------------

    private static ZipWriter two() {
        return new ZipWriter().add("a/x", DATA).add("a/y", MORE);
    }

    private void entry(String part, Consumer<ZipWriter.Fields> lie) {
        refused(new ZipWriter().add("a/x", DATA, lie).add("a/y", MORE).finish(), part);
    }

    /// An entry whose sizes are given in 64 bits.
    private void wide(String part, long size, long packed) {
        entry(part, f -> {
            f.localExtra = f.centralExtra = ZipWriter.little(20).putShort((short) 1).putShort((short) 16).putLong(size).putLong(packed).array();
            f.localSize = f.centralSize = f.packed = -1;
        });
    }

    private void end(String part, Consumer<ByteBuffer> lie) {
        refused(two().finish(lie), part);
    }

    private void end64(String part, Consumer<ByteBuffer> lie) {
        refused(two().finish(true, lie, _ -> {}), part);
    }

    private void read(byte[] content) {
        try (MappedFile file = open(content)) {
            StoredZip zip = new StoredZip(file);
            assertEquals(List.of("a/x", "a/y"), List.copyOf(zip.names()));
            StoredZip.Entry x = zip.verified("a/x");
            assertEquals("hello", new String(file.copy(x.from(), x.size()), StandardCharsets.US_ASCII));
            assertEquals(6, Objects.requireNonNull(zip.find("a/y")).size());
        }
    }

    private void refused(byte[] content, String part) {
        try (MappedFile file = open(content)) {
            var e = assertThrows(FormatException.class, () -> new StoredZip(file));
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    private MappedFile open(byte[] content) {
        try {
            return MappedFile.open(Files.write(folder.resolve("x.zip"), content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
