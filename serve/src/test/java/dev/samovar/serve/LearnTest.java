package dev.samovar.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import dev.samovar.models.edit.OpenedImage;
import dev.samovar.models.edit.Runs;
import dev.samovar.models.metrics.ExpectedDice;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.Segmenter;
import dev.samovar.models.train.TrainedSam;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two volumes are labelled, a head is trained on them, and it proposes labels for the third.
class LearnTest {
    private static final Geometry GRID = Geometry.of(14, 11, 3, 1, 1, 4);

    @TempDir
    private Path folder;

    private Path images;
    private Engine engine;
    private Browser browser;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        images = Files.createDirectories(folder.resolve("images of mine"));
        for (int n = 0; n < 3; n++) {
            Random random = new Random(3, "case" + n);
            float[] voxels = new float[GRID.voxels()];
            for (int i = 0; i < voxels.length; i++) {
                int x = i % 14, y = i / 14 % 11;
                voxels[i] = (float) (100 * (x > 2 && x < 7 && y > 2 && y < 8 ? 1 : 0) + 9 * random.normal());
            }
            Nifti.write(images.resolve("case" + n + ".nii"), new Volume(GRID, voxels));
        }
        engine = Browser.engine(folder);
        browser = Browser.on(images, folder.resolve("work"), engine);
    }

    @AfterEach
    void close() {
        browser.close();
        engine.sam().close();
    }

    /// Paints the box of a volume.
    private void label(int n) {
        browser.post("/api/cases/case" + n + "/edit", "{'action':'change-object','object':1,'name':'box'}");
        for (int s = 0; s < 3; s++)
            for (int y = 3; y < 8; y++)
                browser.post("/api/cases/case" + n + "/edit", "{'action':'brush','object':1,'axis':2,'index':" + s
                        + ",'radius':0.4,'path':[[3," + y + "],[6," + y + "]]}");
    }

    @Test
    void whatIsLearntIsProposedAndCorrectionsAreCounted() throws IOException, InterruptedException {
        assertEquals(3, browser.get("/api/state").at("cases").list().size());
        browser.post(409, "/api/learn", Browser.json("{'method':'linear'}"));
        label(0);
        label(1);
        Json begun = browser.post(202, "/api/learn", Browser.json("{'method':'linear','epochs':3,'validation':1}"));
        assertEquals("done", browser.end(begun.at("job").string()));
        assertEquals("linear-1", begun.at("run").string());
        Json learn = browser.get("/api/learn"), run = learn.at("runs").list().getFirst();
        assertEquals(List.of("case0", "case1"), learn.at("labelled").strings());
        assertTrue(run.at("finished").truth());
        assertEquals(3, run.at("log").list().size());
        assertEquals(List.of("background", "box"), run.at("classes").strings());

        assertEquals("done", browser.work("/api/cases/case2/propose", "{'run':'linear-1'}"));
        Run trained = Run.open(folder.resolve("work/runs/linear-1"));
        assertEquals(List.of("case0"), trained.split().train());
        OpenedImage third = OpenedImage.open("case2", List.of(images.resolve("case2.nii")), Reading.PLAIN);
        byte[] expected;
        try (Segmenter segmenter = new Segmenter(trained, Run.Which.BEST, engine.weights(), engine.device())) {
            expected = segmenter.segment(third.values()).classes();
        }
        Slices slices = Slices.of(GRID);
        for (int s = 0; s < 3; s++) {
            byte[] shown = Runs.values(browser.get("/api/cases/case2/labels/2/" + s).at("runs").integers(), 154);
            for (int i = 0; i < shown.length; i++) assertEquals(expected[slices.index(s, i)], shown[i]);
        }
        int before = Runs.values(browser.get("/api/cases/case2/labels/2/0").at("runs").integers(), 154)[0];
        browser.post("/api/cases/case2/edit", "{'action':'brush','object':1,'axis':2,'index':0,'radius':0,'path':[[0,0]],'erase':"
                + (before == 1) + "}");
        browser.saved("case2");
        Json proposed = browser.get("/api/learn").at("proposed").list().getFirst();
        assertEquals(1, proposed.at("corrected").integer());
        assertEquals("case2", proposed.at("id").string());
    }

    @Test
    void whatIsNotLabelledIsRankedByTheExpectedDiceOfItsLabels() throws InterruptedException {
        browser.post(404, "/api/learn/linear-1/rank", Browser.json("{}"));
        label(0);
        browser.saved("case0");
        assertEquals("done", browser.end(browser.post(202, "/api/learn", Browser.json("{'method':'linear','epochs':2}")).at("job").string()));
        assertEquals("done", browser.work("/api/learn/linear-1/rank", "{}"));
        Json state = browser.get("/api/state");
        assertEquals("linear-1", state.at("ranked").string());
        Run run = Run.open(folder.resolve("work/runs/linear-1"));
        try (Segmenter segmenter = new Segmenter(run, Run.Which.LAST, engine.weights(), engine.device())) {
            for (Json one : state.at("cases").list()) {
                String id = one.at("id").string();
                assertEquals(id.equals("case0"), !one.has("uncertainty"), "labelled cases are not ranked");
                if (id.equals("case0")) continue;
                Segmenter.Segmentation found = segmenter.segment(Nifti.read(images.resolve(id + ".nii")), null, true, _ -> {});
                double uncertainty = 1 - ExpectedDice.of(found.probabilities(), found.labels());
                assertEquals(uncertainty, one.at("uncertainty").number(), 1e-9);
                assertTrue(uncertainty > 0 && uncertainty < 1, "the test needs probabilities: " + uncertainty);
            }
        }
        for (int n = 1; n < 3; n++) {
            label(n);
            browser.saved("case" + n);
        }
        assertTrue(browser.post(409, "/api/learn/linear-1/rank", Browser.json("{}")).at("error").string().contains("labelled already"));
    }

    @Test
    void aRunThatLearntFromPromptsAnswersThemWhereItIsAsked() throws InterruptedException {
        label(0);
        browser.saved("case0");
        assertEquals("done", browser.end(browser.post(202, "/api/learn", Browser.json("{'method':'decoder','epochs':2}")).at("job").string()));
        Json run = browser.get("/api/learn").at("runs").list().getFirst();
        assertTrue(run.at("prompted").truth());
        browser.post("/api/cases/case2/edit", "{'action':'add-object'}");
        String asked = "{'object':1,'axis':2,'index':1,'box':[3,3,7,8]";
        Json plain = browser.post("/api/cases/case2/prompt", asked + "}").at("candidates").list().getFirst();
        Json learnt = browser.post("/api/cases/case2/prompt", asked + ",'run':'decoder-1'}").at("candidates").list().getFirst();
        Run trained = Run.open(folder.resolve("work/runs/decoder-1"));
        OpenedImage third = OpenedImage.open("case2", List.of(images.resolve("case2.nii")), Reading.PLAIN);
        try (var expected = new TrainedSam(trained, Run.Which.LAST, engine.weights(), engine.sam())) {
            var slice = expected.predictor().embed(expected.seen(third.slices(2).cut(third.values(), 1)));
            Candidate best = expected.predictor().best(slice, new Prompt.Box(3, 3, 7, 8));
            assertArrayEquals(Runs.of(best.mask().pixels()), learnt.at("runs").integers());
        }
        assertNotEquals(plain.toString(), learnt.toString(), "training has changed the answer");
        assertEquals(plain.toString(), browser.post("/api/cases/case2/prompt", asked + ",'run':null}").at("candidates").list().getFirst().toString());
        assertEquals("done", browser.work("/api/cases/case2/propagate", "{'object':1,'axis':2,'index':1,'stop':0,'run':'decoder-1'}"));
        assertEquals(200, browser.status("/api/cases/case2/uncertainty/2/1?object=1&tab=t&run=decoder-1"));
        browser.post(404, "/api/cases/case2/prompt", Browser.json(asked + ",'run':'decoder-2'}"));
        browser.post(400, "/api/cases/case2/prompt", Browser.json(asked + ",'run':'../decoder-1'}"));
    }

    @Test
    void namesThatMeanSomethingElseInTrainingAreRefused() throws InterruptedException {
        label(0);
        for (String name : List.of("Background", "ignore")) {
            browser.post("/api/cases/case0/edit", "{'action':'change-object','object':1,'name':'" + name + "'}");
            browser.saved("case0");
            String why = browser.post(400, "/api/learn", Browser.json("{'method':'linear'}")).at("error").string();
            assertTrue(why.startsWith("case0: ") && why.contains(name), why);
        }
        assertFalse(Files.exists(folder.resolve("work/runs")));
    }

    @Test
    void whatCannotBeReadIsLeftOutAndSaidOnce() throws IOException {
        Path work = folder.resolve("work");
        Files.writeString(Files.createDirectories(work.resolve("runs/broken")).resolve("run.json"), "{}");
        Files.writeString(Files.createDirectories(work.resolve("state")).resolve("case1.json"), "[]");
        for (int n = 0; n < 2; n++) {
            assertEquals(List.of(), browser.get("/api/learn").at("runs").list());
            assertEquals(3, browser.get("/api/state").at("cases").list().size());
        }
        assertEquals(2, browser.warnings().size(), browser.warnings().toString());
    }

    @Test
    void channelsAreOneImage() throws IOException, InterruptedException {
        Path data = folder.resolve("nn"), pictures = Files.createDirectories(data.resolve("imagesTr"));
        Files.createDirectories(data.resolve("labelsTr"));
        Files.writeString(data.resolve("dataset.json"), "{\"channel_names\": {\"0\": \"T1\", \"1\": \"T2\"}}");
        for (int n = 0; n < 2; n++)
            for (int c = 0; c < 2; c++) Files.copy(images.resolve("case" + n + ".nii"), pictures.resolve("case" + n + "_000" + c + ".nii"));
        browser.close();
        browser = Browser.on(data, folder.resolve("work"), engine);
        label(0);
        browser.saved("case0");
        assertEquals(200, browser.status("/api/cases/case0/thumbnail"));
        assertEquals("done", browser.end(browser.post(202, "/api/learn", Browser.json("{'method':'linear','epochs':1}")).at("job").string()));
        assertEquals(List.of(0, 1), Run.open(folder.resolve("work/runs/linear-1")).config().origin().reading().channels());
        assertEquals("done", browser.work("/api/cases/case1/propose", "{'run':'linear-1'}"));
    }

    @Test
    void aTrainingIsStoppedAndGoesOn() throws InterruptedException {
        label(0);
        Json begun = browser.post(202, "/api/learn", Browser.json("{'method':'linear','epochs':9999,'cases':['case0'],'whole':false}"));
        browser.post(409, "/api/learn", Browser.json("{'method':'cnn'}"));
        while (browser.get("/api/learn").at("runs").list().isEmpty() || browser.get("/api/learn").at("runs").list().getFirst().at("done")
                .integer() < 2)
            Thread.sleep(10);
        browser.post("/api/jobs/" + begun.at("job").string() + "/stop", "{}");
        assertEquals("stopped", browser.end(begun.at("job").string()));
        Json run = browser.get("/api/learn").at("runs").list().getFirst();
        assertFalse(run.at("finished").truth());
        int done = run.at("done").integer();
        assertEquals("done", browser.work("/api/learn/linear-1/resume", "{'epochs':" + (done + 2) + "}"));
        run = browser.get("/api/learn").at("runs").list().getFirst();
        assertEquals(done + 2, run.at("done").integer());
        assertTrue(run.at("finished").truth());
    }

    @Test
    void aRunIsSeenBesideTheTruth() throws IOException, InterruptedException {
        label(0);
        label(1);
        Json begun = browser.post(202, "/api/learn", Browser.json("{'method':'linear','epochs':2,'validation':1}"));
        assertEquals("done", browser.end(begun.at("job").string()));
        byte[] truth = Runs.values(browser.get("/api/cases/case1/labels/2/1").at("runs").integers(), 154);
        try (Browser seen = Browser.on(folder.resolve("work/runs/linear-1"), folder.resolve("other"), engine)) {
            Json run = seen.get("/api/run");
            assertEquals("linear", run.at("method").string());
            assertEquals(List.of("case1"), run.at("judged").strings());
            assertTrue(run.at("evaluation").isNull());
            assertEquals(404, seen.status("/api/cases/case1/labels/2/1?of=prediction"));
            assertEquals("done", seen.work("/api/run/judge", "{}"));
            assertEquals("case1", seen.get("/api/run").at("evaluation").at("cases").list().getFirst().at("name").string());
            assertArrayEquals(truth, Runs.values(seen.get("/api/cases/case1/labels/2/1?of=truth").at("runs").integers(), 154));
            assertEquals(200, seen.status("/api/cases/case1/labels/2/1?of=prediction"));
        }
        Path run = folder.resolve("work/runs/linear-1");
        Path label = Dataset.open(Run.open(run).config().origin().data()).cases(List.of("case1")).getFirst().label();
        LabelVolume stored = Volumes.readLabels(label);
        byte[] classes = new byte[GRID.voxels()];
        for (int v = 0; v < classes.length; v++) classes[v] = stored.classes()[v / 14 * 14 + 13 - v % 14];
        for (double at : new double[]{13, 20}) {
            Geometry back = Geometry.of(14, 11, GRID.nz(), new double[][]{{-1, 0, 0, at}, {0, GRID.spacing(1), 0, 0}, {0, 0, GRID.spacing(2), 0}});
            Nifti.write(label, new LabelVolume(back, classes));
            try (Browser seen = Browser.on(run, folder.resolve("other"), engine)) {
                String truths = "/api/cases/case1/labels/2/1?of=truth";
                if (at > 13) assertEquals(409, seen.status(truths), "elsewhere");
                else assertArrayEquals(truth, Runs.values(seen.get(truths).at("runs").integers(), 154), "the same voxels in another order");
            }
        }
    }
}
