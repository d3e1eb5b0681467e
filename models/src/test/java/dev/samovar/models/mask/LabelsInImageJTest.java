package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.TiffLabels;
import dev.samovar.imaging.format.Volumes;
import ij.IJ;
import ij.ImagePlus;
import ij.measure.Calibration;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Labels as TIFF, read back by ImageJ: classes, slices, and the size of a voxel.
class LabelsInImageJTest {
    @TempDir
    private Path folder;

    @Test
    void aVolumeKeepsItsSpacing() {
        byte[] classes = new byte[5 * 4 * 3];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) (i % 7);
        Path file = folder.resolve("labels.tif");
        Volumes.write(file, new LabelVolume(Geometry.of(5, 4, 3, 0.4882812, 0.75, 3.3), classes));
        ImagePlus image = IJ.openImage(file.toString());
        assertEquals(3, image.getNSlices());
        Calibration calibration = image.getCalibration();
        assertEquals("mm", calibration.getUnit());
        assertEquals(0.4882812, calibration.pixelWidth, 1e-6);
        assertEquals(0.75, calibration.pixelHeight, 1e-6);
        assertEquals(3.3, calibration.pixelDepth, 1e-6);
        for (int z = 0; z < 3; z++)
            for (int i = 0; i < 20; i++) assertEquals(classes[20 * z + i], image.getStack().getProcessor(z + 1).get(i));
    }

    @Test
    void aPictureClaimsNone() {
        Path file = folder.resolve("picture.tif"), many = folder.resolve("many.tif");
        Volumes.write(file, new LabelVolume(Geometry.of(3, 2, 1, 1, 1, 1), new byte[6]));
        TiffLabels.write(many, 2, 3, new char[]{0, 1, 2, 300, 65535, 7});
        for (Path one : new Path[]{file, many}) assertEquals("pixel", IJ.openImage(one.toString()).getCalibration().getUnit());
        assertEquals(65535, IJ.openImage(many.toString()).getProcessor().get(4));
    }
}
