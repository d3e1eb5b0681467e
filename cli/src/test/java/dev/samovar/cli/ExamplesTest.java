package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.cuda.Cuda;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.Trainer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// The examples compile, and run as their first lines say.
@Isolated("replaces System.out")
class ExamplesTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors"), PICTURE = Golden.path("sam-tiny/picture.png");
    private static final Path EXAMPLES = Path.of("../examples");

    @TempDir
    private static Path compiled;

    @TempDir
    private Path folder;

    @BeforeAll
    static void compile() throws IOException {
        var problems = new StringWriter();
        try (var out = new PrintWriter(problems)) {
            List<String> options = List.of("-d", compiled.toString(), "-cp", System.getProperty("java.class.path"), "-Xlint:all", "-Werror",
                    "-proc:none");
            String[] args = Stream.concat(options.stream(), sources().stream().map(Path::toString)).toArray(String[]::new);
            assertEquals(0, ToolProvider.findFirst("javac").orElseThrow().run(out, out, args), problems::toString);
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    /// Runs an example in this JVM and returns what it printed.
    private static String run(String name, Object... args) throws Exception {
        PrintStream before = System.out;
        var bytes = new ByteArrayOutputStream();
        try (var loader = new URLClassLoader(new URL[]{compiled.toUri().toURL()})) {
            System.setOut(Cli.stream(bytes));
            var made = loader.loadClass(name).getDeclaredConstructor();
            made.setAccessible(true);
            var main = loader.loadClass(name).getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(made.newInstance(), (Object) Stream.of(args).map(String::valueOf).toArray(String[]::new));
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void eachSaysHowItIsRun() throws IOException {
        for (Path source : sources())
            assertTrue(Files.readString(source).contains("///     ./samovar example examples/" + source.getFileName() + " "), source.toString());
    }

    @Test
    void aClickSegmentsAPicture() throws Exception {
        Path mask = folder.resolve("mask.png");
        String said = run("E1_SegmentWithAClick", SAM, PICTURE, 172, 47, mask);
        assertEquals(3, said.lines().filter(line -> line.contains("predicted IoU")).count(), said);
        LabelVolume found = Volumes.readLabels(mask);
        assertEquals(1, found.at(172, 47, 0), "the green bar");
        assertEquals(0, found.at(30, 120, 0), "far from it");
    }

    @Test
    void aBoxIsFollowedThroughAVolume() throws Exception {
        Path data = data(folder.resolve("data")), labels = folder.resolve("labels.nii.gz");
        run("E2_BoxOnACtSlice", SAM, data.resolve("imagesTr/a.nii.gz"), 6, 4, 6, 19, 21, labels);
        LabelVolume found = Nifti.readLabels(labels);
        assertEquals("", found.geometry().difference(Nifti.read(data.resolve("imagesTr/a.nii.gz")).geometry()).orElse(""),
                "on the grid of its image");
        assertTrue(found.max() <= 1);
    }

    @Test
    void theProcessorAndAGpuDifferByALine() throws Exception {
        String said = run("E7_OnAGpu", SAM, PICTURE), absent = Cuda.whyNot();
        assertTrue(said.contains(" ms\n"), said);
        assertTrue(said.contains(absent != null ? absent : "relative L2 distance"), said);
    }

    @Test
    void aGridOfClicksFindsThings() throws Exception {
        Path overlay = folder.resolve("overlay.png");
        String said = run("E3_EverythingInAPicture", SAM, PICTURE, 8, 0.2, 0.2, overlay);
        assertTrue(said.lines().filter(line -> line.contains("predicted IoU")).count() > 0, said);
        assertEquals(267, ImageIO.read(overlay.toFile()).getWidth());
    }

    @Test
    void longWorkIsToldAndEnded() throws Exception {
        String whole = run("E11_FollowAndCancel", SAM, PICTURE, 600), ended = run("E11_FollowAndCancel", SAM, PICTURE, 0);
        assertTrue(whole.contains("embedding: 4 of 4\n") && whole.contains("clicking: 1024 of 1024\n"), whole);
        assertTrue(ended.contains(": cancelled after "), ended);
    }

    @Test
    void thePlainForwardPassIsThatOfTheModel() throws Exception {
        String said = run("E4_TheForwardPass", SAM, PICTURE, 172, 47);
        String last = said.lines().filter(line -> line.startsWith("largest difference")).findFirst().orElse(said);
        assertTrue(Float.parseFloat(last.substring(last.lastIndexOf(' '))) < 1e-4, last);
        for (String shape : List.of("(1, 3, 128, 128)", "(1, 8, 8, 48)", "(1, 32, 8, 8)", "(1, 7, 32)", "(1, 4, 32, 32)",
                "(1, 4, 178, 267)"))
            assertTrue(said.contains(shape), shape + " is missing in\n" + said);
        assertTrue(said.contains("scores of all pairs") && said.contains("..##"), said);
        assertTrue(numbers(said, "      the fused operation differs")[0] < 1e-5, said);
    }

    @Test
    void theWayBackByHandIsThatOfTheTape() throws Exception {
        String said = run("E12_TheWayBack", SAM, PICTURE, 172, 47);
        assertEquals(37, said.lines().filter(line -> line.endsWith(" off")).count(), said);
        assertTrue(said.contains("37 leaves, 37 gradients"), said);
        double[] worst = numbers(said, "largest difference from the tape"), parts = numbers(said, "loss ");
        assertTrue(worst[0] < 1e-6, said);
        assertTrue(parts[0] > 0.1 && parts[0] < 1, said);                          // the Dice loss
    }

    /// A picture of a bright disc, and its labels.
    private Path[] disc() {
        int side = 64;
        byte[] grey = new byte[side * side], classes = new byte[side * side];
        for (int i = 0; i < grey.length; i++) {
            int row = i / side, column = i % side;
            double y = (row + 0.5) / side - 0.5, x = (column + 0.5) / side - 0.5;
            boolean disc = x * x + y * y < 0.06;
            grey[i] = (byte) (disc ? 220 : 30);
            classes[i] = (byte) (disc ? 1 : 0);
        }
        Path picture = folder.resolve("picture.png"), labels = folder.resolve("labels.png");
        Png.writeGrey(picture, side, side, grey);
        Png.write(labels, new LabelVolume(Geometry.of(side, side, 1, 1, 1, 1), classes));
        return new Path[]{picture, labels};
    }

    /// The numbers at the ends of the lines that begin with these words.
    private static double[] numbers(String said, String word) {
        return said.lines().filter(line -> line.startsWith(word)).mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .toArray();
    }

    @Test
    void aHeadTrainedOnOnePictureLearnsIt() throws Exception {
        Path head = folder.resolve("head.safetensors");
        Path[] disc = disc();
        double[] losses = numbers(run("E6_TrainAHead", SAM, disc[0], disc[1], 40, head), "step");
        assertEquals(40, losses.length);
        assertTrue(losses[39] < losses[0] / 3, "loss " + losses[0] + " → " + losses[39]);
        assertTrue(Files.exists(head));
    }

    @Test
    void adaptersLearnOnePictureAndTheirFileIsSmall() throws Exception {
        Path file = folder.resolve("adapter.safetensors");
        Path[] disc = disc();
        String said = run("E9_Adapter", SAM, disc[0], disc[1], 40, file);
        double[] losses = numbers(said, "step");
        assertEquals(40, losses.length);
        assertTrue(losses[39] < losses[0] / 3, "loss " + losses[0] + " → " + losses[39]);
        assertTrue(numbers(said, "pixels")[0] > 0.9, said);
        assertTrue(Files.size(file) < Files.size(SAM) / 4, Files.size(file) + " bytes");
    }

    @Test
    void aThingIsAskedForInSeveralWays() throws Exception {
        Path[] disc = disc();
        String said = run("E10_StudyPrompts", SAM, disc[0], disc[1]);
        for (String words : List.of("the thing: ObjectProperties[area=", "a click: Dice ", "a box: Dice ", "1 clicks: Dice ",
                "eight boxes"))
            assertTrue(said.contains(words), said);
    }

    @Test
    void allOfSamLearnsFromAFolder() throws Exception {
        Path data = data(folder.resolve("data")), run = folder.resolve("run");
        String said = run("E8_FineTuneTheWholeSam", SAM, data, 2, run);
        double[] losses = numbers(said, "epoch");
        assertTrue(losses.length == 2 && losses[1] < losses[0], said);
        assertTrue(Files.size(run.resolve("head-last.safetensors")) > Files.size(SAM) / 2, "it holds the image encoder and the mask decoder");
        assertEquals(numbers(said, "Dice")[0], numbers(run("E8_FineTuneTheWholeSam", SAM, data, 2, run), "Dice")[0], "the run was finished");
    }

    @Test
    void aVolumeIsSegmentedWithATrainedRun() throws Exception {
        Path data = data(folder.resolve("data")), run = folder.resolve("run"), image = data.resolve("imagesTr/b.nii.gz"),
                labels = folder.resolve("labels.nii.gz");
        train(data, run);
        run("E5_SegmentAVolume", SAM, run, image, labels);
        LabelVolume predicted = Nifti.readLabels(labels), truth = Nifti.readLabels(data.resolve("labelsTr/b.nii.gz"));
        assertEquals("", predicted.geometry().difference(truth.geometry()).orElse(""), "on the grid of its image");
        int agree = 0;
        for (int i = 0; i < truth.classes().length; i++) if (truth.classes()[i] == predicted.classes()[i]) agree++;
        assertTrue(agree > 0.85 * truth.classes().length, agree + " of " + truth.classes().length + " voxels agree");
    }

    private static void train(Path data, Path folder) {
        try (var file = Safetensors.open(SAM)) {
            var weights = new SamWeights(SAM, Sha256.of(SAM), file);
            var dataset = Dataset.open(data);
            var split = new Split(List.of("a"), List.of(), List.of("b"));
            Device device = Device.cpu();
            var spec = HeadSpec.of(HeadSpec.Kind.VIT);
            var classes = List.of("background", "ball");
            var preparation = new Preparation(Preprocessing.PAPER, 32, true, new Augment.None());
            var config = new RunConfig(new HeadMethod(spec), classes, preparation, new RunConfig.Schedule(8, 2e-3, 4, 1, 1),
                    new RunConfig.Origin(data,
                            Reading.PLAIN, SAM, false, weights.sha256(), device.toString(), folder.resolveSibling("cache")));
            Run run = Run.create(folder, config, split);
            var cache = new EmbeddingCache(folder.resolveSibling("cache"), weights, preparation, device, Progress.silent());
            try (var trainer = new Trainer(run, weights, dataset, cache, device, Progress.silent())) {
                trainer.run();
            }
        }
    }

    /// Two volumes of a bright ball in noise.
    private static Path data(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("imagesTr"));
        Files.createDirectories(folder.resolve("labelsTr"));
        for (String name : List.of("a", "b")) {
            int n = 24, slices = 12;
            Geometry g = Geometry.of(n, n, slices, 1, 1, 3);
            var random = new Random(7, name);
            float[] voxels = new float[n * n * slices];
            byte[] classes = new byte[voxels.length];
            for (int i = 0; i < voxels.length; i++) {
                double x = i % n - 11, y = i / n % n - 13, z = 2 * (i / (n * n) - 6);
                classes[i] = (byte) (x * x + y * y + z * z < 60 ? 1 : 0);
                voxels[i] = (float) (100 * classes[i] + 10 * random.normal());
            }
            Nifti.write(folder.resolve("imagesTr/" + name + ".nii.gz"), new Volume(g, voxels));
            Nifti.write(folder.resolve("labelsTr/" + name + ".nii.gz"), new LabelVolume(g, classes));
        }
        return folder;
    }
}
