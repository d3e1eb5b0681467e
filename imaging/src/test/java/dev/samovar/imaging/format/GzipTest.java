package dev.samovar.imaging.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipTest {
    private static final int BLOCK = 1 << 19;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 9 * BLOCK + 12_345})
    void whatIsWrittenIsReadBackByTheJdk(int size) throws IOException {
        byte[] noise = new byte[size], organs = new byte[size];
        new Random(1).nextBytes(noise);
        for (int i = 0; i < size; i++) organs[i] = (byte) (i / 1000 % 3);
        for (byte[] bytes : new byte[][]{noise, organs}) {
            byte[] whole = zipped(bytes, size + 1);
            var in = new GZIPInputStream(new ByteArrayInputStream(whole));
            assertArrayEquals(bytes, in.readAllBytes());
            assertEquals(-1, in.read());
            assertArrayEquals(whole, zipped(bytes, 70_001), "the size of the pieces does not change the bytes");
        }
    }

    private static byte[] zipped(byte[] bytes, int piece) throws IOException {
        var out = new ByteArrayOutputStream();
        var zip = new Gzip(out);
        for (int at = 0; at < bytes.length; at += piece) zip.write(bytes, at, Math.min(piece, bytes.length - at));
        zip.finish();
        return out.toByteArray();
    }
}
