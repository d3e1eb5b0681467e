package dev.samovar.models.sam;

import dev.samovar.imaging.Picture;
import java.util.List;
import java.util.function.DoublePredicate;

/// Answers clicks on a picture, each independently, with several masks to choose from: a SAM, or in a test something simpler.
public interface ClickModel {

    /// Looks at a picture of 8-bit colours, `(3, h, w)` from 0 to 255. The result answers clicks on it.
    Seen look(Picture picture);

    /// A picture that was looked at.
    interface Seen {
        /// The masks for each of these points, in the same order. If a predicted IoU is not `wanted`, the caller will not ask for that mask itself.
        List<Masks> click(List<Prompt.Point> points, DoublePredicate wanted);
    }

    /// The masks of one click. A mask is computed when it is asked for, so that bad ones need not be.
    interface Masks {
        /// The number of masks.
        int masks();

        /// The predicted IoU of a mask.
        float iou(int mask);

        /// A mask's logits at the picture's size, row by row.
        float[] logits(int mask);

        /// A mask as large as the picture, `height · width`, and how stable it is, with thresholds `offset` above and below.
        default StableMask stable(int mask, int height, int width, double offset) {
            return StableMask.of(height, width, logits(mask), offset);
        }
    }
}
