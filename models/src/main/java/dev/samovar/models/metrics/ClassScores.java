package dev.samovar.models.metrics;

import java.io.Serializable;

/// The results of one class in one case.
///
/// @param counts of its voxels
/// @param surfaces distances of its surfaces; [SurfaceDistances#NONE] for the background, or if not both prediction and truth contain the class
/// @param further values for further metrics; [FurtherScores#NONE] for the background, or if they are not asked for
public record ClassScores(Counts counts, SurfaceDistances surfaces, FurtherScores further) implements Serializable {
    /// The results of a class that neither contains.
    public static final ClassScores NONE = new ClassScores(Counts.NONE, SurfaceDistances.NONE, FurtherScores.NONE);
}
