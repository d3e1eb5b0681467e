package dev.samovar.imaging.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Allocation;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.testkit.NiftiBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Volumes that stay in their file and are read in blocks of a few planes, compared with the same volumes in memory.
class StreamedVoxelsTest {
    private static final int[] DIMS = {7, 5, 11};

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"ct.nii", "ct_i16.mgz", "ct_f32.mgh", "itk.nrrd", "itk.mha", "unu_detached.nhdr", "vector.nrrd"})
    void everyPlaneIsThatOfTheHeldVolumeInAnyOrder(String name) throws IOException {
        RawVoxels raw = frames(ForeignVolumesTest.file(name)).first();
        Geometry g = raw.geometry();
        HeldVoxels held = HeldVoxels.read(raw);
        for (long budget : new long[]{1, 100, 1 << 20}) {
            StreamedVoxels streamed = new StreamedVoxels(raw, budget);
            for (int axis = 0; axis < 3; axis++) for (int turn = 0; turn < 3; turn++) for (int n = 0; n < g.dim(axis); n++) {
                int index = turn == 0 ? n : turn == 1 ? g.dim(axis) - 1 - n : n * 2 % g.dim(axis);
                for (int c = 0; c < raw.components(); c++) {
                    float[] a = new float[g.voxels() / g.dim(axis) + 1], b = a.clone();
                    held.plane(c, axis, index, a, 1);
                    streamed.plane(c, axis, index, b, 1);
                    assertArrayEquals(a, b, name + ", axis " + axis + ", plane " + index);
                }
            }
        }
    }

    private static Frames frames(Path file) throws IOException {
        String name = file.toString();
        return name.endsWith("nrrd") || name.endsWith("nhdr")
                ? Nrrd.open(file)
                : name.endsWith("mha") ? MetaImage.open(file) : name.contains(".mg") ? Mgh.open(file) : Nifti.open(file);
    }

    @Test
    void aFrameOfSeveralIsStreamedFromItsPlace() throws IOException {
        byte[] voxels = new byte[DIMS[0] * DIMS[1] * DIMS[2] * 3];
        for (int i = 0; i < voxels.length; i++) voxels[i] = (byte) (i * 31 % 251);
        byte[] header = NiftiBytes.header(ByteOrder.LITTLE_ENDIAN, 2, 8, DIMS[0], DIMS[1], DIMS[2], 3);
        for (byte[] file : new byte[][]{NiftiBytes.join(header, voxels), NiftiBytes.gzip(NiftiBytes.join(header, voxels))}) {
            Path path = NiftiBytes.write(folder.resolve("frames.nii"), file);
            Frames frames = Nifti.open(path);
            Volume one = frames.read(1, java.util.List.of());
            RawVoxels raw = frames.first().shifted(frames.first().bytes(), frames.first().bytes());
            float[] plane = new float[DIMS[0] * DIMS[1]], expected = new float[plane.length];
            for (int k = DIMS[2] - 1; k >= 0; k--) {
                new StreamedVoxels(raw, 1).plane(0, 2, k, plane, 0);
                one.plane(0, 2, k, expected, 0);
                assertArrayEquals(expected, plane);
                assertEquals((k * plane.length + voxels.length / 3) * 31 % 251, (int) plane[0]);
            }
        }
    }

    @Test
    void aFileThatWasCutOffMeanwhileIsNamed() throws IOException {
        Path path = NiftiBytes.write(folder.resolve("cut.nii"), NiftiBytes.small(ByteOrder.LITTLE_ENDIAN, b -> {}));
        StreamedVoxels streamed = new StreamedVoxels(Nifti.open(path).first(), 1);
        float[] plane = new float[6];
        streamed.plane(0, 2, 0, plane, 0);
        Files.write(path, Arrays.copyOf(Files.readAllBytes(path), 360));
        FormatException e = assertThrows(FormatException.class, () -> streamed.plane(0, 2, 3, plane, 0));
        assertEquals(path + ": it ends too early, a part is missing", e.getMessage());
    }

    /// A volume of more than 4 MiB is held in several pieces.
    @Test
    void aVolumeHeldInSeveralPiecesIsWhatItsFileSays() throws IOException {
        int nx = 201, ny = 161, nz = 151;
        byte[] voxels = new byte[nx * ny * nz];
        for (int i = 0; i < voxels.length; i++) voxels[i] = (byte) (i * 31L % 251);
        byte[] header = NiftiBytes.header(ByteOrder.LITTLE_ENDIAN, 2, 8, nx, ny, nz);
        HeldVoxels held = HeldVoxels.read(Nifti.open(NiftiBytes.write(folder.resolve("held.nii"), NiftiBytes.join(header, voxels))).first());
        int[] steps = {1, nx, nx * ny}, dims = {nx, ny, nz};
        for (int axis = 0; axis < 3; axis++) for (int index : new int[]{0, dims[axis] / 2, dims[axis] - 1}) {
            int u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;                      // the axes of a plane, the fastest first
            float[] plane = new float[dims[u] * dims[v]], expected = new float[plane.length];
            held.plane(0, axis, index, plane, 0);
            for (int i = 0; i < plane.length; i++) {
                long voxel = (long) index * steps[axis] + (long) (i % dims[u]) * steps[u] + (long) (i / dims[u]) * steps[v];
                expected[i] = voxel * 31 % 251;
            }
            assertArrayEquals(expected, plane, "axis " + axis + ", plane " + index);
        }
    }

    /// The memory for one slice of a long volume that stays in its file.
    @Test
    void aSliceCostsNoMoreThanItsBlock() throws IOException {
        ByteBuffer voxels = ByteBuffer.allocate(2 * 128 * 128 * 400).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = NiftiBytes.header(ByteOrder.LITTLE_ENDIAN, 4, 16, 128, 128, 400);
        Path path = NiftiBytes.write(folder.resolve("long.nii.gz"), NiftiBytes.gzip(NiftiBytes.join(header, voxels.array())));
        RawVoxels raw = Nifti.open(path).first();
        long memory = Allocation.of(() -> new StreamedVoxels(raw, 1 << 18).plane(0, 2, 300, new float[128 * 128], 0));
        assertTrue(memory < 1 << 20, memory + " bytes");
    }

    /// Labels stored for some slices only, compared with the same labels in a whole array.
    @Test
    void labelsOfAFewSlicesTakeTheMemoryOfThese() throws IOException {
        Geometry grid = Geometry.of(DIMS[0], DIMS[1], DIMS[2], 1, 1, 2);
        for (int axis = 0; axis < 3; axis++) {
            Slices slices = new Slices(grid, axis);
            byte[] some = new byte[slices.height() * slices.width()];
            for (int i = 0; i < some.length; i++) some[i] = (byte) (i * 7 % 200);
            LabelVolume known = slices.of(Map.of(2, some));
            byte[] all = new byte[grid.voxels()];
            for (int i = 0; i < all.length; i++) {
                int[] at = {i % DIMS[0], i / DIMS[0] % DIMS[1], i / DIMS[0] / DIMS[1]};
                if (at[axis] == 2) all[i] = some[at[slices.rows()] * slices.width() + at[slices.columns()]];
            }
            LabelVolume whole = new LabelVolume(grid, all);
            assertEquals(whole.max(), known.max());
            for (int a = 0; a < 3; a++)
                for (int k = 0; k < grid.dim(a); k++) assertArrayEquals(whole.plane(a, k), known.plane(a, k), axis + " across " + a);
            for (String name : new String[]{"a.nii.gz", "a.nrrd", "a.mha"}) {
                Volumes.write(folder.resolve(name), known);
                assertEquals(whole, Volumes.readLabels(folder.resolve(name)));
            }
            assertEquals(whole, known);
        }
    }
}
