package dev.samovar.imaging;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.NiftiBytes.Head;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeometryTest {
    @TempDir
    private Path folder;

    @Test
    void theSformComesBeforeTheQformAndTheQformBeforeTheVoxelSizes() {
        Consumer<Head> sizes = h -> h.pixdim(1, 2).pixdim(2, 3).pixdim(3, 4);
        assertAffine(read(sizes), 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0);
        Consumer<Head> qform = sizes.andThen(h -> h.qform(1).quatern(0, 0, 1, 10, 20, 30));
        assertAffine(read(qform), -2, 0, 0, 10, 0, -3, 0, 20, 0, 0, 4, 30);                            // rotated by 180° about z
        double[] rows = {0, 5, 0, 1, 6, 0, 0, 2, 0, 0, -7, 3};
        assertAffine(read(sizes.andThen(h -> h.sform(1).srow(rows))), rows);
        assertAffine(read(qform.andThen(h -> h.sform(1).srow(rows))), rows);
        assertAffine(read(qform.andThen(h -> h.sform(1).srow(rows).slope(0))), rows);
        assertEquals(5, read(qform.andThen(h -> h.sform(1).srow(rows))).spacing(1));
    }

    @Test
    void theQformTurnsAndFlips() {
        double h = Math.sqrt(0.5);                                      // a quarter turn about x: y goes to z, z to -y
        assertAffine(read(head -> head.qform(1).quatern(h)), 1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0);
        assertAffine(read(head -> head.qform(1).quatern(h).pixdim(0, -1)), 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0);
        assertAffine(read(head -> head.qform(1).quatern(0.5, 0.5, 0.5)), 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0); // a third of a turn about the diagonal
    }

    @Test
    void everythingIsInMillimetres() {
        assertEquals(2000, read(h -> h.pixdim(1, 2).units(1)).spacing(0));
        assertEquals(0.002, read(h -> h.pixdim(1, 2).units(11)).spacing(0), 1e-12);
        assertEquals(2, read(h -> h.pixdim(1, 2).units(0)).spacing(0));
    }

    @Test
    void negativeVoxelSizesAreSizes() {
        assertEquals(2, read(h -> h.pixdim(1, -2)).spacing(0));
    }

    @Test
    void nifti2KeepsAllDigits() {
        double[] rows = {1 / 3.0, 0, 0, -123.456789012345, 0, 1 / 7.0, 0, Math.PI, 0, 0, 1 / 11.0, 1e-9};
        byte[] file = NiftiBytes.small(2, BIG_ENDIAN, h -> h.sform(1).srow(rows));
        Geometry g = Nifti.read(NiftiBytes.write(folder.resolve("a.nii"), file)).geometry();
        for (int i = 0; i < 12; i++) assertEquals(rows[i], g.affine(i / 4, i % 4));
    }

    @Test
    void worldIsTheAffineAppliedToIndices() {
        Geometry g = Geometry.of(2, 3, 4, new double[][]{{1, 2, 3, 4}, {0, 5, 6, 7}, {0, 0, 8, 9}});
        assertArrayEquals(new double[]{1 + 2 * 2 + 3 * 3 + 4, 5 * 2 + 6 * 3 + 7, 8 * 3 + 9}, g.world(1, 2, 3));
        assertEquals("(1, 2, 3)", g.voxel(23));
    }

    @Test
    void gridUndoesWorld() {
        Random random = new Random(5);
        for (int n = 0; n < 100; n++) {
            double[][] affine = new double[3][4];
            for (int i = 0; i < 12; i++) affine[i / 4][i % 4] = random.uniform(-1, 1) * (i % 4 == 3 ? 300 : Math.pow(10, i % 4 - 1));
            Geometry g = Geometry.of(20, 30, 40, affine);
            double[] at = {random.uniform(-5, 25), random.uniform(-5, 35), random.uniform(-5, 45)}, place = g.world(at[0], at[1], at[2]);
            assertArrayEquals(at, g.grid(place[0], place[1], place[2]), 1e-6, "affine " + n + " of seed 5");
        }
    }

    @Test
    void allFortyEightOrientationsAreNamed() {
        String[] letters = {"LR", "PA", "IS"};
        int[][] permutations = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int[] p : permutations) for (int flips = 0; flips < 8; flips++) {
            double[][] affine = new double[3][4];
            StringBuilder name = new StringBuilder();
            for (int a = 0; a < 3; a++) {
                boolean positive = (flips >> a & 1) == 0;
                for (int r = 0; r < 3; r++) affine[r][a] = r == p[a] ? positive ? 1 : -1 : 0.3;       // slightly oblique
                name.append(letters[p[a]].charAt(positive ? 1 : 0));
            }
            Geometry g = Geometry.of(4, 5, 6, affine);
            assertEquals(name.toString(), g.orientation());
            for (int a = 0; a < 3; a++) {
                assertEquals(p[a], g.world(a));
                assertEquals((flips >> a & 1) == 1, g.isReversed(a));
            }
            assertEquals(2, g.world(g.sliceAxis()));
        }
    }

    @Test
    void theShearIsTheLargestAngleThatIsNotRight() {
        assertEquals(0, Geometry.of(9, 9, 9, 3, 1, 2).shear());
        double tilt = Math.tan(Math.toRadians(17.5));
        assertEquals(17.5, Geometry.of(9, 9, 9, new double[][]{{-1, 0, 0, 5}, {0, 2, 5 * tilt, 6}, {0, 0, 5, 7}}).shear(), 1e-4, "a gantry");
        assertEquals(45, Geometry.of(9, 9, 9, new double[][]{{1, 0, -3, 0}, {0, 2, 0, 0}, {0, 0, 3, 0}}).shear(), 1e-4);
        double c = Math.cos(0.3), s = Math.sin(0.3);
        assertEquals(0, Geometry.of(9, 9, 9, new double[][]{{2 * c, -s, 0, 0}, {2 * s, c, 0, 0}, {0, 0, 4, 0}}).shear(), 1e-4, "oblique");
    }

    @Test
    void slicesLieAcrossTheLargestSpacing() {
        assertEquals(0, Geometry.of(9, 9, 9, 3, 1, 1).sliceAxis());
        assertEquals(1, Geometry.of(9, 9, 9, 1, 3, 1).sliceAxis());
        assertEquals(2, Geometry.of(9, 9, 9, 1, 1, 3).sliceAxis());
        assertEquals(2, Geometry.of(9, 9, 9, 1.0005, 1, 1).sliceAxis(), "equal except for rounding: the long axis of the body");
        assertEquals(1, Geometry.of(9, 9, 9, 3, 3, 1).sliceAxis(), "equal, and neither is the long axis: the later one");
        assertEquals(0, Geometry.of(9, 9, 9, new double[][]{{0, 1, 0, 0}, {0, 0, 1, 0}, {-1, 0, 0, 0}}).sliceAxis());
        assertEquals(1, Geometry.of(9, 1, 9, 3, 1, 1).sliceAxis(), "a flat picture is one slice");
    }

    @Test
    void gridsDifferByDimensionsOrByTheirCorners() {
        Geometry g = Geometry.of(100, 50, 20, 1, 1, 2);
        assertTrue(g.difference(Geometry.of(100, 50, 20, 1, 1, 2)).isEmpty());
        assertTrue(g.difference(Geometry.of(100, 50, 20, 1.000005, 1, 2)).isEmpty());
        assertEquals("100 × 50 × 20 voxels against 100 × 20 × 50", g.difference(Geometry.of(100, 20, 50, 1, 1, 2)).orElseThrow());
        assertEquals("corners that lie 19.0 mm apart", g.difference(Geometry.of(100, 50, 20, 1, 1, 1)).orElseThrow());
        for (double[] move : new double[][]{{0.09, 0.09, 0.19}, {0.11, 0, 0}, {0, 0.11, 0}, {0, 0, 0.21}}) {
            Geometry moved = Geometry.of(100, 50, 20, new double[][]{{1, 0, 0, move[0]}, {0, 1, 0, move[1]}, {0, 0, 2, move[2]}});
            assertEquals(move[0] == 0.09, g.difference(moved).isEmpty(), "a tenth of a voxel, whatever its size");
        }
    }

    @Test
    void aFlatAffineIsRefused() {
        assertThrows(FormatException.class, () -> Geometry.of(2, 2, 2, new double[][]{{1, 2, 0, 0}, {1, 2, 0, 0}, {0, 0, 1, 0}}));
        assertThrows(FormatException.class, () -> Geometry.of(2, 2, 2, 1, 0, 1));
        assertThrows(FormatException.class, () -> Geometry.of(2, 0, 2, 1, 1, 1));
        assertThrows(FormatException.class, () -> Geometry.of(2_000, 2_000, 2_000, 1, 1, 1));
    }

    @Test
    void voxelsOfNoImaginableSizeAreRefused() {
        for (Consumer<Head> edit : List.<Consumer<Head>>of(h -> h.pixdim(1, 1e38), h -> h.pixdim(2, 1e-38), h -> h.pixdim(3, 1e-8).units(3),
                h -> h.qform(1).quatern(0, 0, 0, 0, 1e30, 0))) {
            FormatException e = assertThrows(FormatException.class, () -> read(edit));
            assertTrue(e.getMessage().endsWith("is not one of voxels in millimetres"), e.getMessage());
        }
    }

    /// Reads the geometry from a header of both versions in both byte orders, and checks that they agree.
    private Geometry read(Consumer<Head> edit) {
        List<Geometry> all = new ArrayList<>();
        for (int version = 1; version <= 2; version++)
            for (ByteOrder order : List.of(LITTLE_ENDIAN, BIG_ENDIAN))
                all.add(Nifti.read(NiftiBytes.write(folder.resolve("a.nii"), NiftiBytes.small(version, order, edit))).geometry());
        for (Geometry other : all) assertEquals("", all.getFirst().difference(other).orElse(""));
        return all.getFirst();
    }

    private static void assertAffine(Geometry geometry, double... expected) {
        double[] affine = new double[12];
        for (int i = 0; i < 12; i++) affine[i] = geometry.affine(i / 4, i % 4);
        assertArrayEquals(expected, affine, 1e-6);
    }
}
