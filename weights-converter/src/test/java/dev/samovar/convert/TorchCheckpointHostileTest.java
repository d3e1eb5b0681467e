package dev.samovar.convert;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.core.testkit.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("hostile")
class TorchCheckpointHostileTest {
    private static final long SEED = 5;

    @TempDir
    private Path folder;

    @Test
    void mutantsOfASmallZipAreReadOrRefused() {
        assertTrue(Mutants.survive(Mutants.of(PickleWriter.zip(pickle(), Map.of("0", new byte[12])), SEED, Mutants.COUNT),
                this::read) > Mutants.COUNT / 2);
    }

    @Test
    void mutantsOfASmallLegacyFileAreReadOrRefused() {
        byte[] good = PickleWriter.legacy(pickle(), new LinkedHashMap<>(Map.of("0", new byte[12])), 2);
        assertTrue(Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sam-tiny.pth", "sam-tiny-legacy.pth"})
    void soAreThoseOfWholeCheckpoints(String name) throws IOException {
        byte[] good = Files.readAllBytes(Resources.copy("sam-tiny/" + name, folder));
        assertTrue(Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 8);
    }

    @Test
    void soAreThoseOfASmallSamModel() {
        PickleWriter p = PickleWriter.protocol(2).emptyDict();
        for (String name : List.of("shared_image_embedding.positional_embedding", "vision_encoder.patch_embed.projection.weight",
                "prompt_encoder.shared_embedding.positional_embedding"))
            p.text("sam." + name).tensor("ShortStorage", "0", 6, 0, new long[]{2, 3}, new long[]{3, 1}).op('s');
        byte[] good = PickleWriter.zip(p.stop(), Map.of("0", new byte[12]));
        assertTrue(Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::read) > Mutants.COUNT / 2);
    }

    /// Two views of a storage of six numbers of 16 bits.
    private static byte[] pickle() {
        PickleWriter p = PickleWriter.protocol(2).emptyDict();
        p.text("w").tensor("ShortStorage", "0", 6, 0, new long[]{2, 3}, new long[]{1, 2}).op('s');
        p.text("v").tensor("ShortStorage", "0", 6, 1, new long[]{2}, new long[]{1}).op('s');
        return p.stop();
    }

    private void read(byte[] bytes) {
        try (TensorFile torch = Checkpoints.open(Files.write(folder.resolve("mutant"), bytes))) {
            for (String name : torch.entries().keySet()) torch.floats(name);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
