package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.ReduceOnPlateau;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Volume;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamWeights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged files of a run and of its cache.
@Tag("hostile")
class RunHostileTest {
    private static final long SEED = 20261121;
    private static final int DIGEST = 32;
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final HeadSpec HEAD = new HeadSpec(HeadSpec.Kind.CNN, 1, 2, false, false);
    private static final Preparation PREPARATION = new Preparation(Preprocessing.PAPER, 16, false, new Augment.None());

    @TempDir
    private Path folder;

    @Test
    void noMutantOfACheckpointIsGoneOnFrom() throws IOException {
        byte[] good = checkpoint();
        int same = (int) Mutants.of(good, SEED, Mutants.COUNT).filter(m -> Arrays.equals(m.bytes(), good)).count();
        assertEquals(Mutants.COUNT - same, Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), this::resume));
    }

    /// An attacker who damages a file and seals it again gets past the seal, but not past the readers behind it.
    @Test
    void norIsAnErrorInOneThatWasSealedAgainAnythingButASentence() throws IOException {
        int refused = Mutants.survive(Mutants.of(checkpoint(), SEED, Mutants.COUNT).map(m -> m.then(RunHostileTest::sealed)), this::resume);
        assertTrue(refused > Mutants.COUNT / 4 && refused < Mutants.COUNT, refused + " refused");
    }

    @Test
    void mutantsOfRunJsonAreReadOrRefused() throws IOException {
        var config = new RunConfig(new HeadMethod(HEAD), List.of("background", "one"), PREPARATION, new RunConfig.Schedule(120, 5e-4, 4, 1, 1),
                new RunConfig.Origin(folder, Reading.PLAIN, SAM, false, "0".repeat(64), "kernels", folder));
        Run run = Run.create(folder.resolve("run"), config, new Split(List.of("a"), List.of("b"), List.of("c")));
        Path json = run.folder().resolve("run.json");
        int refused = Mutants.survive(Mutants.of(Files.readAllBytes(json), SEED, Mutants.COUNT), bytes -> {
            write(json, bytes);
            Run.open(run.folder());
        });
        assertTrue(refused > Mutants.COUNT / 2, refused + " refused");
    }

    @Test
    void aMutantOfTheCacheIsNeverUsed() throws IOException {
        Volume volume = new Volume(Geometry.of(6, 5, 1, 1, 1, 1), new float[30]);
        volume.voxels()[7] = 1;
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            var cache = new EmbeddingCache(folder.resolve("cache"), weights, PREPARATION, Device.cpu(), Progress.silent());
            try (var embedder = new Embedder(weights, PREPARATION, Device.cpu())) {
                float[] good = embedding(cache, volume, embedder);
                Path only;
                try (var files = Files.list(folder.resolve("cache"))) {
                    only = files.findAny().orElseThrow();
                }
                byte[] bytes = Files.readAllBytes(only);
                Mutants.of(bytes, SEED, 200).forEach(mutant -> {                   // always 200: each encodes the slice again
                    write(only, mutant.bytes());
                    assertArrayEquals(good, embedding(cache, volume, embedder), mutant.toString());
                });
            }
        }
    }

    private static float[] embedding(EmbeddingCache cache, Volume volume, Embedder embedder) {
        try (var embeddings = cache.of("case", volume, embedder, _ -> {})) {
            return embeddings.slice(0);
        }
    }

    private static SamConfig config() {
        try (var file = Safetensors.open(SAM)) {
            return SamConfig.infer(file);
        }
    }

    private byte[] checkpoint() throws IOException {
        Path file = folder.resolve("checkpoint");
        try (Params params = Params.random(1, Device.cpu())) {
            HEAD.build(params, config(), 2);
            try (var adam = new Adam(params.trainable(), 1e-3)) {
                new Checkpoint(3, 0, 1e-3, new ReduceOnPlateau.State(0.5, 2), 0.4, "epoch\n", "epoch,seconds\n", new Basis("s", "c",
                        new TreeMap<>(Map.of("a", "1")), new TreeMap<>(Map.of("a", "2")))).write(file, params, adam);
            }
        }
        return Files.readAllBytes(file);
    }

    private void resume(byte[] bytes) {
        try (var file = Safetensors.openSealed(write(folder.resolve("mutant"), bytes)); Params params = Params.load(file, Device.cpu())) {
            HEAD.build(params, config(), 2);
            try (var adam = new Adam(params.trainable(), 1e-3)) {
                Checkpoint.of(file).restore(file, adam);
            }
        }
    }

    private static byte[] sealed(byte[] bytes) {
        if (bytes.length < DIGEST) return bytes;
        ByteBuffer before = ByteBuffer.wrap(bytes, 0, bytes.length - DIGEST);
        byte[] again = Arrays.copyOf(bytes, bytes.length);
        System.arraycopy(HexFormat.of().parseHex(Sha256.of(before)), 0, again, bytes.length - DIGEST, DIGEST);
        return again;
    }

    private static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
