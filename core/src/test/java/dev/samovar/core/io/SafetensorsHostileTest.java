package dev.samovar.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.core.testkit.Resources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("hostile")
class SafetensorsHostileTest {
    private static final long SEED = 11;

    @TempDir
    private Path folder;

    @Test
    void mutantsOfASmallFileAreReadOrRefused() {
        assertTrue(Mutants.survive(Mutants.of(small(), SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 2);
    }

    @Test
    void soAreThoseOfACheckpoint() throws IOException {
        byte[] good = Files.readAllBytes(Resources.copy("sam-tiny/sam-tiny.safetensors", folder));
        assertTrue(Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 4);
    }

    @Test
    void noMutantOfASealedFileIsRead() {
        byte[] good = small();
        int same = (int) Mutants.of(good, SEED, Mutants.COUNT).filter(m -> Arrays.equals(m.bytes(), good)).count();
        assertEquals(Mutants.COUNT - same,
                Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), bytes -> Safetensors.openSealed(write(bytes)).close()));
    }

    private byte[] small() {
        Path file = folder.resolve("small");
        Safetensors.seal(file, Map.of("k", "v"), List.of(Safetensors.Item.of("a", Shape.of(2, 3), new float[6]),
                new Safetensors.Item("b", DType.I64, Shape.of(1), () -> ByteBuffer.wrap(new byte[8]))));
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void read(byte[] bytes) {
        try (Safetensors tensors = Safetensors.open(write(bytes))) {
            for (String name : tensors.entries().keySet()) tensors.floats(name);
        }
    }

    private Path write(byte[] bytes) {
        try {
            return Files.write(folder.resolve("mutant"), bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
