package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Safetensors.Item;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Real-world files, each through every verb that reads its kind. For each kind, one more file is made here. The expected numbers are those of PyTorch, NumPy and nibabel on
/// these files. The readers have their own tests.
@Order(1)
@EnabledIf(value = "theCasesAreHere", disabledReason = "the cases are not here: set their folder with -Dsamovar.shared")
class CasesTest {
    private static final Path CASES = Path.of(System.getProperty("samovar.shared", "../shared"), "cases"), SETS = CASES.resolve("datasets");
    private static final Path PICTURE = Golden.path("sam-tiny/picture.png"), SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final List<String> DECODERS = List.of("segment", "masks", "train decoder", "export decoder", "study prompts", "pretrain", "open");
    private static final List<String> ENCODERS = List.of("embed", "train", "export", "study methods");

    private static final AtomicInteger COUNT = new AtomicInteger();

    @TempDir
    private static Path folder;
    private static Path data;                                                      // a picture and its mask, twice

    static boolean theCasesAreHere() {
        return Files.isDirectory(CASES);
    }

    @BeforeAll
    static void makeData() throws IOException {
        data = dataset("data", Map.of("a.png", SETS.resolve("png_mixed/images/p0.png"), "b.png", SETS.resolve("png_mixed/images/p1.png")),
                SETS.resolve("png_mixed/masks/p0.png"));
    }

    /// A dataset of pictures that all have the same mask.
    private static Path dataset(String name, Map<String, Path> images, Path mask) throws IOException {
        Path made = folder.resolve(name);
        Files.createDirectories(made.resolve("images"));
        Files.createDirectories(made.resolve("masks"));
        for (var image : images.entrySet()) {
            Files.copy(image.getValue(), made.resolve("images").resolve(image.getKey()));
            String of = String.valueOf(mask.getFileName());
            Files.copy(mask, made.resolve("masks").resolve(Volumes.stem(image.getKey()) + of.substring(Volumes.stem(of).length())));
        }
        return made;
    }

    private static Path out() {
        return out("");
    }

    /// A path that does not exist yet.
    private static Path out(String ending) {
        return folder.resolve("out" + COUNT.incrementAndGet() + ending);
    }

    private static Cli run(int exit, Object... args) {
        Cli cli = Cli.run(args);
        assertEquals(exit, cli.exit(), List.of(args) + ": " + cli);
        return cli;
    }

    /// Runs a verb on a checkpoint, on one thread and without measuring the machine.
    private static Cli verb(String verb, Path weights, Path out, Object... more) {
        String[] words = verb.split(" ", -1);
        List<Object> all = new ArrayList<>(switch (verb) {
            case "segment", "masks" -> List.of(verb, "--weights", weights, "--image", PICTURE, "--out", out);
            case "embed" -> List.of(verb, "--weights", weights, "--data", data, "--cache", out, "--side", 16);
            case "train", "train decoder" -> List.of("train", "--weights", weights, "--data", data, "--method", words.length > 1
                    ? "decoder"
                    : "linear", "--epochs", 1, "--side", 16, "--labelled", 1, "--out", out);
            case "export" -> List.of("export", "--onnx", out, weights);
            case "export decoder" -> List.of("export", "--decoder", "--onnx", out, weights);
            case "study prompts" -> List.of("study", "prompts", "--weights", weights, "--data", data, "--protocols", "click",
                    "--fewest-pixels", 1, "--out", out);
            case "study methods" -> List.of("study", "methods", "--weights", weights, "--data", data, "--method", "linear", "--folds", 2,
                    "--epochs", 1, "--side", 16, "--out", out);
            case "open" -> List.of("open", data, "--weights", weights, "--no-browser", "--out", out);
            case "pretrain" -> pretrain(out, data, "--beside", weights);
            default -> throw new IllegalArgumentException(verb);
        });
        if (verb.equals("segment")) all.addAll(List.of("--point", "180,130", "--multimask"));
        if (verb.equals("masks")) all.addAll(List.of("--points-per-side", 1, "--pred-iou-thresh", 0, "--stability-score-thresh", 0));
        if (!verb.startsWith("export")) all.addAll(List.of("--threads", 1, "--quiet"));
        all.addAll(List.of(more));
        return Cli.run(all.toArray());
    }

