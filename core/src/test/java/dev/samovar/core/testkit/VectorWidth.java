package dev.samovar.core.testkit;

import jdk.incubator.vector.FloatVector;

/// The widths of vectors that tests run with: all with the processor's own, some once more with each of the others.
public final class VectorWidth {
    private VectorWidth() {}

    /// Whether a test would run a second time with the processor's own width.
    public static boolean isOwnAgain() {
        Integer asked = Integer.getInteger("samovar.vector.bits");
        return asked != null && asked == FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
}
