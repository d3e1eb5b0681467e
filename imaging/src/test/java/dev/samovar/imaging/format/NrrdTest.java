package dev.samovar.imaging.format;

import static dev.samovar.imaging.testkit.NiftiBytes.gzip;
import static dev.samovar.imaging.testkit.NiftiBytes.join;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.testkit.NiftiBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// NRRD files made by hand, as the definition of the format says what they mean.
class NrrdTest extends TextHeaderContract {
    @Override
    protected String extension() {
        return "nrrd";
    }

    @Override
    protected String header(String... others) {
        StringBuilder text = new StringBuilder("NRRD0004\n");
        Map<String, String> fields = fields(':', List.of("type: uchar", "dimension: 3", "sizes: 2 3 2", "encoding: raw"), others);
        fields.forEach((name, value) -> text.append(value.isEmpty() ? "" : name + (value.startsWith("=") ? ":" : ": ") + value + "\n"));
        return text.append('\n').toString();
    }

    private static void assertAffine(Geometry grid, double... rows) {
        assertArrayEquals(rows, affine(grid), 1e-12, Arrays.toString(affine(grid)));
    }

    // Voxels -----------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"signed char, -8", "int8, -8", "int8_t, -8", "uchar, 8", "unsigned char, 8", "uint8, 8", "uint8_t, 8", "short, -16",
        "short int, -16", "signed short, -16", "signed short int, -16", "int16, -16", "int16_t, -16", "ushort, 16", "unsigned short, 16",
        "unsigned short int, 16", "uint16, 16", "uint16_t, 16", "int, -32", "signed int, -32", "int32, -32", "int32_t, -32", "uint, 32",
        "unsigned int, 32", "uint32, 32", "uint32_t, 32", "longlong, -64", "long long, -64", "long long int, -64",
        "signed long long, -64", "signed long long int, -64", "int64, -64", "int64_t, -64", "ulonglong, 64", "unsigned long long, 64",
        "unsigned long long int, 64", "uint64, 64", "uint64_t, 64"})
    void wholeNumbersOfEveryTypeAreRead(String type, int bits) {
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN))
            assertWholeNumbersAreRead(bits, order, header("type: " + type, "sizes: 2 1 1", "endian: " + (order == BIG_ENDIAN ? "big" : "little")));
    }

    @Test
    void floatingPointNumbersAreRead() {
        byte[] floats = ByteBuffer.allocate(8).putFloat(0.25f).putFloat(-1e30f).array();
        assertArrayEquals(new float[]{0.25f, -1e30f}, read(header("type: float", "sizes: 2 1 1", "endian: big"), floats).voxels());
        byte[] doubles = ByteBuffer.allocate(16).order(LITTLE_ENDIAN).putDouble(0.1).putDouble(-1e30).array();
        assertArrayEquals(new float[]{0.1f, -1e30f}, read(header("type: double", "sizes: 2 1 1", "endian: little"), doubles).voxels());
    }

    @Test
    void otherTypesAndEncodingsAreRefused() {
        refused("it holds voxels of the type \"block\", and only 8- to 64-bit integers, float and double are read", header("type: block"));
        refused("its voxels are encoded as \"hex\", and only raw and gzip are read: convert it by unu save -f nrrd -e gzip", header(
                "encoding: hex"));
        refused("its header has no field \"endian\"", header("type: short"));
        refused("its voxels come after lines of text, which are not skipped: save it anew", header("line skip: 1"));
        refused("its voxels come after lines of text, which are not skipped: save it anew", header("lineskip: 2"));
        assertArrayEquals(NiftiBytes.counting(12), read(header("line skip: 0", "lineskip: 0"), counting(12)).voxels());
    }

    /// 3D Slicer describes the segments in fields of its own. Those that overlap are in layers, along a fourth axis.
    @Test
    void segmentationsOf3dSlicerAreLabelsUnlessTheyOverlap() {
        String[] segment = {"space: left-posterior-superior", "Segment0_LabelValue:=1", "Segment0_Name:=liver", "Segment0_Extent:=0 1 0 0 0 0"};
        byte[] classes = {0, 1};
        String one = header(with(segment, "sizes: 2 1 1", "space directions: (1,0,0) (0,1,0) (0,0,1)", "kinds: domain domain domain"));
        assertEquals(1, LabelVolume.of(read(one, classes)).at(1, 0, 0));
        String layers = header(with(segment, "dimension: 4", "sizes: 2 1 1 1", "space directions: none (1,0,0) (0,1,0) (0,0,1)",
                "kinds: list domain domain domain"));
        assertEquals(
                "it has 2 numbers for each voxel, and a label is one; save it with one (in 3D Slicer, segments that overlap are to be exported as a labelmap)",
                assertThrows(FormatException.class, () -> LabelVolume.of(read(layers, classes))).getMessage());
    }

    private static String[] with(String[] some, String... others) {
        return Stream.of(some, others).flatMap(Stream::of).toArray(String[]::new);
    }

    /// Of compressed voxels, bytes of what they were before compression are skipped.
    @ParameterizedTest
    @ValueSource(strings = {"byte skip: 5", "byteskip: 5"})
    void bytesBeforeTheVoxelsAreSkipped(String skip) {
        byte[] voxels = join(new byte[]{9, 9, 9, 9, 9}, counting(12));
        assertArrayEquals(NiftiBytes.counting(12), read(header(skip), voxels).voxels());
        assertArrayEquals(NiftiBytes.counting(12), read(header(skip, "encoding: gzip"), gzip(voxels)).voxels());
        assertArrayEquals(NiftiBytes.counting(12), read(header(skip, "encoding: GZ"), gzip(voxels)).voxels());
    }

    @Test
    void rawVoxelsMayBeTheLastBytes() throws IOException {
        byte[] voxels = join(new byte[77], counting(12));
        assertArrayEquals(NiftiBytes.counting(12), read(header("byte skip: -1"), voxels).voxels());
        Files.write(folder.resolve("a.raw"), voxels);
        assertArrayEquals(NiftiBytes.counting(12), read(header("byte skip: -1", "data file: a.raw")).voxels());
        refused("its byte skip is -1, which is only for raw voxels", header("byte skip: -1", "encoding: gzip"));
        refused("its header says \"byte skip: -2\", which makes no sense", header("byte skip: -2"));
    }

    // Header -----------------------------------------------------------------------------------------------------------------

    @Test
    void voxelsMayLieInAFileBeside() throws IOException {
        Files.write(folder.resolve("a.raw"), counting(12));
        for (String field : List.of("data file: a.raw", "datafile: a.raw", "data file: ./a.raw")) {
            String header = header(field);
            assertArrayEquals(NiftiBytes.counting(12), read(header).voxels());
            assertArrayEquals(NiftiBytes.counting(12), read(header.stripTrailing()).voxels(), "without an empty line");
        }
        refused("its voxels are missing: there is no \"b.raw\" beside it", header("data file: b.raw"));
        for (String name : List.of("../a.raw", "x\\a.raw", "a%03d.raw", ".a.raw"))
            refused("its voxels are in \"" + name + "\", and only a single file beside it is read", header("data file: " + name));
    }

    @Test
    void commentsAndKeysAreNoFields() {
        String lines = "# type: float\nkey:=value\nnot: a size:=7\ntype:=sizes: 9\ncontent: a:=b\nlabels:\n";
        String header = header().replace("dimension", lines + "dimension");
        assertArrayEquals(NiftiBytes.counting(12), read(header, counting(12)).voxels());
        assertArrayEquals(NiftiBytes.counting(12), read(header.replace("\n", "\r\n"), counting(12)).voxels());
        refused("its header has the line \"nonsense\", which is no field", header().replace("dimension", "nonsense\ndimension"));
        refused("its header has the line \"a:b\", which is no field", header().replace("dimension", "a:b\ndimension"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"sizes:|its header has no field \"sizes\"", "type:|its header has no field \"type\"",
        "encoding:|its header has no field \"encoding\"", "dimension: 4|its header has 3 sizes for 4 dimensions",
        "dimension: 3 3|its header says \"dimension: 3 3\", which makes no sense",
        "dimension: 0|its header says \"dimension: 0\", which makes no sense",
        "sizes: 2 0 2|its header says \"sizes: 2 0 2\", which makes no sense",
        "sizes: 2 1.5 2|its header says \"sizes: 2 1.5 2\", which makes no sense",
        "sizes: 2 NaN 2|its header says \"sizes: 2 NaN 2\", which makes no sense",
        "sizes: 2 x 2|its header says \"sizes: 2 x 2\", which makes no sense",
        "spacings: 1 1|its header says \"spacings: 1 1\", which makes no sense",
        "kinds: domain domain|its header does not have one direction and one kind for each of its 3 axes",
        "space directions: (1,0,0) (0,1,0)|its header does not have one direction and one kind for each of its 3 axes",
        "space directions: (1,0,0) (0,1) (0,0,1)|its header says \"space directions: (1,0,0) (0,1) (0,0,1)\", which makes no sense",
        "space directions: (1,0,0,0,0) (0,1,0,0,0) (0,0,1,0,0)|its header says \"space directions: (1,0,0,0,0) (0,1,0,0,0) (0,0,1,0,0)\", which makes no sense",
        "space directions: (1,0,0) none (0,0,1)|an axis that is not one of space lies between those that are; only the first or the last may be such"})
    void aHeaderThatMakesNoSenseIsRefused(String field, String sentence) {
        refused(sentence, header(field));
    }

    @Test
    void theDimensionIsThatOfTheSizesIfItIsAbsent() {
        assertEquals("2 × 3 × 2", grid("dimension:").size());
        assertEquals("2 × 6 × 1", grid("dimension:", "sizes: 2 6").size());
        assertEquals("12 × 1 × 1", grid("dimension:", "sizes: 12").size());
    }

    // Axes -------------------------------------------------------------------------------------------------------------------

    /// Sizes, kinds and directions of the axes (of `none`, one word; of those in space, `x`, `y` and `z`), and what they are.
    @ParameterizedTest
    @CsvSource({"2 2 1 3, vector domain domain domain, , 2 × 1 × 3, 2, 1", "2 2 1 3, , none x y z, 2 × 1 × 3, 2, 1",
        "2 1 3 2, domain domain domain list, , 2 × 1 × 3, 1, 2", "2 1 3 2, , x y z none, 2 × 1 × 3, 1, 2", "2 1 3 2, , , 2 × 1 × 3, 1, 2",
        "2 1 3 2, space space space time, , 2 × 1 × 3, 1, 2", "2 3 2, Vector Space Space, , 3 × 2 × 1, 2, 1",
        "2 3 2, space domain list, , 2 × 3 × 1, 1, 2", "2 3 2, ??? none ???, , 2 × 3 × 2, 1, 1", "2 3 2, vector ??? none, , 3 × 2 × 1, 2, 1",
        "2 3 2, list ??? list, , 3 × 1 × 1, 2, 2", "2 3 2, ??? domain domain, , 3 × 2 × 1, 2, 1",
        "2 3 2, list domain domain, x y z, 2 × 3 × 2, 1, 1", "2 1 3 1 2, vector domain domain domain list, , 1 × 3 × 1, 2, 2"})
    void axesThatAreNotInSpaceAreChannelsOrFrames(String sizes, String kinds, String directions, String size, int channels, int frames) {
        String vectors = directions == null
                ? ""
                : directions.replace("x", "(1,0,0)").replace("y", "(0,1,0)").replace("z", "(0,0,1)");
        String header = header("dimension: " + sizes.split(" ").length, "sizes: " + sizes, "kinds: " + (kinds == null ? "" : kinds),
                "space directions: " + vectors);
        Path file = file(header, counting(12));
        assertEquals(frames, Volumes.frames(file));
        for (int frame = 0; frame < frames; frame++) {
            Volume volume = Volumes.read(file, frames == 1 ? null : frame);
            assertEquals(size, volume.geometry().size());
            assertEquals(channels, volume.channels());
            int n = volume.geometry().voxels();
            assertEquals(12, n * channels * frames);
            float[] expected = new float[n * channels];
            for (int i = 0; i < expected.length; i++) expected[i] = frame * n * channels + i % n * channels + i / n;
            assertArrayEquals(expected, volume.voxels());
        }
    }

    @ParameterizedTest
    @CsvSource({"1 1 2 3 2, list vector domain domain domain, 3, 2", "2 3 2 1 1, domain domain domain list list, 3, 2",
        "2 3 1 2 1, domain domain domain domain list, 4, 1", "3 2 2, list list list, 0, 3"})
    void otherAxesAreRefused(String sizes, String kinds, int axes, int others) {
        refused("it has " + axes + " axes in space and " + others + " others: 1 to 3 are read, and one other", header("dimension: "
                + sizes.split(" ").length, "sizes: " + sizes, "kinds: " + kinds));
    }

    @Test
    void moreThanFiveAxesAndVeryManyNumbersOfAVoxelAreRefused() {
        refused("its header has 6 sizes for 6 dimensions", header("dimension: 6", "sizes: 1 2 3 2 1 1"));
        refused("it has 65537 numbers for each voxel", header("dimension: 4", "sizes: 65537 1 1 1", "kinds: list space space space"));
    }

    // Place ------------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"right-anterior-superior, 1, 1, true", "RAS, 1, 1, true", "left-anterior-superior, -1, 1, true", "las, -1, 1, true",
        "Left-Posterior-Superior, -1, -1, true", "LPS, -1, -1, true", "scanner-xyz, 1, 1, false", "3D-left-handed, 1, 1, false",
        ", 1, 1, false"})
    void aSpaceSaysWhereLeftAndBackAre(String space, int x, int y, boolean isPlaced) {
        Geometry grid = grid("space: " + (space == null ? "" : space), "space directions: (2,0.5,0) (-0.25,3,0.75) (0.125,0,4)",
                "space origin: (10,20,30)");
        assertAffine(grid, x * 2, x * -0.25, x * 0.125, x * 10, y * 0.5, y * 3, 0, y * 20, 0, 0.75, 4, 30);
        assertEquals(isPlaced, grid.isPlaced());
    }

    /// ITK 5.2 keeps the numbers of such a file and forgets their unit, so that labels that it wrote have none. A MetaImage's unit becomes a remark.
    @Test
    void lengthsMayHaveAnotherUnitThanMillimetres() {
        String directions = "space directions: (2,0.5,0) (-0.25,3,0.75) (0.125,0,4)", origin = "space origin: (10,20,30)";
        Geometry grid = grid("space: RAS", directions, origin, "space units: \"um\" \"mm\" \"cm\"");
        assertAffine(grid, 0.002, -0.25e-3, 0.125e-3, 0.01, 0.5, 3, 0, 20, 0, 7.5, 40, 300);
        assertTrue(grid.hasUnit());
        Geometry along = grid("spacings: 2 3 4", "units: \"micron\" \"m\" \"nm\"");
        assertAffine(along, 0.002, 0, 0, 0, 0, 3000, 0, 0, 0, 0, 4e-6, 0);
        assertTrue(along.hasUnit());
        assertAffine(grid("dimension: 4", "sizes: 1 2 3 2", "kinds: vector space space space", "spacings: nan 2 3 4",
                "units: \"\" \"cm\" \"mm\" \"mm\""), 20, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0);
        Geometry byItk = grid("space: RAS", directions, origin, "ITK_VoxelUnits:=um");
        assertAffine(byItk, 0.002, -0.25e-3, 0.125e-3, 0.01, 0.5e-3, 0.003, 0, 0.02, 0, 0.75e-3, 0.004, 0.03);
        assertTrue(byItk.hasUnit());
        for (String field : List.of("space units: \"mm\" \"mm\"", "space units: \"mm\" \"mm\" \"pixel\"", "units: \"mm\" \"mm\" \"mm\"")) {
            Geometry untold = grid("space: RAS", directions, origin, field);
            assertAffine(untold, 2, -0.25, 0.125, 10, 0.5, 3, 0, 20, 0, 0.75, 4, 30);
            assertFalse(untold.hasUnit(), field);
        }
    }

    /// As ITK writes images of four dimensions.
    @ParameterizedTest
    @CsvSource({"left-posterior-superior-time, -1, -1, true", "right-anterior-superior-time, 1, 1, true", "LPST, -1, -1, true",
        "3D-right-handed-time, 1, 1, false", ", 1, 1, false"})
    void timeIsADirectionOfItsOwn(String space, int x, int y, boolean isPlaced) {
        String[] fields = {"dimension: 4", "sizes: 1 2 3 2", "kinds: domain domain domain domain", space == null
                ? "space dimension: 4"
                : "space: " + space,
            "space directions: (2,0.5,0,0) (-0.25,3,0.75,0) (0.125,0,4,0) (0,0,0,5)", "space origin: (10,20,30,40)"};
        Path file = file(header(fields), counting(12));
        assertEquals(2, Volumes.frames(file));
        Volume second = Volumes.read(file, 1);
        assertArrayEquals(new float[]{6, 7, 8, 9, 10, 11}, second.voxels());
        assertAffine(second.geometry(), x * 2, x * -0.25, x * 0.125, x * 10, y * 0.5, y * 3, 0, y * 20, 0, 0.75, 4, 30);
        assertEquals(isPlaced, second.geometry().isPlaced());
        fields[4] = "space directions: (2,0,0,0) (0,3,0,1) (0,0,4,0) (0,0,0,5)";                 // moves while it is taken
        refused("its header says \"" + fields[4] + "\", which makes no sense", header(fields));
    }

    @Test
    void spacingsAloneGiveNoPlace() {
        Geometry grid = grid("spacings: 0.5 -2 nan", "space: RAS");
        assertAffine(grid, 0.5, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0);
        assertEquals(false, grid.isPlaced());
        assertAffine(grid("dimension: 4", "sizes: 1 2 3 2", "kinds: vector space space space", "spacings: nan 0.5 2 3"), 0.5, 0, 0, 0, 0, 2,
                0, 0, 0, 0, 3, 0);
        assertAffine(grid("spacings: 7 8 9", "space directions: (1,0,0) (0,1,0) (0,0,1)"), 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);
    }

    @Test
    void theDirectionsOfAVoxelsNumbersAreNone() {
        Geometry grid = grid("dimension: 4", "sizes: 1 2 3 2", "space: RAS", "space directions: none (2,0,0) (0,3,0) (0,0,4)",
                "space origin: (5,6,7)");
        assertAffine(grid, 2, 0, 0, 5, 0, 3, 0, 6, 0, 0, 4, 7);
    }

    /// The third axis of a flat picture is a millimetre long and at right angles to the other two.
    @Test
    void aFlatPictureHasAThirdAxisAcrossIt() {
        assertAffine(grid("dimension: 2", "sizes: 2 6", "space: RAS", "space directions: (2,0,0) (0,3,0)"), 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1,
                0);
        assertAffine(grid("dimension: 2", "sizes: 2 6", "space: RAS", "space directions: (0,0,2) (0,3,0)"), 0, 0, -1, 0, 0, 3, 0, 0, 2, 0,
                0, 0);
        assertAffine(grid("dimension: 2", "sizes: 2 6", "space: LPS", "space directions: (0,2,0) (0,0,3)"), 0, 0, -1, 0, -2, 0, 0, 0, 0, 3,
                0, 0);
        assertAffine(grid("dimension: 2", "sizes: 2 6", "space: RAS", "space directions: (3,4,0) (-4,3,12)", "space origin: (1,2,3)"), 3,
                -4, 48 / Math.sqrt(48 * 48 + 36 * 36 + 25 * 25), 1, 4, 3, -36 / Math.sqrt(48 * 48 + 36 * 36 + 25 * 25), 2, 0, 12, 25 / Math
                        .sqrt(48 * 48 + 36 * 36 + 25 * 25),
                3);
        assertAffine(grid("dimension: 2", "sizes: 2 6", "space dimension: 2", "space directions: (2,1) (0,3)", "space origin: (8,9)"), 2, 0,
                0, 8, 1, 3, 0, 9, 0, 0, 1, 0);
        assertAffine(grid("dimension: 1", "sizes: 12", "space: RAS", "space directions: (2,1,0)"), 2, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0);
    }

    // Written labels ---------------------------------------------------------------------------------------------------------

    private String written(Geometry grid) throws IOException {
        String text = writtenLabels(grid);
        return text.substring(0, text.indexOf("\n\n"));
    }

    @Test
    void labelsWithoutAHeaderAreWrittenToTheLeftAndBack() throws IOException {
        double[][] affine = {{0.5, 0, 0, 10}, {0, 2, 0.25, -20}, {0, 0, 4, 30}};
        String expected = """
                NRRD0004
                type: unsigned char
                dimension: 3
                sizes: 2 3 2
                space: left-posterior-superior
                space directions: (-0.5,0.0,0.0) (0.0,-2.0,0.0) (0.0,-0.25,4.0)
                space origin: (-10.0,20.0,30.0)
                kinds: domain domain domain
                encoding: gzip""";
        assertEquals(expected, written(Geometry.of(2, 3, 2, affine)));
    }

    @Test
    void labelsRepeatTheWordsOfTheirImage() throws IOException {
        String space = "space: RAS\nspace directions: (2,0,0) (0,3,0) (0,0,4.50)\nspace origin: (1,2,3.0)";
        String head = "NRRD0004\ntype: unsigned char\n", tail = "\nencoding: gzip";
        assertEquals(head + "dimension: 3\nsizes: 2 3 2\n" + space + "\nkinds: domain domain domain" + tail, written(grid(space.split(
                "\n"))));
        assertEquals(head + "dimension: 3\nsizes: 2 3 2\nspacings: 1 2.0 3\nunits: \"mm\" \"mm\" \"mm\"\nkinds: domain domain domain"
                + tail,
                written(grid("spacings: 1 2.0 3", "units: \"mm\" \"mm\" \"mm\"")));
        assertEquals(head + "dimension: 3\nsizes: 2 3 2\nspacings: 1 2 3\nITK_VoxelUnits:=um\nkinds: domain domain domain" + tail, written(grid(
                "spacings: 1 2 3", "ITK_VoxelUnits:=um")));
        assertEquals(head + "dimension: 2\nsizes: 2 6\nspacings: 1 2.0" + tail, written(grid("dimension: 2", "sizes: 2 6",
                "spacings: 1 2.0")));
        assertEquals(head + "dimension: 1\nsizes: 12\nspacings: 2.0" + tail, written(grid("dimension: 1", "sizes: 12", "spacings: 2.0")));
        assertEquals(head + "dimension: 1\nsizes: 12\nspace: RAS\nspace directions: (2,0,0)" + tail, written(grid("dimension: 1",
                "sizes: 12", "space: RAS", "space directions: (2,0,0)")));
        assertEquals(head + "dimension: 2\nsizes: 2 6\nspace dimension: 2\nspace directions: (2,0) (0,3)" + tail, written(grid(
                "dimension: 2", "sizes: 2 6", "space dimension: 2", "space directions: (2,0) (0,3)")));
        assertEquals(head + "dimension: 3\nsizes: 2 3 2\nspace: RAS\nkinds: domain domain domain" + tail, written(grid("space: RAS")));
    }

    /// Other programs would look for labels with a place elsewhere than for their image without one.
    @Test
    void labelsOfAnImageWithoutAPlaceHaveNone() throws IOException {
        String head = "NRRD0004\ntype: unsigned char\n", three = "dimension: 3\nsizes: 2 3 2\n", tail = "kinds: domain domain domain\nencoding: gzip";
        assertEquals(head + three + tail, written(grid()));
        assertEquals(head + "dimension: 2\nsizes: 2 6\nencoding: gzip", written(grid("dimension: 2", "sizes: 2 6")));
        assertEquals(head + three + "spacings: 1.0 2.5 3.0\n" + tail, written(grid("dimension: 4", "sizes: 2 3 2 1", "spacings: 1 2.5 3 nan")));
        assertEquals(head + three + tail, written(grid("dimension: 4", "sizes: 2 3 2 1")));
        assertFalse(grid().hasSpacing());
        assertTrue(grid("spacings: 1 2 3").hasSpacing());
    }

    @Test
    void labelsOfAnImageWithChannelsHaveThreeAxes() throws IOException {
        Geometry grid = grid("dimension: 4", "sizes: 1 2 3 2", "space: RAS", "space directions: none (2,0,0) (0,3,0) (0,0,4)");
        assertEquals("""
                NRRD0004
                type: unsigned char
                dimension: 3
                sizes: 2 3 2
                space: left-posterior-superior
                space directions: (-2.0,0.0,0.0) (0.0,-3.0,0.0) (0.0,0.0,4.0)
                space origin: (0.0,0.0,0.0)
                kinds: domain domain domain
                encoding: gzip""", written(grid));
    }
}
