package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Course;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.SamWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
            Run run = train(data, folder.resolve("run" + threads), new HeadSpec(kind, 3, 4, false, true), 3, Device.cpu(threads),
                    folder.resolve("cache" + threads));
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
        Run run = train(data, folder.resolve("run1"), spec, 2, Device.cpu(), folder.resolve("cache"));
        Run again = train(other, folder.resolve("run2"), spec, 2, Device.cpu(), folder.resolve("cache"));
        assertEquals(Sha256.of(run.head(Run.Which.LAST)), Sha256.of(again.head(Run.Which.LAST)));
        try (var files = Files.list(folder.resolve("cache"))) {
            assertEquals(2, files.count(), "the same embeddings");
        }
        try (var file = Safetensors.open(SAM);
                var segmenter = new Segmenter(run, Run.Which.LAST, new SamWeights(SAM, Sha256.of(SAM), file), Device.cpu())) {
            var expected = segmenter.segment(Nifti.read(data.resolve("imagesTr/case2.nii")), null, true, _ -> {});
            Volume image = Nifti.read(other.resolve("imagesTr/case2.nii"));
            var found = segmenter.segment(image, null, true, _ -> {});
            assertSame(image.geometry(), found.labels().geometry());
            assertArrayEquals(expected.labels().classes(), stored.toCanonical(found.labels()).classes());
            for (int c = 0; c < 3; c++) {
                Volume likely = found.probabilities().get(c);
                assertSame(image.geometry(), likely.geometry());
                assertArrayEquals(expected.probabilities().get(c).voxels(), stored.toCanonical(likely).voxels());
            }
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
            var cache = cache(weights, Preprocessing.PAPER, Device.cpu());
            assertTrue(cache.has("case0", image));
            cache.of("case0", image, new Embedder(weights, new Preparation(Preprocessing.PAPER, 32, false, new Augment.None()), Device.cpu()),
                    _ -> {
                        throw new AssertionError("nothing should be computed");
                    }).close();
            assertTrue(!cache(weights, Preprocessing.SAM, Device.cpu()).has("case0", image),
                    "another preprocessing");
            assertTrue(!cache(weights, Preprocessing.PAPER, Device.scalar(1)).has("case0", image),
                    "other kernels");
            float[] other = image.voxels().clone();
            other[0] += 1;
            assertTrue(!cache.has("case0", new Volume(image.geometry(), other)), "other pixels");
        }
    }

    @Test
    void embeddingsAreTheEncodersRoundedToHalfPrecision() throws IOException {
        Volume image = Nifti.read(data().resolve("imagesTr/case0.nii"));
        Slices slices = Slices.of(image.geometry());
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            var cache = cache(weights, Preprocessing.PAPER, Device.cpu());
            var embedder = new Embedder(weights, new Preparation(Preprocessing.PAPER, 32, false, new Augment.None()), Device.cpu());
            try (var kept = cache.of("case0", image, embedder, _ -> {}); var _ = Scope.open()) {
                for (int s = 0; s < slices.count(); s++) {
                    float[] exact = embedder.embed(slices.cut(image, s)).toArray();
                    for (int i = 0; i < exact.length; i++) exact[i] = Float.float16ToFloat(Float.floatToFloat16(exact[i]));
                    assertArrayEquals(exact, kept.slice(s));
                }
            }
            try (var files = Files.list(cache.folder())) {
                long bytes = Files.size(files.findFirst().orElseThrow()), numbers = slices.count() * cache.bytesPerSlice();
                assertTrue(bytes >= numbers && bytes < numbers + 4096 + 256L * slices.count(), bytes + " bytes, " + numbers
                        + " of numbers");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HeadSpec.Kind.class)
    void aRunThatIsCutShortAfterAnyEpochEndsAsTheUninterruptedOne(HeadSpec.Kind kind) throws IOException {
        Path data = data();
        var spec = new HeadSpec(kind, 2, 4, false, false);
        RunConfig config = config(data, spec, 14, new Augment.Views(3));
        Run whole = Run.create(folder.resolve("whole"), config, SPLIT), cut = Run.create(folder.resolve("cut"), config, SPLIT);
        train(whole, Device.cpu(), folder.resolve("cache"), Progress.silent());
        for (int times = 0; times < 4; times++) {
            int after = 3 * times + 1;
            assertThrows(Stop.class, () -> train(cut, Device.cpu(), folder.resolve("cache"), stopAfter(after)));
            assertTrue(!cut.isFinished());
        }
        train(cut, Device.cpu(), folder.resolve("cache"), Progress.silent());
        for (Run.Which which : Run.Which.values()) assertEquals(Sha256.of(whole.head(which)), Sha256.of(cut.head(which)), which.name());
        assertEquals(Files.readString(whole.log()), Files.readString(cut.log()));
        try (var one = Safetensors.openSealed(whole.checkpoint()); var other = Safetensors.openSealed(cut.checkpoint())) {
            for (String name : one.entries().keySet())
                if (!name.startsWith("seal")) assertEquals(one.bytes(name), other.bytes(name), name);
        }
    }

    /// With each schedule of the learning rate, after a warm-up, in steps of several batches whose gradients are clipped.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            constant | 0.25, 0.5, 0.75, 1, 1,    1,   1,    1
            step:2   | 0.25, 0.5, 0.75, 1, 1,    1,   0.1,  0.1
            cosine   | 0.25, 0.5, 0.75, 1, 1, 0.85355339, 0.5, 0.14644661
            plateau  | 0.25, 0.5, 0.75, 1, 1,    1,   1,    1
            """)
    void thePaceOfARunIsKeptThroughACut(String course, String factors) throws IOException {
        Path data = data();
        var pace = new Pace(Course.of(course), 4, 2, 0.05);
        RunConfig plain = config(data, new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false), 8);
        RunConfig config = plain.with(new RunConfig.Schedule(8, 1e-3, 2, 1, 1).with(pace));
        Run whole = Run.create(folder.resolve("whole"), config, SPLIT), cut = Run.create(folder.resolve("cut"), config, SPLIT);
        train(whole, Device.cpu(), folder.resolve("cache"), Progress.silent());
        assertThrows(Stop.class, () -> train(cut, Device.cpu(), folder.resolve("cache"), stopAfter(5)));
        Run again = Run.open(cut.folder());
        assertEquals(pace, again.config().schedule().pace());
        train(again, Device.cpu(), folder.resolve("cache"), Progress.silent());
        assertEquals(Sha256.of(whole.head(Run.Which.LAST)), Sha256.of(cut.head(Run.Which.LAST)));
        List<String> lines = Files.readAllLines(whole.log());
        String[] expected = factors.split(",\\s*", -1);
        for (int epoch = 1; epoch <= 8; epoch++)
            assertEquals(1e-3 * Double.parseDouble(expected[epoch - 1]), Double.parseDouble(lines.get(epoch).split(",", -1)[1]), 1e-10,
                    course + ", epoch " + epoch);
        try (var file = Safetensors.open(whole.checkpoint())) {
            assertEquals("16", file.metadata().get("steps"), "five slices in batches of two make two steps an epoch");
        }
    }

    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static Progress stopAfter(int epoch) {
        return new Progress() {
            private boolean training;

            @Override
            public void begin(String what, int steps) {
                training = what.equals("training");
            }

            @Override
            public void done(int steps, String note) {
                if (training && steps == epoch) throw new Stop();
            }
        };
    }

    @Test
    void onlineAndViewsLearnFromOtherPicturesInEachEpochAndTheSameOnesForASeed() throws IOException {
        Path data = data();
        var spec = new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false);
        List<String> logs = new ArrayList<>();
        for (Augment augment : List.of(new Augment.None(), new Augment.Views(2), new Augment.Views(2), new Augment.Online(),
                new Augment.Online())) {
            Run run = Run.create(folder.resolve("run" + logs.size()), config(data, spec, 3, augment), SPLIT);
            train(run, Device.cpu(), folder.resolve("cache" + logs.size()), Progress.silent());
            logs.add(Sha256.of(run.log()));
            try (var files = Files.list(folder.resolve("cache" + (logs.size() - 1)))) {
                long views = files.filter(f -> f.getFileName().toString().startsWith("case0-view")).count();
                assertEquals(augment instanceof Augment.Views ? 2 : 0, views, "views are cached, online augmentation is not");
            }
        }
        assertEquals(3, logs.stream().distinct().count());
        assertEquals(logs.get(1), logs.get(2));
        assertEquals(logs.get(3), logs.get(4));
    }

    @Test
    void twoProcessesCannotTrainTheSameRun() throws IOException {
        Run run = Run.create(folder.resolve("run"), config(data(), new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false), 1), SPLIT);
        try (var _ = run.lock()) {
            refused("another process", () -> train(run, Device.cpu(), folder.resolve("cache"), Progress.silent()));
        }
        train(run, Device.cpu(), folder.resolve("cache"), Progress.silent());
    }

    @Test
    void aCheckpointOfAnotherHeadOrWithABrokenSealIsRefused() throws IOException {
        Run run = Run.create(folder.resolve("run"), config(data(), new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false), 2), SPLIT);
        Run other = Run.create(folder.resolve("other"), config(data(), new HeadSpec(HeadSpec.Kind.CNN, 1, 2, false, false), 2), SPLIT);
        for (Run one : List.of(run, other))
            assertThrows(Stop.class, () -> train(one, Device.cpu(), folder.resolve("cache"), stopAfter(1)));
        Files.copy(other.checkpoint(), run.checkpoint(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        refused("checkpoint", () -> train(run, Device.cpu(), folder.resolve("cache"), Progress.silent()));
        byte[] bytes = Files.readAllBytes(other.checkpoint());
        bytes[bytes.length / 2] ^= 1;
        Files.write(other.checkpoint(), bytes);
        refused("its seal is broken", () -> train(other, Device.cpu(), folder.resolve("cache"), Progress.silent()));
    }

    @Test
    void whatDoesNotFitInTheCacheIsNamed() throws IOException {
        Path data = data();
        var spec = new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false);
        List<String> remarks = new ArrayList<>();
        for (long seed = 1; seed <= 2; seed++) {
            RunConfig config = config(data, spec, 1, new Augment.Views(2));
            Run run = Run.create(folder.resolve("run" + seed), config.with(new RunConfig.Schedule(1, 1e-3, 4, seed, 1)), SPLIT);
            train(run, Device.cpu(), folder.resolve("cache"), remembering(remarks));
        }
        assertEquals(1, remarks.size(), "the second view has the same reason: " + remarks);
        assertTrue(remarks.getFirst().contains("case0-view0-") && remarks.getFirst().contains("seed (1 there, 2 now)"), remarks.getFirst());
        assertTrue(!remarks.getFirst().contains("pixels"), remarks.getFirst());
    }

    private static Progress remembering(List<String> remarks) {
        return new Progress() {
            @Override
            public void remark(String sentence) {
                remarks.add(sentence);
            }
        };
    }

    private EmbeddingCache cache(SamWeights weights, Preprocessing preprocessing, Device device) {
        return new EmbeddingCache(folder.resolve("cache"), weights, new Preparation(preprocessing, 32, false, new Augment.None()), device,
                Progress.silent());
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
            refused("is not the checkpoint", () -> new Segmenter(run, Run.Which.LAST, new SamWeights(SAM, "0".repeat(64), file), Device.cpu()));
        }
    }

    private static void refused(String because, org.junit.jupiter.api.function.Executable what) {
        String message = assertThrows(FormatException.class, what).getMessage();
        assertTrue(message.contains(because), message);
    }

    private static RunConfig config(Path data, HeadSpec spec, int epochs) {
        return config(data, spec, epochs, new Augment.None());
    }

    private static RunConfig config(Path data, HeadSpec spec, int epochs, Augment augment) {
        return new RunConfig(new HeadMethod(spec), List.of("background", "one", "two"), new Preparation(Preprocessing.PAPER, 32, false, augment),
                new RunConfig.Schedule(epochs, 1e-3, 4, 1, 1), new RunConfig.Origin(data, Reading.PLAIN, SAM, false, Sha256.of(SAM), "",
                        data.resolveSibling("cache")));
    }

    private static Run train(Path data, Path folder, HeadSpec spec, int epochs, Device device, Path cacheFolder) {
        Run run = Run.create(folder, config(data, spec, epochs), SPLIT);
        train(run, device, cacheFolder, Progress.silent());
        return run;
    }

    private static void train(Run run, Device device, Path cacheFolder, Progress progress) {
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            var cache = new EmbeddingCache(cacheFolder, weights, run.config().preparation(), device, progress);
            try (var trainer = new Trainer(run, weights, Dataset.open(run.config().origin().data()), cache, device, progress)) {
                trainer.run();
            }
        }
    }

    private Path data() throws IOException {
        return TwoBoxes.write(folder.resolve("data"), 5);
    }
}
