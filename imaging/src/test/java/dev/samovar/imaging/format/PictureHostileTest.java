package dev.samovar.imaging.format;

import static dev.samovar.imaging.format.PictureBytes.LONG;
import static dev.samovar.imaging.format.PictureBytes.SHORT;
import static dev.samovar.imaging.format.PictureBytes.jpeg;
import static dev.samovar.imaging.format.PictureBytes.segment;
import static dev.samovar.imaging.format.PictureBytes.tiff;
import static dev.samovar.imaging.testkit.Broken.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.testkit.Allocation;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.format.PictureBytes.Tag;
import dev.samovar.imaging.testkit.Broken;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Broken and malicious pictures: one sentence each, quickly, and in memory proportional to the file.
/// Their table is one long method, because a table is read line by line.
@org.junit.jupiter.api.Tag("hostile")
class PictureHostileTest {
    private static final byte[] JPEG = jpeg(new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB), false);
    private static final byte[] PROGRESSIVE = jpeg(new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB), true);
    private static final byte[] TIFF = tiff();
    private static final int FRAME = 0xC0, SCAN = 0xDA;

    @TempDir
    private Path folder;

    /// The JDK's reader loads its classes once. This must not count as the memory of a file.
    @BeforeEach
    void warmUp() {
        for (byte[] good : List.of(JPEG, PROGRESSIVE, TIFF)) PictureFile.read(NiftiBytes.write(folder.resolve("good"), good));
    }

    static Stream<Broken> broken() {
        byte[] cyclic = TIFF.clone(), deep = tiff(Tag.of(322, SHORT, Short.MAX_VALUE), Tag.of(323, SHORT, Short.MAX_VALUE), Tag.of(324,
                LONG, 8),
                Tag.of(
                        325,
                        LONG, 6));
        cyclic[cyclic.length - 4] = 14;
        int frame = find(JPEG, FRAME), scan = find(JPEG, SCAN);
        return Stream.of(
                new Broken("empty", new byte[0], "it is neither PNG, JPEG nor TIFF"),
                new Broken("one byte", new byte[]{-1}, "it is neither PNG, JPEG nor TIFF"),
                new Broken("GIF", "GIF89a".getBytes(StandardCharsets.US_ASCII), "it is neither PNG, JPEG nor TIFF; save it as PNG"),
                new Broken("PNG", PngBytes.signature(), "it ends too early"),
                new Broken("start of JPEG", Arrays.copyOf(JPEG, 3), "it ends too early"),
                new Broken("JPEG cut in a segment", Arrays.copyOf(JPEG, 10), "it ends too early, in its segment at byte 2"),
                new Broken("JPEG cut in its data", Arrays.copyOf(JPEG, JPEG.length - 5), "it ends too early"),
                new Broken("JPEG without an end", Arrays.copyOf(JPEG, JPEG.length - 2), "it ends too early"),
                new Broken("JPEG without data", NiftiBytes.join(Arrays.copyOf(JPEG, scan), end()), "it has no picture in it"),
                new Broken("JPEG whose data end early", NiftiBytes.join(Arrays.copyOf(JPEG, JPEG.length - 6), end()),
                        "its data are damaged or incomplete"),
                new Broken("JPEG without a frame", without(JPEG, FRAME), "it has no frame before its data"),
                new Broken("JPEG without tables", without(JPEG, 0xDB), "its data are damaged or incomplete"),
                new Broken("two frames", PictureBytes.with(JPEG, Arrays.copyOfRange(JPEG, frame, frame + 19)), "it has two frames"),
                new Broken("two pictures", NiftiBytes.join(Arrays.copyOf(JPEG, 2), JPEG), "it has two pictures in it"),
                new Broken("a frame cut off", NiftiBytes.join(Arrays.copyOf(JPEG, 2), segment(FRAME, new byte[5])), "its frame is cut off"),
                of("lossless", 1, 0xC3, "it is a lossless JPEG"), of("arithmetic", 1, 0xC9, "rare kind"),
                of("12 bits", 4, 12, "it has 12 bits per colour"), of("no rows", 6, 0, "it has 40 × 0 pixels"),
                of("too many rows", 5, 255, "more than its"), of("two colours", 9, 2, "it has 2 colours"),
                of("four colours without their table", 9, 4, "its frame is cut off"),
                new Broken("too many pixels", with(with(JPEG, frame + 5, 255), frame + 7, 255), "more than the limit of 89478485"),
                new Broken("too many scans", scans(101), "more than 100 scans"),
                new Broken("BigTIFF of nothing", with(TIFF, 2, 43), "it ends too early, before the description of a page"),
                new Broken("TIFF of four bytes", Arrays.copyOf(TIFF, 4), "it ends too early, before the description of a page"),
                new Broken("TIFF cut in its tags", Arrays.copyOf(TIFF, TIFF.length - 5), "in the description of a page"),
                new Broken("TIFF of no page", with(TIFF, 4, 0), "it has no page"),
                new Broken("pages in a circle", cyclic, "its pages overlap"),
                new Broken("TIFF of masks alone", tiff(Tag.of(254, LONG, 4)), "it has no page"),
                new Broken("a tag twice", with(TIFF, 14 + 2 + 12, 0), "it describes a page twice over"),
                tag("no width", Tag.of(256, SHORT), "its page has no tag 256"), tag("a width of 0", Tag.of(256, SHORT, 0),
                        "a side of 0 pixels"),
                tag("a wide picture", Tag.of(256, LONG, 0xFFFF_FFFFL), "a side of 4294967295 pixels"),
                tag("a width of the kind 7", Tag.of(256, 7, 1), "its tag 256 is damaged"),
                new Broken("too many pixels in TIFF", tiff(Tag.of(256, LONG, 10_000), Tag.of(257, LONG, 10_000)),
                        "10000 × 10000 pixels, more than the limit"),
                new Broken("more pixels than data", tiff(Tag.of(256, LONG, 9000), Tag.of(257, LONG, 9000)), "more than its data can hold"),
                new Broken("one row too many", tiff(Tag.of(257, SHORT, 3)), "more than its data can hold"),
                new Broken("a tile of 2 GiB", deep, "more than its data can hold"),
                tag("strips of no rows", Tag.of(278, SHORT, 0), "its strips have no rows"),
                tag("a second strip", Tag.of(273, LONG, 8, 8), "it lists 1 strips or tiles where there must be 1"),
                tag("strips beyond the end", Tag.of(273, LONG, 0xFFFF_FFF0L), "it ends too early, in its strip or tile 0"),
                new Broken("strips that overlap", tiff(ByteOrder.BIG_ENDIAN, new byte[300], overlapping()), "its strips or tiles overlap"),
                tag("JPEG in TIFF that is none", Tag.of(259, SHORT, 7), "it ends too early, a part is missing"),
                tag("JPEG of the old kind", Tag.of(259, SHORT, 6), "it is compressed as JPEG of the old kind"), tag("a fax", Tag.of(259,
                        SHORT, 4), "as a fax"),
                tag("compressed somehow", Tag.of(259, SHORT, 50009), "in the way 50009"),
                tag("Zstandard of nothing", Tag.of(259, SHORT, 50000), "its data are damaged or incomplete"),
                tag("LZW of nothing", Tag.of(259, SHORT, 5), "its data are damaged or incomplete"),
                tag("deflate of nothing", Tag.of(259, SHORT, 8), "its data are damaged or incomplete"),
                tag("PackBits of too little", Tag.of(259, SHORT, 32773), "its data are damaged or incomplete"),
                tag("CMYK in TIFF", Tag.of(262, SHORT, 5), "it has 1 numbers per pixel where there must be 4 or more"),
                new Broken("other inks than CMYK", tiff(Tag.of(262, SHORT, 5), Tag.of(277, SHORT, 4), Tag.of(332, SHORT, 2)),
                        "its inks are others than cyan, magenta, yellow and black (its ink set is 2)"),
                tag("five numbers a pixel", Tag.of(277, SHORT, 5), "more than its data can hold"),
                tag("CIELab", Tag.of(262, SHORT, 8), "its photometric interpretation is 8"),
                tag("no numbers a pixel", Tag.of(277, SHORT, 0), "0 numbers per pixel"),
                tag("48 bits", Tag.of(258, SHORT, 48), "its numbers of 48 bits, unsigned"),
                tag("several kinds of numbers", Tag.of(258, SHORT, 8, 16), "not all of one kind"),
                tag("complex numbers", Tag.of(339, SHORT, 5), "of the kind 5, are not read as such colours"),
                new Broken("a predictor of bits", tiff(Tag.of(259, SHORT, 5), Tag.of(317, SHORT, 3)), "stored in a rare way"),
                new Broken("an unknown predictor", tiff(Tag.of(259, SHORT, 5), Tag.of(317, SHORT, 9)), "stored in a rare way"),
                tag("a palette that is absent", Tag.of(262, SHORT, 3), "its page has no tag 320"),
                new Broken("a short palette", tiff(Tag.of(262, SHORT, 3), Tag.of(320, SHORT, 1, 2, 3)), "a palette of 3 numbers"));
    }

    private static Broken tag(String why, Tag tag, String says) {
        return new Broken(why, tiff(tag), says);
    }

    private static List<Tag> overlapping() {
        return List.of(Tag.of(256, SHORT, 300), Tag.of(257, SHORT, 2), Tag.of(258, SHORT, 8), Tag.of(262, SHORT, 1), Tag.of(273, LONG, 8,
                8),
                Tag.of(278, SHORT, 1), Tag.of(279, LONG, 300, 300));
    }

    /// A JPEG with one byte of its frame header changed.
    private static Broken of(String why, int at, int value, String says) {
        return new Broken(why, with(JPEG, find(JPEG, FRAME) + at, value), says);
    }

    private static byte[] end() {
        return new byte[]{-1, (byte) 0xD9};
    }

    private static int find(byte[] jpeg, int marker) {
        int at = 0;
        while (jpeg[at] != -1 || jpeg[at + 1] != (byte) marker) at++;
        return at;
    }

    private static byte[] without(byte[] jpeg, int marker) {
        int at = find(jpeg, marker), length = (jpeg[at + 2] & 0xFF) << 8 | (jpeg[at + 3] & 0xFF);
        return NiftiBytes.join(Arrays.copyOf(jpeg, at), Arrays.copyOfRange(jpeg, at + 2 + length, jpeg.length));
    }

    /// A JPEG that repeats its scan.
    private static byte[] scans(int n) {
        int scan = find(JPEG, SCAN);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(JPEG, 0, scan);
        for (int i = 0; i < n; i++) out.write(JPEG, scan, JPEG.length - 2 - scan);
        out.writeBytes(end());
        return out.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("broken")
    void aBrokenFileIsOneSentence(Broken file) {
        file.refusedBy(PictureFile::read, folder.resolve("broken"));
    }

    @Test
    void anAbsentFileAndAFolderAreNamed() {
        for (Path path : List.of(folder.resolve("absent.png"), folder))
            assertTrue(assertThrows(UncheckedIOException.class, () -> PictureFile.read(path)).toString().contains("cannot read " + path));
    }

    /// Constant pictures of each kind: the largest that a valid small file can hold.
    @Test
    void aSmallFileOfManyPixelsIsReadInLittleMemory() {
        BufferedImage flat = new BufferedImage(520, 520, BufferedImage.TYPE_BYTE_GRAY), wide = new BufferedImage(900, 900,
                BufferedImage.TYPE_BYTE_GRAY);
        for (byte[] file : List.of(jpeg(flat, false), jpeg(flat, true), compressed(flat, "LZW"), compressed(wide, "Deflate"))) {
            Path path = NiftiBytes.write(folder.resolve("flat"), file);
            long memory = Allocation.of(() -> assertEquals(0, PictureFile.read(path).pixels()[77]));
            assertTrue(memory < Mutants.SMALL_MEMORY, file.length + " bytes took " + memory + " bytes of memory");
        }
    }

    private static byte[] compressed(BufferedImage image, String how) {
        return PictureBytes.written("tiff", image, param -> {
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionType(how);
            param.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
            param.setTiling(image.getWidth(), image.getHeight(), 0, 0);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mutantsOfJpegAreReadOrRefused(boolean progressive) {
        byte[] good = PictureBytes.with(progressive ? PROGRESSIVE : JPEG, PictureBytes.exif(ByteOrder.BIG_ENDIAN, 6));
        int refused = survive(Mutants.of(good, 20261122, Mutants.COUNT));
        assertTrue(refused > Mutants.COUNT / 8, refused + " of " + Mutants.COUNT + " refused: the mutants are too tame");
    }

    @Test
    void mutantsOfTiffAreReadOrRefused() {
        byte[] two = tiff(ByteOrder.BIG_ENDIAN, new byte[12], List.of(Tag.of(254, LONG, 0), Tag.of(256, SHORT, 3),
                Tag.of(257, SHORT, 2), Tag.of(258, SHORT, 16), Tag.of(262, SHORT, 1), Tag.of(273, LONG, 8, 14), Tag.of(274, SHORT, 1),
                Tag.of(277, SHORT, 1), Tag.of(278, SHORT, 1), Tag.of(279, LONG, 6, 6), Tag.of(317, SHORT, 2), Tag.of(339, SHORT, 1)));
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 1200; i++) image.setRGB(i % 40, i / 40, i * i / 60 * 0x010203);
        int refused = 0, kinds = 0;
        for (byte[] good : List.of(TIFF, two, compressed(image, "LZW"), compressed(image, "Deflate"), compressed(image, "PackBits"))) {
            PictureFile.read(NiftiBytes.write(folder.resolve("good"), good));
            refused += survive(Mutants.of(good, 20261122L + kinds++, Mutants.COUNT));
        }
        assertTrue(refused > Mutants.COUNT, refused + " of " + kinds * Mutants.COUNT + " refused: the mutants are too tame");
    }

    /// Files of other programs, each with a different codec or type of number.
    @ParameterizedTest
    @ValueSource(strings = {"bigtiff.tif", "tc_zstd2.tif", "tc_jpegtile.tif", "im12.tif", "stack_ij.tif", "stack.ome.tif", "cmyk.jpg",
        "c440p.jpg", "im.png",
        "labidx_opt.png"})
    void mutantsOfOtherProgramsFilesAreReadOrRefused(String name) throws IOException {
        byte[] good;
        try (InputStream in = Objects.requireNonNull(PictureHostileTest.class.getResourceAsStream("pictures/" + name))) {
            good = in.readAllBytes();
        }
        Path path = folder.resolve("mutant");
        Consumer<byte[]> reader = bytes -> {
            NiftiBytes.write(path, bytes);
            PictureFile.labels(path);
        };
        Consumer<byte[]> shower = bytes -> PictureFile.open(NiftiBytes.write(path, bytes), 0, p -> p.shown(new Intensity.Auto(), null));
        boolean png = name.endsWith(".png");
        int refused = 0;
        for (Consumer<byte[]> way : List.of(reader, shower)) {
            Stream<Mutants.Mutant> mutants = Mutants.of(good, 20261129, Mutants.COUNT / 2);
            refused += Mutants.survive(png ? mutants.map(mutant -> mutant.then(PngBytes::mended)) : mutants, way);
        }
        assertTrue(refused > Mutants.COUNT / 16, refused + " of " + Mutants.COUNT + " refused: the mutants are too tame");
    }

    @Test
    void mutantsOfPngAreReadOrRefused() {
        byte[] good = PngBytes.of(5, 7, 16, PngBytes.RGB, true, new int[105]);
        assertTrue(survive(Mutants.of(good, 20261122, Mutants.COUNT).map(mutant -> mutant.then(PngBytes::mended))) > Mutants.COUNT / 8);
    }

    private int survive(Stream<Mutants.Mutant> mutants) {
        Path path = folder.resolve("mutant");
        return Mutants.survive(mutants, bytes -> PictureFile.read(NiftiBytes.write(path, bytes)));
    }
}
