package dev.samovar.imaging.dicom;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.samovar.core.io.FormatException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// A DICOM file whose header has been read: its attributes, and the place of its pixels (PS3.10, PS3.5).
///
/// @param path where it is
/// @param name its name in messages: its path below the folder that is read
/// @param isBare whether it lacks the preamble and `DICM`
/// @param encoding how its data set is written
/// @param syntax the UID of the transfer syntax; empty if nothing says it
/// @param set its attributes
/// @param pixelsAt where the pixels begin, in the file or in what is inflated; -1 if it has none
/// @param pixelsLength how long they are, or [Parser#UNDEFINED]
/// @param isSwapped whether pixels of one byte are stored in words of two, the later first
record DicomFile(Path path, String name, boolean isBare, Parser.Encoding encoding, String syntax, DataSet set, long pixelsAt,
        long pixelsLength, boolean isSwapped) {
    static final String DEFLATED = "1.2.840.10008.1.2.1.99";

    private static final int PREAMBLE = 128, HEAD = PREAMBLE + 4, FIRST = 16;
    private static final int MAX_FRAMES = 100_000;
    private static final long MAX_INFLATED_HEADER = 64L << 20;

    /// Whether the first bytes of a file are those of a DICOM file: `DICM` after any 128 bytes, or an element that a data set begins with.
    static boolean is(byte[] start, long size) {
        return isMarked(start) || isBare(start, size);
    }

    private static boolean isMarked(byte[] start) {
        return start.length >= HEAD && new String(start, PREAMBLE, 4, ISO_8859_1).equals("DICM");
    }

    private static boolean isBare(byte[] start, long size) {
        if (start.length < FIRST) return false;
        ByteBuffer b = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
        int group = b.getChar(0), element = b.getChar(2);
        boolean explicit = Character.isUpperCase(start[4]) && Character.isUpperCase(start[5]);
        long length = explicit ? b.getChar(6) : Integer.toUnsignedLong(b.getInt(4));
        return ((group == 2 && element < 0x0100) || (group == 8 && element > 0 && element < 0x0100) || (group == 8 && element == 0
                && length == 4))
                && length <= size - 8;
    }

    /// The number of bytes that [#is] needs.
    static int head() {
        return HEAD;
    }

    /// Reads the header of a file; `null` if it is no DICOM file.
    ///
    /// @throws FormatException if it is damaged, in words that begin with the name of the file
    static @Nullable DicomFile read(Path path, String name) {
        try (Content content = Content.of(path)) {
            byte[] start = content.bytes(0, (int) Math.min(HEAD, content.size()));
            if (!is(start, content.size())) return null;
            return parse(content, path, name, !isMarked(start));
        } catch (FormatException | IOException e) {
            throw told(e, name, path, "in its header");
        }
    }

    /// The error in a file, with its name.
    ///
    /// @param early what is missing of a file that ends too early
    static RuntimeException told(Exception e, String name, Path path, String early) {
        if (e instanceof FormatException) return new FormatException(name + ": " + e.getMessage(), e);
        if (e instanceof EOFException) return new FormatException(name + ": it ends too early, " + early, e);
        return new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), (IOException) e);
    }

    private static DicomFile parse(Content content, Path path, String name, boolean bare) throws IOException {
        Parser parser = new Parser(content, bare ? 0 : HEAD);
        DataSet meta = parser.meta();
        String syntax = meta.text(Tags.TRANSFER_SYNTAX_UID);
        Parser.Encoding encoding = syntax.isEmpty() && content.size() - parser.at() >= 6 ? parser.guess() : Parser.encoding(syntax);
        if (!syntax.equals(DEFLATED)) return of(parser, path, name, bare, encoding, meta);
        byte[] inflated = inflate(content, parser.at());
        return of(new Parser(Content.of(inflated), 0), path, name, bare, encoding, meta);
    }

    private static DicomFile of(Parser parser, Path path, String name, boolean bare, Parser.Encoding encoding, DataSet meta)
            throws IOException {
        DataSet set = parser.dataSet(encoding);
        if (!set.has(Tags.SOP_CLASS_UID)) set.put(Tags.SOP_CLASS_UID, meta.bytes(Tags.MEDIA_STORAGE_CLASS));
        boolean swapped = encoding.order() == ByteOrder.BIG_ENDIAN && parser.pixelsType.equals("OW");
        return new DicomFile(path, name, bare, encoding, meta.text(Tags.TRANSFER_SYNTAX_UID), set, parser.pixelsAt, parser.pixelsLength, swapped);
    }

    /// The inflated bytes of a deflated data set, at most to the end of its pixels.
    private static byte[] inflate(Content content, long at) throws IOException {
        Inflater inflater = new Inflater(true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] chunk = new byte[1 << 16];
        long limit = MAX_INFLATED_HEADER;
        try {
            for (long from = at; !inflater.finished() && out.size() < limit;) {
                if (inflater.needsInput()) {
                    int n = (int) Math.min(chunk.length, content.size() - from);
                    if (n == 0) throw new EOFException();
                    inflater.setInput(content.bytes(from, n));
                    from += n;
                }
                out.write(chunk, 0, inflater.inflate(chunk));
                if (inflater.needsDictionary()) throw new DataFormatException("a dictionary is missing");
                if (out.size() >= limit && limit == MAX_INFLATED_HEADER) limit += declared(out.toByteArray());
            }
            return out.toByteArray();
        } catch (DataFormatException e) {
            throw new FormatException("its deflated data are damaged", e);
        } finally {
            inflater.end();
        }
    }

    /// The number of bytes of pixels that the header claims; the header is complete in what was inflated so far.
    private static long declared(byte[] inflated) throws IOException {
        Parser parser = new Parser(Content.of(inflated), 0);
        parser.dataSet(Parser.encoding(DEFLATED));
        return parser.pixelsAt < 0 ? 0 : Math.min(parser.pixelsLength, Integer.MAX_VALUE / 2);
    }

    /// The bytes that [#pixelsAt] counts in.
    Content open() throws IOException {
        Content content = Content.of(path);
        if (!syntax.equals(DEFLATED)) return content;
        try (content) {
            byte[] start = content.bytes(0, (int) Math.min(HEAD, content.size()));
            Parser parser = new Parser(content, isMarked(start) ? HEAD : 0);
            parser.meta();
            return Content.of(inflate(content, parser.at()));
        }
    }

    boolean isImage() {
        return pixelsAt >= 0 && set.has(Tags.ROWS);
    }

    String sopClass() {
        return set.text(Tags.SOP_CLASS_UID);
    }

    String uid() {
        return set.text(Tags.SOP_INSTANCE_UID);
    }

    int rows() {
        return set.unsigned(Tags.ROWS, 0);
    }

    int columns() {
        return set.unsigned(Tags.COLUMNS, 0);
    }

    int frames() {
        return set.whole(Tags.NUMBER_OF_FRAMES, "NumberOfFrames", 1);
    }

    int samples() {
        return set.unsigned(Tags.SAMPLES_PER_PIXEL, 1);
    }

    int bitsAllocated() {
        return set.unsigned(Tags.BITS_ALLOCATED, 0);
    }

    int bitsStored() {
        return set.unsigned(Tags.BITS_STORED, bitsAllocated());
    }

    int highBit() {
        return set.unsigned(Tags.HIGH_BIT, bitsStored() - 1);
    }

    boolean isSigned() {
        return set.unsigned(Tags.PIXEL_REPRESENTATION, 0) == 1;
    }

    String photometric() {
        return set.text(Tags.PHOTOMETRIC);
    }

    /// Whether its frames have groups of attributes of their own.
    boolean isEnhanced() {
        return !set.items(Tags.PER_FRAME_GROUPS).isEmpty() || !set.items(Tags.SHARED_GROUPS).isEmpty();
    }

    boolean isColour() {
        return samples() == 3 || photometric().equals("PALETTE COLOR");
    }

    /// Whether its pixels were compressed lossily.
    boolean isLossy() {
        return set.text(Tags.LOSSY).equals("01");
    }

    /// Checks, before any pixel is read, that the pixels can be read.
    ///
    /// @throws FormatException if they cannot; worded to begin with the name of the file
    void check() {
        String why = fault();
        if (!why.isEmpty()) throw new FormatException(name + ": " + why);
    }

    private String fault() {
        int bits = bitsAllocated();
        if (set.texts(Tags.IMAGE_TYPE).contains("MOSAIC"))
            return "it is a mosaic, one picture that is a grid of slices; convert it with dcm2niix";
        if (set.has(Tags.CONCATENATION_UID)) return "it is a part of a concatenation, which is not read";
        if (rows() == 0 || columns() == 0) return "it has " + columns() + " × " + rows() + " pixels";
        if (bits != 8 && bits != 16) return "its pixels have " + bits + " bits, and 8 and 16 are read";
        if (bitsStored() < 1 || bitsStored() > bits || highBit() < bitsStored() - 1 || highBit() >= bits)
            return "it stores " + bitsStored() + " bits up to bit " + highBit() + " of " + bits + ", which does not fit";
        if (samples() != 1 && samples() != 3) return "its pixels have " + samples() + " samples, and 1 and 3 are read";
        if (isColour() && samples() == 3 && bits != 8) return "its colours have " + bits + " bits, and 8 are read";
        if (samples() == 1 && !List.of("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR").contains(photometric()))
            return "its pixels are of the kind " + FormatException.shown(photometric()) + ", which is not read";
        if (!set.items(Tags.MODALITY_LUT).isEmpty()) return "its values are in a table (ModalityLUTSequence), which is not read";
        for (int tag : new int[]{Tags.SEGMENTED_RED, Tags.SEGMENTED_GREEN, Tags.SEGMENTED_BLUE})
            if (photometric().equals("PALETTE COLOR") && set.has(tag)) return "its palette is segmented, which is not read";
        int frames = frames();
        if (frames < 1) return "its NumberOfFrames is " + frames;
        if (frames > MAX_FRAMES) return "it has " + frames + " frames, more than the limit of " + MAX_FRAMES;
        int groups = set.items(Tags.PER_FRAME_GROUPS).size();
        if (groups > 0 && groups != frames) return "it has " + frames + " frames, and attributes of " + groups;
        return "";
    }

    /// A header is equal only to itself.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return path.hashCode();
    }
}
