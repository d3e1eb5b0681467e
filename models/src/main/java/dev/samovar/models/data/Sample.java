package dev.samovar.models.data;

/// One labelled picture of a dataset, read and checked: image and label lie on the same grid, in the canonical [Orientation].
///
/// @param name the name of the case
/// @param image the picture
/// @param label the class of each voxel
/// @param orientation the way back to the grid of its file
public record Sample(String name, Volume image, LabelVolume label, Orientation orientation) {}
