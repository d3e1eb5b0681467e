package dev.samovar.models.sam;

import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Rle;

/// A mask that [AutomaticMaskGenerator] found, and how it was found.
///
/// @param segmentation the mask, as large as the picture
/// @param box around it; at the crop's origin if the mask is empty
/// @param predictedIou the network's estimate of its IoU with the true mask
/// @param stabilityScore how little it depends on the threshold: the IoU of two masks from its logits, one with a higher threshold and one with a
/// lower
/// @param point the click, in the picture's pixels
/// @param crop the part of the picture that the network saw
public record MaskRecord(Rle segmentation, Box box, float predictedIou, float stabilityScore, Prompt.Point point, Crop crop) {

    /// Its number of pixels.
    public int area() {
        return segmentation.area();
    }
}
