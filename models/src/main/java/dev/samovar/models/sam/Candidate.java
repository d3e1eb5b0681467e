package dev.samovar.models.sam;

import dev.samovar.models.mask.Mask;

/// One mask that a prompt may mean.
///
/// @param mask at the picture's size
/// @param iou SAM's estimate of the fit: the predicted intersection over union with the true mask, which may be outside [0, 1]
/// @param lowRes the decoder's logits: part of the next prompt, if this mask is nearly right
public record Candidate(Mask mask, float iou, Prompt.LowRes lowRes) {
    /// This candidate without the pixels of another mask.
    public Candidate without(Mask other) {
        return new Candidate(mask.without(other), iou, lowRes);
    }
}
