package dev.samovar.imaging;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.nn.Random;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.testkit.NiftiBytes;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OrientationTest {
    private static final double NEAR = 1e-4;                            // millimetres
    private static final int[] DIMS = {3, 4, 5};
    private static final double[] SPACING = {0.7, 1.1, 3.3}, ORIGIN = {-90.5, 31.25, 112.75};

    @TempDir
    private Path folder;

    /// A kind of file: the world axis of each voxel axis, which of them are reversed, whether the grid is oblique, and how the header stores this.
    record Kind(List<Integer> worlds, int flips, boolean oblique, int version, ByteOrder order, boolean asQform) {
        String letters() {
            StringBuilder letters = new StringBuilder();
            for (int a = 0; a < 3; a++) letters.append(((flips >> a & 1) == 1 ? "LPI" : "RAS").charAt(worlds.get(a)));
            return letters.toString();
        }

        /// The directions of the voxel axes as the columns of an orthogonal matrix.
        double[][] directions() {
            double[][] turn = oblique ? rotation(0.35, -0.25, 0.3) : rotation(0, 0, 0), directions = new double[3][3];
            for (int r = 0; r < 3; r++)
                for (int a = 0; a < 3; a++)
                    directions[r][a] = turn[r][worlds.get(a)] * ((flips >> a & 1) == 1 ? -1 : 1);
            return directions;
        }

        /// The file, with the uint8 voxels 0, 1, 2 and so on.
        byte[] file() {
            double[][] d = directions();
            var head = new NiftiBytes.Head(version, order, 2, 8, DIMS);
            for (int a = 0; a < 3; a++) head.pixdim(a + 1, SPACING[a]);
            if (asQform) {
                boolean reflected = determinant(d) < 0;
                if (reflected) for (double[] row : d) row[2] = -row[2];
                double[] q = quaternion(d);
                head.pixdim(0, reflected ? -1 : 1).qform(1).quatern(q[0], q[1], q[2], ORIGIN[0], ORIGIN[1], ORIGIN[2]);
            } else {
                double[] rows = new double[12];
                for (int r = 0; r < 3; r++) for (int c = 0; c < 4; c++) rows[4 * r + c] = c < 3 ? d[r][c] * SPACING[c] : ORIGIN[r];
                head.sform(1).srow(rows);
            }
            byte[] voxels = new byte[60];
            for (int i = 0; i < 60; i++) voxels[i] = (byte) i;
            return NiftiBytes.join(head.bytes(), voxels);
        }
    }

    /// All 48 orientations, straight and oblique, as sform and as qform. Versions and byte orders alternate.
    static Stream<Kind> kinds() {
        List<Kind> kinds = new ArrayList<>();
        for (List<Integer> worlds : List.of(List.of(0, 1, 2), List.of(0, 2, 1), List.of(1, 0, 2), List.of(1, 2, 0), List.of(2, 0, 1),
                List.of(2, 1, 0)))
            for (int flips = 0; flips < 8; flips++) for (int form = 0; form < 4; form++) {
                int n = kinds.size(), version = 1 + (n / 4 + n / 32) % 2;
                ByteOrder order = (n / 8 + n) % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
                kinds.add(new Kind(worlds, flips, form % 2 == 1, version, order, form / 2 == 1));
            }
        return kinds.stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyVoxelKeepsItsPlaceAndTheWayBackGivesTheSameBytes(Kind kind) throws IOException {
        Path file = NiftiBytes.write(folder.resolve("image.nii"), kind.file());
        Volume volume = Nifti.read(file);
        Geometry grid = volume.geometry();
        assertEquals(kind.letters(), grid.orientation());
        Orientation orientation = Orientation.of(grid);
        Volume canonical = orientation.toCanonical(volume);
        assertEquals("RAS", canonical.geometry().orientation());
        assertSamePlaces(volume, canonical);
        assertArrayEquals(bits(volume), bits(orientation.toOriginal(canonical)));

        Nifti.write(folder.resolve("canonical.nii"), canonical);
        Volume reopened = Nifti.read(folder.resolve("canonical.nii"));
        assertEquals("RAS", reopened.geometry().orientation());
        assertSamePlaces(volume, reopened);

        LabelVolume marks = marked(canonical), back = orientation.toOriginal(marks);
        assertSame(grid, back.geometry());
        assertArrayEquals(marks.classes(), orientation.toCanonical(back).classes());
        Nifti.write(folder.resolve("labels.nii"), back);
        assertEquals(-1, Arrays.mismatch(head(folder.resolve("labels.nii")), head(file)), "the same header as the image, bit for bit");
        LabelVolume labels = Nifti.readLabels(folder.resolve("labels.nii"));
        assertCorners(grid, labels.geometry());
        for (int k = 0; k < 5; k++)
            for (int j = 0; j < 4; j++)
                for (int i = 0; i < 3; i++)
                    assertEquals(volume.at(i, j, k) == 7 ? 1 : volume.at(i, j, k) == 41 ? 2 : 0, labels.at(i, j, k),
                            "the marks are at the same voxels");
    }

    /// Labels that mark two voxels of a canonical volume by their values.
    private static LabelVolume marked(Volume canonical) {
        byte[] classes = new byte[60];
        for (int i = 0; i < 60; i++) classes[i] = (byte) (canonical.voxels()[i] == 7 ? 1 : canonical.voxels()[i] == 41 ? 2 : 0);
        return new LabelVolume(canonical.geometry(), classes);
    }

    /// Checks with the affines alone that the voxels of both volumes at the same place have the same values.
    private static void assertSamePlaces(Volume volume, Volume other) {
        Geometry g = volume.geometry(), h = other.geometry();
        for (int k = 0; k < g.nz(); k++) for (int j = 0; j < g.ny(); j++) for (int i = 0; i < g.nx(); i++) {
            double[] place = g.world(i, j, k), at = h.grid(place[0], place[1], place[2]);
            int x = (int) Math.rint(at[0]), y = (int) Math.rint(at[1]), z = (int) Math.rint(at[2]);
            assertArrayEquals(place, h.world(x, y, z), NEAR);
            assertEquals(volume.at(i, j, k), other.at(x, y, z));
        }
    }

    private static void assertCorners(Geometry g, Geometry h) {
        for (int corner = 0; corner < 8; corner++) {
            int i = (corner & 1) * (g.nx() - 1), j = (corner >> 1 & 1) * (g.ny() - 1), k = (corner >> 2) * (g.nz() - 1);
            assertArrayEquals(g.world(i, j, k), h.world(i, j, k), NEAR);
        }
    }

    private static byte[] head(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        return Arrays.copyOf(all, all.length - 60);
    }

    private static int[] bits(Volume volume) {
        int[] bits = new int[volume.voxels().length];
        for (int i = 0; i < bits.length; i++) bits[i] = Float.floatToRawIntBits(volume.voxels()[i]);
        return bits;
    }

    @Test
    void whatIsCanonicalStaysTheSameObject() {
        Volume volume = new Volume(Geometry.of(2, 3, 4, 1, 2, 3), NiftiBytes.counting(24));
        LabelVolume labels = LabelVolume.of(volume);
        Orientation orientation = Orientation.of(volume.geometry());
        assertSame(volume.geometry(), orientation.canonical());
        assertSame(volume, orientation.toCanonical(volume));
        assertSame(labels, orientation.toOriginal(orientation.toCanonical(labels)));
        LabelVolume near = new LabelVolume(Geometry.of(2, 3, 4, 1, 2, 3.00001), labels.classes());
        assertNotSame(near, orientation.toCanonical(near));
        assertSame(volume.geometry(), orientation.toCanonical(near).geometry(), "labels get exactly the grid of their image");
    }

    @Test
    void theChannelsOfAColourMoveTogether() {
        Geometry left = Geometry.of(2, 3, 4, new double[][]{{-1, 0, 0, 0}, {0, 0, 1, 0}, {0, 1, 0, 0}});
        Volume volume = new Volume(left, 3, NiftiBytes.counting(72));
        Orientation orientation = Orientation.of(left);
        Volume canonical = orientation.toCanonical(volume);
        assertEquals("2 × 4 × 3", canonical.geometry().size());
        for (int c = 0; c < 3; c++) assertEquals(24 * c + 1, canonical.voxels()[24 * c], "the first voxel along x was the last");
        assertArrayEquals(volume.voxels(), orientation.toOriginal(canonical).voxels());
    }

    @Test
    void aVolumeOnAnotherGridIsRefused() {
        Orientation orientation = Orientation.of(Geometry.of(2, 3, 4, 1, 1, 1));
        Geometry other = Geometry.of(2, 3, 4, 1, 1, 2);
        assertThrows(IllegalArgumentException.class, () -> orientation.toCanonical(new Volume(other, new float[24])));
        assertThrows(IllegalArgumentException.class, () -> orientation.toOriginal(new LabelVolume(other, new byte[24])));
    }

    /// Strongly oblique and sheared affines. The expected names are those of `aff2axcodes`, computed with nibabel 5.4.2 for the same random matrices.
    @Test
    void wildAffinesAreNamedAsNibabelNamesThem() {
        String expected = """
                SAR RSP PIL LSA SAL IRP LAS RSP ASR IPR SRA IPR PSR SAR PSL IRA PLI RPS LIP RAI IPL LSP LSP IPL PRI IAR RSP RIP SPR PSL PSL SRA
                PRI IAR ARI SPR IAR PSR IRA ILP LAI LPS RIA SLP RIP AIL SLP IRA SLP LAS ARI SPL SPL ARI SPL SPL SLA RSA PLI PIR SPL ARI SRA RIA
                RAS ILA IAL RAS RPS ASR ALS SPL LIA PRS RIP ARS SAL AIL RAS LAI SRP IPR AIR RSA ILP ILA RPS RIP RIP SLA PIL IPL SPR RPI LPS RIP
                LIP AIR IRA LSA ASL IRA LPI PIL ASL RPI PIR IAL RSP RAI PLS PRI RSA PIL SAR SLA ARS LSP LSP RPI PIL RAS LPI LAI IPR IPR ASL LAS
                PIR RPS ARS SRA LIP ALI SRP LIP ASR RAS LSA LAS ASL PSR PIL PSR SLP LAS RSA IRP PRI LIA RAS AIL RSP LPI LSP RSA LIA RAI SPL RPS
                ARS RIA IAR AIL ILA SLA IRA SAL RSA PSR IPR SAL ASL IPL ALI PRS IAL ILP LPI LAS PIR PSL AIR AIL LSA LPI PIR AIL ARS IPR SPR SRA
                RSP ASL SRA LSP PLI RIA SLP RIA""";
        List<String> names = Arrays.asList(expected.split("\\s+", -1));
        assertEquals(200, names.size());
        for (int n = 0; n < 200; n++) {
            Random random = new Random(7, "affine " + n);
            double[][] affine = new double[3][4];
            for (int i = 0; i < 9; i++) affine[i / 3][i % 3] = random.uniform(-1, 1);
            Geometry g = Geometry.of(2, 3, 4, affine);
            assertEquals(names.get(n), g.orientation(), "affine " + n + " of seed 7");
            Geometry canonical = Orientation.of(g).canonical();
            assertEquals("RAS", canonical.orientation(), "affine " + n + " of seed 7");
            Volume volume = new Volume(g, NiftiBytes.counting(24));
            assertSamePlaces(volume, Orientation.of(g).toCanonical(volume));
        }
    }

    /// After a rotation by exactly 45°, two axes are equally close to two directions. Rounding must not decide between them, or a canonical grid would not remain canonical.
    @Test
    void tiesAreDecidedOnce() {
        double h = Math.sqrt(0.5);
        double[][][] ties = {{{h, -h, 0, 1}, {h, h, 0, 2}, {0, 0, 1, 3}}, {{0, h, h, 1}, {1, 0, 0, 2}, {0, -h, h, 3}},
            {{-h, h, 0, 1}, {0, 0, 2, 2}, {h, h, 0, 3}}, {{2, -1, 2, 1}, {2, 2, -1, 2}, {-1, 2, 2, 3}}};
        for (double[][] affine : ties) for (double nudge : new double[]{0, 1e-7, -1e-7}) {
            double[][] nudged = Stream.of(affine).map(double[]::clone).toArray(double[][]::new);
            nudged[0][1] += nudge;
            Orientation orientation = Orientation.of(Geometry.of(2, 3, 4, nudged));
            assertEquals("RAS", orientation.canonical().orientation(), Arrays.deepToString(nudged));
            assertEquals(Orientation.of(Geometry.of(2, 3, 4, affine)).original().orientation(), orientation.original().orientation());
        }
    }

    /// A rotation about x, then y, then z.
    private static double[][] rotation(double x, double y, double z) {
        double cx = Math.cos(x), sx = Math.sin(x), cy = Math.cos(y), sy = Math.sin(y), cz = Math.cos(z), sz = Math.sin(z);
        return new double[][]{{cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz}, {cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx
                * cz},
            {-sy, sx * cy, cx * cy}};
    }

    private static double determinant(double[][] m) {
        return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    }

    /// The `b`, `c` and `d` of a rotation's unit quaternion with `a ≥ 0`, computed from the row of `4 q qᵀ` with the largest diagonal element.
    private static double[] quaternion(double[][] m) {
        double[][] k = {
            {1 + m[0][0] + m[1][1] + m[2][2], m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]},
            {m[2][1] - m[1][2], 1 + m[0][0] - m[1][1] - m[2][2], m[0][1] + m[1][0], m[0][2] + m[2][0]},
            {m[0][2] - m[2][0], m[0][1] + m[1][0], 1 - m[0][0] + m[1][1] - m[2][2], m[1][2] + m[2][1]},
            {m[1][0] - m[0][1], m[0][2] + m[2][0], m[1][2] + m[2][1], 1 - m[0][0] - m[1][1] + m[2][2]}};
        int best = 0;
        for (int i = 1; i < 4; i++) if (k[i][i] > k[best][best]) best = i;
        double norm = 2 * Math.sqrt(k[best][best]) * (k[best][0] < 0 ? -1 : 1);
        return new double[]{k[best][1] / norm, k[best][2] / norm, k[best][3] / norm};
    }
}
