package dev.samovar.imaging.dicom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.testkit.Broken;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Damaged and inconsistent files: one sentence, quickly and in little memory, and never with the patient's name.
@Tag("hostile")
@Isolated("the standard streams are the process's")
class DicomHostileTest {
    private static final int COLUMNS = 12, ROWS = 10;
    private static final String UID = "1.2.840.10008.1.2.";

    @TempDir
    Path folder;

    // ---- mutants

    private static Elements placed(int samples, String photometric) {
        return DicomBytes.image(0).unsigned(Tags.ROWS, ROWS).unsigned(Tags.COLUMNS, COLUMNS).text(Tags.PIXEL_SPACING, "DS", "2\\1.5")
                .text(Tags.IMAGE_ORIENTATION, "DS", "1\\0\\0\\0\\1\\0").text(Tags.IMAGE_POSITION, "DS", "-10\\-20\\5")
                .unsigned(Tags.SAMPLES_PER_PIXEL, samples)
                .text(Tags.PHOTOMETRIC, "CS", photometric).unsigned(Tags.BITS_ALLOCATED, 8).unsigned(Tags.BITS_STORED, 8).unsigned(Tags.HIGH_BIT, 7)
                .unsigned(Tags.PIXEL_REPRESENTATION, 0);
    }

    private static Elements enhanced() {
        Elements set = placed(1, "MONOCHROME2").text(Tags.NUMBER_OF_FRAMES, "IS", "3").bytes(Tags.PIXEL_DATA, "OW", new byte[3 * ROWS
                * COLUMNS]);
        List<Elements> frames = java.util.stream.IntStream.range(0, 3).mapToObj(f -> new Elements().sequence(Tags.PLANE_POSITION,
                new Elements().text(Tags.IMAGE_POSITION, "DS", "0\\0\\" + 4 * f)).sequence(Tags.PIXEL_VALUE_TRANSFORMATION,
                        new Elements().text(Tags.RESCALE_SLOPE, "DS", "1.5")))
                .toList();
        return set.sequence(Tags.SHARED_GROUPS, new Elements().sequence(Tags.PIXEL_MEASURES, new Elements().text(Tags.PIXEL_SPACING, "DS", "1\\2"))
                .sequence(Tags.PLANE_ORIENTATION, new Elements().text(Tags.IMAGE_ORIENTATION, "DS", "1\\0\\0\\0\\1\\0")))
                .sequence(Tags.PER_FRAME_GROUPS, frames);
    }

    private static Elements palette() {
        Elements set = placed(1, "PALETTE COLOR").bytes(Tags.PIXEL_DATA, "OW", new byte[ROWS * COLUMNS]);
        for (int c = 0; c < 3; c++) set.unsigned(Tags.RED_DESCRIPTOR + c, 16, 0, 16).bytes(Tags.RED_TABLE + c, "OW", new byte[32]);
        return set;
    }

