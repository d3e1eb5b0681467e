package dev.samovar.imaging.dicom;

import org.jspecify.annotations.Nullable;

/// Which of several volumes of a folder is meant. What is not said must not be needed.
///
/// @param series the number, the UID or the description of a series
/// @param stack the number of one of its stacks of slices, from 1, or the name that the scanner gave it
/// @param volume of several images of each place, the value of the attribute that tells them apart
public record Choice(@Nullable String series, @Nullable String stack, @Nullable String volume) {
    /// Nothing is said.
    public static final Choice NONE = new Choice(null, null, null);
}
