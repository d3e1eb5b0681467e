package dev.samovar.imaging.format;

import static dev.samovar.imaging.testkit.Broken.with;
import static dev.samovar.imaging.testkit.NiftiBytes.join;
import static dev.samovar.imaging.testkit.PngBytes.GREY;
import static dev.samovar.imaging.testkit.PngBytes.GREY_ALPHA;
import static dev.samovar.imaging.testkit.PngBytes.PALETTE;
import static dev.samovar.imaging.testkit.PngBytes.RGB;
import static dev.samovar.imaging.testkit.PngBytes.RGBA;
import static dev.samovar.imaging.testkit.PngBytes.chunk;
import static dev.samovar.imaging.testkit.PngBytes.deflate;
import static dev.samovar.imaging.testkit.PngBytes.header;
import static dev.samovar.imaging.testkit.PngBytes.palette;
import static dev.samovar.imaging.testkit.PngBytes.signature;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Allocation;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.imaging.testkit.Broken;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Broken and malicious pictures: one sentence each, quickly, and in memory proportional to the file.
@Tag("hostile")
class PngHostileTest {
    private static final byte[] GOOD = PngBytes.of(3, 2, 8, GREY, false, 1, 2, 3, 4, 5, 6), END = chunk("IEND");
    private static final byte[] DATA = chunk("IDAT", deflate(new byte[]{0, 1, 2, 3, 0, 4, 5, 6}));

    @TempDir
    private Path folder;

    /// The JDK's reader loads its classes once. This must not count as the memory of a file.
    @BeforeEach
    void warmUp() {
        PictureFile.volume(NiftiBytes.write(folder.resolve("good.png"), GOOD));
    }

