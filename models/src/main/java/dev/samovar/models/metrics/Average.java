package dev.samovar.models.metrics;

/// How a mean treats a class that the prediction or the truth does not contain.
///
/// Read both means together, with the number of scores in each: a mean without the missed classes is too good, and the value
/// in place of a distance that does not exist is a choice.
public enum Average {
    /// All scores of the [Convention]. In millimetres, a class that only one of the two contains has overlaps of 0 and the
    /// diagonal of its volume as distances; one that neither contains has no score.
    PENALISED,
    /// Only scores that are defined without such a choice. An overlap is defined if at least one of the two contains the class; a distance, if both
    /// do.
    DEFINED_ONLY
}
