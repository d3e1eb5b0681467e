package dev.samovar.imaging.format;

import static dev.samovar.imaging.testkit.Broken.with;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Allocation;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.testkit.Broken;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.NiftiBytes.Head;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Broken and malicious files: one sentence each, quickly, and in memory proportional to the file.
/// Their table is one long method, because a table is read line by line.
@Tag("hostile")
class NiftiHostileTest {
    private static final long SMALL_FILE = 1024, SMALL_MEMORY = 16 << 20;

    @TempDir
    private Path folder;

    static Stream<Broken> broken() {
        byte[] good = NiftiBytes.small(LITTLE_ENDIAN, b -> {}), zipped = NiftiBytes.gzip(good);
        byte[] zeros = new byte[1 << 24], bomb = NiftiBytes.gzip(NiftiBytes.join(good, zeros));
        return Stream.of(
                new Broken("empty", new byte[0], "too short for a NIfTI header: 0 of 348"),
                new Broken("347 bytes", Arrays.copyOf(good, 347), "too short for a NIfTI header: 347 of 348"),
                new Broken("539 bytes", Arrays.copyOf(two(h -> {}), 539), "too short for a NIfTI-2 header: 539 of 540"),
                new Broken("header alone", Arrays.copyOf(good, 348), "ends too early"),
                new Broken("one voxel short", Arrays.copyOf(good, 375), "after 23 of 24 voxels"),
                new Broken("text", "This is not a volume. ".repeat(40).getBytes(StandardCharsets.US_ASCII),
                        "it is not NIfTI"),
                header("header size 0", b -> b.putInt(0, 0), "header's size, 348"),
                header("NIfTI-2 in size alone", b -> b.putInt(0, 540), "too short for a NIfTI-2 header"),
                header("half of a pair", b -> b.put(344, new byte[]{'n', 'i', '1', 0}), "header of a pair"),
                header("Analyze", b -> b.putInt(344, 0), "Analyze 7.5, nothing in it says where left is"),
                two("NIfTI-2 without magic", h -> h.magic("\0\0\0\0\0\0\0\0"), "magic bytes are not those of NIfTI-2"),
                two("NIfTI-2 sent as text", h -> h.magic("n+2\0\n\u001A\n\n"), "its magic bytes were changed, as by a transfer as text"),
                two("NIfTI-2 with the magic of NIfTI-1", h -> h.magic("n+1\0"), "magic bytes are not those of NIfTI-2"),
                two("dim[0] of 64 bits", h -> h.dim(0, 1L << 32 | 3), "dim[0] is 4294967299"),
                two("dim[3] = Long.MIN_VALUE", h -> h.dim(3, Long.MIN_VALUE), "dim[3] is -9223372036854775808"),
                two("dims overflow a long to 0", h -> h.dim(1, 1L << 32).dim(2, 1L << 32), "more than the limit"),
                two("dims overflow a long to 24", h -> h.dim(1, 1L << 62).dim(2, 4).dim(3, 24), "more than the limit"),
                two("a dim just beyond an int", h -> h.dim(1, 1L << 32 | 1), "4294967297 × 3 × 4 voxels"),
                two("frames beyond an int", h -> h.dim(0, 4).dim(4, Long.MAX_VALUE), "so many frames are never there"),
                two("as many frames as an int has", h -> h.dim(0, 4).dim(4, Integer.MAX_VALUE), "4-D, 2147483647 frames"),
                two("vox_offset beyond an int", h -> h.offset(1L << 40), "vox_offset is 1.099511627776E12"),
                two("vox_offset in the header of NIfTI-2", h -> h.offset(352), "a whole number from 544"),
                two("pixdim beyond float", h -> h.pixdim(1, 1e200), "not one of voxels in millimetres"),
                two("pixdim below float", h -> h.pixdim(1, 1e-200), "not one of voxels in millimetres"),
                two("slope beyond float", h -> h.slope(1e300), "beyond what a float32 holds"),
                header("dim[0] = 0", b -> b.putShort(40, (short) 0), "dim[0] is 0"),
                header("dim[0] = 8", b -> b.putShort(40, (short) 8), "dim[0] is 8"),
                header("dim[0] = -32768", b -> b.putShort(40, Short.MIN_VALUE), "dim[0] is -32768"),
                header("dim[1] = 0", b -> b.putShort(42, (short) 0), "dim[1] is 0"),
                header("dim[2] = -3", b -> b.putShort(44, (short) -3), "dim[2] is -3"),
                header("dims overflow an int to 0", b -> dims(b, 16384, 16384, 16384), "more than the limit of 2³¹ − 1"),
                header("dims overflow an int to something small", b -> dims(b, 32767, 32767, 32767), "32767 × 32767 × 32767 voxels"),
                header("just over the limit", b -> dims(b, 16384, 16384, 8), "16384 × 16384 × 8 voxels"),
                header("377 bytes that claim 2 GiB", b -> dims(b.putShort(70, (short) 64).putShort(72, (short) 64), 16384, 16384, 1),
                        "it ends too early"),
                header("real 4-D", b -> b.putShort(40, (short) 4).putShort(48, (short) 12), "4-D, 12 frames"),
                header("a vector per voxel", b -> b.putShort(40, (short) 5).putShort(50, (short) 3), "4-D, 3 frames"),
                header("dim[4] = -1", b -> b.putShort(40, (short) 4).putShort(48, (short) -1), "dim[4] is -1"),
                header("RGB24", b -> b.putShort(70, (short) 128), "RGB24 has 8 bits"),
                header("RGBA32", b -> b.putShort(70, (short) 2304), "RGBA32 has 8 bits"),
                header("complex64", b -> b.putShort(70, (short) 32), "complex64"),
                header("complex128", b -> b.putShort(70, (short) 1792), "complex128"),
                header("complex256", b -> b.putShort(70, (short) 2048), "complex256"),
                header("float128", b -> b.putShort(70, (short) 1536), "float128"),
                header("binary", b -> b.putShort(70, (short) 1), "1-bit"),
                header("unknown type", b -> b.putShort(70, (short) 77), "unknown type 77"),
                header("bitpix of another type", b -> b.putShort(72, (short) 16), "type uint8 has 16 bits"),
                header("vox_offset NaN", b -> b.putFloat(108, Float.NaN), "vox_offset is NaN"),
                header("vox_offset negative", b -> b.putFloat(108, -352), "vox_offset is -352"),
                header("vox_offset infinite", b -> b.putFloat(108, Float.POSITIVE_INFINITY), "vox_offset is Infinity"),
                header("vox_offset huge", b -> b.putFloat(108, 3e9f), "vox_offset is 3.0E9"),
                header("vox_offset in the header", b -> b.putFloat(108, 340), "vox_offset is 340"),
                header("vox_offset fractional", b -> b.putFloat(108, 352.5f), "vox_offset is 352.5"),
                header("vox_offset behind the end", b -> b.putFloat(108, 4000), "ends too early"),
                header("scl_inter NaN", b -> b.putFloat(116, Float.NaN), "scl_inter is NaN"),
                header("scaling beyond float", b -> b.putFloat(112, 3e38f), "beyond what a float32 holds"),
                header("pixdim NaN", b -> b.putFloat(80, Float.NaN), "pixdim[1] is NaN"),
                header("pixdim 0", b -> b.putFloat(84, 0), "pixdim[2] is 0"),
                header("pixdim infinite", b -> b.putFloat(88, Float.NEGATIVE_INFINITY), "affine holds Infinity"),
                header("sform of zeros", b -> b.putShort(254, (short) 1), "is not one of voxels in millimetres"),
                header("sform NaN", b -> b.putShort(254, (short) 1).putFloat(284, Float.NaN), "affine holds NaN"),
                header("quaternion NaN", b -> b.putShort(252, (short) 1).putFloat(256, Float.NaN), "affine holds NaN"),
                header("quaternion infinite", b -> b.putShort(252, (short) 1).putFloat(260, Float.POSITIVE_INFINITY), "affine holds NaN"),
                header("qoffset infinite", b -> b.putShort(252, (short) 1).putFloat(268, Float.POSITIVE_INFINITY), "affine holds Infinity"),
                floats("NaN voxel", 0x7FC00000, "none of its voxels is a finite number"),
                floats("infinite voxel", 0xFF800000, "none of its voxels is a finite number"),
                new Broken("float64 beyond float",
                        NiftiBytes.join(NiftiBytes.header(BIG_ENDIAN, 64, 64, 1), new byte[]{0x7F, 0, 0, 0, 0, 0, 0, 0}),
                        "none of its voxels is a finite number"),
                new Broken("gzip magic alone", new byte[]{0x1F, (byte) 0x8B}, "ends too early"),
                new Broken("gzip of another method", with(zipped, 2, 7), "damaged, says gzip"),
                new Broken("gzip cut in the data", Arrays.copyOf(zipped, zipped.length / 2), "ends too early"),
                new Broken("gzip cut in the checksum", Arrays.copyOf(zipped, zipped.length - 6), "ends too early"),
                new Broken("gzip checksum wrong", with(zipped, zipped.length - 8, zipped[zipped.length - 8] ^ 1), "damaged, says gzip"),
                new Broken("gzip length wrong", with(zipped, zipped.length - 1, 1), "damaged, says gzip"),
                new Broken("gzip damaged", with(zipped, zipped.length - 20, zipped[zipped.length - 20] ^ 0x55), ""),
                new Broken("gzip in gzip", NiftiBytes.gzip(zipped), "too short"),
                new Broken("a bomb behind the volume", bomb, "more than 1 MiB after its last voxel"),
                new Broken("16 MiB of zeros, zipped", NiftiBytes.gzip(zeros), "it is not NIfTI"));
    }

