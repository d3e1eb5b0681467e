package dev.samovar.imaging.format;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.NiftiBytes.Head;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NiftiTest {
    private static final List<Integer> VERSIONS = List.of(1, 2);
    private static final List<ByteOrder> ORDERS = List.of(LITTLE_ENDIAN, BIG_ENDIAN);

    @TempDir
    private Path folder;

    /// A voxel type with its code in the standard, and some numbers as stored and as read.
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
        for (int version : VERSIONS) for (ByteOrder order : ORDERS) {
            byte[] head = new Head(version, order, type.code, 8 * type.bytes, 2, 1, 2).bytes();
            byte[] file = NiftiBytes.join(head, type.bytes(order));
            assertArrayEquals(type.read, Nifti.read(file("a.nii", file)).voxels());
            assertArrayEquals(type.read, Nifti.read(file("a.nii.gz", NiftiBytes.gzip(file))).voxels());
        }
    }

    @ParameterizedTest
    @MethodSource("stored")
    void whatIsReadIsWrittenAsFloat32AndReadAgain(Stored type) {
        for (int version : VERSIONS) for (ByteOrder order : ORDERS) for (String name : List.of("b.nii", "b.nii.gz")) {
            byte[] file = NiftiBytes.join(new Head(version, order, type.code, 8 * type.bytes, 4).bytes(), type.bytes(order));
            Volume volume = Nifti.read(file("a.nii", file));
            Nifti.write(folder.resolve(name), volume);
            assertArrayEquals(volume.voxels(), Nifti.read(folder.resolve(name)).voxels());
        }
    }

    @Test
    void scalingIsAppliedUnlessTheSlopeIsZeroOrNoNumber() {
        for (int version : VERSIONS) for (ByteOrder order : ORDERS) {
            assertArrayEquals(new float[]{-7, -4.5f, -2}, firstThree(NiftiBytes.small(version, order, h -> h.slope(2.5).inter(-7))));
            assertArrayEquals(new float[]{0, 1, 2}, firstThree(NiftiBytes.small(version, order, h -> h.slope(0).inter(-7))));
            assertArrayEquals(new float[]{0, 1, 2}, firstThree(NiftiBytes.small(version, order, h -> h.slope(Double.NaN).inter(Double.NaN))));
        }
    }

    private float[] firstThree(byte[] bytes) {
        return Arrays.copyOf(Nifti.read(file("a.nii", bytes)).voxels(), 3);
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
        byte[] two = NiftiBytes.small(2, BIG_ENDIAN, h -> h.offset(640));
        byte[] other = NiftiBytes.join(Arrays.copyOf(two, 544), new byte[96], Arrays.copyOfRange(two, 544, 568), new byte[100]);
        for (byte[] each : List.of(file, other)) {
            assertArrayEquals(NiftiBytes.counting(24), Nifti.read(file("a.nii", each)).voxels());
            assertArrayEquals(NiftiBytes.counting(24), Nifti.read(file("a.nii.gz", NiftiBytes.gzip(each))).voxels());
        }
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
        for (int version : VERSIONS)
            assertEquals(23, Nifti.read(file("a.nii", NiftiBytes.small(version, LITTLE_ENDIAN, h -> h.offset(0)))).at(1, 2, 3));
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
    void labelsOfANifti2ImageAreNifti2InTheBytesOfItsGeometry() throws IOException {
        for (ByteOrder order : ORDERS) {
            byte[] image = NiftiBytes.small(2, order, h -> h.units(10).qform(1).quatern(0.1, 0.2, 0.3, 4, 5, 6).sform(4)
                    .srow(0.1, 2, 0.3, 4, 5, 0.6, 0.7, 8, 0.9, 1, 11, 12).pixdim(0, -1).pixdim(3, 1 / 3.0).slope(2).inter(5));
            ByteBuffer b = ByteBuffer.wrap(image).order(order);
            b.putDouble(192, 99).putDouble(200, 1).putDouble(216, 7).putInt(504, 1002).put(524, (byte) 57).put(240, (byte) 'd').put(319,
                    (byte) 'z');
            Geometry geometry = Nifti.read(file("image.nii", image)).geometry();
            Path written = folder.resolve("label.nii");
            Nifti.write(written, new LabelVolume(geometry, new byte[24]));

            b.putDouble(176, 1).putDouble(184, 0).putDouble(192, 0).putDouble(200, 0).putDouble(216, 0).putInt(504, 0);
            assertArrayEquals(NiftiBytes.join(Arrays.copyOf(image, 544), new byte[24]), Files.readAllBytes(written));
            assertEquals("", Nifti.readLabels(written).geometry().difference(geometry).orElse(""));
        }
    }

    @Test
    void anAxisBeyond32767TakesNifti2() {
        byte[] head = new Head(2, LITTLE_ENDIAN, 2, 8, 40_000, 1, 1).srow(0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0).sform(1).bytes();
        Volume volume = Nifti.read(file("long.nii", NiftiBytes.join(head, new byte[40_000])));
        Nifti.write(folder.resolve("long.nii.gz"), Orientation.of(volume.geometry()).toCanonical(volume));
        assertEquals("1 × 40000 × 1", Nifti.read(folder.resolve("long.nii.gz")).geometry().size());
    }

    @Test
    void ofAPairEitherFileIsGivenAndItsLabelsAreOneFile() throws IOException {
        for (int version : VERSIONS) for (ByteOrder order : ORDERS) for (boolean zipped : List.of(false, true)) {
            byte[] file = NiftiBytes.small(version, order, h -> h.pair().sform(1).srow(2, 0, 0, 5, 0, 0, 3, 6, 0, -4, 0, 7));
            int size = version == 1 ? 348 : 540;
            byte[] head = Arrays.copyOf(file, size), voxels = Arrays.copyOfRange(file, size + 4, size + 28);
            Path pair = Files.createTempDirectory(folder, "pair"), hdr = pair.resolve("a.b.hdr"), img = pair.resolve(zipped
                    ? "a.b.img.gz"
                    : "a.b.img");
            NiftiBytes.write(hdr, head);
            NiftiBytes.write(img, zipped ? NiftiBytes.gzip(voxels) : voxels);
            for (Path given : List.of(hdr, img)) {
                Volume volume = Nifti.read(given);
                assertArrayEquals(NiftiBytes.counting(24), volume.voxels());
                assertEquals("RIA", volume.geometry().orientation());
                Path labels = pair.resolve("labels.nii.gz");
                Nifti.write(labels, LabelVolume.of(volume));
                assertEquals(LabelVolume.of(volume), Nifti.readLabels(labels));
                Files.delete(labels);
            }
            assertEquals(Map.of("a.b", hdr), Nifti.list(pair));
            Files.delete(hdr);
            assertEquals(img + ": its other half is missing: there is no a.b.hdr or a.b.hdr.gz beside it", refused(img));
            NiftiBytes.write(pair.resolve("a.b.hdr.gz"), NiftiBytes.gzip(head));
            assertArrayEquals(NiftiBytes.counting(24), Nifti.read(img).voxels());
            Files.delete(img);
            assertTrue(refused(pair.resolve("a.b.hdr.gz")).endsWith("there is no a.b.img or a.b.img.gz beside it"));
        }
    }

    @Test
    void aPairWhoseVoxelsStartLaterIsReadFromThere() {
        byte[] file = NiftiBytes.small(1, BIG_ENDIAN, h -> h.pair().offset(7));
        file("a.img", NiftiBytes.join(new byte[7], Arrays.copyOfRange(file, 352, 376)));
        assertArrayEquals(NiftiBytes.counting(24), Nifti.read(file("a.hdr", Arrays.copyOf(file, 348))).voxels());
    }

    @Test
    void whatAPairSaysMustFitItsNames() {
        byte[] single = NiftiBytes.small(1, LITTLE_ENDIAN, h -> {}), half = NiftiBytes.small(2, LITTLE_ENDIAN, h -> h.pair());
        file("a.img", new byte[24]);
        assertTrue(refused(file("a.hdr", single)).endsWith("it says that header and voxels are in one file: name it .nii"));
        assertTrue(refused(file("a.nii", half)).endsWith("it is the header of a pair: name it .hdr, and the file with its voxels .img"));
        file("a.hdr", half);
        file("a.img.gz", NiftiBytes.gzip(new byte[24]));
        assertTrue(refused(folder.resolve("a.hdr")).endsWith("its other half is there twice, as a.img and as a.img.gz"));
        file("analyze.img", new byte[24]);
        assertTrue(refused(file("analyze.hdr", NiftiBytes.small(1, BIG_ENDIAN, h -> h.magic("\0\0\0\0"))))
                .contains("Analyze 7.5, nothing in it says where left is"));
    }

    @Test
    void aFrameOf4dIsChosenByItsNumber() throws IOException {
        for (int version : VERSIONS) for (ByteOrder order : ORDERS) for (boolean zipped : List.of(false, true)) {
            byte[] head = new Head(version, order, 2, 8, 2, 3, 4, 3).bytes(), voxels = new byte[72];
            for (int i = 0; i < 72; i++) voxels[i] = (byte) i;
            byte[] bytes = NiftiBytes.join(head, voxels);
            Path file = file("frames.nii", zipped ? NiftiBytes.gzip(bytes) : bytes);
            for (int frame = 0; frame < 3; frame++) {
                Volume volume = Nifti.read(file, frame);
                assertEquals(24 * frame, volume.at(0, 0, 0));
                assertEquals(24 * frame + 23, volume.at(1, 2, 3));
                Nifti.write(folder.resolve("labels.nii"), LabelVolume.of(volume));
                assertEquals(LabelVolume.of(volume), Nifti.readLabels(folder.resolve("labels.nii")), "labels of a frame are 3-D");
            }
            assertEquals(file + ": it is 4-D, 3 frames: choose one of its frames, 0 to 2, or up to three of them as channels", refused(file));
            for (int frame : List.of(-1, 3))
                assertEquals(file + ": it has the frames 0 to 2, and --frame asks for " + frame,
                        assertThrows(FormatException.class, () -> Nifti.read(file, frame)).getMessage());
            assertThrows(FormatException.class, () -> Nifti.read(file("cut.nii", Arrays.copyOf(bytes, bytes.length - 1)), 0));
        }
        Path flat = file("flat.nii", NiftiBytes.small(1, BIG_ENDIAN, h -> {}));
        assertEquals(flat + ": it is 3-D and has no frames, so frame 0 cannot be chosen: leave --frame out",
                assertThrows(FormatException.class, () -> Nifti.read(flat, 0)).getMessage());
        Path one = file("one.nii", new Head(1, BIG_ENDIAN, 2, 8, 1, 1, 1, 1).bytes());
        Files.write(one, new byte[]{5}, StandardOpenOption.APPEND);
        assertEquals(5, Nifti.read(one, 0).at(0, 0, 0));
        assertEquals(5, Nifti.read(one).at(0, 0, 0));
    }

    @Test
    void framesAreWrittenOnOneGridAndReadAgain() throws IOException {
        for (int version : VERSIONS) for (int rank = 2; rank < 5; rank++) {
            int[] dims = rank == 2 ? new int[]{3, 4} : rank == 3 ? new int[]{3, 4, 1} : new int[]{3, 4, 1, 7};
            Head head = new Head(version, BIG_ENDIAN, 2, 8, dims).dim(3, rank == 2 ? 99 : 1).sform(2).srow(1, 0, 0, 9, 0, 2, 0, 8, 0, 0, 3, 7);
            Path file = file("image.nii", NiftiBytes.join(head.bytes(), new byte[84]));
            Geometry geometry = (rank == 4 ? Nifti.read(file, 2) : Nifti.read(file)).geometry();
            List<Volume> frames = new ArrayList<>();
            for (int k = 0; k < 3; k++) {
                float[] voxels = NiftiBytes.counting(12);
                voxels[0] = 100 * k + 0.5f;
                frames.add(new Volume(geometry, voxels));
            }
            Path written = folder.resolve("written.nii.gz");
            Nifti.write(written, frames);
            for (int k = 0; k < 3; k++) {
                assertArrayEquals(frames.get(k).voxels(), Nifti.read(written, k).voxels());
                assertEquals("", Nifti.read(written, k).geometry().difference(geometry).orElse(""));
            }
            Nifti.write(written, frames.subList(0, 1));
            assertEquals(0.5f, Nifti.read(written, 0).at(0, 0, 0), "a single frame is 4-D, too");
            float[] colours = new float[36];
            colours[25] = 7;
            Nifti.write(written, new Volume(geometry, 3, colours));
            assertEquals(7, Nifti.read(written, 2).at(1, 0, 0), "one colour channel per frame");
        }
        Volume one = new Volume(Geometry.of(1, 1, 1, 1, 1, 1), new float[1]), other = new Volume(Geometry.of(1, 1, 2, 1, 1, 1),
                new float[2]);
        assertThrows(IllegalArgumentException.class, () -> Nifti.write(folder.resolve("x.nii"), List.of()));
        assertThrows(IllegalArgumentException.class, () -> Nifti.write(folder.resolve("x.nii"), List.of(one, other)));
        assertThrows(FormatException.class, () -> Nifti.write(folder.resolve("x.nii"), Collections.nCopies(32_768, one)));
    }

    /// Files written by nibabel 5.4.2: voxel `(i, j, k)` of 3 × 4 × 5 holds `i + 10 j + 100 k`. `two` is NIfTI-2 with scaled int16. `two-canonical` is the result of
    /// nibabel's as_closest_canonical for it. `pair-of-one` is big-endian int16. `frames` has three frames, each with 1000 more than the one before. These share an affine.
    /// `pair-of-two`, of float64, has another one, which is a qform only.
    @Test
    void filesOfNibabelAreReadAsNibabelReadsThem() throws Exception {
        Path files = Path.of(requireNonNull(NiftiTest.class.getResource("nibabel")).toURI());
        double[] affine = {0.1, 0.95, -0.2, 12.5, -0.3, 0.2, -2.9, -40.25, -0.69, 0.12, 0.4, 7.75};
        double[] turned = {0.4681466817920996, -0.21722210821913668, -0.39733866159012243, 1, 0.13754792365912186, 0.7173188143869244,
            -0.19568679001451142, 2, 0.10917533157316721, 0.027717760143468807, 1.950340654403632, 3};
        for (String name : List.of("two.nii.gz", "pair-of-one.hdr", "pair-of-one.img", "pair-of-two.img.gz")) {
            Volume volume = Nifti.read(files.resolve(name));
            assertCounts(volume, 0);
            for (int i = 0; i < 12; i++)
                assertEquals((name.contains("of-two") ? turned : affine)[i], volume.geometry().affine(i / 4, i % 4), 1e-6, name);
        }
        for (int frame = 0; frame < 3; frame++) assertCounts(Nifti.read(files.resolve("frames.nii"), frame), 1000 * frame);
        Volume two = Nifti.read(files.resolve("two.nii.gz")), theirs = Nifti.read(files.resolve("two-canonical.nii.gz"));
        Volume ours = Orientation.of(two.geometry()).toCanonical(two);
        assertEquals("IRP", two.geometry().orientation());
        assertArrayEquals(theirs.voxels(), ours.voxels());
        assertEquals("", ours.geometry().difference(theirs.geometry()).orElse(""));
        assertEquals(List.of("frames", "pair-of-one", "pair-of-two", "two", "two-canonical"), List.copyOf(Nifti.list(files).keySet()));
    }

    private static void assertCounts(Volume volume, int first) {
        assertEquals("3 × 4 × 5", volume.geometry().size());
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 4; j++)
                for (int k = 0; k < 5; k++)
                    assertEquals(first + i + 10 * j + 100 * k, volume.at(i, j, k));
    }

    private static String refused(Path file) {
        return assertThrows(FormatException.class, () -> Nifti.read(file)).getMessage();
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
        assertEquals(folder.resolve("half.nii") + ": its voxel (1, 0, 0) holds 0.5, and a label is a whole number from 0 to 255; "
                + "its header scales what is stored by the slope 0.5 and the intercept 0.0: save the labels as whole numbers without scaling",
                e.getMessage());
        byte[] negative = NiftiBytes.small(LITTLE_ENDIAN, b -> b.putFloat(116, -5));
        assertThrows(FormatException.class, () -> Nifti.readLabels(file("negative.nii", negative)));
        byte[] large = NiftiBytes.small(LITTLE_ENDIAN, b -> b.putFloat(112, 12));
        e = assertThrows(FormatException.class, () -> Nifti.readLabels(file("large.nii", large)));
        assertTrue(e.getMessage().contains("(0, 2, 3) holds 264.0"), e.getMessage());
    }

    @Test
    void aFileNameMustSayNifti() {
        LabelVolume labels = new LabelVolume(Geometry.of(1, 1, 1, 1, 1, 1), new byte[1]);
        for (String name : List.of("labels.png", "labels.hdr", "labels.img.gz"))
            assertThrows(FormatException.class, () -> Nifti.write(folder.resolve(name), labels));
    }

    @Test
    void aFolderIsListedByNameWithoutHiddenFiles() {
        for (String name : List.of("b.nii.gz", "a.nii", "._a.nii", ".hidden.nii.gz", "notes.txt", "c.hdr", "c.img.gz", "alone.img"))
            file(name, new byte[0]);
        assertEquals(List.of("a", "alone", "b", "c"), List.copyOf(Nifti.list(folder).keySet()));
        assertEquals(folder.resolve("c.hdr"), Nifti.list(folder).get("c"));
        file("a.nii.gz", new byte[0]);
        FormatException e = assertThrows(FormatException.class, () -> Nifti.list(folder));
        assertEquals(folder + ": a.nii and a.nii.gz have the same name", e.getMessage());
        assertThrows(FormatException.class, () -> Nifti.list(folder.resolve("absent")));
    }

    private Path file(String name, byte[] bytes) {
        return NiftiBytes.write(folder.resolve(name), bytes);
    }

    @Test
    void anAxisTooLongForTheFirstVersionIsWrittenInTheSecond() throws IOException {
        Geometry longRow = Geometry.of(40_000, 1, 1, 1, 1, 1);
        Path file = folder.resolve("long.nii");
        Nifti.write(file, new LabelVolume(longRow, new byte[40_000]));
        assertEquals(540, ByteBuffer.wrap(Files.readAllBytes(file)).order(LITTLE_ENDIAN).getInt(0));
        assertEquals(Optional.empty(), Nifti.read(file).geometry().difference(longRow));
    }
}
