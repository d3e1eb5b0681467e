package dev.samovar.models.sam;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Mask;
import org.jspecify.annotations.Nullable;

/// How a picture of any size is laid into the network's square, and masks of the square are brought back onto the picture.
public interface Framing {
    /// The logit of 0.999.
    float CONFIDENT = 6.9f;

    /// Its name in files and on the command line.
    String title();

    /// The network's input, `(1, 3, size, size)`, for a picture of 8-bit colours, `(3, h, w)` from 0 to 255. In the innermost scope.
    Tensor input(Device device, Picture picture, int size);

    /// The x coordinate in the square of a point in a picture of `h · w` pixels.
    double x(double x, int h, int w, int size);

    /// The y coordinate in the square of a point in a picture of `h · w` pixels.
    double y(double y, int h, int w, int size);

    /// A mask of a picture as a confident mask prompt: each of its `size/4 · size/4` places takes the pixel there.
    default Prompt.LowRes prompt(Mask mask, int size) {
        int side = size / 4, h = mask.height(), w = mask.width();
        double across = x(1, h, w, size), down = y(1, h, w, size);
        float[] logits = new float[side * side];
        for (int i = 0; i < side; i++) for (int j = 0; j < side; j++) {
            int row = (int) (4 * (i + 0.5) / down), column = (int) (4 * (j + 0.5) / across);
            logits[i * side + j] = row < h && column < w && mask.at(row, column) ? CONFIDENT : -CONFIDENT;
        }
        return new Prompt.LowRes(side, logits);
    }

    /// How the decoder's masks, `side · side`, are enlarged to a picture's size; null if this is not a plain enlargement.
    default @Nullable Zoom zoom(int side, int h, int w, int size) {
        return null;
    }

    /// The decoder's logits `(B, M, size/4, size/4)` at the picture's size `(B, M, h, w)`; what is above 0 is mask.
    Tensor masks(Tensor lowRes, int h, int w, int size);
}
