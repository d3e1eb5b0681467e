package dev.samovar.models.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.util.List;
import org.junit.jupiter.api.Test;

class CalibrationTest {
    @Test
    void aCurveAndItsErrorAreThoseOfTheDefinition() {
        var calibration = new Calibration();
        for (int i = 0; i < 10; i++) calibration.add(0.9, i < 6);                  // bin (13/15, 14/15]: confidence 0.9, accuracy 0.6
        for (int i = 0; i < 30; i++) calibration.add(0.5, i < 15);                 // bin (7/15, 8/15]: confidence and accuracy 0.5
        assertEquals(40, calibration.voxels());
        assertEquals(0.25 * 0.3, calibration.error(), 1e-12);
        assertEquals(new Calibration.Bin(30, 0.5, 0.5), calibration.bin(7));
        assertEquals(0.6, calibration.bin(13).right(), 1e-12);
        assertEquals(0, calibration.bin(0).voxels());
    }

    @Test
    void aVolumeCountsItsVoxelsButThoseThatAreIgnored() {
        Geometry grid = Geometry.of(4, 1, 1, 1, 1, 1);
        Volume background = new Volume(grid, new float[]{0.9f, 0.4f, 0.8f, 0.1f}), thing = new Volume(grid, new float[]{0.1f, 0.6f, 0.2f, 0.9f});
        LabelVolume truth = new LabelVolume(grid, new byte[]{0, 0, 1, (byte) 255});
        Calibration all = Calibration.of(List.of(background, thing), truth, false), seen = Calibration.of(List.of(background, thing), truth, true);
        assertEquals(3, all.voxels());
        assertEquals((0.1 + 0.6 + 0.8) / 3, all.error(), 1e-7);                    // 0.9 right, 0.6 and 0.8 wrong
        assertEquals(2, seen.voxels());
        assertEquals((0.6 + 0.8) / 2, seen.error(), 1e-7);
        assertEquals(Calibration.BINS, all.csv("all").lines().count());
        assertThrows(FormatException.class, () -> Calibration.of(List.of(background), new LabelVolume(Geometry.of(2, 1, 1, 1, 1, 1),
                new byte[2]), true));
    }

    @Test
    void probabilitiesLieWhereTheTruthDoes() {
        Geometry grid = Geometry.of(2, 1, 1, 1, 1, 1);
        Geometry back = Geometry.of(2, 1, 1, new double[][]{{-1, 0, 0, 1}, {0, 1, 0, 0}, {0, 0, 1, 0}});
        List<Volume> all = List.of(new Volume(grid, new float[]{0.9f, 0.2f}), new Volume(grid, new float[]{0.1f, 0.8f}));
        assertEquals(0.15, Calibration.of(all, new LabelVolume(grid, new byte[]{0, 1}), false).error(), 1e-7);
        assertEquals(0.15, Calibration.of(all, new LabelVolume(back, new byte[]{1, 0}), false).error(), 1e-7, "the same voxels in another order");
        Geometry elsewhere = Geometry.of(2, 1, 1, new double[][]{{1, 0, 0, 9}, {0, 1, 0, 0}, {0, 0, 1, 0}});
        assertEquals("probabilities and truth do not lie on the same grid, but have corners that lie 9.0 mm apart", assertThrows(
                FormatException.class, () -> Calibration.of(all, new LabelVolume(elsewhere, new byte[2]), false)).getMessage());
    }

    @Test
    void percentAndLogitsAreNoProbabilities() {
        Geometry grid = Geometry.of(2, 1, 1, 1, 1, 1);
        for (float wrong : new float[]{98, -0.5f, Float.NaN, 1.01f}) {
            List<Volume> all = List.of(new Volume(grid, new float[]{0, 0.5f}), new Volume(grid, new float[]{1.0001f, wrong}));
            assertEquals("a voxel has the probability " + wrong + " for class 1, and probabilities are from 0 to 1",
                    assertThrows(FormatException.class,
                            () -> Calibration.of(all, new LabelVolume(grid, new byte[2]), false)).getMessage());
        }
    }

    @Test
    void binsEndWithTheirUpperEdge() {
        var calibration = new Calibration();
        calibration.add(0, true);
        calibration.add(1, true);
        calibration.add(1.0 / Calibration.BINS, false);
        assertEquals(2, calibration.bin(0).voxels());
        assertEquals(1, calibration.bin(Calibration.BINS - 1).voxels());
    }

    @Test
    void whatTwoCountedAddsUpAndNothingHasNoError() {
        Calibration one = new Calibration(), other = new Calibration();
        assertEquals(Double.NaN, one.error());
        one.add(0.8, true);
        other.add(0.8, false);
        one.add(other);
        assertEquals(0.3, one.error(), 1e-12);
    }

    @Test
    void countsGiveSensitivityPrecisionAndVolume() {
        var counts = new Counts(30, 10, 20);
        assertEquals(0.6, counts.sensitivity());
        assertEquals(0.75, counts.precision());
        assertEquals(-0.2, counts.volumeDifference());
        var missed = new Counts(0, 0, 5);
        assertEquals(0, missed.sensitivity());
        assertEquals(Double.NaN, missed.precision());
        assertEquals(-1, missed.volumeDifference());
        var spurious = new Counts(0, 5, 0);
        assertEquals(Double.NaN, spurious.sensitivity());
        assertEquals(0, spurious.precision());
        assertEquals(Double.NaN, spurious.volumeDifference());
    }
}
