package dev.samovar.cli;

import static dev.samovar.cli.Cli.TINY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Sha256;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.format.Png;
import dev.samovar.models.generator.HarDNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Methods other than heads, from volumes to a report.
class MethodsCommandTest {
    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeData() throws IOException {
        SmallDataset.write(folder.resolve("data"));
        Files.writeString(folder.resolve("split.json"), "{\"train\": [\"case0\"], \"val\": [\"case1\"], \"test\": [\"case2\"]}");
    }

    private static Cli train(String method, Path out, Object... more) {
        Object[] fixed = {"train", "--data", folder.resolve("data"), "--weights", TINY, "--method", method, "--split", folder.resolve("split.json"),
            "--epochs", 2, "--side", 32, "--out", out, "--threads", 2};
        Object[] all = java.util.Arrays.copyOf(fixed, fixed.length + more.length);
        System.arraycopy(more, 0, all, fixed.length, more.length);
        return Cli.run(all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"medsam", "decoder", "lora", "adapter"})
    void fromVolumesToAReportThatSaysByWhatItWasAsked(String method) throws IOException {
        Path run = folder.resolve(method), labels = folder.resolve(method + "-labels");
        Cli train = train(method, run);
        assertEquals(0, train.exit(), train.err());
        Cli info = Cli.run("info", run);
        assertTrue(info.out().contains("method") && info.out().contains(method) && info.out().contains("prompted with boxes"), info.out());

        Cli unasked = Cli.run("predict", "--run", run, "--output", labels);
        assertEquals(2, unasked.exit());
        assertTrue(unasked.err().contains("--prompts"), unasked.err());
        assertEquals(0, Cli.run("predict", "--run", run, "--output", labels, "--prompts", "truth").exit());
        Cli rough = Cli.run("predict", "--run", run, "--input", folder.resolve("data/imagesTr"), "--output", folder.resolve(method
                + "-rough"),
                "--prompts", folder.resolve("data/labelsTr"));
        assertEquals(0, rough.exit(), rough.err());
        assertEquals(3, rough.out().lines().count());
        assertEquals(0, Cli.run("evaluate", "--pred", labels, "--truth", folder.resolve("data/labelsTr"), "--split", run.resolve("run.json")).exit());

        Cli report = Cli.run("report", run);
        assertEquals(0, report.exit(), report.err());
        String page = Files.readString(run.resolve("report.html"));
        assertTrue(page.contains("Asked by boxes around the true labels"), "the page names the prompts");
        assertTrue(Files.readString(run.resolve("model-card.json")).contains("boxes around the true labels"), "and so does the card");
    }

