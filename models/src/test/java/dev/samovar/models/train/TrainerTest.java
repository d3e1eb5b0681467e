package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Geometry;
import dev.samovar.models.data.LabelVolume;
import dev.samovar.models.data.Nifti;
import dev.samovar.models.data.Orientation;
import dev.samovar.models.data.Split;
import dev.samovar.models.data.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final Split SPLIT = new Split(List.of("case0"), List.of("case1"), List.of("case2"));

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(HeadSpec.Kind.class)
    void theSameSeedGivesTheSameBytesAtAnyNumberOfThreads(HeadSpec.Kind kind) throws IOException {
        Path data = data();
        List<String> digests = new ArrayList<>();
        for (int threads = 1; threads <= 3; threads++) {
            Run run = train(data, folder.resolve("run" + threads), new HeadSpec(kind, 3, 4, false, true), 3, Device.cpu(threads), folder
                    .resolve(
                            "cache" + threads));
            digests.add(Sha256.of(run.head(Run.Which.LAST)) + Sha256.of(run.head(Run.Which.BEST)) + Sha256.of(run.log()));
        }
        assertEquals(1, digests.stream().distinct().count(), "bytes differ between 1, 2 and 3 threads");
    }

    @ParameterizedTest
    @EnumSource(HeadSpec.Kind.class)
    void aSavedHeadGivesTheLogitsOfTheTrainedOneAndTheEncoderStaysAsItWas(HeadSpec.Kind kind) throws IOException {
        Path data = data();
        String before = Sha256.of(SAM);
        Run run = train(data, folder.resolve("run"), new HeadSpec(kind, 2, 4, false, false), 2, Device.cpu(), folder.resolve("cache"));
        assertEquals(before, Sha256.of(SAM));
        try (var file = Safetensors.open(SAM); var head = Safetensors.open(run.head(Run.Which.LAST))) {
            assertTrue(head.entries().keySet().stream().noneMatch(name -> name.startsWith("image_encoder")), "a head holds no encoder");
            assertEquals(kind == HeadSpec.Kind.VIT, head.entries().containsKey("pe_layer.positional_encoding_gaussian_matrix"));
            var weights = new SamWeights(SAM, before, file);
            Volume image = Nifti.read(data.resolve("imagesTr/case2.nii"));
            try (var one = new Segmenter(run, Run.Which.LAST, weights, Device.cpu());
                    var other = new Segmenter(Run.open(run.folder()), Run.Which.LAST, weights, Device.cpu())) {
                assertArrayEquals(one.segment(image).classes(), other.segment(image).classes());
            }
        }
    }

    @Test
    void theOrderInWhichAFileStoresItsVoxelsChangesNothingButThatOfItsLabels() throws IOException {
        Path data = data(), other = Files.createDirectory(folder.resolve("other"));
        double[][] affine = {{0, 1, 0, 0}, {0, 0, -1, 10}, {-4, 0, 0, 16}};        // x to the feet, y to the right, z to the back
        Orientation stored = Orientation.of(Geometry.of(5, 14, 11, affine));
        for (String part : List.of("imagesTr", "labelsTr")) {
            Files.createDirectory(other.resolve(part));
            for (var file : Nifti.list(data.resolve(part)).values())
                Nifti.write(other.resolve(part).resolve(file.getFileName()), stored.toOriginal(Nifti.read(file)));
        }
        var spec = new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false);
        Run run = train(folder.resolve("run1"), config(data, spec, 30, 0.02), Device.cpu(), folder.resolve("cache"));
        Run again = train(folder.resolve("run2"), config(other, spec, 30, 0.02), Device.cpu(), folder.resolve("cache"));
        assertEquals(Sha256.of(run.head(Run.Which.LAST)), Sha256.of(again.head(Run.Which.LAST)));
        try (var files = Files.list(folder.resolve("cache"))) {
            assertEquals(2, files.count(), "the same embeddings");
        }
        try (var file = Safetensors.open(SAM);
                var segmenter = new Segmenter(run, Run.Which.LAST, new SamWeights(SAM, Sha256.of(SAM), file), Device.cpu())) {
            LabelVolume expected = segmenter.segment(Nifti.read(data.resolve("imagesTr/case2.nii")));
            Volume image = Nifti.read(other.resolve("imagesTr/case2.nii"));
            LabelVolume labels = segmenter.segment(image);
            assertSame(image.geometry(), labels.geometry());
            assertTrue(expected.max() > 0, "something is found");
            assertArrayEquals(expected.classes(), stored.toCanonical(labels).classes());
        }
    }

    @Test
    void theSecondRunTakesEveryEmbeddingFromTheCache() throws IOException {
        Path data = data();
        var spec = new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false);
        train(data, folder.resolve("run1"), spec, 1, Device.cpu(), folder.resolve("cache"));
        try (var files = Files.list(folder.resolve("cache"))) {
            assertEquals(2, files.count(), "one file per volume");
        }
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            Volume image = Nifti.read(data.resolve("imagesTr/case0.nii"));
            var cache = new EmbeddingCache(folder.resolve("cache"), weights, Preprocessing.PAPER, Device.cpu());
            assertTrue(cache.has("case0", image));
            cache.of("case0", image, () -> {
                throw new AssertionError("nothing should be computed");
            }, _ -> {}).close();
            assertTrue(!new EmbeddingCache(folder.resolve("cache"), weights, Preprocessing.SAM, Device.cpu()).has("case0", image),
                    "another preprocessing");
            assertTrue(!new EmbeddingCache(folder.resolve("cache"), weights, Preprocessing.PAPER, Device.scalar(1)).has("case0", image),
                    "other kernels");
            image.voxels()[0] += 1;
            assertTrue(!cache.has("case0", image), "other pixels");
        }
    }

    @Test
    void aDamagedCacheFileIsComputedAnew() throws IOException {
        Path data = data(), cacheFolder = folder.resolve("cache");
        var spec = new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false);
        Run first = train(data, folder.resolve("run1"), spec, 1, Device.cpu(), cacheFolder);
        try (var files = Files.list(cacheFolder)) {
            for (Path file : files.toList()) Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 1000));
        }
        Run second = train(data, folder.resolve("run2"), spec, 1, Device.cpu(), cacheFolder);
        assertEquals(Sha256.of(first.log()), Sha256.of(second.log()));
    }

    @Test
    void whatDoesNotFitIsRefusedWithASentence() throws IOException {
        Path data = data();
        var spec = new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false);
        Run run = train(data, folder.resolve("run"), spec, 1, Device.cpu(), folder.resolve("cache"));
        refused("exists already", () -> train(data, folder.resolve("run"), spec, 1, Device.cpu(), folder.resolve("cache")));
        refused("is no run", () -> Run.open(data));
        refused("0", () -> config(data, spec, 0));
        try (var file = Safetensors.open(SAM)) {
            refused("is not the checkpoint", () -> new Segmenter(run, Run.Which.LAST, new SamWeights(SAM, "0".repeat(64), file), Device
                    .cpu()));
        }
    }

    private static void refused(String because, org.junit.jupiter.api.function.Executable what) {
        String message = assertThrows(FormatException.class, what).getMessage();
        assertTrue(message.contains(because), message);
    }

    private static RunConfig config(Path data, HeadSpec spec, int epochs) {
        return config(data, spec, epochs, 1e-3);
    }

    private static RunConfig config(Path data, HeadSpec spec, int epochs, double learningRate) {
        return new RunConfig(spec, List.of("background", "one", "two"), Preprocessing.PAPER, false, 32, epochs, learningRate, 4, 1, data,
                SAM,
                Sha256.of(
                        SAM), "");
    }

    private static Run train(Path data, Path folder, HeadSpec spec, int epochs, Device device, Path cacheFolder) {
        return train(folder, config(data, spec, epochs), device, cacheFolder);
    }

    private static Run train(Path folder, RunConfig config, Device device, Path cacheFolder) {
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            Run run = Run.create(folder, config, Json.object().with("train", SPLIT.train()).with("val", SPLIT.val())
                    .with("test", SPLIT.test()));
            var cache = new EmbeddingCache(cacheFolder, weights, Preprocessing.PAPER, device);
            try (var trainer = new Trainer(run, weights, Dataset.open(config.data()), SPLIT, cache, device, Progress.silent())) {
                trainer.run();
            }
            return run;
        }
    }

    /// Three small volumes with two boxes in noise.
    private Path data() throws IOException {
        Path data = folder.resolve("data");
        if (Files.exists(data)) return data;
        Files.createDirectories(data.resolve("imagesTr"));
        Files.createDirectories(data.resolve("labelsTr"));
        Geometry g = Geometry.of(14, 11, 5, 1, 1, 4);
        for (int n = 0; n < 3; n++) {
            var random = new Random(3, "case" + n);
            float[] voxels = new float[14 * 11 * 5];
            byte[] classes = new byte[voxels.length];
            for (int i = 0; i < voxels.length; i++) {
                int x = i % 14, y = i / 14 % 11;
                classes[i] = (byte) (x > 2 && x < 7 && y > 2 && y < 8 ? 1 : x > 8 && x < 13 && y > 4 ? 2 : 0);
                voxels[i] = (float) (50 * classes[i] + 9 * random.normal());
            }
            Nifti.write(data.resolve("imagesTr/case" + n + ".nii"), new Volume(g, voxels));
            Nifti.write(data.resolve("labelsTr/case" + n + ".nii"), new LabelVolume(g, classes));
        }
        return data;
    }
}
