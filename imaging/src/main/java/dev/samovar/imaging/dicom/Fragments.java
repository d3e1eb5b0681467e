package dev.samovar.imaging.dicom;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.samovar.core.io.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Compressed pixels, which are stored in pieces: finds the pieces of each frame (PS3.5, A.4).
final class Fragments {
    private static final int MAX_FRAGMENTS = 200_000, HEAD = 8;

    private final Content content;
    private final List<long[]> pieces = new ArrayList<>();              // where each begins, and how long it is
    private final int[] firsts;                                         // of each frame, its first piece; then their number

    /// Reads the items that begin at a place.
    ///
    /// @throws FormatException if they do not make up so many frames; worded to follow the name of the file
    Fragments(Content content, DicomFile file) throws IOException {
        this.content = content;
        long at = file.pixelsAt();
        while (content.size() - at >= HEAD) {
            ByteBuffer head = ByteBuffer.wrap(content.bytes(at, HEAD)).order(LITTLE_ENDIAN);
            int tag = head.getChar() << 16 | head.getChar();
            long length = Integer.toUnsignedLong(head.getInt());
            if (tag == Tags.SEQUENCE_END) break;
            if (tag != Tags.ITEM) throw new FormatException("its pixels hold " + Tags.shown(tag) + " where an item is expected");
            if (length > content.size() - at - HEAD) throw new FormatException("it ends too early, in its compressed pixels");
            pieces.add(new long[]{at + HEAD, length});
            if (pieces.size() > MAX_FRAGMENTS) throw new FormatException("its pixels are in more than " + MAX_FRAGMENTS + " pieces");
            at += HEAD + length;
        }
        if (pieces.size() < 2) throw new FormatException("it has no pixels: its compressed data are missing");
        long[] table = pieces.removeFirst();
        firsts = frames(file, table, file.frames());
    }

    private int[] frames(DicomFile file, long[] table, int frames) throws IOException {
        int n = pieces.size();
        if (frames > n) throw new FormatException("it has " + frames + " frames, and pixels of " + n + " at most");
        byte[] extended = file.set().bytes(Tags.EXTENDED_OFFSET_TABLE);
        if (table[1] > 0) {
            if (table[1] != 4L * frames) throw wrongTable();
            ByteBuffer b = ByteBuffer.wrap(content.bytes(table[0], 4 * frames)).order(LITTLE_ENDIAN);
            long[] offsets = new long[frames];
            for (int i = 0; i < frames; i++) offsets[i] = Integer.toUnsignedLong(b.getInt());
            return byOffsets(offsets);
        }
        if (extended.length > 0) {
            if (extended.length != 8 * frames) throw wrongTable();
            long[] offsets = new long[frames];
            ByteBuffer.wrap(extended).order(LITTLE_ENDIAN).asLongBuffer().get(offsets);
            return byOffsets(offsets);
        }
        int[] starts = new int[frames + 1];
        starts[frames] = n;
        if (frames == 1) return starts;
        int found = 0;
        for (int i = 0; i < n; i++) {
            if (frames != n && !isStart(i)) continue;
            if (found == frames || (found == 0 && i > 0)) throw unclear(frames);
            starts[found++] = i;
        }
        if (found != frames) throw unclear(frames);
        return starts;
    }

    private FormatException unclear(int frames) {
        return new FormatException("it has " + frames + " frames in " + pieces.size() + " pieces, and nothing tells which belong together");
    }

    private static FormatException wrongTable() {
        return new FormatException("the table of its frames does not fit its pixels");
    }

    /// Offsets count from the first byte after the table to the header of a piece.
    private int[] byOffsets(long[] offsets) {
        int[] starts = new int[offsets.length + 1];
        long base = pieces.getFirst()[0] - HEAD;
        int piece = 0;
        for (int f = 0; f < offsets.length; f++) {
            while (piece < pieces.size() && pieces.get(piece)[0] - HEAD - base < offsets[f]) piece++;
            if (piece == pieces.size() || pieces.get(piece)[0] - HEAD - base != offsets[f] || (f == 0 && piece > 0) || (f > 0
                    && piece == starts[f - 1]))
                throw wrongTable();
            starts[f] = piece;
        }
        starts[offsets.length] = pieces.size();
        return starts;
    }

    /// Whether a piece begins as a picture in JPEG, JPEG-LS or JPEG 2000 does.
    private boolean isStart(int piece) throws IOException {
        long[] p = pieces.get(piece);
        if (p[1] < 4) return false;
        int start = ByteBuffer.wrap(content.bytes(p[0], 4)).getInt();
        return start >>> 16 == 0xFFD8 || start == 0xFF4FFF51;
    }

    /// The number of bytes of a frame.
    long size(int frame) {
        long size = 0;
        for (int i = firsts[frame]; i < firsts[frame + 1]; i++) size += pieces.get(i)[1];
        return size;
    }

    /// The bytes of a frame, its pieces joined.
    byte[] frame(int frame) throws IOException {
        if (size(frame) > Integer.MAX_VALUE - HEAD) throw new FormatException("a frame of it has more than 2 GiB");
        byte[] all = new byte[(int) size(frame)];
        int done = 0;
        for (int i = firsts[frame]; i < firsts[frame + 1]; i++) {
            byte[] piece = content.bytes(pieces.get(i)[0], (int) pieces.get(i)[1]);
            System.arraycopy(piece, 0, all, done, piece.length);
            done += piece.length;
        }
        if (all.length == 0) throw new EOFException();
        return all;
    }
}