    private static byte[] deflated(Elements set) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(set.encode());
        deflater.finish();
        byte[] out = new byte[1 << 16];
        int n = deflater.deflate(out);
        deflater.end();
        return DicomBytes.file(Arrays.copyOf(out, n), UID + "1.99");
    }

    private static byte[] runLengths() {
        ByteBuffer frame = ByteBuffer.allocate(64 + 2 * 4).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(1).putInt(64).position(64).put(new byte[]{-119, 5, 0, 7, 2, 1, 2, 3});           // 5, repeated 120 times
        return DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of(frame.array())), UID + "5");
    }

    private static byte[] picture(String format) throws IOException {
        BufferedImage picture = new BufferedImage(COLUMNS, ROWS, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < ROWS * COLUMNS; i++) picture.getRaster().setSample(i % COLUMNS, i / COLUMNS, 0, i * 37 % 251);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        try (var stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            var options = writer.getDefaultWriteParam();
            if (format.startsWith("jpeg-l")) options.setCompressionMode(javax.imageio.ImageWriteParam.MODE_EXPLICIT);
            writer.write(null, new javax.imageio.IIOImage(picture, null, null), options);
        }
        byte[] all = out.toByteArray();
        int start = 0;
        while (format.equals("jpeg2000") && ByteBuffer.wrap(all).getInt(start) != 0xFF4FFF51) start++;             // the codestream without the boxes of a .jp2
        return Arrays.copyOfRange(all, start, all.length);
    }

    private static byte[] good(String kind) throws IOException {
        return switch (kind) {
            case "plain" -> DicomBytes.file(DicomBytes.slice(COLUMNS, ROWS, 0, 3));
            case "implicit" -> implicit();
            case "enhanced" -> DicomBytes.file(enhanced());
            case "palette" -> DicomBytes.file(palette());
            case "deflated" -> deflated(enhanced());
            case "RLE" -> runLengths();
            case "JPEG" -> DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of(picture("jpeg"))), UID + "4.50");
            case "JPEG 2000" -> DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of(picture("jpeg2000"))), UID
                    + "4.90");
            default -> throw new IllegalArgumentException(kind);
        };
    }

    /// A data set alone: no preamble, and implicit VR.
    private static byte[] implicit() {
        ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer in = ByteBuffer.wrap(DicomBytes.slice(COLUMNS, ROWS, 0, 3).encode()).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            out.putInt(in.getInt());
            boolean isLong = in.getChar() == ('O' | 'W' << 8);             // the two letters of the VR
            int length = isLong ? in.getInt(in.position() + 2) : in.getChar();
            if (isLong) in.position(in.position() + 6);
            out.putInt(length).put(in.slice(in.position(), length));
            in.position(in.position() + length);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "implicit", "enhanced", "palette", "deflated", "RLE", "JPEG", "JPEG 2000"})
    void mutantsAreReadOrRefused(String kind) throws IOException {
        org.junit.jupiter.api.Assumptions.assumeTrue(!kind.equals("JPEG 2000") || ImageIO.getImageWritersByFormatName("jpeg2000").hasNext(),
                "jai-imageio-jpeg2000 is not on the class path: no mutants of JPEG 2000");
        byte[] good = good(kind);
        Path file = DicomBytes.write(folder.resolve("good.dcm"), good);
        use(DicomSeries.open(file, Choice.NONE));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = System.out, err = System.err, own = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(own);
        System.setErr(own);
        int refused;
        try {
            refused = survive(good);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        assertEquals("", printed.toString(StandardCharsets.UTF_8), "nothing is printed: the standard streams belong to the embedding program");
        assertTrue(refused > Mutants.COUNT / 20 && refused < Mutants.COUNT, refused + " of " + Mutants.COUNT + " refused");
    }

    /// A progressive JPEG as dcmtk's img2dcm writes it, with a retired transfer syntax.
    @Test
    void progressiveJpegIsReadUnderItsRetiredName() throws IOException {
        float[] plain = DicomSeries.open(DicomBytes.write(folder.resolve("a.dcm"), good("JPEG")), Choice.NONE).read().voxels();
        BufferedImage picture = new BufferedImage(COLUMNS, ROWS, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < ROWS * COLUMNS; i++) picture.getRaster().setSample(i % COLUMNS, i / COLUMNS, 0, i * 37 % 251);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (var stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            var options = writer.getDefaultWriteParam();
            options.setProgressiveMode(javax.imageio.ImageWriteParam.MODE_DEFAULT);
            writer.write(null, new javax.imageio.IIOImage(picture, null, null), options);
        }
        byte[] progressive = DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of(out.toByteArray())), UID + "4.55");
        assertArrayEquals(plain, DicomSeries.open(DicomBytes.write(folder.resolve("b.dcm"), progressive), Choice.NONE).read().voxels());
    }

    private int survive(byte[] good) {
        return Mutants.survive(Mutants.of(good, 20261129, Mutants.COUNT), bytes -> {
            Path mutant = DicomBytes.write(folder.resolve("mutant.dcm"), bytes);
            try {
                use(DicomSeries.open(mutant, Choice.NONE));
            } catch (FormatException e) {
                assertFalse(e.getMessage().contains("Secret") || e.getMessage().contains("SECRET") || e.getMessage().contains("19010203"),
                        e.getMessage());
                throw e;
            }
        });
    }

    /// Uses what was read.
    private static void use(DicomSeries series) {
        Volume volume = series.read();
        Orientation.of(volume.geometry()).toCanonical(series.toBeSeen(volume));
        series.window();
    }

    @Test
    void mutantsOfASegmentationAreReadOrRefused() throws IOException {
        DicomSeries series = DicomSeries.open(DicomBytes.series(folder.resolve("series"), 7, 5, 3), Choice.NONE);
        byte[] classes = new byte[105];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) (i % 3);
        Path file = folder.resolve("case.seg.dcm");
        DicomSegmentation.write(file, new LabelVolume(series.geometry(), classes), List.of(new Segment(1, "a", Segment.Algorithm.AUTOMATIC,
                null, 1),
                new Segment(2, "b", Segment.Algorithm.MANUAL, null, 2)), false, "1");
        int refused = Mutants.survive(Mutants.of(java.nio.file.Files.readAllBytes(file), 7, Mutants.COUNT),
                bytes -> SegmentationReader.read(DicomBytes.write(folder.resolve("mutant.dcm"), bytes), series.geometry()));
        assertTrue(refused > Mutants.COUNT / 10 && refused < Mutants.COUNT, refused + " of " + Mutants.COUNT + " refused");
    }

    // ---- inconsistent files

    private static Broken set(String why, Elements set, String says) {
        return new Broken(why, DicomBytes.file(set), says);
    }

    private static Elements slice() {
        return DicomBytes.slice(COLUMNS, ROWS, 0, 3);
    }

    static List<Broken> broken() {
        byte[] good = DicomBytes.file(slice());
        byte[] piece = {(byte) 0xFF, (byte) 0xD8, 0, 0};
        return List.of(
                new Broken("cut in the pixels", Arrays.copyOf(good, good.length - 40), "it ends too early: 200 of 240 bytes of pixels"),
                new Broken("cut in the header", Arrays.copyOf(good, 140), "it ends too early"),
                set("no rows", slice().unsigned(Tags.ROWS, 0), "it has 12 × 0 pixels"),
                set("65,535 rows", slice().unsigned(Tags.ROWS, 65535).unsigned(Tags.COLUMNS, 65535),
                        "65535 × 65535 × 1 voxels is too large"),
                set("too many rows", slice().unsigned(Tags.ROWS, 11), "240 of 264 bytes"),
                set("5000 frames", slice().text(Tags.NUMBER_OF_FRAMES, "IS", "5000"), "it ends too early: 240 of 1,200,000 bytes"),
                set("two thousand million frames", slice().text(Tags.NUMBER_OF_FRAMES, "IS", "2000000000"), "more than the limit"),
                set("no frame", slice().text(Tags.NUMBER_OF_FRAMES, "IS", "0"), "its NumberOfFrames is 0"),
                set("a number of frames that is text", slice().text(Tags.NUMBER_OF_FRAMES, "IS", "three"), "NumberOfFrames is not a number"),
                set("a slope of 0", slice().text(Tags.RESCALE_SLOPE, "DS", "0"), "its RescaleSlope is 0"),
                set("a slope that is not a number", slice().text(Tags.RESCALE_SLOPE, "DS", "NaN"), "its RescaleSlope is not a number"),
                set("a position of two numbers", slice().text(Tags.IMAGE_POSITION, "DS", "1\\2"), "its ImagePositionPatient is not 3 numbers"),
                set("an infinite position", slice().text(Tags.IMAGE_POSITION, "DS", "1\\2\\1e400"),
                        "its ImagePositionPatient is not 3 numbers"),
                set("directions that are parallel", slice().text(Tags.IMAGE_ORIENTATION, "DS", "1\\0\\0\\1\\0\\0"), "at a right angle"),
                set("directions of no length", slice().text(Tags.IMAGE_ORIENTATION, "DS", "0\\0\\0\\0\\0\\0"), "at a right angle"),
                set("directions that are too long", slice().text(Tags.IMAGE_ORIENTATION, "DS", "0.71\\0.71\\0\\0\\0\\1.1"),
                        "at a right angle"),
                set("no spacing", slice().text(Tags.PIXEL_SPACING, "DS", "0\\1"), "its pixel spacing is 0"),
                set("32 bits", slice().unsigned(Tags.BITS_ALLOCATED, 32), "its pixels have 32 bits"),
                set("12 bits of 8", slice().unsigned(Tags.BITS_ALLOCATED, 8).unsigned(Tags.BITS_STORED, 12), "which does not fit"),
                set("two samples", slice().unsigned(Tags.SAMPLES_PER_PIXEL, 2), "its pixels have 2 samples"),
                set("colours of 16 bits", slice().unsigned(Tags.SAMPLES_PER_PIXEL, 3).text(Tags.PHOTOMETRIC, "CS", "RGB"),
                        "its colours have 16 bits"),
                set("floating-point pixels", new Elements().text(Tags.SOP_CLASS_UID, "UI", DicomBytes.CT).bytes(Tags.FLOAT_PIXEL_DATA, "OW",
                        new byte[8]),
                        "floating-point"),
                set("a table of values", slice().sequence(Tags.MODALITY_LUT, new Elements()), "ModalityLUTSequence"),
                set("a mosaic", slice().text(Tags.IMAGE_TYPE, "CS", "ORIGINAL\\PRIMARY\\M\\MOSAIC"), "convert it with dcm2niix"),
                set("a part of a concatenation", slice().text(Tags.CONCATENATION_UID, "UI", "2.25.1"), "concatenation"),
                set("a palette without its tables", palette().bytes(Tags.RED_TABLE, "OW", new byte[0]), "its palette is not complete"),
                set("a segmented palette", palette().bytes(Tags.SEGMENTED_RED, "OW", new byte[4]), "its palette is segmented"),
                set("attributes of two of three frames", enhanced().text(Tags.NUMBER_OF_FRAMES, "IS", "2"), "attributes of 3"),
                new Broken("an unknown syntax", DicomBytes.file(slice().encode(), "1.2.3"), "\"1.2.3\", which is not read"),
                new Broken("an MPEG", DicomBytes.file(slice().encode(), UID + "4.102"), UID
                        + "4.102\", which is not read; decompress it first"),
                new Broken("JPEG that is not in pieces", DicomBytes.file(slice().encode(), UID + "4.50"), "are not in pieces"),
                new Broken("pieces that are not compressed", DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of(
                        piece)), UID + "1"),
                        "in pieces"),
                new Broken("no piece", DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of()), UID + "4.50"),
                        "are missing"),
                new Broken("more frames than pieces", DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2").text(
                        Tags.NUMBER_OF_FRAMES, "IS",
                        "3"), List.of(piece, piece)), UID + "4.50"), "3 frames, and pixels of 2"),
                new Broken("a picture that is none", DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of(
                        new byte[8])), UID + "4.50"),
                        "neither JPEG nor JPEG 2000"),
                new Broken("JPEG without an end", DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of(piece)), UID
                        + "4.50"),
                        "end too early"),
                new Broken("RLE of other segments", DicomBytes.file(DicomBytes.encapsulated(placed(3, "RGB"), List.of(new byte[64])), UID
                        + "5"),
                        "it has 0 segments, not 3"),
                new Broken("sequences without an end", nested(40), "nested more than 32 deep"));
    }

    private static byte[] nested(int depth) {
        Elements inner = new Elements();
        for (int i = 0; i < depth; i++) inner = new Elements().sequence(Tags.FRAME_CONTENT, inner);
        return DicomBytes.file(inner);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void aBrokenFileIsOneSentence(Broken broken) {
        Path file = DicomBytes.write(folder.resolve("broken.dcm"), broken.bytes());
        FormatException e = assertThrows(FormatException.class, () -> use(DicomSeries.open(file, Choice.NONE)));
        assertTrue(e.getMessage().contains("broken.dcm: ") && e.getMessage().contains(broken.says()), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    /// If the data end too early, one JPEG 2000 decoder throws an `Error`, which handlers of exceptions do not catch, and a JPEG decoder fills the rest with grey.
    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "jpeg2000"})
    void halfAPictureIsRefused(String format) throws IOException {
        org.junit.jupiter.api.Assumptions.assumeTrue(ImageIO.getImageWritersByFormatName(format).hasNext(),
                "nothing on the class path writes " + format);
        byte[] whole = picture(format);
        for (int cut = whole.length / 2; cut < whole.length - 2; cut += 7) {
            byte[] half = Arrays.copyOf(whole, cut);
            half[cut - 2] = (byte) 0xFF;
            half[cut - 1] = (byte) 0xD9;
            Path file = DicomBytes.write(folder.resolve("half.dcm"),
                    DicomBytes.file(DicomBytes.encapsulated(placed(1, "MONOCHROME2"), List.of(half)), UID
                            + (format.equals("jpeg") ? "4.50" : "4.90")));
            assertTimeoutPreemptively(Mutants.PATIENCE, () -> {
                FormatException e = assertThrows(FormatException.class, () -> use(DicomSeries.open(file, Choice.NONE)));
                assertTrue(e.getMessage().contains("half.dcm: its "), e.getMessage());
            });
        }
    }

    @Test
    void segmentationsAreNotTakenForImages() {
        DicomSeries series = DicomSeries.open(DicomBytes.series(folder.resolve("series"), 7, 5, 3), Choice.NONE);
        byte[] classes = new byte[105];
        classes[50] = 1;
        Path file = folder.resolve("series").resolve("a.seg.dcm");
        DicomSegmentation.write(file, new LabelVolume(series.geometry(), classes), List.of(new Segment(1, "a", Segment.Algorithm.AUTOMATIC,
                null, 1)),
                false, "1");
        DicomSeries again = DicomSeries.open(folder.resolve("series"), Choice.NONE);
        assertEquals(List.of("left out: a.seg.dcm (a segmentation)"), again.notes());
        assertTrue(again.geometry().difference(series.geometry()).isEmpty());
        assertThrows(FormatException.class, () -> SegmentationReader.read(file, Geometry.of(1, 1, 1, 1, 1, 1)));
    }
}
