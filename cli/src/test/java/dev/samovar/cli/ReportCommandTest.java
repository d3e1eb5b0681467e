package dev.samovar.cli;

import static dev.samovar.cli.Cli.TINY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.cli.report.MethodTables;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sha256;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.metrics.Spread;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/// Reports of a run and a study on five volumes of two boxes each, the last of a single slice. The names of the folder and of a class contain markup.
class ReportCommandTest {
    private static final Geometry GRID = Geometry.of(12, 10, 3, 1, 1, 4);
    private static final String HOSTILE = "<script>alert('&')</script>";
    private static final Pattern PICTURE = Pattern.compile("data:image/png;base64,([A-Za-z0-9+/=]+)");

    @TempDir
    private static Path folder;

    private static Path run, study;

    @BeforeAll
    static void train() throws Exception {
        Path data = folder.resolve("data & <b>");
        for (String part : List.of("imagesTr", "labelsTr")) Files.createDirectories(data.resolve(part));
        for (int n = 0; n < 5; n++) {
            Geometry grid = n < 4 ? GRID : Geometry.of(12, 10, 1, 1, 1, 4);
            float[] voxels = new float[grid.voxels()];
            byte[] classes = new byte[voxels.length];
            for (int i = 0; i < voxels.length; i++) {
                int x = i % 12, y = i / 12 % 10;
                classes[i] = (byte) (x > 2 + n / 2 && x < 8 && y > 3 ? y > 6 ? 2 : 1 : 0);
                voxels[i] = 100 * classes[i] + i % 7;
            }
            Nifti.write(data.resolve("imagesTr/case" + n + ".nii.gz"), new Volume(grid, voxels));
            Nifti.write(data.resolve("labelsTr/case" + n + ".nii.gz"), new LabelVolume(grid, classes));
        }
        Files.writeString(data.resolve("dataset.json"), Json.object().with("labels", Json.object().with("0", "background").with("1",
                HOSTILE).with("2", "upper")).toString());
        Files.writeString(folder.resolve("split.json"),
                "{\"train\": [\"case0\"], \"val\": [\"case1\"], \"test\": [\"case2\", \"case3\", \"case4\"]}");
        run = folder.resolve("run <i>");
        study = folder.resolve("study");
        for (Object[] own : new Object[][]{{"--out", run}, {"--out", study, "--seeds", "1,2"}}) {
            Object[] args = Stream.concat(Stream.of("train", "--data", data, "--weights", TINY, "--head", "cnn", "--depth", 1,
                    "--top-channel", 4, "--split", folder.resolve("split.json"), "--epochs", 6, "--lr", "2e-3", "--side", 16, "--augment",
                    "none"), Stream.of(own)).toArray();
            Cli cli = Cli.run(args);
            assertEquals(0, cli.exit(), cli.err());
        }
    }

    @Test
    void aRunBecomesAPageWithTheFiguresOfItsEvaluation() throws Exception {
        Cli cli = Cli.run("report", run);
        assertEquals(0, cli.exit(), cli.err());
        Path page = run.resolve("report.html");
        assertEquals(page + "\n", cli.out());
        String html = Files.readString(page), text = parse(html).getDocumentElement().getTextContent();
        Json evaluation = Json.read(run.resolve("evaluation.json")), mean = evaluation.at("mean");
        for (String metric : List.of("dice", "iou", "nsd")) assertTrue(text.contains(shown("%.4f", mean.at(metric))), metric);
        for (String metric : List.of("hd95", "assd")) assertTrue(text.contains(shown("%.2f", mean.at(metric))), metric);
        for (Json one : evaluation.at("cases").list()) {
            assertTrue(text.contains(one.at("name").string()), one.at("name").string());
            for (Json of : one.at("classes").list()) assertTrue(text.contains(shown("%.4f", of.at("dice"))), of.toString());
        }
        assertTrue(text.contains("trained on 1 labelled patient (3 slices)") && text.contains("judged by 3 test cases"), text);
        assertTrue(Files.exists(run.resolve("labels/case4.nii.gz")) && Files.exists(run.resolve("evaluation.csv")));
        long pictures = 0;
        for (var found = PICTURE.matcher(html); found.find(); pictures++) {
            byte[] png = Base64.getDecoder().decode(found.group(1));
            assertTrue(ImageIO.read(new ByteArrayInputStream(png)).getWidth() > 100);
        }
        assertEquals(3 + 2 * 3, pictures, "all three cases, and three charts for light and dark pages");
    }

