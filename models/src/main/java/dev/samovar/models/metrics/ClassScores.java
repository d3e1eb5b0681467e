package dev.samovar.models.metrics;

import java.io.Serializable;

/// How one class was met in one case.
///
/// @param counts how its voxels were met
/// @param surfaces how its surface was met; [SurfaceDistances#NONE] for the background, or if not both prediction and truth contain the class
/// @param further what further metrics need; [FurtherScores#NONE] for the background, or where they are not asked for
public record ClassScores(Counts counts, SurfaceDistances surfaces, FurtherScores further) implements Serializable {
    /// Of a class that neither contains.
    public static final ClassScores NONE = new ClassScores(Counts.NONE, SurfaceDistances.NONE, FurtherScores.NONE);
}