    private static List<Object> pretrain(Path out, Path labelled, Object... more) {
        return Stream.concat(Stream.of("pretrain", "--out", out, "--labelled", labelled, "--no-drawn", "--width", 16, "--depth", 1,
                "--heads", 2, "--side", 32, "--patch", 8, "--embedding", 16, "--steps", 1, "--pictures", 1, "--things", 1, "--clicks", 1,
                "--scenes", 1), Stream.of(more)).toList();
    }

    private static List<String> all() {
        return Stream.concat(ENCODERS.stream(), DECODERS.stream()).toList();
    }

    // ---- checkpoints

    private static Path checkpoint(String name) throws IOException {
        Path given = CASES.resolve("checkpoints").resolve(name);
        return Files.exists(given) ? given : switch (name) {
            case "sibling: adapters in the decoder" -> sibling(name, n -> n, "mask_decoder.transformer.layers.0.adapter.up.weight", 0.1f);
            case "sibling: infinity in the encoder" -> sibling(name, n -> n.equals("image_encoder.neck.1.bias") ? "" : n,
                    "image_encoder.neck.1.bias", Float.NEGATIVE_INFINITY);
            case "sibling: behind two prefixes" -> sibling(name, n -> "net.sam." + n, "loss.weight", 1);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /// The small SAM with its tensors renamed, without those whose new name is empty, and with one more tensor of 32 numbers.
    private static Path sibling(String name, UnaryOperator<String> names, String more, float number) {
        Path file = folder.resolve(name.replaceAll("[ :]+", "-") + ".safetensors");
        float[] numbers = new float[32];
        numbers[5] = number;
        try (Safetensors sam = Safetensors.open(Golden.path("sam-tiny/sam-tiny.safetensors"))) {
            List<Item> items = new ArrayList<>(List.of(Item.of(more, Shape.of(32), numbers)));
            for (var entry : sam.entries().entrySet()) {
                String called = names.apply(entry.getKey());
                if (!called.isEmpty()) items.add(Item.of(called, entry.getValue().shape(), sam.floats(entry.getKey())));
            }
            Safetensors.write(file, Map.of(), items);
        }
        return file;
    }

    /// Every verb refuses it in the same words before it starts any work.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "adapter.pth|is a SAM with adapters: 16 tensors within its networks have no place in a SAM, the first of them \"image_encoder.blocks.0.MLP_Adapter.D_fc1.weight\"",
        "optimizer-object.pth|is a SAM with adapters: 16 tensors",
        "sibling: adapters in the decoder|is a SAM with adapters: a tensor within its networks has no place in a SAM, \"mask_decoder.transformer.layers.0.adapter.up.weight\"",
        "hf-hq|is SAM-HQ: 25 tensors", "mobilesam-like.pth|is MobileSAM, but not a whole one",
        "sam2-like.pt|is SAM 2, which is not read here",
        "nan.safetensors|the tensor \"image_encoder.blocks.2.mlp.lin1.weight\" holds NaN",
        "sibling: infinity in the encoder|the tensor \"image_encoder.neck.1.bias\" holds -Infinity"})
    void isRefusedByEveryVerb(String name, String says) throws IOException {
        Path weights = checkpoint(name);
        for (String verb : all()) {
            boolean late = says.contains(" holds ");                               // found only when its numbers are read
            if (late && verb.equals("export decoder")) continue;                   // does not read the encoder
            Path out = out();
            Cli cli = verb(verb, weights, out);
            assertEquals(2, cli.exit(), verb + ": " + cli);
            assertTrue(cli.err().contains(says), verb + ": " + cli.err());
            assertTrue(verb.equals("embed") || (late && verb.equals("study methods")) || !Files.exists(out), verb + " has begun");
        }
        assertTrue(run(0, "info", weights).out().matches("(?s).*(family|unknown|not finite) .*"));
    }

