package dev.samovar.models.sam;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;

/// As SAM was trained: the longest side fills that of the square, the rest stays empty ([ResizeLongestSide], [Sam#preprocess], [Zoom]).
public final class SamFraming implements Framing {
    /// The official one.
    public SamFraming() {}

    @Override
    public String title() {
        return "sam";
    }

    @Override
    public Tensor input(Device device, Picture picture, int size) {
        return Sam.preprocess(device, new ResizeLongestSide(size).apply(picture), size);
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
