package dev.samovar.models.medsam;

import dev.samovar.models.sam.Prompt;

/// What points to a thing in a volume: one prompt, in each of these slices.
///
/// @param prompt in pixels of the slice
/// @param first the first slice
/// @param last the last slice, itself within
public record VolumePrompt(Prompt prompt, int first, int last) {}
