package dev.samovar.models.sam;

import dev.samovar.imaging.Picture;
import java.util.List;
import java.util.function.DoublePredicate;

/// What answers clicks into a picture, each by itself, with several masks to choose from: a SAM, or in a test something simpler.
public interface ClickModel {

    /// Looks at a picture of 8-bit colours, `(3, h, w)` from 0 to 255; what it then is asked is about this one.
    Seen look(Picture picture);

    /// A picture that was looked at.
    interface Seen {
        /// The masks for each of these points, in the same order. Nothing but their predicted IoU will be asked for where that is not `wanted`.
        List<Masks> click(List<Prompt.Point> points, DoublePredicate wanted);
    }

    /// The masks of one click. A mask is computed when it is asked for, so that the worse ones need not be.
    interface Masks {
        /// The number of masks.
        int masks();

        /// How good a mask is thought to be: the predicted IoU.
        float iou(int mask);

        /// A mask's logits at the picture's size, row after row.
        float[] logits(int mask);

        /// A mask as large as the picture, `height · width`, and how stable it is, with thresholds `offset` above and below.
        default StableMask stable(int mask, int height, int width, double offset) {
            return StableMask.of(height, width, logits(mask), offset);
        }
    }
}
