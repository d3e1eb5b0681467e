package dev.samovar.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Resources;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.edit.Runs;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.Uncertainty;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.study.PromptUncertainty;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A picture over HTTP: the page gets the same results as the library.
class PictureTest {
    private static final String CASE = "/api/cases/picture";

    @TempDir
    private static Path shared;

    @TempDir
    private Path folder;

    private Path file;
    private Engine engine = Browser.engine(shared);
    private SamPredictor predictor = new SamPredictor(engine.sam());
    private Picture picture;
    private Browser browser;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        file = Resources.copy("sam-tiny/picture.png", folder);
        picture = PictureFile.read(file);
        browser = Browser.on(file, folder.resolve("work"), engine);
    }

    @AfterEach
    void close() {
        browser.close();
        engine.sam().close();
    }

    private byte[] labels() {
        return Runs.values(browser.get(CASE + "/labels/2/0").at("runs").integers(), picture.height() * picture.width());
    }

    private static boolean[] mask(Json candidate, int pixels) {
        boolean[] mask = new boolean[pixels];
        int[] runs = candidate.at("runs").integers();
        for (int i = 0; i < runs.length; i += 2) for (int k = 0; k < runs[i + 1]; k++) mask[runs[i] + k] = true;
        return mask;
    }

    private static void assertShows(Mask expected, byte[] labels) {
        for (int i = 0; i < labels.length; i++) assertEquals(expected.pixels()[i] ? 1 : 0, labels[i], "pixel " + i);
    }

    @Test
    void aClickIsAnsweredAsByTheLibrary() {
        EmbeddedImage image = predictor.embed(picture);
        List<Candidate> expected = new ArrayList<>(predictor.predict(image, Prompt.click(90, 50), true));
        expected.sort(Comparator.comparingDouble(Candidate::iou).reversed());
        Json answer = browser.post(CASE + "/prompt", "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1}]}");
        List<Json> candidates = answer.at("candidates").list();
        assertEquals(3, candidates.size());
        for (int n = 0; n < 3; n++) {
            assertEquals(expected.get(n).iou(), candidates.get(n).at("iou").number(), 1e-6);
            assertArrayEquals(expected.get(n).mask().pixels(), mask(candidates.get(n), picture.height() * picture.width()));
        }
        assertShows(expected.getFirst().mask(), labels());
        browser.post(CASE + "/prompt", "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1}],'chosen':2}");
        assertShows(expected.get(2).mask(), labels());

        browser.post(CASE + "/prompt",
                "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1},{'x':10.5,'y':3,'label':0}],'box':[20,10,200,150]}");
        Prompt all = Prompt.points(new Prompt.Point(90, 50, 1), new Prompt.Point(10.5, 3, 0)).and(Prompt.box(20, 10, 200, 150));
        assertShows(predictor.best(image, all).mask(), labels());
    }

    @Test
    void howSureAMaskIsIsWhatTheLibrarySays() {
        assertEquals(400, browser.status(CASE + "/uncertainty/2/0?object=1"), "there is no object yet");
        browser.post(CASE + "/prompt", "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1}],'box':[20,10,200,150]}");
        assertUnsure(Prompt.points(new Prompt.Point(90, 50, 1)).and(Prompt.box(20, 10, 200, 150)));
        browser.post(CASE + "/edit", "{'action':'accept'}");
        assertUnsure(Prompt.Box.around(Mask.of(1, picture.height(), picture.width(), labels())));
    }

    private void assertUnsure(Prompt prompt) {
        var jitter = new PromptUncertainty.Jitter(8, 0.02 * Math.max(picture.height(), picture.width()), 1);
        Uncertainty expected = PromptUncertainty.of(predictor, predictor.embed(picture), prompt, jitter, "object 1").answers();
        Json told = browser.get(CASE + "/uncertainty/2/0?object=1&tab=" + Browser.TAB);
        assertEquals(expected.disagreement(), told.at("disagreement").number(), 1e-9);
        assertTrue(expected.disagreement() > 0, "the test needs answers that differ");
        byte[] heat = Runs.values(told.at("runs").integers(), picture.height() * picture.width());
        float[] variance = expected.variance();
        for (int i = 0; i < heat.length; i++)
            assertEquals(variance[i] / Uncertainty.MOST_VARIANCE, (heat[i] & 0xFF) / 255.0, 0.5 / 255 + 1e-6);
    }

    @Test
    void undoAndRedoGoThroughTheClicks() {
        Json first = browser.post(CASE + "/prompt", "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1}]}");
        byte[] one = labels();
        browser.post(CASE + "/prompt", "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1},{'x':200,'y':100,'label':0}]}");
        byte[] two = labels();
        Json back = browser.post(CASE + "/edit", "{'action':'undo'}");
        assertArrayEquals(one, labels());
        assertEquals(1, back.at("open").at("points").list().size());
        assertEquals(first.at("candidates").list().size(), back.at("open").at("candidates").list().size());
        browser.post(CASE + "/edit", "{'action':'undo'}");
        assertArrayEquals(new byte[one.length], labels());
        browser.post(CASE + "/edit", "{'action':'redo'}");
        Json again = browser.post(CASE + "/edit", "{'action':'redo'}");
        assertArrayEquals(two, labels());
        assertFalse(again.at("redo").truth());
        assertTrue(browser.post(409, CASE + "/edit", Browser.json("{'action':'redo'}")).at("error").string().contains("nothing"));
    }

    @Test
    void whatIsChangedIsToldAsAPatch() {
        byte[] held = new byte[picture.height() * picture.width()];
        for (String edit : List.of("{'action':'brush','object':1,'axis':2,'index':0,'radius':6,'path':[[20,20],[60,45]]}",
                "{'action':'add-object','name':'cell','colour':'#ff0000'}",
                "{'action':'brush','object':2,'axis':2,'index':0,'radius':9.5,'path':[[50,40]]}",
                "{'action':'brush','object':0,'axis':2,'index':0,'radius':2,'path':[[50,40]],'erase':true}",
                "{'action':'holes','object':2,'axis':2,'index':0}", "{'action':'smooth','object':1}", "{'action':'largest','object':1}",
                "{'action':'undo'}", "{'action':'remove-object','object':1}", "{'action':'clear','object':2}", "{'action':'undo'}")) {
            Json answer = browser.post(CASE + "/edit", edit);
            if (answer.has("patch")) {
                int[] from = answer.at("patch").at("from").integers(), to = answer.at("patch").at("to").integers();
                int w = to[0] - from[0] + 1, h = to[1] - from[1] + 1;
                byte[] part = Runs.values(answer.at("patch").at("runs").integers(), w * h);
                for (int row = 0; row < h; row++)
                    System.arraycopy(part, row * w, held, (from[1] + row) * picture.width() + from[0], w);
            }
            assertArrayEquals(labels(), held, edit);
        }
        assertEquals(1, browser.get(CASE).at("objects").list().size());
    }

    @Test
    void whatIsSavedIsReadAgain() throws IOException, InterruptedException {
        browser.post(CASE + "/prompt", "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1}]}");
        byte[] shown = labels();
        Json saved = browser.post(CASE + "/save", "{'formats':['labels','png','coco','geojson','imagej']}");
        assertEquals(5, saved.at("files").list().size());
        for (String name : saved.at("files").strings()) assertTrue(Files.size(Path.of(name)) > 0, name);
        assertArrayEquals(shown, Volumes.readLabels(Path.of(saved.at("files").strings().getFirst())).classes());
        browser.saved("picture");
        assertArrayEquals(shown, Volumes.readLabels(folder.resolve("work/labels/picture.png")).classes());
        assertTrue(browser.post(400, CASE + "/save", Browser.json("{'formats':['dicomseg']}")).has("error"));
    }

    @Test
    void afterAKillOneGoesOn() throws IOException, InterruptedException {
        browser.post(CASE + "/prompt", "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1}]}");
        byte[] shown = labels();
        browser.saved("picture");
        browser.server().abandon();
        browser = Browser.on(file, folder.resolve("work"), engine);
        assertArrayEquals(shown, labels());
        assertTrue(browser.get("/api/state").at("cases").list().getFirst().at("labelled").truth());
        Json now = browser.get(CASE + "?tab=" + Browser.TAB);
        assertEquals(90, now.at("open").at("points").list().getFirst().at("x").number());
        browser.post(CASE + "/prompt", "{'object':1,'axis':2,'index':0,'points':[{'x':90,'y':50,'label':1},{'x':200,'y':100,'label':0}]}");
        Prompt both = Prompt.points(new Prompt.Point(90, 50, 1), new Prompt.Point(200, 100, 0));
        assertShows(predictor.best(predictor.embed(picture), both).mask(), labels());
    }

    @Test
    void twoTabsUndoTheirOwnAndHearOfEachOther() throws IOException {
        var stream = URI.create(browser.address() + "/api/events?tab=other").toURL().openConnection();
        stream.setRequestProperty("Cookie", browser.cookie());
        try (var events = new BufferedReader(new InputStreamReader(stream.getInputStream(), StandardCharsets.UTF_8))) {
            browser.post(CASE + "/edit", "{'tab':'one','action':'brush','object':1,'axis':2,'index':0,'radius':3,'path':[[20,20]]}");
            browser.post(CASE + "/edit", "{'tab':'other','action':'brush','object':1,'axis':2,'index':0,'radius':3,'path':[[60,60]]}");
            browser.post(CASE + "/edit", "{'tab':'one','action':'undo'}");
            byte[] labels = labels();
            assertEquals(0, labels[20 * picture.width() + 20]);
            assertEquals(1, labels[60 * picture.width() + 60]);
            assertEquals("one", event(events, "case").at("tab").string());
            Json changed = event(events, "case");
            assertEquals("other", changed.at("tab").string());
            assertArrayEquals(new int[]{57, 57, 0}, changed.at("changed").at("from").integers());
            assertTrue(event(events, "saved").at("revision").whole() > 0);
        }
    }

    private static Json event(BufferedReader events, String name) throws IOException {
        for (String line = events.readLine(); line != null; line = events.readLine())
            if (line.equals("event: " + name)) return Json.parse(events.readLine().substring("data: ".length()), "event");
        throw new AssertionError("no event " + name);
    }

    @Test
    void everythingIsFoundOnceAndChosenFromOften() throws InterruptedException {
        assertEquals(404, browser.status(CASE + "/everything/2/0"));
        assertEquals("done", browser.work(CASE + "/everything", "{'axis':2,'index':0,'points':6,'iou':0,'stability':0}"));
        List<Json> all = browser.get(CASE + "/everything/2/0").at("masks").list();
        for (double[] t : new double[][]{{0, 0, 0.7}, {0.2, 0.6, 0.5}, {0.3, 0.8, 1}}) {
            var settings = new AutomaticMaskGenerator.Settings(6, 64, t[0], t[1], 1, t[2], 0, 0.7, 0.3, 1, null, 0);
            List<MaskRecord> expected = new AutomaticMaskGenerator(predictor, settings).generate(picture);
            int[] kept = browser.get(CASE + "/everything/2/0/kept?iou=" + t[0] + "&stability=" + t[1] + "&overlap=" + t[2]).at("kept").integers();
            assertEquals(expected.size(), kept.length);
            for (int n = 0; n < kept.length; n++)
                assertArrayEquals(expected.get(n).segmentation().mask().pixels(), mask(all.get(kept[n]), picture.height() * picture.width()));
        }
        int before = browser.get(CASE).at("objects").list().size();
        Json adopted = browser.post(CASE + "/edit", "{'action':'adopt','axis':2,'index':0,'masks':[0,1]}");
        assertEquals(before + 2, adopted.at("objects").list().size());
    }

    @Test
    void aPictureIsShownAsItIs() {
        Json shown = browser.get(CASE);
        assertEquals("picture", shown.at("kind").string());
        assertArrayEquals(new int[]{picture.width(), picture.height(), 1}, shown.at("dims").integers());
        byte[] rgb = browser.bytes(CASE + "/slice/2/0");
        int n = picture.height() * picture.width();
        for (int i = 0; i < n; i++)
            for (int c = 0; c < 3; c++) assertEquals(picture.pixels()[c * n + i], rgb[3 * i + c] & 0xFF);
        byte[] thumbnail = browser.bytes(CASE + "/thumbnail");
        assertEquals((byte) 'P', thumbnail[1]);
        assertEquals(404, browser.status(CASE + "/slice/1/0"));
        assertEquals(404, browser.status(CASE + "/labels/2/0?of=truth"));
        assertEquals(404, browser.status("/api/run"));
    }
}