    /// The small SAM in different containers: the masks are the same, and so is the file that `convert` writes.
    @ParameterizedTest
    @ValueSource(strings = {"nocrc.pth", "proto3.pth", "buffer.pth", "swa.pth", "lightning_plus_loss.pth", "train_npscalar.pth",
        "train_namespace.pth", "extra_float8_e4m3fn.pth", "model_state.pth", "sibling: behind two prefixes"})
    void isTheSmallSamForEveryVerb(String name) throws IOException {
        Path weights = checkpoint(name), plain = name.equals("model_state.pth") ? SAM : Cli.TINY, one = out(".safetensors"),
                other = out(".safetensors");
        run(0, "info", weights);
        run(0, "convert", weights, one);
        run(0, "convert", plain, other);
        try (Safetensors its = Safetensors.open(one);
                Safetensors right = Safetensors.open(other)) {
            for (String tensor : right.entries().keySet()) assertArrayEquals(right.floats(tensor), its.floats(tensor), tensor);
        }
        assertEquals(said(verb("segment", plain, out())), said(verb("segment", weights, out())));
        if (name.equals("train_namespace.pth"))
            for (String verb : List.of("embed", "train decoder", "export", "export decoder", "study prompts"))
                assertEquals(0, verb(verb, weights, out()).exit(), verb);
    }

    /// What a verb prints about masks and scores, without file names.
    private static String said(Cli cli) {
        assertEquals(0, cli.exit(), cli.toString());
        return cli.out().lines().filter(line -> line.startsWith("score")).toList() + cli.err().replaceAll("(?m)^.*(LoRA).*\n", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"encoder-only.safetensors", "timm.safetensors"})
    void anEncoderAloneIsEnoughWhereNoMaskIsAsked(String name) throws IOException {
        Path weights = checkpoint(name);
        for (String verb : ENCODERS) {
            Cli cli = verb(verb, weights, out());
            assertEquals(0, cli.exit(), verb + ": " + cli);
            if (verb.equals("train")) assertEquals(said(verb(verb, Cli.TINY, out())), said(cli));
        }
        for (String verb : DECODERS)
            assertTrue(verb(verb, weights, out()).err().contains("the checkpoint is an image encoder alone"), verb);
    }

    /// Low-rank updates stored beside their base weights give the results of the merged weights, not those of the base.
    @Test
    void lowRankUpdatesLearnAndAnswerAsTheMergedOnes() throws IOException {
        for (String verb : List.of("train", "train decoder")) {
            String merged = said(verb(verb, checkpoint("lora-merged.safetensors"), out()));
            assertEquals(merged, said(verb(verb, checkpoint("lora-unmerged.safetensors"), out())), verb);
            assertFalse(merged.equals(said(verb(verb, Cli.TINY, out()))), verb);
        }
    }

    // ---- pictures

    private static Path picture(String name) {
        return CASES.resolve("pictures").resolve(name);
    }

