package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.convert.OfficialWeights;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Safetensors.Item;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the verbs say about checkpoints that hold more or less than a SAM.
class CheckpointVerbsTest {
    private static final Path TINY = Golden.path("sam-tiny/sam-tiny.safetensors"), PICTURE = Golden.path("sam-tiny/picture.png");
    private static final Path CASES = Path.of(System.getProperty("samovar.shared", "../shared"), "cases", "checkpoints");
    private static final String ADAPTER = "image_encoder.blocks.0.MLP_Adapter.D_fc1.weight";

    @TempDir
    private static Path folder;
    private static Path adapted, encoder, nan, data;

    @BeforeAll
    static void write() throws IOException {
        adapted = write("adapted.safetensors", _ -> true, Item.of(ADAPTER, Shape.of(2), new float[2]), Item.of("loss.w", Shape.of(2),
                new float[2]));
        encoder = write("encoder.safetensors", name -> name.startsWith("image_encoder."));
        String bias = "image_encoder.neck.3.bias";
        float[] broken = new float[32];
        broken[3] = Float.NaN;
        nan = write("nan.safetensors", name -> !name.equals(bias), Item.of(bias, Shape.of(32), broken));
        data = folder.resolve("data");
        assertEquals(0, Cli.run("data", "phantom", "--out", data, "--patients", 3).exit());
    }

    private static Path write(String name, Predicate<String> wanted, Item... more) {
        Path file = folder.resolve(name);
        try (Safetensors sam = Safetensors.open(TINY)) {
            List<Item> items = new ArrayList<>();
            for (String tensor : sam.entries().keySet()) if (wanted.test(tensor)) items.add(Item.of(tensor, sam));
            items.addAll(List.of(more));
            Safetensors.write(file, Map.of(), items);
        }
        return file;
    }

    /// Runs a verb on a checkpoint.
    private static Cli run(String verb, Path weights, Path out, Object... more) {
        Object[] first = switch (verb) {
            case "segment" -> new Object[]{"segment", "--weights", weights, "--image", PICTURE, "--point", "172,47", "--out", out};
            case "masks" -> new Object[]{"masks", "--weights", weights, "--image", PICTURE, "--points-per-side", 2, "--out", out};
            case "embed" -> new Object[]{"embed", "--weights", weights, "--data", data, "--cache", out, "--side", 32, "--augment", "none"};
            case "train" -> new Object[]{"train", "--weights", weights, "--data", data, "--head", "linear", "--epochs", 1, "--labelled", 1,
                "--side", 32, "--augment", "none",
                "--out", out};
            case "vit" -> new Object[]{"train", "--weights", weights, "--data", data, "--head", "vit", "--epochs", 1, "--labelled", 1,
                "--side", 32, "--augment", "none",
                "--out", out};
            case "decoder" -> new Object[]{"export", "--decoder", "--onnx", out, weights};
            default -> new Object[]{"export", "--onnx", out, weights};
        };
        return Cli.run(Stream.concat(Stream.of(first), Stream.of(more)).toArray());
    }

    @ParameterizedTest
    @CsvSource({"segment", "masks", "embed", "train", "export", "decoder"})
    void refusesTensorsWithinTheNetworksAndGoesWithoutIfTold(String verb) {
        Cli refused = run(verb, adapted, folder.resolve(verb + "-refused"));
        assertEquals(2, refused.exit(), refused.err());
        assertTrue(refused.err().contains("is a SAM with adapters: a tensor within its networks has no place in a SAM, \"" + ADAPTER
                + "\""), refused.err());
        assertTrue(refused.err().contains(adapted + ": left out are tensors that have no place in the model: loss.w\n"), refused.err());
        Cli told = run(verb, adapted, folder.resolve(verb + "-told"), "--ignore-unknown-weights");
        assertTrue(told.exit() == 0 || (verb.equals("masks") && told.err().contains("lower --pred-iou-thresh")), told.err());
        assertTrue(told.err().contains("warning: " + adapted + ": left out are tensors that have no place in the model: " + ADAPTER
                + ", loss.w\n"), told.err());
    }

    @ParameterizedTest
    @CsvSource({"segment, masks need", "masks, masks need", "embed,", "train,", "export,", "decoder, masks need",
        "vit, the ViT head starts from"})
    void anEncoderAloneIsEnoughForWhatNeedsNoMore(String verb, String refusal) {
        Cli cli = run(verb, encoder, folder.resolve(verb + "-encoder"));
        assertEquals(refusal == null ? 0 : 2, cli.exit(), cli.err());
        if (refusal != null) assertTrue(cli.err().contains("an image encoder alone") && cli.err().contains(refusal), cli.err());
    }

    @ParameterizedTest
    @CsvSource({"segment", "masks", "embed", "train", "export"})
    void aWeightThatIsNoNumberIsNamed(String verb) {
        Cli cli = run(verb, nan, folder.resolve(verb + "-nan"));
        assertEquals(2, cli.exit(), cli.err());
        assertTrue(cli.err().contains("the tensor \"image_encoder.neck.3.bias\" holds NaN (its element 3)"), cli.err());
    }

