package dev.samovar.models.scenes;

import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Mask;
import java.util.List;

/// A picture, and the things in it that one can point at.
///
/// @param picture 8-bit colours, `(3, h, w)`, whole numbers from 0 to 255
/// @param things what is visible of each, as large as the picture: wholes and their parts, none of them empty
public record Scene(Picture picture, List<Mask> things) {

    /// With a list of its own.
    public Scene {
        things = List.copyOf(things);
    }
}
