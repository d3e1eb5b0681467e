package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jdk.incubator.vector.FloatVector;

/// The widths of vectors that tests run with: all with the processor's own, some once more with each of the others.
public final class VectorWidth {
    private VectorWidth() {}

    /// Skips a class whose tests have run with this width already.
    public static void assumeOther() {
        Integer asked = Integer.getInteger("samovar.vector.bits");
        int own = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        assumeTrue(asked == null || asked != own, () -> "not tested again: vectors of " + own + " bits are this processor's own");
    }
}