    /// Labels that predict wrote are rough labels for the next round, also where the dataset's numbers are others; and they lie where the image does.
    @Test
    void itsOwnLabelsArePromptsOnTheImagesGrid() throws IOException {
        Path data = folder.resolve("white"), run = folder.resolve("white-run"), first = folder.resolve("first"), rough = folder.resolve("rough");
        for (int n = 0; n < 3; n++) {
            byte[] grey = new byte[24 * 24], mask = new byte[24 * 24];
            for (int i = 0; i < grey.length; i++) {
                boolean on = i % 24 > 3 + n && i % 24 < 14 && i / 24 > 4 && i / 24 < 15;
                mask[i] = (byte) (on ? 255 : 0);
                grey[i] = (byte) (on ? 120 : i % 5);
            }
            Png.writeGrey(Files.createDirectories(data.resolve("images")).resolve("c" + n + ".png"), 24, 24, grey);
            Png.writeGrey(Files.createDirectories(data.resolve("masks")).resolve("c" + n + ".png"), 24, 24, mask);
        }
        Cli verify = Cli.run("data", "verify", data);
        assertTrue(verify.out().contains("1.0 × 1.0 × 1.0 px"), "a picture does not say how large its pixels are: " + verify.out());
        Cli train = Cli.run("train", "--data", data, "--weights", TINY, "--method", "decoder", "--labelled", 1, "--test", 2, "--epochs", 1, "--side",
                32,
                "--out", run);
        assertEquals(0, train.exit(), train.err());
        assertEquals(0, Cli.run("predict", "--run", run, "--prompts", "truth", "--output", first).exit());
        Files.createDirectories(rough);
        List<Path> labels;
        try (Stream<Path> files = Files.list(first)) {
            labels = files.sorted().toList();
        }
        assertEquals(2, labels.size());
        for (Path file : labels) {
            byte[] square = new byte[24 * 24];
            for (int i = 0; i < square.length; i++) square[i] = (byte) (i % 24 > 5 && i % 24 < 12 && i / 24 > 5 && i / 24 < 12 ? 1 : 0);
            Png.writeGrey(rough.resolve(file.getFileName()), 24, 24, square);
        }
        Cli again = Cli.run("predict", "--run", run, "--prompts", rough, "--output", folder.resolve("second"));
        assertEquals(0, again.exit(), again.err());
        assertTrue(again.err().contains(rough + ": 0 is background, 1 is class 1\n"), again.err());
        byte[] scribble = new byte[24 * 24];
        scribble[50] = 7;
        Png.writeGrey(rough.resolve(labels.getLast().getFileName()), 24, 24, scribble);
        Cli unknown = Cli.run("predict", "--run", run, "--prompts", rough, "--output", folder.resolve("third"));
        assertEquals(2, unknown.exit());
        assertTrue(unknown.err().contains(labels.getLast().getFileName() + ": its voxel (2, 2, 0) holds 7, which means nothing here"), unknown.err());
        Cli told = Cli.run("predict", "--run", run, "--prompts", rough, "--classes", "0,1,7:1", "--output", folder.resolve("told"));
        assertTrue(told.exit() == 0 && told.err().contains("7 is class 1"), told.err());
        Cli needless = Cli.run("predict", "--run", run, "--prompts", "truth", "--classes", "0,1", "--output", folder.resolve("third"));
        assertTrue(needless.exit() == 2 && needless.err().contains("--prompts DIR mean"), needless.err());
        Png.writeGrey(rough.resolve(labels.getLast().getFileName()), 24, 24, new byte[24 * 24]);
        Png.writeGrey(rough.resolve(labels.getFirst().getFileName()), 12, 12, new byte[144]);
        Cli wrong = Cli.run("predict", "--run", run, "--prompts", rough, "--output", folder.resolve("third"));
        assertTrue(wrong.exit() == 2 && wrong.err().contains("image and label do not lie on the same grid"), wrong.err());
        assertEquals(1, wrong.out().lines().count(), "the other case is segmented");
    }

    @Test
    void aGeneratorPromptsByItself() throws IOException {
        Path run = folder.resolve("autosam"), labels = folder.resolve("autosam-labels");
        Cli train = train("autosam", run, "--generator", "hardnet39ds", "--generator-side", 32, "--augment", "none");
        assertEquals(0, train.exit(), train.err());
        Cli info = Cli.run("info", run);
        assertTrue(info.out().contains("autosam, prompts by hardnet39ds from pictures of 32 pixels"), info.out());
        Cli asked = Cli.run("predict", "--run", run, "--output", labels, "--prompts", "truth");
        assertEquals(2, asked.exit(), asked.err());
        assertEquals(0, Cli.run("predict", "--run", run, "--output", labels).exit());
        Cli evaluate = Cli.run("evaluate", "--pred", labels, "--truth", folder.resolve("data/labelsTr"), "--split", run.resolve("run.json"));
        assertEquals(0, evaluate.exit(), evaluate.err());
        Cli report = Cli.run("report", run);
        assertEquals(0, report.exit(), report.err());
        String card = Files.readString(run.resolve("model-card.json"));
        assertTrue(card.contains("frozen") && card.contains("autosam") && !card.contains("asked"), card);
    }

