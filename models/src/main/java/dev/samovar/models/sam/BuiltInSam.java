package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// The SAM that Samovar brings along, "mini": small, and trained from nothing by Samovar itself.
///
/// It is good for trying things out, for teaching, tests and small tasks, and is not Meta's SAM, which it does not come near. What it has seen and what it can do is in `mini/MODEL_CARD.md`. Its weights are a jar of their own, `samovar-mini`, for programs that want them.
public final class BuiltInSam {
    /// What it is called wherever a checkpoint's file may be named.
    public static final String NAME = "mini";

    private static final String RESOURCE = "META-INF/samovar/mini.safetensors";   // META-INF is no package, so that no module hides it

    private BuiltInSam() {}

    /// Whether it is meant, and not a file: a file of that name is `./mini`.
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
