package dev.samovar.models.metrics;

/// Which scores a mean is of: what becomes of a class that the prediction or the truth does not contain.
///
/// The two are to be read together, with the number of scores behind each: leaving out what was missed flatters a segmentation, and what
/// stands for a distance that does not exist is a choice.
public enum Average {
    /// All that the [Convention] has a score for. In millimetres a class that only one of the two contains has overlaps of 0 and the
    /// diagonal of its volume for a distance; one that neither contains has no score.
    PENALISED,
    /// Only what is defined without such a choice. An overlap is unless neither contains the class; a distance is if both do.
    DEFINED_ONLY
}