    /// The same numbers in another container give the same masks and messages. So does a NIfTI file of them, which is made here.
    @ParameterizedTest
    @CsvSource({"tea12.tif,tea12.png,288,384,brightness: 704 is black and 3888 white (percentiles 0.1 and 99.9)",
        "exif6.jpg,im.png,83,61,",
        "g_int16.tif,g16_zstd.tif,50,70,brightness: 4.499 is black and 4089.501 white (percentiles 0.1 and 99.9)",
        "bigtiff.tif,,50,70,", "g_bool.tif,,50,70,", "jpeg_tiled_rgb.tif,,50,70,",
        "twochan_contig.tif,,50,70,'it has 2 channels: 0 is shown as red and blue, 1 as green; --channels chooses others'"})
    void theNumbersDecideAndNotTheContainer(String name, String other, int height, int width, String says) {
        Volume numbers = PictureFile.volume(picture(name));
        assertEquals(List.of(width, height), List.of(numbers.geometry().nx(), numbers.geometry().ny()));
        Path out = out(), deep = out(".nii.gz");
        List<Object> ask = List.of("--weights", SAM, "--point", "30,25", "--threads", 1, "--require-backend", "scalar");
        Cli first = segment(picture(name), out, ask);
        if (says != null) assertTrue(first.err().contains(says), first.err());
        else assertFalse(first.err().contains("brightness") || first.err().contains("channels"), first.err());
        byte[] mask = Volumes.readLabels(out.resolve(Volumes.stem(name) + "_mask.png")).classes();
        if (other != null) {
            Path there = out();
            segment(picture(other), there, ask);
            assertArrayEquals(mask, Volumes.readLabels(there.resolve(Volumes.stem(other) + "_mask.png")).classes());
        }
        if (name.equals("g_bool.tif")) {                                           // white is 0 in this file
            float[] shown = PictureFile.read(picture(name)).pixels();
            for (int i = 0; i < height * width; i++) assertEquals(255 * numbers.voxels()[i], shown[i]);
        } else if (numbers.channels() == 1) {
            Nifti.write(deep, numbers);
            Path there = out();
            segment(deep, there, Stream.concat(ask.stream(), Stream.of("--slice", 0)).toList());
            assertArrayEquals(mask, Volumes.readLabels(there.resolve(deep.getFileName())).classes());
        }
        if (says == null || height > 200) return;
        Cli everything = run(0, "masks", "--weights", SAM, "--image", picture(name), "--points-per-side", 1, "--pred-iou-thresh", 0,
                "--stability-score-thresh", 0, "--threads", 1, "--out", out());
        assertTrue(everything.err().contains(says), everything.err());
    }

    private static Cli segment(Path image, Path out, List<Object> more) {
        return run(0, Stream.concat(Stream.of("segment", "--image", image, "--out", out), more.stream()).toArray());
    }

    /// All of them as one dataset: every verb that takes a dataset reads every kind, and the same picture in two containers gets the same answer.
    @ParameterizedTest
    @CsvSource({"g_bool.tif,70 × 50 × 1,g_int16.tif g16_zstd.tif bigtiff.tif g_bool.tif jpeg_tiled_rgb.tif",
        "labidx61.png,61 × 83 × 1,exif6.jpg im.png"})
    void everyKindOfPictureIsACaseOfADataset(String mask, String grid, String names) throws IOException {
        Path labels = picture(mask);
        if (!Files.exists(labels)) {
            Volume turned = PictureFile.volume(picture("im.png"));
            byte[] classes = new byte[turned.geometry().voxels()];
            for (int i = 0; i < classes.length; i++) classes[i] = (byte) (i / 61 < 40 ? 1 : 0);
            labels = folder.resolve("labels.png");
            Volumes.write(labels, new LabelVolume(turned.geometry(), classes));
        }
        Map<String, Path> images = new LinkedHashMap<>();
        for (String name : names.split(" ", -1)) images.put(name, picture(name));
        Path made = dataset(Volumes.stem(mask), images, labels), out = out(), run = out();
        Cli verified = run(2, "data", "verify", made);                             // two patients share a picture
        assertTrue(verified.out().contains("grids         " + grid + ": " + images.size() + "\n"), verified.out());
        assertTrue(verified.out().contains("faults        1\n"), verified.out());
        run(0, "train", "--data", made, "--weights", SAM, "--method", "linear", "--epochs", 1, "--side", 16, "--labelled", 1, "--threads",
                1, "--quiet", "--out", run);
        run(0, "predict", "--run", run, "--input", made.resolve("images"), "--output", out, "--probabilities", "--threads", 1);
        String one = images.keySet().iterator().next(), other = names.split(" ", -1)[1];
        assertArrayEquals(Volumes.read(out.resolve(Volumes.stem(one) + "_probabilities.nii.gz"), 1).voxels(),
                Volumes.read(out.resolve(Volumes.stem(other) + "_probabilities.nii.gz"), 1).voxels());
        for (String name : images.keySet()) assertTrue(Files.exists(Volumes.labels(out, Volumes.stem(name), Path.of(name))), name);
        run(0, "study", "prompts", "--data", made, "--weights", SAM, "--protocols", "click", "--out", out(), "--threads", 1, "--quiet");
        run(0, pretrain(out(), made, "--threads", 1, "--quiet").toArray());
    }

