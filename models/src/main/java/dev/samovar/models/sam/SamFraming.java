package dev.samovar.models.sam;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;

/// The framing with which SAM was trained: the longest side fills that of the square, and the rest stays empty ([ResizeLongestSide], [Zoom]).
public final class SamFraming implements Framing {
    private static final float[] MEAN = {123.675f, 116.28f, 103.53f};
    private static final float[] DEVIATION = {58.395f, 57.12f, 57.375f};

    /// The official one.
    public SamFraming() {}

    @Override
    public String title() {
        return "sam";
    }

    @Override
    public Tensor input(Device device, Picture picture, int size) {
        return filledUp(device, new ResizeLongestSide(size).apply(picture), size);
    }

    /// The network's input for a picture `(3, h, w)` from 0 to 255 whose longest side is `size`: colours are normalised, and *then* padded with zeros
    /// on the right and at the bottom. `(1, 3, size, size)`, in the innermost scope.
    public static Tensor filledUp(Device device, Picture resized, int size) {
        int h = resized.height(), w = resized.width();
        float[] x = new float[3 * size * size];
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < h; i++)
                for (int j = 0; j < w; j++)
                    x[(c * size + i) * size + j] = normalised(c, resized.pixels()[(c * h + i) * w + j]);
        return Tensor.of(device, x, 1, 3, size, size);
    }

    /// A colour from 0 to 255, normalised for the network.
    public static float normalised(int channel, float value) {
        return (value - MEAN[channel]) / DEVIATION[channel];
    }

    /// The mean colour, from 0 to 255, which normalisation maps to 0.
    public static float mean(int channel) {
        return MEAN[channel];
    }

    /// The standard deviation of colours from 0 to 255, by which normalisation divides.
    public static float deviation(int channel) {
        return DEVIATION[channel];
    }

    @Override
    public double x(double x, int h, int w, int size) {
        return new ResizeLongestSide(size).x(x, h, w);
    }

    @Override
    public double y(double y, int h, int w, int size) {
        return new ResizeLongestSide(size).y(y, h, w);
    }

    @Override
    public Zoom zoom(int side, int h, int w, int size) {
        var resize = new ResizeLongestSide(size);
        return new Zoom(side, size, resize.height(h, w), resize.width(h, w), h, w);
    }

    @Override
    public Tensor masks(Tensor lowRes, int h, int w, int size) {
        return zoom(lowRes.dim(3), h, w, size).apply(lowRes);
    }
}
