package dev.samovar.models.sam;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.data.Picture;

/// How a picture of any size is laid into the network's square, and masks of the square are brought back onto the picture.
public interface Framing {
    /// As SAM was trained: the longest side fills that of the square, the rest stays empty.
    Framing SAM = new SamFraming();

    /// Its name in files and on the command line.
    String title();

    /// The network's input, `(1, 3, size, size)`, for a picture of 8-bit colours, `(3, h, w)` from 0 to 255. In the innermost scope.
    Tensor input(Device device, Picture picture, int size);

    /// Where a place of a picture of `h · w` pixels lies in the square, how far to the right.
    double x(double x, int h, int w, int size);

    /// The same, how far down.
    double y(double y, int h, int w, int size);

    /// The decoder's logits `(B, M, size/4, size/4)` at the picture's size `(B, M, h, w)`; what is above 0 is mask.
    Tensor masks(Tensor lowRes, int h, int w, int size);
}
