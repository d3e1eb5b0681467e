package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Split;
import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.methods.Adapter;
import dev.samovar.models.methods.AutoSam;
import dev.samovar.models.methods.Decoder;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.methods.Lora;
import dev.samovar.models.methods.MedSam;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Pretraining;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.methods.PublishedBackbone;
import dev.samovar.models.methods.UNetMethod;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.sam.SamWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The guarantees of a run, for every method.
@Order(1)
class MethodsTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final Split SPLIT = new Split(List.of("case0"), List.of("case1"), List.of("case2"));

    private static final Pretraining PRETRAINED = new Pretraining(3, 1e-3, 2);

    @TempDir
    Path folder;

    static Stream<Method> methods() {
        return Stream.of(new HeadMethod(new HeadSpec(HeadSpec.Kind.LINEAR, 1, 1, false, false)), new MedSam(), new Decoder(), new Lora(2,
                0), new Adapter(1, Adapter.Form.SAM), new Adapter(4, Adapter.Form.PAPER), new AutoSam(HarDNet.Layout.HARDNET39DS, 32),
                new UNetMethod(4), new UNetMethod(3, new Priors(2,
                        0, 0,
                        false), true, null),
                new UNetMethod(2, null, false, PRETRAINED));
    }

    static Stream<Method> prompted() {
        return methods().filter(Method::prompted);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theSameBytesAtAnyNumberOfThreadsAndAfterAnyInterruption(Method method) throws IOException {
        List<String> digests = new ArrayList<>();
        for (int threads = 1; threads <= 3; threads++) {
            Run run = Run.create(folder.resolve("run" + threads), config(method, 3), SPLIT);
            if (threads > 1) {
                int after = threads - 1;
                assertThrows(Stop.class, () -> train(run, Device.cpu(2), stopAfter(after), false));
                assertTrue(!run.isFinished());
            }
            train(run, Device.cpu(threads), Progress.silent());
            digests.add(Sha256.of(run.head(Run.Which.LAST)) + Sha256.of(run.head(Run.Which.BEST)) + Sha256.of(run.log()));
        }
        assertEquals(1, digests.stream().distinct().count(), "bytes differ between 1, 2 and 3 threads");
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aRunIsReadAsItWasWritten(Method method) throws IOException {
        Run run = Run.create(folder.resolve("run"), config(method, 1), SPLIT);
        assertEquals(run.config(), Run.open(run.folder()).config());
    }

    @ParameterizedTest
    @MethodSource("prompted")
    void aFileHoldsWhatLearntAloneAndTheLossFalls(Method method) throws IOException {
        Run run = Run.create(folder.resolve("run"), config(method, 12), SPLIT);
        train(run, Device.cpu(2), Progress.silent());
        try (var file = Safetensors.open(SAM); var learnt = Safetensors.open(run.head(Run.Which.LAST))) {
            assertTrue(learnt.entries().keySet().stream().noneMatch(name -> name.startsWith("prompt_encoder") || name.contains("iou_prediction")));
            assertEquals(method instanceof MedSam, learnt.entries().containsKey("image_encoder.pos_embed"));
            assertEquals(method instanceof Lora, learnt.entries().containsKey("image_encoder.blocks.0.attn.qkv.lora_a"));
            assertEquals(method instanceof Adapter, learnt.entries().containsKey("image_encoder.blocks.0.Space_Adapter.D_fc1.weight"));
            assertTrue(Files.size(run.head(Run.Which.LAST)) < Files.size(SAM));
            List<String> lines = Files.readAllLines(run.log());
            String losses = method.losses().stream().map(l -> "train_" + l + ",").collect(Collectors.joining());
            assertEquals("epoch,learning_rate,train_loss," + losses + "validation_dice", lines.getFirst());
            assertTrue(loss(lines.getLast()) < loss(lines.get(1)), lines.toString());

            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            Dataset data = Dataset.open(run.config().origin().data());
            double dice = Judge.judge(run, Run.Which.LAST, data, weights, cache(run, weights, Device.cpu(2)), Device.cpu(2), Progress.silent())
                    .mean(Metric.DICE);
            assertTrue(dice > 0.5, "prompted with the truth's boxes: " + dice);
        }
    }

    /// The method gets no prompts, and its file holds the generator, but nothing of SAM.
    @ParameterizedTest
    @ValueSource(strings = {"none", "views:2", "online"})
    void promptsOfItsOwnAreLearntWhateverIsSeen(String augment) throws IOException {
        RunConfig plain = config(new AutoSam(HarDNet.Layout.HARDNET39DS, 32), augment.equals("none") ? 6 : 2);
        var preparation = new Preparation(plain.preparation().preprocessing(), 64, false, Augment.of(augment));
        Run run = Run.create(folder.resolve("run"), new RunConfig(plain.method(), plain.classNames(), preparation, plain.schedule(), plain.origin()),
                SPLIT);
        train(run, Device.cpu(2), Progress.silent());
        List<String> lines = Files.readAllLines(run.log());
        assertEquals("epoch,learning_rate,train_loss,train_binary_cross_entropy,train_dice_loss,validation_dice", lines.getFirst());
        if (augment.equals("none")) assertTrue(loss(lines.getLast()) < loss(lines.get(1)), lines.toString());
        try (var file = Safetensors.open(SAM);
                var learnt = Safetensors.open(run.head(Run.Which.LAST));
                var segmenter = new Segmenter(run, Run.Which.LAST, new SamWeights(SAM, Sha256.of(SAM), file), Device.cpu(2))) {
            assertTrue(learnt.entries().keySet().stream().allMatch(name -> name.startsWith("backbone.") || name.startsWith("decoder.")));
            assertEquals(run.config().origin().sha256(), learnt.metadata().get("weightsSha256"));
            Volume image = Nifti.read(data().resolve("imagesTr/case2.nii"));
            LabelVolume labels = segmenter.segment(image);
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            assertArrayEquals(labels.classes(), segmenter.segment("case2", image, null, cache(run, weights, Device.cpu(2)), _ -> {})
                    .classes(), "with embeddings from the cache");
            refused("takes no prompts", () -> segmenter.segment(image, labels, false, _ -> {}));
        }
    }

    /// A published backbone is needed until an epoch is finished, and is in the checkpoint from then on.
    @Test
    void aGeneratorStartsFromAPublishedBackbone() throws IOException {
        Path file = folder.resolve("hardnet39ds.safetensors");
        try (Params published = Params.random(5, Device.cpu(1))) {
            new HarDNet(published, HarDNet.Layout.HARDNET39DS);
            published.save(file, Map.of());
        }
        RunConfig plain = config(new AutoSam(HarDNet.Layout.HARDNET39DS, 32), 2);
        var beginning = new RunConfig.Beginning(null, PublishedBackbone.of(file, HarDNet.Layout.HARDNET39DS));
        var config = new RunConfig(plain.method(), plain.classNames(), plain.preparation(), plain.schedule(), plain.origin().with(beginning));
        Run random = Run.create(folder.resolve("random"), plain, SPLIT), whole = Run.create(folder.resolve("whole"), config, SPLIT),
                broken = Run.create(folder.resolve("broken"), config, SPLIT);
        assertEquals(config, Run.open(whole.folder()).config());
        train(random, Device.cpu(1), Progress.silent());
        train(whole, Device.cpu(2), Progress.silent());
        assertNotEquals(Files.readString(random.log()), Files.readString(whole.log()));

        Path away = Files.move(file, folder.resolve("away"));
        refused("no longer there", () -> train(broken, Device.cpu(2), Progress.silent()));
        Files.move(away, file);
        assertThrows(Stop.class, () -> train(broken, Device.cpu(2), stopAfter(1)));
        Files.delete(file);
        train(broken, Device.cpu(2), Progress.silent());
        assertEquals(Sha256.of(whole.head(Run.Which.LAST)), Sha256.of(broken.head(Run.Which.LAST)));
    }

    private static double loss(String line) {
        return Double.parseDouble(line.split(",", -1)[2]);
    }

    @ParameterizedTest
    @MethodSource("prompted")
    void itAnswersWhatItIsAskedInEveryOrientation(Method method) throws IOException {
        Run run = Run.create(folder.resolve("run"), config(method, 1), SPLIT);
        train(run, Device.cpu(2), Progress.silent());
        try (var file = Safetensors.open(SAM);
                var segmenter = new Segmenter(run, Run.Which.LAST, new SamWeights(SAM, Sha256.of(SAM), file), Device.cpu(2))) {
            Volume image = Nifti.read(data().resolve("imagesTr/case2.nii"));
            LabelVolume truth = Nifti.readLabels(data().resolve("labelsTr/case2.nii"));
            refused("prompts", () -> segmenter.segment(image));
            byte[] none = segmenter.segment(image, new LabelVolume(truth.geometry(), new byte[truth.classes().length]), false, _ -> {}).labels()
                    .classes();
            assertArrayEquals(new byte[none.length], none, "nothing was asked for");
            byte[] first = truth.classes().clone();
            for (int i = 0; i < first.length; i++) if (first[i] == 2 || i >= 14 * 11) first[i] = 0;
            byte[] some = segmenter.segment(image, new LabelVolume(truth.geometry(), first), false, _ -> {}).labels().classes();
            for (int i = 0; i < some.length; i++)
                assertTrue(some[i] == 0 || (some[i] == 1 && i < 14 * 11), "class " + some[i] + " at " + i);
            asSam(run, file, image, new LabelVolume(truth.geometry(), first), some);
        }
    }

    /// As a SAM that gets the same box, a run gives the same mask, and the checkpoint's model does not change.
    private static void asSam(Run run, TensorFile file, Volume image, LabelVolume asked, byte[] expected) {
        var weights = new SamWeights(SAM, Sha256.of(SAM), file);
        Slices slices = Slices.of(image.geometry());
        Picture slice = slices.cut(image, 0);
        try (Sam plain = Sam.load(file, Device.cpu(2))) {
            if (run.config().method().neighbours() > 1) {
                refused("sees 4 slices at a time", () -> new TrainedSam(run, Run.Which.LAST, weights, plain));
                return;
            }
            var before = new SamPredictor(plain);
            EmbeddedImage seen = before.embed(Preprocessing.stretched(slice));
            float[] logits = before.best(seen, Prompt.click(4, 5)).lowRes().logits();
            try (var trained = new TrainedSam(run, Run.Which.LAST, weights, plain)) {
                EmbeddedImage embedded = trained.predictor().embed(trained.seen(slice));
                Mask mask = trained.predictor().best(embedded, box(run, slices, asked)).mask();
                assertArrayEquals(Mask.of(1, 11, 14, Arrays.copyOf(expected, 14 * 11)).pixels(), mask.pixels());
                assertEquals(1, trained.predictor().candidates(embedded, Prompt.click(4, 5)).size());
                assertEquals(run.config().method() instanceof Decoder, plain.fingerprint().equals(trained.sam().fingerprint()));
            }
            assertArrayEquals(logits, before.best(seen, Prompt.click(4, 5)).lowRes().logits());
            assertEquals(3, before.candidates(seen, Prompt.click(4, 5)).size());
        }
    }

    /// The box around class 1 of the first slice that prompts a run, in the picture's coordinates.
    private static Prompt.Box box(Run run, Slices slices, LabelVolume asked) {
        Preparation preparation = run.config().preparation();
        int side = preparation.side();
        Box box = Objects.requireNonNull(Mask.of(1, side, side, preparation.labels(slices, asked, 0).classes()).box());
        double across = 14.0 / preparation.preprocessing().width(11, 14, side), down = 11.0 / preparation.preprocessing().height(11, 14, side);
        return new Prompt.Box(box.x0() * across, box.y0() * down, box.x1() * across, box.y1() * down);
    }

    @Test
    void aMethodWhoseEncoderLearnsHasNoViews() throws IOException {
        RunConfig config = config(new MedSam(), 1);
        var views = new Preparation(config.preparation().preprocessing(), 32, false, new Augment.Views(2));
        refused("choose --augment none or online", () -> new RunConfig(new MedSam(), config.classNames(), views, config.schedule(), config.origin()));
    }

    @Test
    void aPretrainingIsTakenUpAgainAndMovesTheEncoderAlone() throws IOException {
        var method = new UNetMethod(2, null, false, PRETRAINED);
        Run whole = Run.create(folder.resolve("whole"), config(method, 1), SPLIT), cut = Run.create(folder.resolve("cut"), config(method,
                1), SPLIT);
        train(whole, Device.cpu(1), Progress.silent());
        for (int after = 1; after <= 2; after++) {
            int epoch = after;
            assertThrows(Stop.class, () -> train(cut, Device.cpu(2), stopAfter("pre-training", epoch)));
        }
        train(cut, Device.cpu(2), Progress.silent());
        assertEquals(Sha256.of(whole.pretrained()), Sha256.of(cut.pretrained()));
        assertEquals(Sha256.of(whole.head(Run.Which.LAST)), Sha256.of(cut.head(Run.Which.LAST)));
        assertEquals(4, Files.readAllLines(whole.folder().resolve("pretraining.csv")).size());

        Run scratch = Run.create(folder.resolve("scratch"), config(new UNetMethod(2), 1), SPLIT);
        train(scratch, Device.cpu(1), Progress.silent());
        assertNotEquals(Sha256.of(scratch.head(Run.Which.LAST)), Sha256.of(whole.head(Run.Which.LAST)), "it starts from other weights");
    }

    @Test
    void aPretrainingOnOtherImagesIsNotGoneOnWith() throws IOException {
        Run run = Run.create(folder.resolve("run"), config(new UNetMethod(2, null, false, PRETRAINED), 1), SPLIT);
        assertThrows(Stop.class, () -> train(run, Device.cpu(1), stopAfter("pre-training", 1)));
        Nifti.write(data().resolve("imagesTr/case0.nii"), Nifti.read(data().resolve("imagesTr/case1.nii")));
        refused("the image of case \"case0\" is not the one that it was begun with", () -> train(run, Device.cpu(1), Progress.silent()));
    }

    @Test
    void aPretrainingSeesNoCaseThatTheRunIsSteeredOrJudgedBy() throws IOException {
        var method = new UNetMethod(2, null, false, new Pretraining(1, 1e-3, 3));
        Run run = Run.create(folder.resolve("run"), config(method, 1), SPLIT);
        refused("and there are 2 for a batch of 3", () -> train(run, Device.cpu(1), Progress.silent()));
        RunConfig config = config(method, 1);
        Run whole = Run.create(folder.resolve("whole"), new RunConfig(method, config.classNames(), config.preparation(), config.schedule(),
                config.origin().with(new RunConfig.Beginning(data(), null))), new Split(List.of("case0"), List.of("case1"), List.of()));
        train(whole, Device.cpu(1), Progress.silent());
    }

    @Test
    void aUNetHalvesItsFrameFourTimes() throws IOException {
        RunConfig config = config(new UNetMethod(2), 1);
        var preparation = new Preparation(Preprocessing.PAPER, 40, false, new Augment.None());
        refused("a multiple of 16, not 40",
                () -> new RunConfig(config.method(), config.classNames(), preparation, config.schedule(), config.origin()));
    }

    @Test
    void priorMapsAreMadeOnceAndKept() throws IOException {
        Run run = Run.create(folder.resolve("run"), config(new UNetMethod(2, new Priors(2, 0, 0, false), false, null), 1), SPLIT);
        train(run, Device.cpu(2), Progress.silent());
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            assertEquals(List.of("case0-priors", "case1-priors"), files.map(f -> f.getFileName().toString().replaceFirst("-[0-9a-f]{16}.*", ""))
                    .sorted().toList());
        }
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            Volume image = Nifti.read(data().resolve("imagesTr/case2.nii"));
            try (var segmenter = new Segmenter(run, Run.Which.LAST, weights, Device.cpu(2))) {
                byte[] direct = segmenter.segment(image).classes(), cached = segmenter.segment("case2", image, null, cache(run, weights,
                        Device.cpu(2)), _ -> {}).classes();
                assertArrayEquals(direct, cached);
            }
        }
    }

    @Test
    void anExportOfAHeadNeedsAHead() throws IOException {
        refused("the run's method is decoder", () -> config(new Decoder(), 1).head());
    }

    private static void refused(String because, org.junit.jupiter.api.function.Executable what) {
        String message = assertThrows(FormatException.class, what).getMessage();
        assertTrue(message.contains(because), message);
    }

    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static Progress stopAfter(int epoch) {
        return stopAfter("training", epoch);
    }

    private static Progress stopAfter(String phase, int epoch) {
        return new Progress() {
            private boolean training;

            @Override
            public void begin(String what, int steps) {
                training = what.equals(phase);
            }

            @Override
            public void done(int steps, String note) {
                if (training && steps == epoch) throw new Stop();
            }
        };
    }

    private RunConfig config(Method method, int epochs) throws IOException {
        Preprocessing preprocessing = Preprocessing.of(method.defaults().preprocessing());
        return new RunConfig(method, List.of("background", "one", "two"), new Preparation(preprocessing, 64, false, new Augment.None()),
                new RunConfig.Schedule(epochs, 1e-3, 2, 1, 1), new RunConfig.Origin(data(), Reading.PLAIN, SAM, false, Sha256.of(SAM), "",
                        folder.resolve("cache")).with(
                                method.pretrained() == null
                                        ? RunConfig.Beginning.NONE
                                        : new RunConfig.Beginning(data().resolve("imagesTr"), null)));
    }

    private static EmbeddingCache cache(Run run, SamWeights weights, Device device) {
        return new EmbeddingCache(run.config().origin().cache(), weights, run.config().preparation(), device, Progress.silent());
    }

    private static void train(Run run, Device device, Progress progress) {
        train(run, device, progress, true);
    }

    private static void train(Run run, Device device, Progress progress, boolean anew) {
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            try (var trainer = new Trainer(run, weights, Dataset.open(run.config().origin().data()), cache(run, weights, device), device,
                    progress)) {
                trainer.recompute(anew ? Recompute.ALWAYS : Recompute.NEVER);
                trainer.run();
            }
        }
    }

    private Path data() throws IOException {
        return TwoBoxes.write(folder.resolve("data"), 2);
    }
}