    @Test
    void itSaysHowLabelsFollowedFromProbabilities() throws Exception {
        Path page = folder.resolve("decided.html");
        Cli report = Cli.run("report", run, "--neighbours", 1, "--decide", "dice", "--out", page);
        assertEquals(0, report.exit());
        assertTrue(report.err().contains("cases of a single slice, which has no neighbours: 1 of 3, such as case4"), report.err());
        String words = "abels are those of the highest expected Dice, from probabilities averaged with those of 1 slice on either side";
        assertTrue(parse(Files.readString(page)).getDocumentElement().getTextContent().contains("L" + words + "."));
        assertEquals("l" + words, Json.read(run.resolve("evaluation.json")).at("decision").string());
        assertEquals("l" + words, Json.read(run.resolve("model-card.json")).at("evaluatedOn").at("decision").string());
        Path labels = folder.resolve("labels");
        assertEquals(0, Cli.run("predict", "--run", run, "--neighbours", 1, "--decide", "dice", "--output", labels).exit());
        assertEquals(-1, Files.mismatch(labels.resolve("case4.nii.gz"), run.resolve("labels/case4.nii.gz")), "the same labels as predict's");
        assertEquals(0, Cli.run("report", run).exit());
        assertFalse(Json.read(run.resolve("evaluation.json")).has("decision"));
    }

    @Test
    void aPageNeedsNothingElseAndNamesStayText() throws Exception {
        assertEquals(0, Cli.run("report", run, "--out", folder.resolve("safe.html")).exit());
        String html = Files.readString(folder.resolve("safe.html"));
        assertFalse(html.contains("http") || html.contains("<script") || html.contains("url(") || html.contains("<i>"),
                "a resource or a name");
        Document page = parse(html);
        for (String attribute : List.of("src", "srcset", "href"))
            for (Element e : elements(page))
                assertTrue(!e.hasAttribute(attribute) || e.getAttribute(attribute).startsWith("data:image/png;"));
        String text = page.getDocumentElement().getTextContent();
        assertTrue(text.contains(HOSTILE) && text.contains("run <i>") && text.contains("data & <b>"), text);
    }

    @Test
    void theModelCardTellsWhatTheHeadIsAndHowItWasJudged() throws Exception {
        assertEquals(0, Cli.run("report", run, "--out", folder.resolve("card.html"), "--best").exit());
        Json card = Json.read(run.resolve("model-card.json"));
        assertEquals(Sha256.of(run.resolve("head-best.safetensors")), card.at("head").at("sha256").string());
        assertEquals(Sha256.of(TINY), card.at("weights").at("sha256").string());
        assertEquals(1, card.at("trainedOn").at("patients").integer());
        assertEquals(3, card.at("trainedOn").at("slices").integer());
        assertEquals(3, card.at("evaluatedOn").at("cases").integer());
        assertTrue(card.at("evaluatedOn").at("heldOut").truth());
        assertEquals("12 × 10 × 1–3", card.at("evaluatedOn").at("voxels").string());
        assertTrue(card.at("notIntendedFor").string().contains("not a medical device"));
        String text = parse(Files.readString(folder.resolve("card.html"))).getDocumentElement().getTextContent();
        for (String limit : card.at("limits").strings()) assertTrue(text.contains(limit), limit);
    }

