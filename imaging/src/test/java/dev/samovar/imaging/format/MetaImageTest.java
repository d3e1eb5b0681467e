package dev.samovar.imaging.format;

import static dev.samovar.imaging.testkit.NiftiBytes.join;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// MetaImage files made by hand, as MetaIO's documentation says what they mean.
class MetaImageTest extends TextHeaderContract {
    @Override
    protected String extension() {
        return "mha";
    }

    @Override
    protected String header(String... others) {
        Map<String, String> fields = fields('=', List.of("ObjectType = Image", "NDims = 3", "DimSize = 2 3 2", "ElementType = MET_UCHAR"), others);
        fields.putIfAbsent("ElementDataFile", "LOCAL");
        StringBuilder text = new StringBuilder();
        fields.forEach((name, value) -> text.append(value.isEmpty() || name.equals("ElementDataFile") ? "" : name + " = " + value + "\n"));
        return text + "ElementDataFile = " + fields.get("ElementDataFile") + "\n";
    }

    private static void assertAffine(Geometry grid, double... rows) {
        assertArrayEquals(rows, affine(grid), Arrays.toString(affine(grid)));
    }

    // Voxels -----------------------------------------------------------------------------------------------------------------

    /// A long number has 32 bits in MetaIO, on every platform.
    @ParameterizedTest
    @CsvSource({"MET_CHAR, -8", "MET_UCHAR, 8", "MET_SHORT, -16", "MET_USHORT, 16", "MET_INT, -32", "MET_UINT, 32", "MET_LONG, -32",
        "MET_ULONG, 32", "MET_LONG_LONG, -64", "MET_ULONG_LONG, 64"})
    void wholeNumbersOfEveryTypeAreRead(String type, int bits) {
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN)) {
            String isBig = order == BIG_ENDIAN ? "True" : "False";
            for (String field : List.of("BinaryDataByteOrderMSB", "ElementByteOrderMSB"))
                assertWholeNumbersAreRead(bits, order, header("ElementType = " + type, "DimSize = 2 1 1", field + " = " + isBig));
        }
    }

    @Test
    void floatingPointNumbersAreRead() {
        byte[] floats = ByteBuffer.allocate(8).order(LITTLE_ENDIAN).putFloat(0.25f).putFloat(-1e30f).array();
        assertArrayEquals(new float[]{0.25f, -1e30f}, read(header("ElementType = MET_FLOAT", "DimSize = 2 1 1"), floats).voxels());
        byte[] doubles = ByteBuffer.allocate(16).order(LITTLE_ENDIAN).putDouble(0.1).putDouble(-1e30).array();
        assertArrayEquals(new float[]{0.1f, -1e30f}, read(header("ElementType = MET_DOUBLE", "DimSize = 2 1 1"), doubles).voxels());
    }

    @Test
    void otherTypesAndTextAreRefused() {
        refused("it holds voxels of the type \"MET_STRING\", and only 8- to 64-bit integers, float and double are read", header(
                "ElementType = MET_STRING"));
        refused("its voxels are written as text, which is not read: save it in binary", header("BinaryData = False"));
        assertArrayEquals(NiftiBytes.counting(12), read(header("BinaryData = True"), counting(12)).voxels());
    }

    @Test
    void compressedVoxelsAreAStreamOfZlib() throws IOException {
        byte[] packed = PngBytes.deflate(counting(12));
        String size = "CompressedDataSize = " + packed.length;
        assertArrayEquals(NiftiBytes.counting(12), read(header("CompressedData = True", size), packed).voxels());
        assertArrayEquals(NiftiBytes.counting(12), read(header("CompressedData = True", size, "HeaderSize = -1"), packed).voxels());
        Files.write(folder.resolve("a.zraw"), packed);
        assertArrayEquals(NiftiBytes.counting(12), read(header("CompressedData = True", "ElementDataFile = a.zraw")).voxels());
    }

    @Test
    void voxelsMayLieInAFileBeside() throws IOException {
        Files.write(folder.resolve("a.raw"), join(new byte[]{9, 9, 9, 9, 9}, counting(12)));
        for (String name : List.of("a.raw", "./a.raw"))
            for (int size : new int[]{5, -1})
                assertArrayEquals(NiftiBytes.counting(12), read(header("ElementDataFile = " + name, "HeaderSize = " + size)).voxels());
        Files.write(folder.resolve("a.raw"), counting(12));
        assertArrayEquals(NiftiBytes.counting(12), read(header("ElementDataFile = a.raw", "HeaderSize = 0")).voxels());
        assertArrayEquals(NiftiBytes.counting(12), read(header("ElementDataFile = a.raw")).voxels());
        refused("its voxels are missing: there is no \"b.raw\" beside it", header("ElementDataFile = b.raw"));
        refused("its voxels are in \"../a.raw\", and only a single file beside it is read", header("ElementDataFile = ../a.raw"));
        refused("its voxels are in a list of files, and only a single one is read: save it as .mha", header("ElementDataFile = LIST 2"));
    }

    @Test
    void voxelsAfterTheHeaderMayBeTheLastBytes() {
        byte[] voxels = join(new byte[77], counting(12));
        assertArrayEquals(NiftiBytes.counting(12), read(header("HeaderSize = -1"), voxels).voxels());
        assertArrayEquals(NiftiBytes.counting(12), read(header("ElementDataFile = local"), counting(12)).voxels());
        String header = header("HeaderSize = 200");                     // counted from the start of the file
        assertArrayEquals(NiftiBytes.counting(12), read(header, join(new byte[200 - header.length()], counting(12))).voxels());
        refused("its header says \"HeaderSize: -2\", which makes no sense", header("HeaderSize = -2"));
    }

    @Test
    void theNumbersOfAVoxelAreChannels() {
        Volume volume = read(header("DimSize = 3 2 1", "ElementNumberOfChannels = 2"), counting(12));
        assertEquals(2, volume.channels());
        assertArrayEquals(new float[]{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}, volume.voxels());
        refused("it has 65537 numbers for each voxel", header("DimSize = 1 1 1", "ElementNumberOfChannels = 65537"));
    }

    @Test
    void theFourthDimensionIsThatOfFrames() {
        Path file = file(header("NDims = 4", "DimSize = 1 3 2 2", "ElementSpacing = 2 3 4 5", "Offset = 1 2 3 4",
                "TransformMatrix = 1 0 0 0 0 1 0 0 0 0 -1 0 0 0 0 1"), counting(12));
        assertEquals(2, Volumes.frames(file));
        for (int frame = 0; frame < 2; frame++) {
            Volume volume = Volumes.read(file, frame);
            assertArrayEquals(new float[]{6 * frame, 6 * frame + 1, 6 * frame + 2, 6 * frame + 3, 6 * frame + 4, 6 * frame + 5}, volume
                    .voxels());
            assertEquals("1 × 3 × 2", volume.geometry().size());
            assertAffine(volume.geometry(), -2, 0, 0, -1, 0, -3, 0, -2, 0, 0, -4, 3);
        }
        assertEquals(1, Volumes.frames(file(header(), counting(12))));
        String one = header("NDims = 4", "DimSize = 2 3 2 1");
        assertArrayEquals(NiftiBytes.counting(12), Volumes.read(file(one, counting(12)), 0).voxels());
    }

    // Header -----------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"ObjectType = Image, true", "NDims=3, true", "'  Comment = a', true", "ID = 3, true", "Name, false", "Nonsense = 3, false",
        "DimSize = 3 3, false"})
    void aMetaImageIsKnownByItsFirstField(String start, boolean is) {
        assertEquals(is, MetaImage.is(start + "\nDimSize = 2 3 2\n"));
    }

    @Test
    void emptyLinesAreSkippedAndNoNameIsInTheWrongCase() {
        String header = header().replace("\n", "\r\n\r\n").replace("DimSize", "  dimsize ").replace("LOCAL\r\n\r\n", "LOCAL\n");
        assertArrayEquals(NiftiBytes.counting(12), read(header, counting(12)).voxels());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"DimSize =|its header has no field \"DimSize\"",
        "ElementType =|its header has no field \"ElementType\"", "NDims =|it has 0 dimensions and 3 sizes: 2 to 4 are read",
        "NDims = 1|it has 1 dimensions and 3 sizes: 2 to 4 are read", "NDims = 2|it has 2 dimensions and 3 sizes: 2 to 4 are read",
        "NDims = 5|it has 5 dimensions and 3 sizes: 2 to 4 are read", "DimSize = 12|it has 3 dimensions and 1 sizes: 2 to 4 are read",
        "DimSize = 2 3 0|its header says \"DimSize: 2 3 0\", which makes no sense",
        "NDims = 3 3|its header says \"NDims: 3 3\", which makes no sense",
        "ElementNumberOfChannels = 0|its header says \"ElementNumberOfChannels: 0\", which makes no sense",
        "ElementSpacing = 1 2 x|its header says \"ElementSpacing: 1 2 x\", which makes no sense",
        "ElementSpacing = 1 2|its header does not say for each of its 3 dimensions where the voxels lie",
        "Offset = 1 2 3 4|its header does not say for each of its 3 dimensions where the voxels lie",
        "TransformMatrix = 1 0 0 1|its header does not say for each of its 3 dimensions where the voxels lie"})
    void aHeaderThatMakesNoSenseIsRefused(String field, String sentence) {
        refused(sentence, header(field));
    }

    @Test
    void moreDimensionsAndLinesThatAreNoFieldsAreRefused() {
        refused("it has 5 dimensions and 5 sizes: 2 to 4 are read", header("NDims = 5", "DimSize = 2 3 2 1 1"));
        refused("it has 1 dimensions and 1 sizes: 2 to 4 are read", header("NDims = 1", "DimSize = 12"));
        refused("its header has the line \"nonsense\", which is no field", header().replace("DimSize", "nonsense\nDimSize"));
    }

    // Place ------------------------------------------------------------------------------------------------------------------

    /// A row of the matrix is the direction of a voxel axis; x points to the left, y to the back.
    @ParameterizedTest
    @CsvSource({"TransformMatrix, Offset, ElementSpacing", "Rotation, Position, ElementSize", "Orientation, Origin, ElementSpacing"})
    void theMatrixHasAnAxisInEachRow(String matrix, String offset, String spacing) {
        Geometry grid = grid(matrix + " = 0.5 0.25 0 0 1 0.75 -0.5 0 1", offset + " = 10 20 30", spacing + " = 2 4 8");
        assertAffine(grid, -1, 0, 4, -10, -0.5, -4, 0, -20, 0, 3, 8, 30);
        assertTrue(grid.isPlaced());
    }

    @Test
    void aGridWithoutAPlaceLiesAlongTheAxes() {
        assertAffine(grid(), -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0);
        assertFalse(grid().isPlaced());
        assertAffine(grid("ElementSpacing = 2 3 4"), -2, 0, 0, 0, 0, -3, 0, 0, 0, 0, 4, 0);
        assertAffine(grid("ElementSpacing = 2 3 4", "ElementSize = 5 6 7"), -2, 0, 0, 0, 0, -3, 0, 0, 0, 0, 4, 0);
        assertFalse(grid("ElementSpacing = 2 3 4").isPlaced());
        assertTrue(grid("Offset = 0 0 0").isPlaced());
        assertTrue(grid("TransformMatrix = 1 0 0 0 1 0 0 0 1").isPlaced());
    }

    /// ITK 5.2 repeats the unit and computes as if it were not there. Labels that it wrote as NRRD lie on the same grid all the same.
    @ParameterizedTest
    @CsvSource({"um, 0.001", "mm, 1", "cm, 10", "CM, 10"})
    void lengthsMayHaveAnotherUnitThanMillimetres(String unit, double mm) {
        Geometry grid = grid("Offset = 10 20 30", "ElementSpacing = 2 3 4", "DistanceUnits = " + unit);
        assertAffine(grid, -2 * mm, 0, 0, -10 * mm, 0, -3 * mm, 0, -20 * mm, 0, 0, 4 * mm, 30 * mm);
        assertTrue(grid.hasUnit());
        Geometry without = grid("Offset = 10 20 30", "ElementSpacing = 2 3 4"), unknown = grid("Offset = 10 20 30", "ElementSpacing = 2 3 4",
                "DistanceUnits = ?");
        assertFalse(without.hasUnit() || unknown.hasUnit());
        for (Geometry other : List.of(without, unknown)) {
            Grids.Common common = Grids.common(other, grid);
            assertAffine(common.grid(), grid.affine(0, 0), 0, 0, grid.affine(0, 3), 0, grid.affine(1, 1), 0, grid.affine(1, 3), 0, 0, grid.affine(
                    2, 2), grid.affine(2, 3));
            assertEquals(mm == 1 ? "" : "one of the two files does not say its unit of length: it is taken to be the other's", common.remark()
                    .orElse(""));
        }
    }

    @Test
    void aFlatPictureHasOneSlice() {
        Geometry grid = grid("NDims = 2", "DimSize = 2 6", "TransformMatrix = 0 1 -1 0", "Offset = 5 6", "ElementSpacing = 2 3");
        assertEquals("2 × 6 × 1", grid.size());
        assertAffine(grid, 0, 3, 0, -5, -2, 0, 0, -6, 0, 0, 1, 0);
    }

    // Written labels ---------------------------------------------------------------------------------------------------------

    /// The lines of a written header, without the ones that are always the same.
    private List<String> written(Geometry grid) throws IOException {
        String text = writtenLabels(grid), last = "ElementDataFile = LOCAL\n";
        int end = text.indexOf(last);
        String size = "CompressedDataSize = " + (text.length() - end - last.length());
        List<String> lines = text.substring(0, end).lines().toList();
        assertEquals("ObjectType = Image", lines.getFirst());
        assertEquals(List.of("BinaryData = True", "BinaryDataByteOrderMSB = False", "CompressedData = True", size), lines.subList(2, 6));
        assertEquals("ElementType = MET_UCHAR", lines.getLast());
        return lines.stream().filter(line -> line.startsWith("NDims") || (lines.indexOf(line) > 5 && !line.startsWith("ElementType")))
                .toList();
    }

    @Test
    void labelsWithoutAHeaderAreWrittenToTheLeftAndBack() throws IOException {
        double[][] affine = {{0, 2, 0, 10}, {0.5, 0, 0, -20}, {0, 0, 4, 30}};
        assertEquals(List.of("NDims = 3", "TransformMatrix = 0.0 -1.0 0.0 -1.0 0.0 0.0 0.0 0.0 1.0", "Offset = -10.0 20.0 30.0",
                "CenterOfRotation = 0 0 0", "ElementSpacing = 0.5 2.0 4.0", "DimSize = 2 3 2"), written(Geometry.of(2, 3, 2, affine)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NDims = 3;TransformMatrix = 1.0 0 0 0 1 0 0 0 1;Offset = 1 2 3.0;ElementSpacing = 2 2.50 4;DimSize = 2 3 2",
        "NDims = 3;Rotation = 1.0 0 0 0 1 0 0 0 1;Position = 1 2 3.0;AnatomicalOrientation = RAI;ElementSize = 2 2.50 4;DimSize = 2 3 2",
        "NDims = 3;Offset = 1 2 3.0;ElementSpacing = 2 2.50 4;DistanceUnits = um;DimSize = 2 3 2",
        "NDims = 2;Offset = 1.0 2;ElementSpacing = 3 4;DimSize = 2 6", "NDims = 2;DimSize = 2 6", "NDims = 3;DimSize = 2 3 2"})
    void labelsRepeatTheWordsOfTheirImage(String fields) throws IOException {
        assertEquals(List.of(fields.split(";")), written(grid(fields.split(";"))));
    }

    @Test
    void labelsOfOneFrameHaveThreeDimensions() throws IOException {
        assertEquals(List.of("NDims = 3", "TransformMatrix = 1.0 0.0 0.0 0.0 1.0 0.0 0.0 0.0 1.0", "Offset = 1.0 2.0 3.0",
                "CenterOfRotation = 0 0 0", "ElementSpacing = 2.0 3.0 4.0", "DimSize = 2 3 2"),
                written(grid("NDims = 4",
                        "DimSize = 2 3 2 1", "Offset = 1 2 3 4", "ElementSpacing = 2 3 4 5")));
    }
}