    /// A mask means the same whichever program wrote it, and so do the same numbers as TIFF and NIfTI, which are made here.
    @ParameterizedTest
    @CsvSource({"c2m_true.png,c2m_false.png,1100 1540", "labidx.png,labidx_opt.png,150 500 150 0 0 1600",
        "labidx.png,labidx_im8.png,150 500 150 0 0 1600", "g_bool.tif,g_bool.tif,1048 2452"})
    void aMaskMeansTheSameHoweverItIsPacked(String one, String other, String voxels) throws IOException {
        LabelVolume labels = Volumes.readLabels(picture(one));
        Path tiff = out(".tif"), nifti = out(".nii.gz");
        Volumes.write(tiff, labels);
        Nifti.write(nifti, labels);
        Path truth = Files.createDirectory(out());
        Set<String> said = new HashSet<>();
        Files.copy(picture(one), truth.resolve("a" + one.substring(one.length() - 4)));
        for (Path file : List.of(picture(other), tiff, nifti)) {
            Path made = dataset(out().getFileName().toString(), Map.of("a.png", PICTURE), file);
            Files.delete(made.resolve("images/a.png"));
            float[] image = new float[labels.classes().length];
            for (int i = 0; i < image.length; i++) image[i] = i % 7;
            Nifti.write(made.resolve("images/a.nii"), new Volume(labels.geometry(), image));
            Json verified = Json.parse(run(0, "data", "verify", made, "--json").out(), "verify");
            assertEquals(voxels, counts(verified), file.toString());
            Cli scored = run(0, "evaluate", "--pred", made.resolve("masks"), "--truth", truth);
            assertTrue(scored.out().contains("  1.0000   1.0000   1.0000     0.00     0.00"), scored.out());
            Cli refined = segment(picture(one), out(), List.of("--weights", SAM, "--mask", file, "--threads", 1));
            said.add(refined.err().replaceAll("(?s).*predicted", "predicted"));
        }
        assertEquals(1, said.size(), said.toString());
    }

    private static String counts(Json verified) {
        return String.join(" ", verified.at("classes").list().stream().map(c -> Long.toString(c.at("voxels").whole())).toList());
    }

    // ---- datasets

