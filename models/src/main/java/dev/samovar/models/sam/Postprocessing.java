package dev.samovar.models.sam;

import dev.samovar.core.tensor.Tensor;

/// From the decoder's masks to masks of the picture.
///
/// Source: `Sam.postprocess_masks` in segment_anything/modeling/sam.py @ dca509f.
public final class Postprocessing {
    private Postprocessing() {}

    /// Logits `(B, M, 4G, 4G)` at the picture's size `(B, M, h, w)`: enlarged to the network's square, cut to the part that the resized picture filled, and
    /// resized to the picture; bilinearly, twice, as SAM was evaluated. What is above 0 is mask.
    ///
    /// @param lowRes logits of the network's whole square
    /// @param imageSize the network's side
    /// @param inputHeight rows of the resized picture
    /// @param inputWidth columns of the resized picture
    /// @param h rows of the picture
    /// @param w columns of the picture
    public static Tensor masks(Tensor lowRes, int imageSize, int inputHeight, int inputWidth, int h, int w) {
        Tensor square = lowRes.resizeBilinear(imageSize, imageSize);
        return square.slice(2, 0, inputHeight).slice(3, 0, inputWidth).resizeBilinear(h, w);
    }
}
