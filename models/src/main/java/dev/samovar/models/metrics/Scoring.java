package dev.samovar.models.metrics;

import dev.samovar.core.io.FormatException;
import java.io.Serializable;

/// How cases are scored.
///
/// @param convention what is compared, and the scores of a missing class
/// @param tolerance the distance up to which two surfaces count as the same in the normalised surface Dice, in the unit of distances
/// @param further whether every [FurtherMetric] is computed, too
public record Scoring(Convention convention, double tolerance, boolean further) implements Serializable {
    /// In millimetres, with a tolerance of 2 mm.
    public static final Scoring DEFAULT = new Scoring(Convention.MILLIMETRES, 2);

    /// Without further metrics.
    ///
    /// @throws FormatException if the tolerance is below 0 or not finite
    public Scoring(Convention convention, double tolerance) {
        this(convention, tolerance, false);
    }

    /// Checks the tolerance.
    ///
    /// @throws FormatException if it is below 0 or not finite
    public Scoring {
        if (!(tolerance >= 0 && tolerance < Double.POSITIVE_INFINITY))
            throw new FormatException("the tolerance is a length of 0 or more, not " + tolerance);
    }
}
