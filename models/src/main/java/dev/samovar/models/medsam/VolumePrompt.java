package dev.samovar.models.medsam;

import dev.samovar.models.sam.Prompt;

/// Points to a thing in a volume: one prompt, the same in each of some slices.
///
/// @param prompt in pixels of the slice
/// @param first the first slice
/// @param last the last slice, inclusive
public record VolumePrompt(Prompt prompt, int first, int last) {}
