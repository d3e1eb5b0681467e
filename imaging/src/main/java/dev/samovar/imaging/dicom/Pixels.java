package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The stored numbers of a file's frames, for any transfer syntax: planes of `rows · columns`, one for each sample.
final class Pixels implements Closeable {
    /// The largest volume, as for NIfTI: 2²⁸ numbers.
    static final int MAX = 1 << 28;

    private static final Set<String> NATIVE = Set.of("", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2",
            DicomFile.DEFLATED);
    private static final String RLE = "1.2.840.10008.1.2.5", JPEG = "1.2.840.10008.1.2.4.";
    private static final Set<String> CODECS = Set.of(JPEG + "50", JPEG + "51", JPEG + "53", JPEG + "55", JPEG + "57", JPEG + "70", JPEG
            + "80", JPEG + "81",
            JPEG
                    + "90",
            JPEG + "91");
    private static final List<String> EXPANSION = List.of("YBR_FULL", "YBR_FULL_422");

    private final DicomFile file;
    private final Content content;
    private final @Nullable Fragments fragments;                        // null if they are not compressed
    private final int pixels;

    /// Opens a file, and makes sure that it can hold what its header claims.
    ///
    /// @throws FormatException if it cannot, in words that begin with the name of the file
    Pixels(DicomFile file) {
        this.file = file;
        long size = (long) file.rows() * file.columns();
        if (size * file.samples() * file.frames() > MAX)
            throw new FormatException(file.name() + ": it has " + size * file.frames() + " pixels, more than the limit of " + MAX);
        pixels = (int) size;
        Content opened = null;
        try {
            opened = file.open();
            content = opened;
            fragments = NATIVE.contains(file.syntax()) ? null : fragments();
            if (fragments == null) checkLength();
            opened = null;
        } catch (FormatException | IOException e) {
            throw DicomFile.told(e, file.name(), file.path(), "a part is missing");
        } finally {
            close(opened);
        }
    }

    private static void close(@Nullable Content content) {
        try {
            if (content != null) content.close();
        } catch (IOException _) {
            // The first error is the one to report.
        }
    }

    private Fragments fragments() throws IOException {
        String syntax = file.syntax();
        if (!syntax.equals(RLE) && !CODECS.contains(syntax))
            throw new FormatException("its pixels are stored as " + FormatException.shown(syntax)
                    + ", which is not read; decompress it first, say with gdcmconv --raw");
        if (file.pixelsLength() != Parser.UNDEFINED)
            throw new FormatException("its pixels are said to be compressed (" + syntax + "), and are not in pieces");
        Fragments found = new Fragments(content, file);
        if (syntax.equals(RLE)) {
            for (int f = 0; f < file.frames(); f++)
                if ((long) pixels * file.samples() * (file.bitsAllocated() / 8) > 64 * found.size(f))
                    throw new FormatException("it claims " + file.columns() + " × " + file.rows() + " pixels, more than " + found.size(f)
                            + " bytes of data can hold");
        }
        return found;
    }

    /// Whether two neighbours share one colour value in a file that is not compressed.
    private boolean isHalved() {
        return file.photometric().equals("YBR_FULL_422") && file.samples() == 3;
    }

    private long frameBytes() {
        return isHalved() ? 2L * pixels : (long) pixels * file.samples() * (file.bitsAllocated() / 8);
    }

    private void checkLength() {
        if (file.pixelsLength() == Parser.UNDEFINED) throw new FormatException("its pixels are in pieces, and are said to be uncompressed");
        if (isHalved() && file.columns() % 2 == 1)
            throw new FormatException("its " + file.columns() + " columns share their colours in pairs (YBR_FULL_422), which does not fit");
        long needed = frameBytes() * file.frames(), there = Math.min(file.pixelsLength(), content.size() - file.pixelsAt());
        if (there < needed)
            throw new FormatException(String.format(Locale.ROOT, "it ends too early: %,d of %,d bytes of pixels", there, needed));
    }

    /// Whether frames of this file come in planes of red, green and blue already, or must be turned from luminance and chrominance.
    boolean isChrominance(byte[] frame) {
        if (!EXPANSION.contains(file.photometric()) || file.samples() != 3) return false;
        return frame.length == 0 || Codestream.of(frame).kind() != Codestream.Kind.JPEG_2000;
    }

    /// The planes of one frame.
    ///
    /// @throws FormatException if it is damaged, in words that begin with the name of the file
    int[] frame(int number) {
        try {
            if (fragments == null) return colours(raw(number), new byte[0]);
            byte[] frame = fragments.frame(number);
            if (!file.syntax().equals(RLE)) return colours(Codecs.decode(frame, file), frame);
            return colours(RunLength.decode(frame, file.samples(), file.bitsAllocated() / 8, pixels), new byte[0]);
        } catch (FormatException | IOException e) {
            throw DicomFile.told(e, file.name(), file.path(), "a part is missing");
        }
    }

