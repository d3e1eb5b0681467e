package dev.samovar.models.scenes;

import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Mask;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A picture, and the things in it that one can point at.
///
/// @param picture 8-bit colours, `(3, h, w)`, whole numbers from 0 to 255
/// @param things the visible part of each, as large as the picture: wholes and their parts, none of them empty
/// @param ignored pixels that count neither as things nor as background; null if all pixels count
public record Scene(Picture picture, List<Mask> things, @Nullable Mask ignored) {

    /// Copies the list.
    public Scene {
        things = List.copyOf(things);
    }

    /// A scene in which all pixels count.
    public Scene(Picture picture, List<Mask> things) {
        this(picture, things, null);
    }
}
