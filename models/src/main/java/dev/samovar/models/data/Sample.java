package dev.samovar.models.data;

import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;

/// One labelled picture of a dataset, read and checked: image and label lie on the same grid, in the canonical [Orientation].
///
/// @param name the name of the case
/// @param image the picture
/// @param label the class of each voxel
/// @param orientation the way back to the grid of its file
public record Sample(String name, Volume image, LabelVolume label, Orientation orientation) {
    /// A picture and its labels as their files have them, brought into the canonical orientation.
    static Sample of(String name, Volume image, LabelVolume label) {
        Orientation orientation = Orientation.of(image.geometry());
        return new Sample(name, orientation.toCanonical(image), orientation.toCanonical(label), orientation);
    }
}