    @Test
    void aTrainingThatWasCutShortIsToldAsOne() throws Exception {
        Path cut = Files.createDirectory(folder.resolve("cut"));
        for (String file : List.of("run.json", "checkpoint.safetensors", "log.csv", "timings.csv"))
            Files.copy(run.resolve(file), cut.resolve(file));
        Files.write(cut.resolve("log.csv"), Files.readAllLines(run.resolve("log.csv")).subList(0, 5));
        Cli cli = Cli.run("report", cut);
        assertEquals(0, cli.exit(), cli.err());
        String text = parse(Files.readString(cut.resolve("report.html"))).getDocumentElement().getTextContent();
        assertTrue(text.contains("The training was cut short: 4 of 6 epochs are through"), text);
        assertTrue(text.contains("Its training was cut short: it is that of 4 epochs of 6"), text);
        assertFalse(parse(Files.readString(report(run))).getDocumentElement().getTextContent().contains("cut short"));
    }

    private static Path report(Path run) {
        Path page = folder.resolve("whole.html");
        assertEquals(0, Cli.run("report", run, "--out", page, "--overwrite").exit());
        return page;
    }

    @Test
    void keysAreWords() throws Exception {
        String text = parse(Files.readString(report(run))).getDocumentElement().getTextContent();
        assertTrue(text.contains("HD95, defined only") && !text.contains("hd95"), text);
    }

    @Test
    void ofAStudyAllRunsAreTold() throws Exception {
        Cli cli = Cli.run("report", study);
        assertEquals(0, cli.exit(), cli.err());
        String text = parse(Files.readString(study.resolve("report.html"))).getDocumentElement().getTextContent();
        double[] dice = new double[2];
        for (int n = 0; n < 2; n++) {
            assertTrue(text.contains("seed-" + (n + 1)) && Files.exists(study.resolve("seed-" + (n + 1) + "/model-card.json")));
            dice[n] = Json.read(study.resolve("seed-" + (n + 1) + "/evaluation.json")).at("mean").at("dice").number();
        }
        assertTrue(text.contains("2 runs of a CNN head") && text.contains(MethodTables.shown(Spread.of(dice))), text);
    }

    @Test
    void aScoreThatIsUndefinedIsInNoMean() {
        assertEquals("0.500 ± 0.141", MethodTables.shown(Spread.of(0.4, Double.NaN, 0.6)));
        assertEquals("0.400", MethodTables.shown(Spread.of(Double.NaN, 0.4)));
        assertEquals("n/a", MethodTables.shown(Spread.of(Double.NaN, Double.NaN)));
    }

    @Test
    void whatIsThereIsKeptAndWhatIsMissingIsTold() throws Exception {
        Path mine = Files.writeString(folder.resolve("mine.html"), "mine");
        Cli cli = Cli.run("report", run, "--out", mine);
        assertTrue(cli.exit() == 2 && cli.err().contains("exists already"), cli.err());
        assertEquals("mine", Files.readString(mine));
        assertEquals(0, Cli.run("report", run, "--out", mine, "--overwrite").exit());
        assertTrue(Cli.run("report", folder).err().contains("is no run"));
        cli = Cli.run("report", run, "--data", folder.resolve("elsewhere"));
        assertTrue(cli.exit() == 2 && cli.err().contains("elsewhere"), cli.err());
        Path damaged = Files.createDirectory(folder.resolve("damaged"));
        for (String name : List.of("run.json", "head-last.safetensors")) Files.copy(run.resolve(name), damaged.resolve(name));
        String header = "epoch,learning_rate,train_loss,train_cross_entropy,train_dice_loss,validation_dice\n";
        Files.writeString(damaged.resolve("log.csv"), header + "1,2\n");
        cli = Cli.run("report", damaged);
        assertTrue(cli.exit() == 2 && cli.err().contains("which does not belong to a training log"), cli.err());
        Files.writeString(damaged.resolve("log.csv"), header + "1,1e-300,1e38,0,-1e38,\n2147483647,1e38,1e-38,1,1,1\n");
        assertEquals(0, Cli.run("report", damaged).exit(), "absurd losses are drawn without an error");
    }

    private static String shown(String format, Json score) {
        return score.isNull() ? "n/a" : String.format(Locale.ROOT, format, score.number());
    }

    private static Document parse(String html) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(html.getBytes(UTF_8)));
    }

    private static List<Element> elements(Document page) {
        var all = page.getElementsByTagName("*");
        return Stream.iterate(0, i -> i < all.getLength(), i -> i + 1).map(i -> (Element) all.item(i)).toList();
    }
}