    @Test
    void aGeneratorStartsFromWhatItLearntBefore() throws IOException {
        Path run = folder.resolve("published"), weights = folder.resolve("hardnet39ds.safetensors");
        try (Params published = Params.random(5, Device.cpu(1))) {
            new HarDNet(published, HarDNet.Layout.HARDNET39DS);
            published.save(weights, Map.of());
        }
        Cli train = train("autosam", run, "--generator", "hardnet39ds", "--generator-side", 32, "--augment", "none", "--generator-weights", weights);
        assertEquals(0, train.exit(), train.err());
        Cli info = Cli.run("info", run);
        assertTrue(info.out().contains(weights + "\n") && info.out().contains("sha256 " + Sha256.of(weights)), info.out());
        assertEquals(0, Cli.run("report", run).exit());
        assertTrue(Files.readString(run.resolve("model-card.json")).contains(Sha256.of(weights)));

        Path official = Files.write(folder.resolve("hardnet39ds-0e6c6fa9.pth"), new byte[10]);
        Cli pickle = train("autosam", folder.resolve("wrong"), "--generator", "hardnet39ds", "--generator-weights", official);
        assertEquals(2, pickle.exit(), pickle.err());
        assertTrue(pickle.err().contains("samovar convert " + official + " hardnet39ds.safetensors"), pickle.err());
        Cli other = train("autosam", folder.resolve("wrong"), "--generator-weights", weights);
        assertEquals(2, other.exit(), other.err());
        assertTrue(other.err().contains("base.0.conv.weight has shape (24, 3, 3, 3), this network needs (48, 3, 3, 3)"), other.err());
        Cli foreign = train("linear", folder.resolve("wrong"), "--generator-weights", weights);
        assertTrue(foreign.err().contains("--generator-weights is not an option of the method linear"), foreign.err());
        assertTrue(Files.notExists(folder.resolve("wrong")), "nothing is left behind");
    }

    @Test
    void aUNetSeesWhatSamFindsAndAveragesBothAnswers() throws IOException {
        Path run = folder.resolve("samaug"), labels = folder.resolve("samaug-labels");
        Cli train = train("unet", run, "--width", 2, "--input", "samaug", "--ensemble", "--points-per-side", 2, "--pred-iou-thresh", 0,
                "--stability-score-thresh", 0);
        assertEquals(0, train.exit(), train.err());
        assertTrue(train.err().contains("4 slices to find masks in"), train.err());
        Cli info = Cli.run("info", run);
        assertTrue(info.out().contains("SAM's prior maps (2 points a side"), info.out());
        assertEquals(0, Cli.run("predict", "--run", run, "--output", labels).exit());
        assertEquals(0, Cli.run("report", run).exit());
        assertTrue(Files.readString(run.resolve("model-card.json")).contains("which finds masks"));
    }