    private int[] raw(int number) throws IOException {
        long bytes = frameBytes(), from = bytes * number;
        if (bytes > Integer.MAX_VALUE - 8) throw new FormatException("a frame of it has more than 2 GiB");
        int skip = file.isSwapped() && from % 2 == 1 ? 1 : 0, more = file.isSwapped() && (skip + bytes) % 2 == 1 ? 1 : 0;
        byte[] data = content.bytes(file.pixelsAt() + from - skip, (int) bytes + skip + more);
        if (file.bitsAllocated() == 8 && file.isSwapped()) {
            for (int i = 0; i + 1 < data.length; i += 2) {
                byte first = data[i];
                data[i] = data[i + 1];
                data[i + 1] = first;
            }
        }
        int n = pixels, samples = file.samples();
        int[] planes = new int[n * samples];
        if (isHalved()) return halved(data, skip, planes);
        boolean byPlane = samples == 1 || file.set().unsigned(Tags.PLANAR_CONFIGURATION, 0) == 1;
        ByteBuffer b = ByteBuffer.wrap(data).order(file.encoding().order());
        boolean wide = file.bitsAllocated() == 16;
        for (int c = 0; c < samples; c++) {
            for (int i = 0; i < n; i++) {
                int at = byPlane ? c * n + i : i * samples + c;
                planes[c * n + i] = wide ? b.getChar(2 * at) : data[skip + at] & 0xFF;
            }
        }
        return planes;
    }

    private int[] halved(byte[] data, int skip, int[] planes) {
        for (int i = 0; i < pixels; i++) {
            int pair = skip + i / 2 * 4;
            planes[i] = data[pair + i % 2] & 0xFF;
            planes[pixels + i] = data[pair + 2] & 0xFF;
            planes[2 * pixels + i] = data[pair + 3] & 0xFF;
        }
        return planes;
    }

    /// Red, green and blue in place of luminance and chrominance, or of an index into a palette; everything else as it is.
    private int[] colours(int[] planes, byte[] codestream) {
        if (file.photometric().equals("PALETTE COLOR") && file.samples() == 1) return new Palette(file).apply(planes);
        if (!isChrominance(codestream)) return planes;
        for (int i = 0; i < pixels; i++) {
            double y = planes[i], cb = planes[pixels + i] - 128, cr = planes[2 * pixels + i] - 128;
            planes[i] = clamped(y + 1.402 * cr);
            planes[pixels + i] = clamped(y - 0.344136 * cb - 0.714136 * cr);
            planes[2 * pixels + i] = clamped(y + 1.772 * cb);
        }
        return planes;
    }

    private static int clamped(double x) {
        return (int) Math.clamp(Math.round(x), 0L, 255L);
    }

    /// The value of a stored number according to the header: only the bits that count, with their sign (PS3.5, 8.1.1).
    int stored(int sample) {
        int bits = file.bitsStored(), kept = sample >> (file.highBit() + 1 - bits) & (1 << bits) - 1;
        return file.isSigned() && kept >> (bits - 1) == 1 ? kept - (1 << bits) : kept;
    }

    @Override
    public void close() {
        close(content);
    }

    /// The colours that indices stand for (PS3.3, C.7.6.3).
    private static final class Palette {
        private final int[][] tables = new int[3][];
        private final int[] firsts = new int[3];
        private final boolean signed;
        private final DicomFile file;

        Palette(DicomFile file) {
            this.file = file;
            DataSet set = file.set();
            signed = file.isSigned();
            for (int c = 0; c < 3; c++) {
                int entries = set.unsigned(Tags.RED_DESCRIPTOR + c, 0, -1), bits = set.unsigned(Tags.RED_DESCRIPTOR + c, 2, 0);
                int count = entries == 0 ? 1 << 16 : entries;
                int first = set.unsigned(Tags.RED_DESCRIPTOR + c, 1, 0);
                firsts[c] = signed ? (short) first : first;
                ByteBuffer data = set.buffer(Tags.RED_TABLE + c);
                boolean bytes = bits == 8 && data.remaining() < 2 * count;
                if (count < 1 || (bits != 8 && bits != 16) || data.remaining() < (bytes ? count : 2 * count))
                    throw new FormatException("its palette is not complete");
                tables[c] = new int[count];
                boolean swapped = bytes && data.order() == ByteOrder.BIG_ENDIAN;
                for (int i = 0; i < count; i++) {
                    int word = bytes ? data.get(swapped && (i ^ 1) < count ? i ^ 1 : i) & 0xFF : data.getChar(2 * i);
                    tables[c][i] = bits == 16 ? word >> 8 : word & 0xFF;
                }
            }
        }

        int[] apply(int[] indices) {
            int n = indices.length, bits = file.bitsStored();
            int[] planes = new int[3 * n];
            for (int c = 0; c < 3; c++) {
                for (int i = 0; i < n; i++) {
                    int index = indices[i] >> (file.highBit() + 1 - bits) & (1 << bits) - 1;
                    if (signed && index >> (bits - 1) == 1) index -= 1 << bits;
                    planes[c * n + i] = tables[c][Math.clamp((long) index - firsts[c], 0, tables[c].length - 1)];
                }
            }
            return planes;
        }
    }
}