    @Test
    void infoAndConvertSayWhatIsInIt() {
        Path out = folder.resolve("converted.safetensors");
        for (Cli cli : List.of(Cli.run("info", adapted), Cli.run("convert", adapted, out))) {
            assertEquals(0, cli.exit(), cli.err());
            assertTrue(cli.out().contains("unexpected    2: " + ADAPTER + ", loss.w\nfamily        a SAM with adapters\n"), cli.out());
        }
        Cli without = Cli.run("convert", adapted, out, "--overwrite", "--ignore-unknown-weights");
        assertTrue(without.out().contains("unexpected    1: loss.w\n") && without.out().contains("skipped       1: " + ADAPTER + "\n"),
                without.out());
        assertEquals(0, run("segment", out, folder.resolve("without")).exit());
        assertTrue(Cli.run("info", nan).out().contains("not finite    1: image_encoder.neck.3.bias\n"));
        assertTrue(Cli.run("info", encoder).out().contains("image encoder of SAM custom: width 48"), Cli.run("info", encoder).out());
        assertEquals(2, Cli.run("convert", adapted, folder.resolve("x"), "--lora-scale", "NaN").exit());
    }

    @Test
    void aRunGoesOnAndPredictsWithWhatItWasTrainedOn() throws IOException {
        Path run = folder.resolve("told"), out = folder.resolve("predicted");
        assertEquals(0, run("train", adapted, run, "--ignore-unknown-weights").exit());
        for (Object[] verb : new Object[][]{{"predict", "--run", run, "--output", out}, {"train", "--resume", run}, {"report", run}}) {
            Cli cli = Cli.run(verb);
            assertEquals(0, cli.exit(), cli.err());
            assertTrue(cli.err().contains("warning: " + adapted + ": left out are tensors that have no place in the model: " + ADAPTER), cli.err());
        }
        assertEquals(0, Cli.run("export", "--onnx", folder.resolve("told.onnx"), adapted, "--head", run).exit());
        Path plain = folder.resolve("strict"), json = plain.resolve("run.json");
        assertEquals(0, run("train", TINY, plain).exit());
        Files.writeString(json, Files.readString(json).replace(TINY.toAbsolutePath().normalize().toString(), adapted.toString()));
        assertTrue(Cli.run("predict", "--run", plain, "--output", out, "--overwrite").err().contains("is a SAM with adapters"));
    }

    @Test
    void aFolderOfTransformersIsGivenAsItIs() throws IOException {
        assumeTrue(Files.isDirectory(CASES), "the cases are not here: set their folder with -Dsamovar.shared");
        Path hq = CASES.resolve("hf-hq");
        Cli refused = run("segment", hq, folder.resolve("hq"));
        assertEquals(2, refused.exit());
        assertTrue(refused.err().contains("the checkpoint is SAM-HQ: 25 tensors"), refused.err());
        Cli plain = run("segment", hq, folder.resolve("hq-plain"), "--ignore-unknown-weights");
        assertEquals(0, plain.exit(), plain.err());
        assertTrue(plain.err().contains("mask_decoder.compress_vit_conv1.bias") && plain.err().contains(" and 17 more"), plain.err());
        assertTrue(Cli.run("info", hq).out().contains("family        SAM-HQ\n"));
        assertTrue(Cli.run("info", folder).err().contains("is no run, because it has no run.json"));
    }

    @ParameterizedTest
    @CsvSource({"lora-unmerged.safetensors", "lora-merged.safetensors"})
    void mergedOrNotLowRankUpdatesGiveTheSameAnswer(String name) throws IOException {
        assumeTrue(Files.isDirectory(CASES), "the cases are not here: set their folder with -Dsamovar.shared");
        Path out = folder.resolve(name);
        Cli cli = Cli.run("segment", "--weights", CASES.resolve(name), "--image", PICTURE, "--point", "180,130", "--multimask", "--out", out);
        assertEquals(0, cli.exit(), cli.err());
        List<Json> masks = Json.read(out.resolve(PICTURE.getFileName().toString().replace(".png", "_masks.json"))).at("masks").list();
        double[] iou = masks.stream().mapToDouble(mask -> mask.at("predicted_iou").number()).toArray();
        double[] right = {0.137, 0.074, 0.000};
        for (int i = 0; i < 3; i++) assertEquals(right[i], iou[i], 6e-4, name + " mask " + i);
        assertEquals(name.contains("unmerged"), cli.err().contains("low-rank updates (LoRA) of 4 weights are merged"), cli.err());
    }

