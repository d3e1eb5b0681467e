package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.TiffLabels;
import dev.samovar.imaging.format.Volumes;
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.io.FileSaver;
import ij.measure.Calibration;
import ij.process.ByteProcessor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Labels as TIFF, read back by ImageJ: classes, slices, and the size of a voxel; and the size that ImageJ writes.
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
        TiffLabels.write(many, Geometry.of(3, 2, 1, 1, 1, 1), new char[]{0, 1, 2, 300, 65535, 7});
        for (Path one : new Path[]{file, many}) assertEquals("pixel", IJ.openImage(one.toString()).getCalibration().getUnit());
        assertEquals(65535, IJ.openImage(many.toString()).getProcessor().get(4));
    }

    /// ImageJ rounds the width of a pixel to a share of a millionth, and leaves out a depth of 1.
    @ParameterizedTest
    @CsvSource({"\u00b5m, 0.1625, 0.65, 1, 0.001", "micron, 0.5, 0.25, 2.5, 0.001", "nm, 4, 4, 40, 0.000001", "mm, 0.75, 0.5, 3.3, 1",
        "cm, 0.5, 0.25, 1, 10",
        "inch, 0.02, 0.02, 0.1, 25.4"})
    void theSizeThatImageJWroteIsReadAndWrittenBack(String unit, double width, double height, double depth, double mm) {
        ImageStack stack = new ImageStack(4, 3);
        for (int z = 0; z < 3; z++) stack.addSlice(new ByteProcessor(4, 3));
        ImagePlus image = new ImagePlus("cells", stack);
        Calibration calibration = image.getCalibration();
        calibration.setUnit(unit);
        calibration.pixelWidth = width;
        calibration.pixelHeight = height;
        calibration.pixelDepth = depth;
        Path file = folder.resolve("cells.tif"), again = folder.resolve("labels.tif");
        assertTrue(new FileSaver(image).saveAsTiffStack(file.toString()));
        Geometry grid = PictureFile.volume(file).geometry();
        double[] expected = {width * mm, height * mm, depth * mm};
        for (int a = 0; a < 3; a++) assertEquals(expected[a], grid.spacing(a), 1e-6 * expected[a]);
        Volumes.write(again, new LabelVolume(grid, new byte[36]));
        Calibration ours = IJ.openImage(again.toString()).getCalibration();
        double unitOfOurs = ours.getUnit().equals("micron") ? 0.001 : 1;
        double[] found = {ours.pixelWidth * unitOfOurs, ours.pixelHeight * unitOfOurs, ours.pixelDepth * unitOfOurs};
        for (int a = 0; a < 3; a++) assertEquals(expected[a], found[a], 1e-4 * expected[a]);
    }
}