    @Test
    void aUNetLearnsWithoutLabelsFirst() throws IOException {
        Path run = folder.resolve("simclr");
        Cli train = train("unet", run, "--width", 2, "--pretrain", "simclr", "--unlabelled", folder.resolve("data/imagesTr"),
                "--pretrain-epochs",
                2, "--pretrain-batch", 2);
        assertEquals(0, train.exit(), train.err());
        assertTrue(train.err().contains("a pre-training ("), train.err());
        Cli info = Cli.run("info", run);
        assertTrue(info.out().contains("pre-trained by SimCLR for 2 epochs in batches of 2"), info.out());
        assertEquals(0, Cli.run("report", run).exit());
        assertTrue(Files.readString(run.resolve("model-card.json")).contains("imagesTr"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--pretrain simclr|say with --unlabelled DIR where they are",
        "--pretrain byol|--pretrain byol: it is simclr", "--input sam|it is raw or samaug",
        "--ensemble|--ensemble is for unet with --input samaug",
        "--pretrain-epochs 3|is for unet with --pretrain simclr",
        "--pretrain simclr --unlabelled nowhere|no such folder of unlabelled images",
        "--pretrain simclr --unlabelled DATA --pretrain-batch 7|there are 2 for a batch of 7",
        "--pretrain simclr --unlabelled DATA --pretrain-batch 7 --seeds 1,2|seed-1: ",
        "--pretrain simclr --unlabelled DATA --pretrain-batch 128|2 to 127 slices",
        "--input samaug --preprocessing sam|the preprocessing paper",
        "--input samaug --pretrain simclr --unlabelled DATA|choose one of the two", "--width 300|1 to 256 channels"})
    void wrongUseOfAUNetIsToldInASentence(String options, String says) {
        Object[] more = options.replace("DATA", folder.resolve("data/imagesTr").toString()).split(" ", -1);
        Cli train = train("unet", folder.resolve("wrong"), more);
        assertEquals(2, train.exit(), train.err());
        assertTrue(train.err().contains(says), train.err());
        assertTrue(Files.notExists(folder.resolve("wrong")), "nothing is left behind");
    }

    @Test
    void aUNetKnowsNothingOfSam() throws IOException {
        Path run = folder.resolve("unet"), labels = folder.resolve("unet-labels");
        Cli train = train("unet", run, "--width", 4, "--augment", "online");
        assertEquals(0, train.exit(), train.err());
        Cli info = Cli.run("info", run);
        assertTrue(info.out().contains("unet of width 4"), info.out());
        Cli predict = Cli.run("predict", "--run", run, "--output", labels);
        assertEquals(0, predict.exit(), predict.err());
        assertEquals(0, Cli.run("evaluate", "--pred", labels, "--truth", folder.resolve("data/labelsTr"), "--split", run.resolve("run.json")).exit());
        Cli report = Cli.run("report", run);
        assertEquals(0, report.exit(), report.err());
        assertTrue(Files.readString(run.resolve("model-card.json")).contains("none of SAM’s"));
    }

    @Test
    void aTableOfRunsSaysByWhatTheyWereAsked() throws IOException {
        Path study = folder.resolve("study");
        Cli train = train("decoder", study, "--seeds", "1,2", "--augment", "none");
        assertEquals(0, train.exit(), train.err());
        assertTrue(train.out().contains("seed-1, truth's boxes"), train.out());
        assertTrue(Files.readString(study.resolve("table.csv")).contains("\"seed-2, truth's boxes\""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"adaptor|--lr|1e-3|there is no method adaptor",
        "medsam|--rank|3|--rank is not an option of the method medsam",
        "lora|--depth-adapter|4|--depth-adapter is not an option of the method lora",
        "adapter|--form|none|it is sam, paper, released", "adapter|--depth-adapter|99|2 to 64",
        "unet|--augment|views:2|choose --augment none or online", "cnn|--width|3|--width is not an option of the method cnn",
        "linear|--depth|2|--depth is not an option of the method linear", "decoder|--head|cnn|give one of them", "lora|--rank|257|1 to 256",
        "medsam|--augment|views:2|choose --augment none or online", "autosam|--generator|hardnet99|it is hardnet85, hardnet68",
        "autosam|--generator-side|40|a multiple of 16", "medsam|--generator|hardnet68|--generator is not an option of the method medsam",
        "medsam|--preprocessing|none|paper"})
    void wrongUseIsToldInASentence(String method, String option, String value, String says) {
        Cli train = train(method, folder.resolve("wrong"), option, value);
        assertEquals(2, train.exit(), train.err());
        assertTrue(train.err().contains(says), train.err());
        assertTrue(Files.notExists(folder.resolve("wrong")), "nothing is left behind");
    }

    @Test
    void emptySlicesCannotBeAskedFor() {
        Cli train = train("decoder", folder.resolve("wrong"), "--empty-slices");
        assertEquals(2, train.exit(), train.err());
        assertTrue(train.err().contains("prompted with boxes"), train.err());
    }

    @Test
    void anExportNeedsAHead() {
        Path run = folder.resolve("exported");
        assertEquals(0, train("decoder", run, "--augment", "none").exit());
        Cli export = Cli.run("export", "--onnx", folder.resolve("x.onnx"), TINY, "--head", run);
        assertEquals(2, export.exit(), export.err());
        assertTrue(export.err().contains("decoder"), export.err());
    }
}
