package dev.samovar.convert;

import static dev.samovar.core.io.FormatException.shown;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.MappedFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// A zip archive whose entries are stored, not compressed, as PyTorch writes them: each is a range of the mapped file.
///
/// It is strict, because a file that two readers understand differently cannot be trusted: the local headers must agree with the central directory,
/// entries must not overlap or share a name, names must be plain relative paths, and nothing may follow the end. The checksum of an entry is verified
/// when it is first read. Zip64 is supported (APPNOTE 6.3.10, §4.3–4.5).
final class StoredZip {
    private static final int LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50, END64 = 0x06064b50, LOCATOR = 0x07064b50;
    private static final int DESCRIPTOR = 0x08074b50;
    private static final int LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22, END64_SIZE = 56, LOCATOR_SIZE = 20;
    private static final int HAS_DESCRIPTOR = 1 << 3, UTF8 = 1 << 11, LEVEL = 0b110;
    private static final long IN_ZIP64 = 0xFFFFFFFFL;
    private static final int CHUNK = 1 << 24;

    /// Where an entry's bytes are in the file.
    record Entry(String name, long from, long size, int crc) {}

    private record Range(String name, long from, long to) {}

    /// What the central directory says.
    private record Header(ByteBuffer name, int flags, int crc, long size, long offset) {}

    private final MappedFile file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> verified = ConcurrentHashMap.newKeySet();
    private final boolean checksums;

    StoredZip(MappedFile file) {
        this.file = file;
        try {
            readDirectory();
        } catch (IndexOutOfBoundsException _) {
            throw bad("it is cut off, or one of its offsets points outside");
        }
        checksums = entries.values().stream().anyMatch(entry -> entry.crc != 0);
    }

    Set<String> names() {
        return entries.keySet();
    }

    /// The entry with this name, or null if there is none.
    @Nullable
    Entry find(String name) {
        return entries.get(name);
    }

    /// The entry with this name, which must exist, after verifying its checksum. If all checksums are 0, the file has none: PyTorch can be told to
    /// leave them out.
    Entry verified(String name) {
        Entry entry = Objects.requireNonNull(entries.get(name));
        if (!checksums || verified.contains(name)) return entry;
        CRC32 crc = new CRC32();
        for (long at = 0; at < entry.size; at += CHUNK) crc.update(file.view(entry.from + at, Math.min(CHUNK, entry.size - at)));
        if ((int) crc.getValue() != entry.crc) throw bad("the checksum of its entry " + shown(name) + " is wrong; fetch it again");
        verified.add(name);
        return entry;
    }

    private void readDirectory() {
        long end = findEnd(), limit = end;
        ByteBuffer e = file.view(end, END_SIZE);
        if (e.getInt(4) != 0) throw bad("it is one part of several");                    // both disk numbers
        long count = u2(e, 10), size = u4(e, 12), start = u4(e, 16);
        if (u2(e, 8) != count) throw bad("it is one part of several");
        if (end >= LOCATOR_SIZE + END64_SIZE && file.view(end - LOCATOR_SIZE, 4).getInt() == LOCATOR) {
            ByteBuffer locator = file.view(end - LOCATOR_SIZE, LOCATOR_SIZE);
            limit = locator.getLong(8);
            ByteBuffer e64 = file.view(limit, END64_SIZE);
            boolean adjacent = limit + END64_SIZE == end - LOCATOR_SIZE && e64.getLong(4) == END64_SIZE - 12;
            boolean onePart = locator.getInt(4) == 0 && e64.getLong(16) == 0 && e64.getLong(24) == e64.getLong(32);
            if (e64.getInt(0) != END64 || !adjacent || !onePart) throw bad("its zip64 end is damaged");
            if (differ(count, 0xFFFF, e64.getLong(32)) || differ(size, IN_ZIP64, e64.getLong(40))
                    || differ(start, IN_ZIP64, e64.getLong(48)))
                throw bad("its two ends contradict each other");
            count = e64.getLong(32);
            size = e64.getLong(40);
            start = e64.getLong(48);
        }
        if (start < 0 || size < 0 || start > limit || size != limit - start || count < 0 || count > size / CENTRAL_SIZE)
            throw bad("its directory is not where its end says");
        List<Range> ranges = new ArrayList<>();
        long at = start;
        for (long i = 0; i < count; i++) at += readEntry(at, start, ranges);
        if (at != limit) throw bad("its directory is longer or shorter than its end says");
        checkRanges(ranges);
    }

    /// Whether a number differs from its 64-bit form, although it does not refer to that form.
    private static boolean differ(long narrow, long lookUp, long wide) {
        return narrow != lookUp && narrow != wide;
    }

    /// The end record, whose comment must reach exactly to the end of the file.
    private long findEnd() {
        for (long at = file.length() - END_SIZE; at >= Math.max(0, file.length() - END_SIZE - 0xFFFF); at--) {
            ByteBuffer e = file.view(at, END_SIZE);
            if (e.getInt(0) == END && u2(e, 20) == file.length() - END_SIZE - at) return at;
        }
        throw bad("it has no end record; it is cut off, or something was appended");
    }