    @Test
    void aCheckpointInAFolderIsNotReplacedByWhatIsMadeOfIt() throws IOException {
        Path hf = Files.createDirectories(folder.resolve("hf")), model = Files.copy(TINY, hf.resolve("model.safetensors"));
        for (Object[] verb : new Object[][]{{"convert", hf, model, "--half", "--overwrite"}, {"export", "--onnx", model, hf, "--overwrite"}}) {
            Cli cli = Cli.run(verb);
            assertTrue(cli.exit() == 2 && cli.err().contains(model + " is the checkpoint itself"), cli.err());
        }
        assertEquals(-1, Files.mismatch(TINY, model));
        Path part = Files.copy(TINY, hf.resolve("part.safetensors")), index = hf.resolve("index-without-an-ending");
        Map<String, String> map = new TreeMap<>();
        try (Safetensors whole = Safetensors.open(TINY)) {
            whole.entries().keySet().forEach(name -> map.put(name, "part.safetensors"));
        }
        Files.writeString(index, Json.object().with("weight_map", map).toString());
        Cli shard = Cli.run("convert", index, part, "--half", "--overwrite");
        assertTrue(shard.exit() == 2 && shard.err().contains(part + " is the checkpoint itself"), shard.err());
        assertEquals(-1, Files.mismatch(TINY, part));
        Cli scaled = Cli.run("convert", TINY, folder.resolve("scaled"), "--lora-scale", 3);
        assertTrue(scaled.exit() == 2 && scaled.err().contains("has no low-rank updates (LoRA) that a factor could scale"), scaled.err());
        assertTrue(Files.notExists(folder.resolve("scaled")));
    }

    @Test
    void halfPrecisionIsHalfTheFileAndWorksEverywhere() throws IOException {
        Path half = folder.resolve("half.safetensors");
        Cli converted = Cli.run("convert", TINY, half, "--half");
        assertEquals(0, converted.exit(), converted.err());
        assertTrue(Files.size(half) < 0.52 * Files.size(TINY), Files.size(half) + " bytes");
        try (Safetensors whole = Safetensors.open(TINY); Safetensors halved = Safetensors.open(half)) {
            assertEquals(whole.entries().keySet(), halved.entries().keySet());
            for (String name : whole.entries().keySet()) {
                float[] x = whole.floats(name), y = halved.floats(name);
                for (int i = 0; i < x.length; i++) assertEquals(x[i], y[i], Math.abs(x[i]) * 0x1p-11 + 0x1p-25, name);
            }
        }
        assertEquals(0, run("segment", half, folder.resolve("segmented")).exit());
        Path large = write("large.safetensors", name -> !name.endsWith("neck.3.bias"), Item.of("image_encoder.neck.3.bias", Shape.of(1),
                new float[]{1e6f}));
        Cli refused = Cli.run("convert", large, folder.resolve("too-large.safetensors"), "--half");
        assertEquals(2, refused.exit());
        assertTrue(refused.err().contains("too large for half precision"), refused.err());
    }

    @Test
    void weightsListsWhatOthersPublishAndInventsNoFigure() {
        Cli cli = Cli.run("weights");
        assertEquals(0, cli.exit(), cli.err());
        for (String word : List.of("sam_vit_b_01ec64.pth", "sam_vit_l_0b3195.pth", "sam_vit_h_4b8939.pth", "medsam_vit_b.pth",
                "mobile_sam.pt",
                "lite_medsam.pth", "Apache-2.0", "375 MB", "not known", "https://github.com/facebookresearch/segment-anything"))
            assertTrue(cli.out().contains(word), word + " in\n" + cli.out());
    }

    @Test
    void theReadmeTellsTheSameOfThem() throws IOException {
        String readme = Files.readString(Path.of("../README.md"));
        for (OfficialWeights weights : OfficialWeights.ALL) {
            String size = weights.size() == null ? "not known" : weights.size();
            String digest = weights.sha256() == null ? "not known" : "`" + weights.sha256() + "`";
            String cell = "| [" + weights.model() + "](" + weights.address() + ") | `" + weights.file() + "` | ";
            String row = cell + size + " | " + digest + " |\n";
            assertTrue(readme.contains(row), row);
        }
    }

    @Test
    void weightsComparesAFileWithADigest() {
        String digest = Sha256.of(Cli.TINY);
        Cli plain = Cli.run("weights", Cli.TINY), right = Cli.run("weights", Cli.TINY, "--sha256", digest.toUpperCase(Locale.ROOT));
        assertTrue(plain.exit() == 0 && plain.out().contains(digest) && plain.out().contains("on no list here"), plain.toString());
        assertTrue(right.exit() == 0 && right.out().contains("digest        as it should be\n"), right.toString());
        Cli wrong = Cli.run("weights", Cli.TINY, "--sha256", "0".repeat(64));
        assertEquals(2, wrong.exit());
        assertTrue(wrong.err().contains("its SHA-256 digest is " + digest + " and should be 0000") && wrong.err().contains("download it again"),
                wrong.err());
        assertTrue(Cli.run("weights", Cli.TINY, "--sha256", "12ab").err().contains("has 64 hexadecimal digits"));
        assertTrue(Cli.run("weights", "--sha256", digest).err().contains("name the file, too"));
    }
}
