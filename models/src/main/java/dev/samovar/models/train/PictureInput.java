package dev.samovar.models.train;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.models.augment.PriorMaps;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.sam.SamConfig;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Turns a slice into the input of a network that takes pictures: by the preprocessing alone, or with SAM's prior maps.
///
/// @param sam the sizes of the method's SAM
record PictureInput(Method method, Preparation preparation, SamConfig sam, Device device) {
    private static final int COLOURS = 3;

    /// The prior maps of slices by their numbers, `(2, h, w)`; null if the method sees none.
    interface Maps {
        /// No slice has any.
        Maps NONE = _ -> null;

        @Nullable
        Picture of(int slice);
    }

    /// The side of the square that the network sees, and that its answer covers.
    int square() {
        return method.input().square(sam, preparation.side());
    }

    /// The input for a slice as it is in its file: `(1, C, S, S)`, in the innermost scope.
    Tensor of(Picture slice, @Nullable Picture maps) {
        if (maps == null) return preparation.preprocessing().prepare(device, slice, preparation.side(), square());
        Picture frame = preparation.preprocessing().frame(device, Preprocessing.unit(slice).beside(maps), preparation.side());
        return ofFrame(frame, slice.channels() == 1);
    }

    /// The input for a frame, in which the maps, if the method sees them, are channels after the colours: `(1, C, S, S)`, in the innermost scope.
    ///
    /// @param grey whether the slice was grey
    Tensor ofFrame(Picture frame, boolean grey) {
        Priors priors = method.priors();
        if (priors == null) return preparation.preprocessing().input(device, frame, square());
        Tensor seen = tensor(PriorMaps.onto(frame, grey && !priors.added()));
        if (method.input() == Method.Input.PRIORS) return seen;
        float[] colours = Arrays.copyOf(frame.pixels(), COLOURS * frame.height() * frame.width());
        return Tensor.concat(1, tensor(new Picture(COLOURS, frame.height(), frame.width(), colours)), seen);
    }

    private Tensor tensor(Picture picture) {
        return Tensor.of(device, picture.pixels(), 1, picture.channels(), picture.height(), picture.width());
    }
}
