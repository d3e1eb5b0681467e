package dev.samovar.models.sam;

import dev.samovar.core.io.Sha256;
import org.jspecify.annotations.Nullable;

/// Identifies the weights of a model. Its digest is computed when it is first asked for, because right after the start of a program that takes long,
/// and an embedding that never leaves the program needs none.
///
/// Thread safe. It needs no model once it is made.
final class Fingerprint {
    private float[] numbers;                                                       // until there is a digest
    private @Nullable String digest;

    /// Of a model's first numbers.
    Fingerprint(float[] numbers) {
        this.numbers = numbers;
    }

    /// A known one.
    Fingerprint(String digest) {
        this.digest = digest;
        numbers = new float[0];
    }

    /// The SHA-256 digest in hexadecimal, if it is a model's.
    synchronized String digest() {
        if (digest == null) {
            digest = Sha256.of(numbers);
            numbers = new float[0];
        }
        return digest;
    }

    /// Whether both are of the same weights.
    boolean matches(Fingerprint other) {
        return this == other || digest().equals(other.digest());
    }
}