    /// Reads the directory's entry at `at`, which is to lie before `limit`, and returns how long the directory's part is.
    private int readEntry(long at, long limit, List<Range> ranges) {
        ByteBuffer c = file.view(at, CENTRAL_SIZE);
        if (c.getInt(0) != CENTRAL) throw bad("its directory is damaged");
        int flags = u2(c, 8), nameLength = u2(c, 28), extraLength = u2(c, 30), length = CENTRAL_SIZE + nameLength + extraLength + u2(c, 32);
        ByteBuffer rawName = file.view(at + CENTRAL_SIZE, nameLength);
        String name = name(rawName);
        if ((flags & ~(HAS_DESCRIPTOR | UTF8 | LEVEL)) != 0)
            throw bad("its entry " + shown(name) + " is encrypted, or special in another way");
        if (u2(c, 10) != 0)
            throw bad("its entry " + shown(name) + " is compressed, which torch.save never does; load and save it with PyTorch again");
        if ((c.getInt(38) >>> 28) == 0xA) throw bad("its entry " + shown(name) + " is a symbolic link");
        ByteBuffer zip64 = zip64(file.view(at + CENTRAL_SIZE + nameLength, extraLength));
        long size = wide(u4(c, 24), zip64), packed = wide(u4(c, 20), zip64), offset = wide(u4(c, 42), zip64);
        if (size != packed || size < 0 || offset < 0 || zip64.hasRemaining() || u2(c, 34) != 0)
            throw bad("its entry " + shown(name) + " has an impossible size");
        Range range = readLocal(name, new Header(rawName, flags, c.getInt(16), size, offset));
        if (range.to > limit) throw bad("its entry " + shown(name) + " reaches into the directory");
        if (entries.containsKey(name)) throw bad("it has two entries called " + shown(name));
        entries.put(name, new Entry(name, range.from, size, c.getInt(16)));
        ranges.add(new Range(name, offset, range.to));
        return length;
    }

    /// Checks the local header against the directory's, and what follows the data. Returns the range from the first byte of the data to the end of
    /// the entry.
    private Range readLocal(String name, Header central) {
        ByteBuffer local = file.view(central.offset, LOCAL_SIZE);
        if (local.getInt(0) != LOCAL) throw bad("the header of its entry " + shown(name) + " is not where the directory says");
        int nameLength = u2(local, 26), extraLength = u2(local, 28);
        long from = central.offset + LOCAL_SIZE + nameLength + extraLength, end = from + central.size;
        if (end < from || end > file.length()) throw bad("its entry " + shown(name) + " reaches past the end");
        ByteBuffer zip64 = zip64(file.view(central.offset + LOCAL_SIZE + nameLength, extraLength));
        boolean described = (central.flags & HAS_DESCRIPTOR) != 0;
        boolean later = described && local.getInt(14) == 0 && u4(local, 18) == 0 && u4(local, 22) == 0;         // given after the data
        boolean same = later || (local.getInt(14) == central.crc && isTwice(central.size, local, zip64));
        if (u2(local, 6) != central.flags || u2(local, 8) != 0 || !same
                || !central.name.equals(file.view(central.offset + LOCAL_SIZE, nameLength)))
            throw bad("the header of its entry " + shown(name) + " contradicts the directory");
        return new Range(name, from, described ? end + descriptor(end, name, central) : end);
    }

    private boolean isTwice(long size, ByteBuffer local, ByteBuffer zip64) {
        return wide(u4(local, 22), zip64) == size && wide(u4(local, 18), zip64) == size;
    }

    /// The length of the record after the data: checksum and two sizes, of four or eight bytes each.
    private int descriptor(long at, String name, Header central) {
        ByteBuffer d = file.view(at, Math.min(24, file.length() - at));
        if (d.remaining() >= 16 && d.getInt(0) == DESCRIPTOR && d.getInt(4) == central.crc) {
            if (u4(d, 8) == central.size && u4(d, 12) == central.size) return 16;
            if (d.remaining() >= 24 && d.getLong(8) == central.size && d.getLong(16) == central.size) return 24;
        }
        throw bad("what follows its entry " + shown(name) + " contradicts the directory");
    }

    private void checkRanges(List<Range> ranges) {
        ranges.sort(Comparator.comparingLong(Range::from));
        long end = 0;
        for (Range range : ranges) {
            if (range.from < end) throw bad("its entry " + shown(range.name) + " overlaps the one before it");
            end = range.to;
        }
    }

    private String name(ByteBuffer raw) {
        String name;
        try {
            name = StandardCharsets.UTF_8.newDecoder().decode(raw.duplicate()).toString();
        } catch (CharacterCodingException _) {
            throw bad("the name of an entry is not UTF-8");
        }
        for (String part : name.split("/", -1))
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.matches("(?s)[A-Za-z]:|.*[\\\\\\p{Cntrl}].*"))
                throw bad("its entry " + shown(name) + " has no plain relative name");
        return name;
    }

    /// The 64-bit numbers among the extra fields; empty if there are none.
    private ByteBuffer zip64(ByteBuffer extra) {
        ByteBuffer found = extra.slice(0, 0);
        while (extra.remaining() >= 4) {
            int id = Short.toUnsignedInt(extra.getShort()), length = Short.toUnsignedInt(extra.getShort());
            if (length > extra.remaining()) throw bad("an extra field is damaged");
            if (id == 1) {
                if (found.capacity() > 0 || length % 8 != 0) throw bad("an extra field is damaged");
                found = extra.slice(extra.position(), length).order(extra.order());
            }
            extra.position(extra.position() + length);
        }
        return found;
    }

    private long wide(long narrow, ByteBuffer zip64) {
        if (narrow != IN_ZIP64) return narrow;
        if (zip64.remaining() < 8) throw bad("a size of 64 bits is missing");
        return zip64.getLong();
    }

    private static int u2(ByteBuffer b, int at) {
        return Short.toUnsignedInt(b.getShort(at));
    }

    private static long u4(ByteBuffer b, int at) {
        return Integer.toUnsignedLong(b.getInt(at));
    }

    private FormatException bad(String what) {
        return new FormatException(file.path() + " is not a valid PyTorch checkpoint: in its zip archive, " + what);
    }
}
