package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// The built-in SAM, "mini": small, and trained from scratch with Samovar.
///
/// It is good for experiments, for teaching, tests and small tasks, but does not come close to Meta's SAM. `mini/MODEL_CARD.md` says what it
/// has seen and what it can do. Its weights are in a jar of their own, `samovar-mini`.
public final class BuiltInSam {
    /// The name that may be given in place of a checkpoint's file.
    public static final String NAME = "mini";

    private static final String RESOURCE = "META-INF/samovar/mini.safetensors";   // META-INF is no package, so that no module hides it

    private BuiltInSam() {}

    /// Whether a path means the built-in SAM, and not a file. A file with this name can be given as `./mini`.
    public static boolean is(Path checkpoint) {
        return checkpoint.toString().equals(NAME);
    }

    /// Its tensors, by their official names, in half precision.
    ///
    /// @throws FormatException if `samovar-mini` is not there
    public static Safetensors open() {
        return Safetensors.of(NAME, bytes());
    }

    /// The SHA-256 digest of its file, in hexadecimal.
    ///
    /// @throws FormatException if `samovar-mini` is not there
    public static String sha256() {
        return Sha256.of(ByteBuffer.wrap(bytes()));
    }

    private static byte[] bytes() {
        try (InputStream in = BuiltInSam.class.getClassLoader().getResourceAsStream(RESOURCE)) {
            if (in == null)
                throw new FormatException(
                        "mini, the built-in SAM, is not here: add samovar-mini to the class path or module path, or name a checkpoint");
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the built-in SAM", e);
        }
    }
}
