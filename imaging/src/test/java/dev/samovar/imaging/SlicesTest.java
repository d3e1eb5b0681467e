package dev.samovar.imaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.imaging.testkit.NiftiBytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlicesTest {
    private final Geometry geometry = Geometry.of(2, 3, 5, 1, 1, 1);

    @Test
    void pixelsAreWhereTheDocumentationSays() {
        Volume volume = new Volume(geometry, NiftiBytes.counting(30));
        for (int axis = 0; axis < 3; axis++) {
            Slices slices = new Slices(geometry, axis);
            for (int s = 0; s < slices.count(); s++) {
                float[] pixels = slices.cut(volume, s).pixels();
                for (int r = 0; r < slices.height(); r++) for (int c = 0; c < slices.width(); c++) {
                    float expected = switch (axis) {
                        case 0 -> volume.at(s, c, r);
                        case 1 -> volume.at(c, s, r);
                        default -> volume.at(c, r, s);
                    };
                    assertEquals(expected, pixels[r * slices.width() + c]);
                }
            }
        }
        assertEquals(List.of(5, 3, 2), List.of(new Slices(geometry, 0).height(), new Slices(geometry, 0).width(), new Slices(geometry, 0).count()));
    }

    @Test
    void stackingUndoesCutting() {
        byte[] classes = new byte[30];
        for (int i = 0; i < 30; i++) classes[i] = (byte) (i * 9);
        LabelVolume labels = new LabelVolume(geometry, classes);
        for (int axis = 0; axis < 3; axis++) {
            Slices slices = new Slices(geometry, axis);
            List<byte[]> cut = new ArrayList<>();
            for (int s = 0; s < slices.count(); s++) cut.add(slices.cut(labels, s));
            assertEquals(labels, slices.stack(cut));
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Slices slices = Slices.of(geometry);
        assertThrows(IllegalArgumentException.class, () -> new Slices(geometry, 3));
        assertThrows(IllegalArgumentException.class, () -> slices.stack(List.of(new byte[6])));
        assertThrows(IllegalArgumentException.class, () -> slices.stack(Collections.nCopies(5, new byte[5])));
        assertThrows(IndexOutOfBoundsException.class, () -> slices.cut(new Volume(geometry, new float[30]), 5));
        assertThrows(IllegalArgumentException.class, () -> slices.cut(new Volume(Geometry.of(2, 2, 2, 1, 1, 1), new float[8]), 0));
        Geometry turned = Geometry.of(5, 3, 2, 1, 1, 1);
        assertEquals("a volume of 5 × 3 × 2 voxels, not 2 × 3 × 5",
                assertThrows(IllegalArgumentException.class, () -> slices.cut(new Volume(turned, new float[30]), 0)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> slices.cut(new LabelVolume(turned, new byte[30]), 0));
        assertThrows(IllegalArgumentException.class, () -> new Volume(geometry, new float[8]));
        assertThrows(IllegalArgumentException.class, () -> new LabelVolume(geometry, new byte[8]));
    }
}
