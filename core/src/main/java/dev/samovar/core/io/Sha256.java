package dev.samovar.core.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Consumer;

/// SHA-256 digests as 64 lower-case hexadecimal digits, as `sha256sum` prints them.
public final class Sha256 {
    /// Bytes in a digest.
    static final int BYTES = 32;

    private static final long CHUNK = 1 << 24;
    private static final int FLOATS = 1 << 14;                          // at a time

    private Sha256() {}

    /// The digest of a file.
    public static String of(Path file) {
        try (MappedFile mapped = MappedFile.open(file)) {
            return HexFormat.of().formatHex(digest(mapped, mapped.length()));
        }
    }

    /// The digest of a file's first bytes.
    static byte[] digest(MappedFile file, long length) {
        MessageDigest digest = digest();
        for (long at = 0; at < length; at += CHUNK) {
            long count = Math.min(CHUNK, length - at);
            digest.update(file.view(at, count));
            file.forget(at, count);
        }
        return digest.digest();
    }

    /// The digest of bytes, which are consumed.
    public static String of(ByteBuffer bytes) {
        MessageDigest digest = digest();
        digest.update(bytes);
        return HexFormat.of().formatHex(digest.digest());
    }

    /// The digest of numbers, each as the four bytes of a little-endian float32.
    public static String of(float[] numbers) {
        return ofPieces(piece -> piece.accept(numbers));
    }

    /// The digest of numbers that come piece by piece, the same as that of all of them in one array.
    ///
    /// @param pieces passes on all pieces, one after another
    public static String ofPieces(Consumer<Consumer<float[]>> pieces) {
        MessageDigest digest = digest();
        ByteBuffer some = ByteBuffer.allocate(FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        pieces.accept(numbers -> {
            for (int at = 0; at < numbers.length; at += FLOATS) {
                int n = Math.min(FLOATS, numbers.length - at);
                some.clear().asFloatBuffer().put(numbers, at, n);
                digest.update(some.limit(n * Float.BYTES));
            }
        });
        return HexFormat.of().formatHex(digest.digest());
    }

    /// A fresh computation.
    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