    static Stream<Broken> broken() {
        byte[] damaged = GOOD.clone();
        damaged[45]++;
        return Stream.of(
                new Broken("empty", new byte[0], "it is neither PNG, JPEG nor TIFF"),
                new Broken("text", "This is not a picture.".getBytes(StandardCharsets.US_ASCII), "it is neither PNG, JPEG nor TIFF"),
                new Broken("JPEG", new byte[]{-1, -40, -1, -32, 0, 16, 'J', 'F', 'I', 'F', 0}, "it ends too early"),
                new Broken("signature alone", signature(), "ends too early"),
                new Broken("cut in the header", Arrays.copyOf(GOOD, 30), "ends too early, in its chunk \"IHDR\" at byte 8"),
                new Broken("cut in the data", Arrays.copyOf(GOOD, 50), "ends too early, in its chunk \"IDAT\" at byte 33"),
                new Broken("no end", Arrays.copyOf(GOOD, GOOD.length - 12), "ends too early"),
                new Broken("a bit flipped", damaged, "the checksum of its chunk \"IDAT\" at byte 33 is wrong"),
                new Broken("a chunk of 2 GiB", join(signature(), header(3, 2, 8, GREY, 0), new byte[]{127, -1, -1, -1, 'I', 'D', 'A', 'T',
                    0, 0, 0, 0, 0}), "in its chunk \"IDAT\" at byte 33"),
                new Broken("a chunk of less than nothing", join(signature(), header(3, 2, 8, GREY, 0), new byte[]{-1, -1, -1, -1, 'I', 7,
                    'A', 'T', 0, 0, 0, 0}), "in its chunk \"I?AT\" at byte 33"),
                new Broken("data first", png(DATA, header(3, 2, 8, GREY, 0)), "its first chunk is not a header"),
                new Broken("a header of 12 bytes", png(chunk("IHDR", new byte[12]), DATA), "its first chunk is not a header of 13 bytes"),
                new Broken("two headers", png(header(3, 2, 8, GREY, 0), header(3, 2, 8, GREY, 0), DATA), "two headers"),
                of("no width", header(0, 2, 8, GREY, 0), "it has 0 × 2 pixels"),
                of("negative height", header(3, -2, 8, GREY, 0), "it has 3 × 4294967294 pixels, and a side is from 1 to 32767"),
                of("a long side", header(32768, 1, 8, GREY, 0), "a side is from 1 to 32767"),
                of("one pixel too many", header(32767, 2731, 1, GREY, 0), "it has 32767 × 2731 pixels, more than the limit of 89478485"),
                of("as many as there can be", header(32767, 2730, 1, GREY, 0), "more than its 16 bytes of data can hold"),
                of("grey of 3 bits", header(3, 2, 3, GREY, 0), "its colour type 0 with 3 bits"),
                of("palette of 16 bits", header(3, 2, 16, PALETTE, 0), "its colour type 3 with 16 bits"),
                of("colour of 4 bits", header(3, 2, 4, RGB, 0), "its colour type 2 with 4 bits"),
                of("colour type 5", header(3, 2, 8, 5, 0), "its colour type 5 with 8 bits"),
                of("colour type -1", header(3, 2, 8, 255, 0), "its colour type -1 with 8 bits"),
                new Broken("another compression", PngBytes.mended(with(GOOD, 26, 1)),
                        "its compression, filter and interlace methods are 1, 0 and 0"),
                of("another interlacing", header(3, 2, 8, GREY, 2), "its compression, filter and interlace methods are 0, 0 and 2"),
                of("no palette", header(3, 2, 8, PALETTE, 0), "it has no palette"),
                new Broken("an empty palette", png(header(3, 2, 8, PALETTE, 0), chunk("PLTE"), DATA), "it has a palette of 0 bytes"),
                new Broken("a palette of 257", png(header(3, 2, 8, PALETTE, 0), chunk("PLTE", new byte[771]), DATA),
                        "it has a palette of 771 bytes"),
                new Broken("a palette of a third", png(header(3, 2, 8, PALETTE, 0), chunk("PLTE", new byte[4]), DATA),
                        "it has a palette of 4 bytes"),
                new Broken("two palettes", png(header(3, 2, 8, PALETTE, 0), chunk("PLTE", palette(9)), chunk("PLTE", palette(9)), DATA),
                        "one too many"),
                new Broken("a late palette", png(header(3, 2, 8, PALETTE, 0), DATA, chunk("PLTE", palette(9))), "too late"),
                new Broken("no data", png(header(3, 2, 8, GREY, 0)), "more than its 0 bytes of data can hold"),
                new Broken("data of nothing", png(header(3, 2, 8, GREY, 0), chunk("IDAT"), chunk("IDAT")), "its 0 bytes of data"),
                new Broken("data that inflate to nothing", png(header(3, 2, 8, GREY, 0), chunk("IDAT", deflate(new byte[0]))),
                        "its data are damaged or incomplete"),
                new Broken("a row short", png(header(3, 3, 8, GREY, 0), DATA), "its data are damaged or incomplete"),
                new Broken("no zlib", png(header(3, 2, 8, GREY, 0), chunk("IDAT", new byte[20])), "its data are damaged or incomplete"),
                new Broken("a filter of another kind", png(header(3, 2, 8, GREY, 0), chunk("IDAT", deflate(new byte[]{9, 1, 2, 3, 0, 4, 5,
                    6}))), "its data are damaged or incomplete"),
                new Broken("an iPhone's", png(chunk("CgBI", new byte[4]), header(3, 2, 8, GREY, 0), DATA),
                        "its first chunk is not a header"),
                new Broken("an unknown kind of chunk", png(header(3, 2, 8, GREY, 0), chunk("NEWS"), DATA), "a chunk of an unknown kind"),
                new Broken("a bomb of metadata that is damaged", png(header(3, 2, 8, GREY, 0), with(chunk("zTXt", bomb()), 30, 1), DATA),
                        "the checksum of its chunk \"zTXt\""));
    }

    private static Broken of(String why, byte[] header, String says) {
        return new Broken(why, png(header, DATA), says);
    }

    private static byte[] png(byte[]... chunks) {
        return join(signature(), join(chunks), END);
    }