    private static Broken header(String why, Consumer<ByteBuffer> edit, String says) {
        return new Broken(why,
                Arrays.copyOf(NiftiBytes.small(why.length() % 2 == 0 ? LITTLE_ENDIAN : BIG_ENDIAN, edit), why.startsWith("377") ? 377 : 376), says);
    }

    private static Broken two(String why, Consumer<Head> edit, String says) {
        return new Broken(why, two(edit), says);
    }

    private static byte[] two(Consumer<Head> edit) {
        return NiftiBytes.small(2, BIG_ENDIAN, edit);
    }

    private static Broken floats(String why, int bits, String says) {
        byte[] voxel = {(byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits};
        return new Broken(why, NiftiBytes.join(NiftiBytes.header(BIG_ENDIAN, 16, 32, 1), voxel), says);
    }

    private static void dims(ByteBuffer b, int... dims) {
        for (int i = 0; i < 3; i++) b.putShort(42 + 2 * i, (short) dims[i]);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void aBrokenFileIsOneSentence(Broken file) {
        Path path = NiftiBytes.write(folder.resolve("broken.nii"), file.bytes());
        FormatException e = assertThrows(FormatException.class, () -> read(path, file.bytes().length));
        assertTrue(e.getMessage().matches("(?s)" + Pattern.quote(path + ": ") + "(it|none of it).*") && e.getMessage().contains(file.says()),
                e.getMessage());
        assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
    }

    @Test
    void anAbsentFileAndAFolderAreNamed() {
        assertEquals("cannot read " + folder.resolve("absent.nii") + ": there is no such file",
                assertThrows(UncheckedIOException.class, () -> Nifti.read(folder.resolve("absent.nii"))).getMessage());
        assertEquals("cannot read " + folder + ": it is a folder", assertThrows(UncheckedIOException.class, () -> Nifti.read(folder))
                .getMessage());
    }

    /// A file of either version, a compressed file (damaged before or after compression), and both halves of a pair.
    @ParameterizedTest
    @ValueSource(strings = {"NIfTI-1", "NIfTI-2", "content of .nii.gz", ".nii.gz", "4-D", ".hdr", ".hdr.gz and NIfTI-2", ".img.gz"})
    void mutantsAreReadOrRefused(String kind) {
        long seed = 20261121;
        int n = Mutants.COUNT, version = kind.contains("NIfTI-2") ? 2 : 1;
        Consumer<Head> turned = h -> h.qform(1).quatern(0.3, 0.1, 0.2, 5, 6, 7).slope(2).inter(-1);
        byte[] good = NiftiBytes.small(version, BIG_ENDIAN, turned);
        byte[] half = NiftiBytes.small(version, LITTLE_ENDIAN, turned.andThen(Head::pair)), voxels = Arrays.copyOfRange(half, half.length
                - 24, half.length);
        byte[] head = Arrays.copyOf(half, half.length - 28), frames = NiftiBytes.join(new Head(version, BIG_ENDIAN, 4, 16, 2, 3, 2, 3).bytes(),
                new byte[72]);
        int refused = Mutants.survive(switch (kind) {
            case "content of .nii.gz" -> Mutants.of(good, seed, n).map(m -> m.then(NiftiBytes::gzip));
            case ".nii.gz" -> Mutants.of(NiftiBytes.gzip(good), seed, n);
            case "4-D" -> Mutants.of(frames, seed, n);
            case ".hdr" -> Mutants.of(head, seed, n);
            case ".hdr.gz and NIfTI-2" -> Mutants.of(head, seed, n).map(m -> m.then(NiftiBytes::gzip));
            case ".img.gz" -> Mutants.of(NiftiBytes.gzip(voxels), seed, n);
            default -> Mutants.of(good, seed, n);
        }, bytes -> {
            if (kind.contains(".hdr") || kind.contains(".img")) {
                NiftiBytes.write(folder.resolve("mutant.hdr"), kind.contains(".hdr") ? bytes : head);
                NiftiBytes.write(folder.resolve("mutant.img"), kind.contains(".hdr") ? voxels : bytes);
                use(Nifti.read(folder.resolve("mutant.img")));
            } else {
                Path file = NiftiBytes.write(folder.resolve("mutant.nii"), bytes);
                use(kind.equals("4-D") ? Nifti.read(file, 2) : Nifti.read(file));
            }
        });
        assertTrue(refused > n / 5 && refused < n, refused + " of " + n + " refused: the mutants are changed too much, or too little");
    }

    /// Uses what was read: converts it to the canonical orientation and back, and writes its header. A file with a strange header must not fail later, when its name is no longer known.
    private static void use(Volume volume) {
        Orientation orientation = Orientation.of(volume.geometry());
        Volume canonical = orientation.toCanonical(volume);
        assertArrayEquals(volume.voxels(), orientation.toOriginal(canonical).voxels());
        for (Geometry geometry : List.of(volume.geometry(), canonical.geometry()))
            assertEquals("", NiftiHeader.parse(NiftiHeader.like(geometry, VoxelType.UINT8)).geometry().difference(geometry).orElse(""));
    }

    /// A valid file of at most 1 KiB may hold 600,000 voxels. It is read within the memory limit.
    @Test
    void aSmallFileOfManyVoxelsIsReadInLittleMemory() {
        byte[] header = NiftiBytes.header(LITTLE_ENDIAN, 2, 8, 100, 100, 60);
        byte[] file = NiftiBytes.gzip(NiftiBytes.join(header, new byte[600_000]));
        assertTrue(file.length <= SMALL_FILE, file.length + " bytes");
        read(NiftiBytes.write(folder.resolve("zeros.nii.gz"), file), file.length);
    }

    @Test
    void aClaimOfAGibibyteCostsNoMoreThanTheDataBehindIt() {
        byte[] noise = new byte[200_000];
        new SplittableRandom(5).nextBytes(noise);
        byte[] header = NiftiBytes.header(LITTLE_ENDIAN, 2, 8, 16384, 16384, 1), zipped = NiftiBytes.gzip(NiftiBytes.join(header, noise));
        for (byte[] file : List.of(NiftiBytes.join(header, noise), zipped)) {
            Path path = NiftiBytes.write(folder.resolve("claim.nii"), file);
            long memory = Allocation.of(() -> assertThrows(FormatException.class, () -> Nifti.read(path)));
            assertTrue(memory < 8 << 20, memory + " bytes of memory");
        }
    }

    /// Reads a file, and checks that success or failure took neither too long nor, for a small file, too much memory.
    private static void read(Path path, int length) {
        AtomicReference<FormatException> failure = new AtomicReference<>();
        long start = System.nanoTime(), memory = Allocation.of(() -> {
            try {
                Nifti.read(path);
            } catch (FormatException e) {
                failure.set(e);
            }
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        assertTrue(seconds < 5, length + " bytes took " + seconds + " s");
        assertTrue(length > SMALL_FILE || memory <= SMALL_MEMORY, length + " bytes took " + memory + " bytes of memory");
        if (failure.get() != null) throw failure.get();
    }
}
