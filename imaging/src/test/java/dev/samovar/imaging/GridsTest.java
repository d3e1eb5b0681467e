package dev.samovar.imaging;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The same voxels, stored in different orders.
class GridsTest {
    private static final Geometry IMAGE = Geometry.of(4, 3, 2, new double[][]{{-0.7, 0, 0, 12}, {0, 0.05, 3.3, -5}, {0, 1.1, -0.1, 31}});
    private static final byte[] CLASSES = counting();

    private static byte[] counting() {
        byte[] classes = new byte[24];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) i;
        return classes;
    }

    /// Labels on the voxels of the image, each with its index there as its class, in another order of axes.
    ///
    /// @param axes of the image, for each axis of the labels
    /// @param reversed a bit for each axis of the labels
    private static LabelVolume stored(List<Integer> axes, int reversed) {
        int[] dims = axes.stream().mapToInt(IMAGE::dim).toArray();
        double[][] affine = new double[3][4];
        for (int r = 0; r < 3; r++) {
            affine[r][3] = IMAGE.affine(r, 3);
            for (int a = 0; a < 3; a++) {
                boolean back = (reversed >> a & 1) == 1;
                affine[r][a] = IMAGE.affine(r, axes.get(a)) * (back ? -1 : 1);
                if (back) affine[r][3] += IMAGE.affine(r, axes.get(a)) * (dims[a] - 1);
            }
        }
        byte[] classes = new byte[24];
        for (int i = 0; i < 24; i++) {
            int[] at = {i % dims[0], i / dims[0] % dims[1], i / dims[0] / dims[1]}, there = new int[3];
            for (int a = 0; a < 3; a++) there[axes.get(a)] = (reversed >> a & 1) == 1 ? dims[a] - 1 - at[a] : at[a];
            classes[i] = (byte) (there[0] + 4 * (there[1] + 3 * there[2]));
        }
        return new LabelVolume(Geometry.of(dims[0], dims[1], dims[2], affine), classes);
    }

    static Stream<LabelVolume> orders() {
        return Stream.of(List.of(0, 1, 2), List.of(0, 2, 1), List.of(1, 0, 2), List.of(1, 2, 0), List.of(2, 0, 1), List.of(2, 1, 0))
                .flatMap(axes -> IntStream.range(0, 8).mapToObj(reversed -> stored(axes, reversed)));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void labelsInAnyOrderFitTheirImage(LabelVolume labels) {
        LabelVolume aligned = Grids.align(labels, IMAGE);
        assertEquals("", aligned.geometry().difference(IMAGE).orElse(""));
        assertArrayEquals(CLASSES, aligned.classes());
        Volume image = new Volume(IMAGE, new float[24]);
        Grids.Pair pair = Grids.pair(image, labels);
        assertSame(IMAGE, pair.image().geometry(), "the image stays as it is");
        assertArrayEquals(CLASSES, pair.labels().classes());
        assertArrayEquals(CLASSES, Grids.onto(IMAGE, labels).classes());
        assertEquals("", Grids.align(labels.geometry(), IMAGE).difference(IMAGE).orElse(""));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void soDoChannels(LabelVolume order) {
        float[] numbers = new float[24], inOrder = new float[24];
        for (int i = 0; i < 24; i++) {
            numbers[i] = order.classes()[i];
            inOrder[i] = i;
        }
        Volume both = Volume.ofChannels(List.of(new Volume(IMAGE, new float[24]), new Volume(order.geometry(), numbers)));
        assertArrayEquals(inOrder, both.channels(1).voxels());
    }

    @Test
    void otherVoxelsAreRefusedInAnyOrder() {
        LabelVolume labels = stored(List.of(0, 1, 2), 1);
        Geometry grid = labels.geometry();
        double[][] affine = new double[3][4];
        for (int r = 0; r < 3; r++) for (int c = 0; c < 4; c++) affine[r][c] = grid.affine(r, c) + (c == 3 ? 0.5 : 0);
        LabelVolume elsewhere = new LabelVolume(Geometry.of(4, 3, 2, affine), labels.classes());
        assertSame(elsewhere, Grids.align(elsewhere, IMAGE));
        String says = assertThrows(FormatException.class, () -> Grids.pair(new Volume(IMAGE, new float[24]), elsewhere)).getMessage();
        assertTrue(says.startsWith("image and label do not lie on the same grid, but have corners that lie "), says);
        assertThrows(FormatException.class, () -> Grids.onto(IMAGE, elsewhere));
    }
}
