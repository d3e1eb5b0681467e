package dev.samovar.models.data;

import static dev.samovar.models.data.Geometry.World.ANTERIOR;
import static dev.samovar.models.data.Geometry.World.RIGHT;
import static dev.samovar.models.data.Geometry.World.SUPERIOR;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeometryTest {
    @TempDir
    private Path folder;

    @Test
    void theSformComesBeforeTheQformAndTheQformBeforeTheVoxelSizes() {
        Consumer<ByteBuffer> sizes = b -> b.putFloat(80, 2).putFloat(84, 3).putFloat(88, 4);
        assertAffine(read(sizes), new double[]{2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0});
        Consumer<ByteBuffer> qform = sizes.andThen(b -> b.putShort(252, (short) 1).putFloat(264, 1).putFloat(268, 10).putFloat(272, 20)
                .putFloat(276, 30));
        assertAffine(read(qform), new double[]{-2, 0, 0, 10, 0, -3, 0, 20, 0, 0, 4, 30});              // turned by 180° about z
        Consumer<ByteBuffer> both = qform.andThen(b -> {
            b.putShort(254, (short) 1);
            for (int i = 0; i < 12; i++) b.putFloat(280 + 4 * i, new float[]{0, 5, 0, 1, 6, 0, 0, 2, 0, 0, -7, 3}[i]);
        });
        assertAffine(read(both), new double[]{0, 5, 0, 1, 6, 0, 0, 2, 0, 0, -7, 3});
        assertEquals(5, read(both).spacing(1));
    }

    @Test
    void theQformTurnsAndFlips() {
        float h = (float) Math.sqrt(0.5);                               // a quarter turn about x: y goes to z, z to -y
        assertAffine(read(b -> b.putShort(252, (short) 1).putFloat(256, h)), new double[]{1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0});
        assertAffine(read(b -> b.putShort(252, (short) 1).putFloat(256, h).putFloat(76, -1)),
                new double[]{1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0});
        assertAffine(read(b -> b.putShort(252, (short) 1).putFloat(256, 0.5f).putFloat(260, 0.5f).putFloat(264, 0.5f)),
                new double[]{0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0});      // a third of a turn about the diagonal
    }

    @Test
    void everythingIsInMillimetres() {
        assertEquals(2000, read(b -> b.putFloat(80, 2).put(123, (byte) 1)).spacing(0));
        assertEquals(0.002, read(b -> b.putFloat(80, 2).put(123, (byte) 11)).spacing(0), 1e-12);
        assertEquals(2, read(b -> b.putFloat(80, 2).put(123, (byte) 0)).spacing(0));
    }

    @Test
    void negativeVoxelSizesAreSizes() {
        assertEquals(2, read(b -> b.putFloat(80, -2)).spacing(0));
    }

    @Test
    void worldIsTheAffineAppliedToIndices() {
        Geometry g = Geometry.of(2, 3, 4, new double[][]{{1, 2, 3, 4}, {0, 5, 6, 7}, {0, 0, 8, 9}});
        assertArrayEquals(new double[]{1 + 2 * 2 + 3 * 3 + 4, 5 * 2 + 6 * 3 + 7, 8 * 3 + 9}, g.world(1, 2, 3));
        assertEquals("(1, 2, 3)", g.voxel(23));
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
                for (int r = 0; r < 3; r++) affine[r][a] = r == p[a] ? positive ? 1 : -1 : 0.3;       // oblique, but not much
                name.append(letters[p[a]].charAt(positive ? 1 : 0));
            }
            Geometry g = Geometry.of(4, 5, 6, affine);
            assertEquals(name.toString(), g.orientation());
            assertEquals(0, p[g.axis(RIGHT)]);
            assertEquals(1, p[g.axis(ANTERIOR)]);
            assertEquals(2, p[g.axis(SUPERIOR)]);
            assertEquals(g.axis(SUPERIOR), g.sliceAxis());
        }
    }

    @Test
    void slicesLieAcrossTheLargestSpacing() {
        assertEquals(0, Geometry.of(9, 9, 9, 3, 1, 1).sliceAxis());
        assertEquals(1, Geometry.of(9, 9, 9, 1, 3, 1).sliceAxis());
        assertEquals(2, Geometry.of(9, 9, 9, 1, 1, 3).sliceAxis());
        assertEquals(2, Geometry.of(9, 9, 9, 1.0005, 1, 1).sliceAxis(), "equal but for rounding: the long axis of the body");
        assertEquals(1, Geometry.of(9, 9, 9, 3, 3, 1).sliceAxis(), "equal, and neither is the long axis: the later");
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
        Geometry moved = Geometry.of(100, 50, 20, new double[][]{{1, 0, 0, 0}, {0, 1, 0, 0.002}, {0, 0, 2, 0}});
        assertTrue(g.difference(moved).orElseThrow().startsWith("corners that lie 0.002"));
    }

    @Test
    void aFlatAffineIsRefused() {
        assertThrows(FormatException.class, () -> Geometry.of(2, 2, 2, new double[][]{{1, 2, 0, 0}, {1, 2, 0, 0}, {0, 0, 1, 0}}));
        assertThrows(FormatException.class, () -> Geometry.of(2, 2, 2, 1, 0, 1));
        assertThrows(FormatException.class, () -> Geometry.of(2, 40000, 2, 1, 1, 1));
    }

    private Geometry read(Consumer<ByteBuffer> edit) {
        Geometry little = Nifti.read(NiftiBytes.write(folder.resolve("a.nii"), NiftiBytes.small(LITTLE_ENDIAN, edit))).geometry();
        Geometry big = Nifti.read(NiftiBytes.write(folder.resolve("b.nii"), NiftiBytes.small(BIG_ENDIAN, edit))).geometry();
        assertTrue(little.difference(big).isEmpty());
        return little;
    }

    private static void assertAffine(Geometry geometry, double[] expected) {
        double[] affine = new double[12];
        for (int i = 0; i < 12; i++) affine[i] = geometry.affine(i / 4, i % 4);
        assertArrayEquals(expected, affine, 1e-6);
    }
}
