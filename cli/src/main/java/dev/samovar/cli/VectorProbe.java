package dev.samovar.cli;

import jdk.incubator.vector.FloatVector;

/// The width of this processor's vectors. This class is only loaded if the module `jdk.incubator.vector` is present.
final class VectorProbe {
    private VectorProbe() {}

    /// Bits of the vectors that the JVM prefers for `float`.
    static int bits() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
}