    private static byte[] bomb() {
        return join("Comment\0\0".getBytes(StandardCharsets.US_ASCII), deflate(new byte[1 << 24]));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void aBrokenFileIsOneSentence(Broken file) {
        file.refusedBy(PictureFile::volume, folder.resolve("broken.png"));
        file.refusedBy(PictureFile::labels, folder.resolve("broken.png"));
    }

    @Test
    void anAbsentFileAndAFolderAreNamed() {
        for (Path path : List.of(folder.resolve("absent.png"), folder))
            assertTrue(assertThrows(UncheckedIOException.class, () -> PictureFile.volume(path)).toString().contains("cannot read " + path));
    }

    @Test
    void metadataAndWhatFollowsTheEndAreNotLookedAt() {
        byte[] file = png(header(3, 2, 8, GREY, 0), chunk("zTXt", bomb()), chunk("iCCP", bomb()), chunk("tRNS", (byte) 1), chunk("sPLT"),
                chunk("PLTE", palette(256)), DATA, chunk("tIME"), END, new byte[100]);
        Path path = NiftiBytes.write(folder.resolve("bomb.png"), file);
        long memory = Allocation.of(() -> assertEquals(6, PictureFile.volume(path).at(2, 1, 0)));
        assertTrue(memory < 1 << 20, memory + " bytes of memory");
    }

    /// A small file of many pixels may be a valid mask. It is read within the memory limit.
    @Test
    void aSmallFileOfManyPixelsIsReadInLittleMemoryOrRefused() {
        List<byte[]> files = List.of(many(1, GREY, 2700), many(1, PALETTE, 2700), many(4, PALETTE, 1300), many(8, PALETTE, 950), many(8,
                GREY, 950), many(8, RGBA, 450), many(16, GREY, 700));
        for (byte[] file : files) {
            assertTrue(file.length < 1_900, file.length + " bytes");
            Path path = NiftiBytes.write(folder.resolve("zeros.png"), file);
            long labels = Allocation.of(() -> assertEquals(0, PictureFile.labels(path).max()));
            long picture = Allocation.of(() -> {
                try {
                    PictureFile.volume(path);
                } catch (FormatException e) {
                    assertTrue(e.getMessage().contains("bytes of data can hold"), e.getMessage());
                }
            });
            assertTrue(Math.max(labels, picture) < Mutants.SMALL_MEMORY, labels + " and " + picture + " bytes of memory");
        }
        assertThrows(FormatException.class, () -> PictureFile.volume(NiftiBytes.write(folder.resolve("zeros.png"), files.getFirst())));
    }

    private static byte[] many(int depth, int colour, int side) {
        byte[] rows = new byte[side * (1 + (side * depth * PngBytes.bands(colour) + 7) / 8)];
        return png(header(side, side, depth, colour, 0), colour == PALETTE ? chunk("PLTE", palette(2)) : new byte[0], chunk("IDAT", deflate(rows)));
    }

    @Test
    void mutantsAreReadOrRefused() {
        int refused = 0, n = Mutants.COUNT / 10;
        int[][] kinds = {{8, GREY}, {16, GREY_ALPHA}, {8, RGB}, {2, PALETTE}, {1, GREY}};
        for (int[] kind : kinds) for (boolean interlaced : new boolean[]{false, true}) {
            int bands = PngBytes.bands(kind[1]);
            byte[] good = PngBytes.of(5, 7, kind[0], kind[1], interlaced, new int[35 * bands]);
            long seed = 20261121L + kind[0] + kind[1];
            refused += survive(Mutants.of(good, seed, n / 2));
            refused += survive(Mutants.of(good, seed, n - n / 2).map(mutant -> mutant.then(PngBytes::mended)));
        }
        assertTrue(refused > Mutants.COUNT, refused + " of " + 2 * Mutants.COUNT + " refused: the mutants are too tame");
    }

    @Test
    void mutantsOfWhatIsCompressedAreReadOrRefused() {
        byte[] rows = new byte[9 * 8];
        for (int i = 0; i < rows.length; i++) rows[i] = (byte) (i % 8 == 0 ? i / 8 % 5 : 31 * i);               // all filters
        int refused = survive(
                Mutants.of(rows, 7, Mutants.COUNT).map(mutant -> mutant.then(bytes -> png(header(7, 9, 8, GREY, 0), chunk("IDAT", deflate(bytes))))));
        assertTrue(refused > Mutants.COUNT / 10 && refused < 2 * Mutants.COUNT, refused + " refused");
    }

    /// Reads each mutant as a picture and as labels.
    private int survive(Stream<Mutants.Mutant> mutants) {
        List<Mutants.Mutant> all = mutants.toList();
        Path path = folder.resolve("mutant.png");
        return Mutants.survive(all.stream(), bytes -> PictureFile.volume(NiftiBytes.write(path, bytes)))
                + Mutants.survive(all.stream(), bytes -> PictureFile.labels(NiftiBytes.write(path, bytes)));
    }
}
