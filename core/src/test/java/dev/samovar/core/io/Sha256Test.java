package dev.samovar.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
    @TempDir
    private Path folder;

    /// The example of FIPS 180-2, appendix B.1.
    @Test
    void theDigestIsTheStandards() throws IOException {
        String expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
        assertEquals(expected, Sha256.of(ByteBuffer.wrap(abc)));
        assertEquals(expected, Sha256.of(Files.write(folder.resolve("abc"), abc)));
    }

    @Test
    void numbersAreDigestedAsLittleEndianFloats() {
        for (int n : new int[]{0, 1, 16383, 16384, 16385, 40000}) {
            float[] numbers = new float[n];
            for (int i = 0; i < n; i++) numbers[i] = i - 0.5f;
            ByteBuffer bytes = ByteBuffer.allocate(4 * n).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(numbers);
            assertEquals(Sha256.of(bytes), Sha256.of(numbers), n + " numbers");
        }
    }
}