    /// All verbs agree on what the labels mean, how often each class occurs, and which classes are learnt, predicted, scored and reported.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"ignore2|0 is background, 1 is x, 2 is ignored|5632 896|x",
        "jpg_images|0 is background, 255 is class 1|6240 1440|class 1",
        "msd4d|0 is background, 1 is x|6784 896|x", "sibling: NaN in images|0 is background, 255 is class 1|315 315|class 1",
        "sibling: void in PNG|0 is background, 1 is class 1, 255 is ignored|1080 480|class 1"})
    void everyVerbReadsTheDataset(String name, String labels, String voxels, String classes) throws IOException {
        Path set = set(name), to = out(), all = out(), scores = out(".json");
        Object[] more = labels.contains("255 is ignored") ? new Object[]{"--ignore-label", 255} : new Object[0];
        asked(set, labels, voxels, more);
        Cli trained = run(0, with(more, "train", "--data", set, "--weights", Cli.TINY, "--method", "linear", "--epochs", 1, "--side", 16,
                "--labelled", 1, "--out", to, "--threads", 1));
        assertTrue(trained.err().contains("labels: " + labels + "\n"), trained.err());
        List<String> names = List.of("background", classes);
        assertEquals(names, Json.read(to.resolve("run.json")).at("classNames").strings());
        Path images = set.resolve(Files.isDirectory(set.resolve("images")) ? "images" : "imagesTr");
        run(0, "predict", "--run", to, "--input", images, "--output", all, "--threads", 1);
        for (Path file : Volumes.list(all).values()) assertTrue(Volumes.readLabels(file).max() < names.size(), file.toString());
        Cli scored = run(0, with(more, "evaluate", "--pred", all, "--truth", set, "--json", scores));
        assertFalse(scored.out().contains("ignore"), scored.out());
        assertEquals(names.size(), Json.read(scores).at("classes").list().size());
        run(0, "report", to, "--threads", 1);
        assertEquals(names.size(), Json.read(to.resolve("evaluation.json")).at("classes").list().size());
        Cli learnt = run(0, with(more, pretrain(out(), set, "--threads", 1).toArray()));
        assertTrue(learnt.err().contains("labels: " + labels + "\n"), learnt.err());
    }

    /// The other datasets, through the verbs that their own tests do not cover.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"png_ij_invlut|0 is background, 255 is class 1|6240 1440|",
        "png_mixed|0 is background, 255 is class 1|6240 1440|",
        "msd4d|0 is background, 1 is x|6784 896|--frame 1", "nocodes_recipe|0 is background, 1 is class 1|5088 672|",
        "micron_recipe|0 is background, 1 is class 1|5088 672|", "q_ne_s|0 is background, 1 is class 1|5088 672|",
        "quat_pair|0 is background, 1 is class 1|11200 320|", "mask-of-255-in-nifti|0 is background, 255 is class 1|19890 3042|",
        "labels-almost-whole|0 is background, 1 is class 1, 2 is class 2|19890 1763 1279|",
        "ignore2|0 is background, 1 is x, 2 is class 2|5632 896 1152|--classes 0,1,2",
        "white-is-decided-per-file|0 is background, 128 is plate, 255 is artery|896 0 128|--classes 0,128:1,255:2"})
    void whatIsAskedAboutIsWhatIsLabelled(String name, String labels, String voxels, String options) throws IOException {
        asked(set(name), labels, voxels, options == null ? new Object[0] : options.split(" "));
    }

    private static void asked(Path set, String labels, String voxels, Object... more) {
        Json verified = Json.parse(run(0, with(more, "data", "verify", set, "--json")).out(), "verify");
        assertEquals(voxels, counts(verified));
        Path to = out();
        Cli cli = run(0, with(more, "study", "prompts", "--data", set, "--weights", Cli.TINY, "--protocols", "click", "--cases", 1,
                "--fewest-pixels", 5, "--out", to, "--threads", 1, "--quiet"));
        assertEquals(verified.at("classes").list().stream().map(c -> c.at("name").string()).toList(), Json.read(to.resolve("prompts.json"))
                .at("classNames").strings(), labels + cli);
        run(0, with(more, "embed", "--data", set, "--weights", Cli.TINY, "--cache", out(), "--side", 16, "--threads", 1, "--quiet"));
        if (Files.isDirectory(set.resolve("labelsTr"))) run(0, "data", "split", set, "--out", out(".json"));
        assertTrue(run(0, with(more, "data", "verify", set)).out().contains("labels        " + labels + "\n"));
    }

    private static Object[] with(Object[] more, Object... words) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray();
    }

    private static Path set(String name) throws IOException {
        if (Files.isDirectory(SETS.resolve(name))) return SETS.resolve(name);
        Path made = out();
        for (String part : List.of("imagesTr", "labelsTr", "images", "masks"))
            if (name.contains("NaN") == part.endsWith("Tr")) Files.createDirectories(made.resolve(part));
        for (int i = 0; i < 3; i++) {
            if (name.contains("NaN")) {
                Path nan = CASES.resolve("volumes/nan.nii");
                byte[] file = Files.readAllBytes(nan);
                file[file.length - 4 * (1 + i)] ^= 1;                              // no two patients share a picture
                Files.write(made.resolve("imagesTr/a" + i + ".nii"), file);
                byte[] half = new byte[Volumes.read(nan).geometry().voxels()];
                for (int v = 0; v < half.length; v++) half[v] = (byte) (v % 2 == 0 ? 255 : 0);
                Volumes.write(made.resolve("labelsTr/a" + i + ".nii.gz"), new LabelVolume(Volumes.read(nan).geometry(), half));
            } else {
                float[] picture = new float[600];
                byte[] mask = new byte[600];
                for (int v = 0; v < 600; v++) {
                    picture[v] = (v * (7 + i)) % 251;
                    mask[v] = (byte) (v % 30 < 8 ? 1 : v % 30 < 12 ? 255 : 0);
                }
                Geometry grid = Geometry.of(30, 20, 1, 1, 1, 1);
                Nifti.write(made.resolve("images/a" + i + ".nii"), new Volume(grid, picture));
                Volumes.write(made.resolve("masks/a" + i + ".png"), new LabelVolume(grid, mask));
            }
        }
        return made;
    }

    /// Every form of `dataset.json`, in every verb that needs the names of the classes.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"a-old-style|anterior;posterior", "b-new-style|anterior;posterior",
        "c-numbers-as-text|anterior;posterior", "d-regions|whole;posterior", "e-windows-paths|anterior;posterior",
        "f-list-of-names|anterior;posterior"})
    void everyVerbKnowsTheNames(String name, String classes) throws IOException {
        Path set = SETS.resolve("dataset-json").resolve(name), scores = out(".json");
        assertEquals("19890 1763 1279", counts(Json.parse(run(0, "data", "verify", set, "--json").out(), "verify")));
        run(0, "evaluate", "--pred", set.resolve("labelsTr"), "--truth", set, "--json", scores);
        assertEquals(Stream.concat(Stream.of("background"), Stream.of(classes.split(";"))).toList(), Json.read(scores).at("classes").strings());
        run(0, "data", "split", set, "--out", out(".json"));
    }

    /// Every verb refuses a wrong dataset in the same words, before it starts any work.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"dataset-json/g-byte-order-mark|byte order mark", "dataset-json/h-trailing-comma|dataset.json",
        "dataset-json/i-gap|not numbered from 0 without a gap", "white-is-decided-per-file|holds 255, which means nothing here"})
    void everyVerbRefusesTheDataset(String name, String says) {
        Path set = SETS.resolve(name), to = out(), asked = out(), grown = out(), cells = out();
        Object[] pre = pretrain(grown, set, "--threads", 1).toArray();
        for (Object[] words : new Object[][]{{"data", "verify", set}, {"embed", "--data", set, "--weights", Cli.TINY, "--cache", out()},
            {"train", "--data", set, "--weights", Cli.TINY, "--head", "linear", "--side", 16, "--epochs", 1, "--out", to, "--quiet"},
            {"study", "prompts", "--data", set, "--weights", Cli.TINY, "--protocols", "click", "--out", asked, "--quiet"},
            {"study", "methods", "--data", set, "--weights", Cli.TINY, "--method", "linear", "--out", cells, "--quiet"},
            {"evaluate", "--pred", set.resolve(Files.isDirectory(set.resolve("masks")) ? "masks" : "labelsTr"), "--truth", set}, pre}) {
            if (words[0].equals(pre[0]) && name.startsWith("white")) says = "it needs labels of two patients";
            Cli cli = run(2, words);
            assertTrue((cli.err() + cli.out()).contains(says), List.of(words) + ": " + cli);
        }
        for (Path begun : List.of(to, asked, cells, grown)) assertFalse(Files.exists(begun), begun + " exists");
    }

    /// A dataset of four images with one label can be embedded and studied, but not pretrained on.
    @Test
    void fewLabelsAreEnough() {
        Path set = SETS.resolve("few-labels-many-images"), asked = out();
        run(0, "embed", "--data", set, "--weights", Cli.TINY, "--cache", out(), "--side", 16, "--threads", 1, "--quiet");
        run(0, "study", "prompts", "--data", set, "--weights", Cli.TINY, "--protocols", "click", "--out", asked, "--threads", 1, "--quiet");
        assertEquals(List.of("case_015"), Json.read(asked.resolve("prompts.json")).at("cases").strings());
        assertTrue(run(2, pretrain(out(), set).toArray()).err().contains("it needs labels of two patients"));
    }
}
