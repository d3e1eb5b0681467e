package dev.samovar.models.data;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NiftiTest {
    @TempDir
    private Path folder;

    /// A voxel type by its code in the standard, and how some numbers look stored and read.
    @SuppressWarnings("ArrayRecordComponent")
    record Stored(String name, int code, int bytes, List<Number> values, float... read) {
        byte[] bytes(ByteOrder order) {
            byte[] stored = new byte[values.size() * bytes];
            ByteBuffer b = ByteBuffer.wrap(stored).order(order);
            for (Number value : values) switch (value) {
                case Byte v -> b.put(v);
                case Short v -> b.putShort(v);
                case Integer v -> b.putInt(v);
                case Long v -> b.putLong(v);
                case Float v -> b.putFloat(v);
                case Double v -> b.putDouble(v);
                default -> throw new AssertionError(value);
            }
            return stored;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Stored> stored() {
        return Stream.of(
                new Stored("uint8", 2, 1, List.of((byte) 0, (byte) 127, (byte) -128, (byte) -1), 0, 127, 128, 255),
                new Stored("int8", 256, 1, List.of((byte) 0, (byte) 127, (byte) -128, (byte) -1), 0, 127, -128, -1),
                new Stored("int16", 4, 2, List.of((short) 258, Short.MAX_VALUE, Short.MIN_VALUE, (short) -1), 258, 32767, -32768, -1),
                new Stored("uint16", 512, 2, List.of((short) 258, Short.MAX_VALUE, Short.MIN_VALUE, (short) -1), 258, 32767, 32768, 65535),
                new Stored("int32", 8, 4, List.of(66051, Integer.MAX_VALUE, Integer.MIN_VALUE, -1), 66051, 0x1p31f, -0x1p31f, -1),
                new Stored("uint32", 768, 4, List.of(66051, Integer.MAX_VALUE, Integer.MIN_VALUE, -1), 66051, 0x1p31f, 0x1p31f, 0x1p32f),
                new Stored("int64", 1024, 8, List.of(1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1L), 0x1p40f, 0x1p63f, -0x1p63f, -1),
                new Stored("uint64", 1280, 8, List.of(1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1L), 0x1p40f, 0x1p63f, 0x1p63f, 0x1p64f),
                new Stored("float32", 16, 4, List.of(-0.1f, Float.MAX_VALUE, Float.MIN_VALUE, 1e-3f), -0.1f, Float.MAX_VALUE,
                        Float.MIN_VALUE, 1e-3f),
                new Stored("float64", 64, 8, List.of(-0.1, 1e38, Double.MIN_VALUE, 1 / 3.0), -0.1f, 1e38f, 0, 1 / 3f));
    }

    @ParameterizedTest
    @MethodSource("stored")
    void everyVoxelTypeIsReadInBothByteOrdersAndCompressed(Stored type) {
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN)) {
            byte[] file = NiftiBytes.join(NiftiBytes.header(order, type.code, 8 * type.bytes, 2, 1, 2), type.bytes(order));
            assertArrayEquals(type.read, Nifti.read(file("a.nii", file)).voxels());
            assertArrayEquals(type.read, Nifti.read(file("a.nii.gz", NiftiBytes.gzip(file))).voxels());
        }
    }

    @ParameterizedTest
    @MethodSource("stored")
    void whatIsReadIsWrittenAsFloat32AndReadAgain(Stored type) {
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN)) for (String name : List.of("b.nii", "b.nii.gz")) {
            byte[] file = NiftiBytes.join(NiftiBytes.header(order, type.code, 8 * type.bytes, 4), type.bytes(order));
            Volume volume = Nifti.read(file("a.nii", file));
            Nifti.write(folder.resolve(name), volume);
            assertArrayEquals(volume.voxels(), Nifti.read(folder.resolve(name)).voxels());
        }
    }

    @Test
    void scalingIsAppliedUnlessTheSlopeIsZeroOrNoNumber() {
        assertArrayEquals(new float[]{-7, -4.5f, -2}, firstThree(b -> b.putFloat(112, 2.5f).putFloat(116, -7)));
        assertArrayEquals(new float[]{0, 1, 2}, firstThree(b -> b.putFloat(112, 0).putFloat(116, -7)));
        assertArrayEquals(new float[]{0, 1, 2}, firstThree(b -> b.putFloat(112, Float.NaN).putFloat(116, Float.NaN)));
    }

    private float[] firstThree(Consumer<ByteBuffer> edit) {
        return Arrays.copyOf(Nifti.read(file("a.nii", NiftiBytes.small(BIG_ENDIAN, edit))).voxels(), 3);
    }

    @Test
    void compressionIsSeenInTheBytesAndNotInTheName() {
        byte[] file = NiftiBytes.small(LITTLE_ENDIAN, b -> {});
        assertEquals(23, Nifti.read(file("named.nii", NiftiBytes.gzip(file))).at(1, 2, 3));
        assertEquals(23, Nifti.read(file("named.nii.gz", file)).at(1, 2, 3));
    }

    @Test
    void headerExtensionsAndAFewTrailingBytesAreSkipped() {
        byte[] small = NiftiBytes.small(LITTLE_ENDIAN, b -> b.putFloat(108, 400).put(348, (byte) 1));
        byte[] file = NiftiBytes.join(Arrays.copyOf(small, 352), new byte[48], Arrays.copyOfRange(small, 352, 376), new byte[100]);
        assertArrayEquals(NiftiBytes.counting(24), Nifti.read(file("a.nii", file)).voxels());
        assertArrayEquals(NiftiBytes.counting(24), Nifti.read(file("a.nii.gz", NiftiBytes.gzip(file))).voxels());
    }

    @Test
    void dimensionsOfOneBehindTheThirdAreIgnoredAndMissingOnesAreOne() {
        byte[] frames = NiftiBytes.small(LITTLE_ENDIAN, b -> b.putShort(40, (short) 5).putShort(48, (short) 1).putShort(50, (short) 1));
        assertEquals("2 × 3 × 4", Nifti.read(file("a.nii", frames)).geometry().size());
        byte[] flat = NiftiBytes.small(LITTLE_ENDIAN, b -> b.putShort(40, (short) 2).putShort(46, (short) 99).putFloat(88, 0));
        assertEquals("2 × 3 × 1", Nifti.read(file("a.nii", flat)).geometry().size());
    }

    @Test
    void aZeroVoxelOffsetMeansTheUsualOne() {
        assertEquals(23, Nifti.read(file("a.nii", NiftiBytes.small(LITTLE_ENDIAN, b -> b.putFloat(108, 0)))).at(1, 2, 3));
    }

    @Test
    void labelsAreWrittenInTheBytesOfTheirImagesGeometry() throws IOException {
        for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN)) {
            byte[] image = NiftiBytes.small(order, b -> {
                for (int i = 76; i < 108; i += 4) b.putFloat(i, 0.7f + i);
                for (int i = 256; i < 328; i += 4) b.putFloat(i, (i % 20 == 0 ? 3 : 0.1f) + i / 1e4f);
                b.putShort(40, (short) 4).putShort(252, (short) 1).putShort(254, (short) 3).put(39, (byte) 57).put(123, (byte) 10);
                b.putFloat(112, 2).putFloat(116, 5).putFloat(124, 99).putFloat(128, 1).putShort(68, (short) 1002);
            });
            Geometry geometry = Nifti.read(file("image.nii", image)).geometry();
            byte[] classes = new byte[24];
            for (int i = 0; i < 24; i++) classes[i] = (byte) (11 * i);
            Path plain = folder.resolve("label.nii"), zipped = folder.resolve("label.nii.gz");
            Nifti.write(plain, new LabelVolume(geometry, classes));
            Nifti.write(zipped, new LabelVolume(geometry, classes));

            byte[] header = Arrays.copyOf(image, 352);
            ByteBuffer expected = ByteBuffer.wrap(header).order(order);
            expected.putShort(68, (short) 0).putShort(70, (short) 2).putShort(72, (short) 8);          // no intent, uint8
            expected.putFloat(112, 1).putFloat(116, 0).putFloat(124, 0).putFloat(128, 0);             // no scaling, no window
            byte[] written = Files.readAllBytes(plain);
            assertArrayEquals(NiftiBytes.join(header, classes), written);
            try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(zipped))) {
                assertArrayEquals(written, in.readAllBytes());
            }
            assertEquals(new LabelVolume(geometry, classes), Nifti.readLabels(zipped));
        }
    }

    @Test
    void theSameLabelsGiveTheSameFile() throws IOException {
        LabelVolume labels = new LabelVolume(Geometry.of(3, 2, 1, 1, 1, 1), new byte[]{0, 1, 2, 3, 4, 5});
        Nifti.write(folder.resolve("a.nii.gz"), labels);
        Nifti.write(folder.resolve("b.nii.gz"), labels);
        assertEquals(-1, Files.mismatch(folder.resolve("a.nii.gz"), folder.resolve("b.nii.gz")));
    }

    @Test
    void aVolumeLargerThanItsFirstBufferIsReadWhole() {
        Geometry geometry = Geometry.of(101, 67, 53, 1, 1, 2);
        Volume volume = new Volume(geometry, NiftiBytes.counting(geometry.voxels()));
        Nifti.write(folder.resolve("big.nii.gz"), volume);
        assertArrayEquals(volume.voxels(), Nifti.read(folder.resolve("big.nii.gz")).voxels());
    }

    @Test
    void aLabelThatIsNoClassIsNamedWithItsVoxel() {
        byte[] half = NiftiBytes.small(LITTLE_ENDIAN, b -> b.putFloat(112, 0.5f));
        FormatException e = assertThrows(FormatException.class, () -> Nifti.readLabels(file("half.nii", half)));
        assertEquals(folder.resolve("half.nii") + ": its voxel (1, 0, 0) holds 0.5, and a label is a whole number from 0 to 255", e
                .getMessage());
        byte[] negative = NiftiBytes.small(LITTLE_ENDIAN, b -> b.putFloat(116, -5));
        assertThrows(FormatException.class, () -> Nifti.readLabels(file("negative.nii", negative)));
        byte[] large = NiftiBytes.small(LITTLE_ENDIAN, b -> b.putFloat(112, 12));
        e = assertThrows(FormatException.class, () -> Nifti.readLabels(file("large.nii", large)));
        assertTrue(e.getMessage().contains("(0, 2, 3) holds 264.0"), e.getMessage());
    }

    @Test
    void aFileNameMustSayNifti() {
        LabelVolume labels = new LabelVolume(Geometry.of(1, 1, 1, 1, 1, 1), new byte[1]);
        assertThrows(FormatException.class, () -> Nifti.write(folder.resolve("labels.png"), labels));
    }

    @Test
    void aFolderIsListedByNameWithoutHiddenFiles() {
        for (String name : List.of("b.nii.gz", "a.nii", "._a.nii", ".hidden.nii.gz", "notes.txt")) file(name, new byte[0]);
        assertEquals(List.of("a", "b"), List.copyOf(Nifti.list(folder).keySet()));
        file("a.nii.gz", new byte[0]);
        FormatException e = assertThrows(FormatException.class, () -> Nifti.list(folder));
        assertEquals(folder + ": a.nii and a.nii.gz have the same name", e.getMessage());
        assertThrows(FormatException.class, () -> Nifti.list(folder.resolve("absent")));
    }

    private Path file(String name, byte[] bytes) {
        return NiftiBytes.write(folder.resolve(name), bytes);
    }
}
