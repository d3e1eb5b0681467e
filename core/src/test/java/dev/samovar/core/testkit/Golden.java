package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Inputs and outputs of the reference implementations, and comparisons with ours.
public final class Golden {
    private Golden() {}

    /// A golden file by its name below the folder `golden`, copied to a temporary file because it may be in a jar.
    public static Path path(String name) {
        try (InputStream in = Golden.class.getResourceAsStream("golden/" + name)) {
            if (in == null) throw new IllegalArgumentException("no golden file " + name);
            Path copy = Files.createTempFile("golden-", "-" + name.replace('/', '-'));
            copy.toFile().deleteOnExit();
            Files.write(copy, in.readAllBytes());
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The tensors of a golden file.
    public static Safetensors open(String name) {
        return Safetensors.open(path(name));
    }

    /// Fails, naming the stage, if a value differs from the expected one by more than `tolerance`.
    public static void assertClose(String stage, float[] expected, float[] actual, double tolerance) {
        assertEquals(expected.length, actual.length, stage + ": number of values");
        if (expected.length == 0) return;
        int worst = 0;
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Float.isFinite(actual[i]), stage + ": value " + i + " is " + actual[i]);
            if (Math.abs(expected[i] - actual[i]) > Math.abs(expected[worst] - actual[worst])) worst = i;
        }
        double difference = Math.abs((double) expected[worst] - actual[worst]);
        assertTrue(difference <= tolerance, "%s: value %d is %s, expected %s: off by %.2e, tolerance %.2e"
                .formatted(stage, worst, actual[worst], expected[worst], difference, tolerance));
    }

    /// `‖expected − actual‖₂ / ‖expected‖₂`
    public static double relativeL2(float[] expected, float[] actual) {
        assertEquals(expected.length, actual.length, "number of values");
        double difference = 0, norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) expected[i] - actual[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    /// The values at `(i · 2654435761) mod size`, as the golden files of full-size networks keep them.
    public static float[] sample(float[] values, int count) {
        float[] sample = new float[count];
        for (int i = 0; i < count; i++) sample[i] = values[(int) (i * 2654435761L % values.length)];
        return sample;
    }
}
