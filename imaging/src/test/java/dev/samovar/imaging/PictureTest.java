package dev.samovar.imaging;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureTest {
    /// As ImageIO reads a grey PNG, with or without opacity; also with numbers of 32 bits, and where the JDK holds grey multiplied by its opacity.
    @ParameterizedTest
    @CsvSource({"BYTE, false, false, 128, 200", "BYTE, true, false, 128, 200", "BYTE, true, true, 128, 200", "USHORT, false, false, 1000, 3000",
        "USHORT, true, false, 1000, 3000", "INT, false, false, 100, 70000", "FLOAT, false, false, 0.25, -3"})
    void greyNumbersStayAsTheyAre(String type, boolean alpha, boolean multiplied, float first, float second) {
        int data = switch (type) {
            case "BYTE" -> DataBuffer.TYPE_BYTE;
            case "USHORT" -> DataBuffer.TYPE_USHORT;
            case "INT" -> DataBuffer.TYPE_INT;
            default -> DataBuffer.TYPE_FLOAT;
        };
        ColorModel model = new ComponentColorModel(ColorSpace.getInstance(ColorSpace.CS_GRAY), alpha, false, alpha
                ? ColorModel.TRANSLUCENT
                : ColorModel.OPAQUE, data);
        WritableRaster raster = model.createCompatibleWritableRaster(2, 1);
        raster.setSample(0, 0, 0, first);
        raster.setSample(1, 0, 0, second);
        if (alpha) for (int x = 0; x < 2; x++) raster.setSample(x, 0, 1, data == DataBuffer.TYPE_BYTE ? 255 : 65535);
        if (multiplied) model = model.coerceData(raster, true);
        Picture picture = Picture.of(new BufferedImage(model, raster, multiplied, null));
        assertEquals(1, picture.channels());
        assertArrayEquals(new float[]{first, second}, picture.pixels());
    }
}
