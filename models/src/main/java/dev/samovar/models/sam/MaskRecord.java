package dev.samovar.models.sam;

import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Rle;

/// A mask that [AutomaticMaskGenerator] found, and how.
///
/// @param segmentation the mask, as large as the picture
/// @param box around it; at the crop's origin if the mask is empty
/// @param predictedIou how good the network thinks it is
/// @param stabilityScore how little it depends on the threshold: the IoU of two masks made of its logits, one with a higher threshold and one with a lower
/// @param point what was clicked on, in the picture
/// @param crop the part of the picture that the network saw
public record MaskRecord(Rle segmentation, Box box, float predictedIou, float stabilityScore, Prompt.Point point, Crop crop) {

    /// How many pixels it has.
    public int area() {
        return segmentation.area();
    }
}
