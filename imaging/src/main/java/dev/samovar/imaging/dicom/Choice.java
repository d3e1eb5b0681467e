package dev.samovar.imaging.dicom;

import org.jspecify.annotations.Nullable;

/// Which of several volumes in a folder is meant. A field may be left out if it is not needed for that.
///
/// @param series the number, the UID or the description of a series
/// @param stack the number of one of its stacks of slices, from 1, or the name that the scanner gave it
/// @param volume if there are several images at each place, the value of the attribute that distinguishes them
public record Choice(@Nullable String series, @Nullable String stack, @Nullable String volume) {
    /// Nothing is said.
    public static final Choice NONE = new Choice(null, null, null);
}
