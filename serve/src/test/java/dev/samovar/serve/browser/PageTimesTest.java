package dev.samovar.serve.browser;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Phantom;
import dev.samovar.models.data.Reading;
import dev.samovar.models.edit.LabelledObject;
import dev.samovar.models.edit.Labelling;
import dev.samovar.models.edit.LabellingStore;
import dev.samovar.models.edit.OpenedImage;
import dev.samovar.serve.Engine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.interactions.PointerInput;

/// The page's speed and memory, and the pictures for the README and docs, taken with synthetic hearts.
@TestInstance(Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(named = "samovar.thorough", matches = "true")
class PageTimesTest {
    private static final Path TEA = Path.of("..", "examples", "tea.png");
    private static final int CLICKS = 50, SLOW = 6;            // SLOW: how many times slower a busy machine may be

    private static final int[] MANY = {100, 300, 500};                    // clicks

    @TempDir
    private static Path shared;

    @TempDir
    private Path folder;

    private Engine engine;
    private Chromium page;

    @BeforeAll
    void start() {
        page = new Chromium(1280, 800, Duration.ofMinutes(15));
        engine = Trial.engine(shared);
    }

    @AfterAll
    void end() {
        if (page != null) page.close();
        if (engine != null) engine.sam().close();
    }

    /// Measures the time from the release of the button until the mask is painted.
    @Test
    void aClickIsAnsweredAtOnce(TestReporter reporter) {
        try (var server = Trial.server(TEA, folder.resolve("work"), engine)) {
            clicker(server.url());
            click(0, 2 * CLICKS);
            double first = median(0), median = median(CLICKS);
            reporter.publishEntry("milliseconds from click to mask, medians of " + CLICKS + " in a new server and of the next", first + " "
                    + median);
            page.get("about:blank");
            assertTrue(median <= SLOW * 150, median + " ms");
        }
    }

    private double median(int from) {
        return page.number("times.slice(" + from + ", " + (from + CLICKS) + ").sort((a, b) => a - b)[" + CLICKS / 2 + "]");
    }

    @Test
    void fiveHundredClicksTakeNoMemory(TestReporter reporter) {
        try (var server = Trial.server(TEA, folder.resolve("work"), engine)) {
            clicker(server.url());
            double[][] held = new double[MANY.length][];
            for (int n = 0; n < MANY.length; n++) {
                click(n == 0 ? 0 : MANY[n - 1], MANY[n]);
                held[n] = megabytes();
                reporter.publishEntry("megabytes of page and server after " + MANY[n], held[n][0] + " " + held[n][1]);
            }
            page.get("about:blank");
            double[] early = held[0], late = held[MANY.length - 1];
            assertTrue(late[0] < early[0] + 2, "the page grew from " + early[0] + " to " + late[0] + " MB");
            assertTrue(late[1] < early[1] + 4, "the server grew from " + early[1] + " to " + late[1] + " MB");
        }
    }

    /// Opens the page with a script that clicks within it, because clicks from the driver would add the driver's own time.
    private void clicker(String url) {
        page.get(url);
        page.started();
        page.js("""
                const { on } = await import('/js/base/bus.js');
                const { edit } = await import('/js/work/actions.js');
                const [pane] = viewer.shownPanes();
                const send = (kind, [x, y]) => pane.canvas.dispatchEvent(new PointerEvent(kind, { clientX: x, clientY: y, button: 0, bubbles: true }));
                pane.canvas.setPointerCapture = () => {}; // there is no real pointer to capture
                window.times = [];
                let painted = () => {};
                on('painted', () => painted());
                window.clicks = async (from, to) => {
                  for (let i = from; i < to; i++) {
                    if (i % 5 === 0 && state.work.open) await edit('accept');
                    const { left, top } = pane.canvas.getBoundingClientRect();
                    const [x, y] = pane.frame.toScreen(pane.screen, 120 + ((i * 37) % 100), 60 + ((i * 53) % 140));
                    const before = state.work.revision;
                    send('pointerdown', [left + x, top + y]);
                    const begun = performance.now();
                    send('pointerup', [left + x, top + y]);
                    await new Promise((done) => (painted = () => state.work.revision > before && done()));
                    window.times.push(performance.now() - begun);
                  }
                };""");
    }

    private void click(int from, int to) {
        for (int i = from; i < to; i += CLICKS) page.js("await clicks(arguments[0], arguments[1])", i, Math.min(to, i + CLICKS)); // few at a time: the driver has a timeout of three minutes
    }

    /// The memory of the page and the server, after a garbage collection.
    private double[] megabytes() {
        page.js("window.gc()");
        System.gc();
        Runtime java = Runtime.getRuntime();
        return new double[]{page.number("performance.memory.usedJSHeapSize") / 1e6, (java.totalMemory() - java.freeMemory()) / 1e6};
    }

    @Test
    void slicesGoByFasterThanOneCanLook(TestReporter reporter) {
        Path file = folder.resolve("large.nii");
        Trial.ball(file, 256, 256, 150, new double[]{100, 120, 70}, 80);
        try (var server = Trial.server(file, folder.resolve("work"), engine)) {
            page.get(server.url());
            page.started();
            double seconds = page.number("""
                    await new Promise((done) => {
                      const [pane] = viewer.shownPanes();
                      const begun = performance.now();
                      let slice = 0;
                      viewer.moveTo(2, 0);
                      const step = () => {
                        if (!pane.basePainted?.startsWith(`${pane.index} `)) requestAnimationFrame(step);
                        else if (++slice === 150) done((performance.now() - begun) / 1000);
                        else {
                          viewer.moveTo(2, slice);
                          requestAnimationFrame(step);
                        }
                      };
                      requestAnimationFrame(step);
                    })""");
            reporter.publishEntry("slices a second", Double.toString(150 / seconds));
            assertTrue(150 / seconds >= 30.0 / SLOW, 150 / seconds + " slices a second");
            page.get("about:blank");
        }
    }

    @Test
    void aSamovarForTheReadme() {
        Engine mini = Trial.mini();
        try (var server = Trial.server(TEA, folder.resolve("work"), mini)) {
            page.get(server.url());
            page.started();
            page.theme("dark");
            page.clickOn(2, 180, 130);
            page.await("three masks", "return state.work.open?.candidates?.length === 3");
            page.clickOn(2, 286, 66, PointerInput.MouseButton.RIGHT);
            page.await("a mask without the window", "return state.work.open?.points.length === 2");
            page.painted();
            page.shot("readme-click");
            page.get("about:blank");
        } finally {
            mini.sam().close();
        }
    }

    /// Four of six volumes have their true labels. A head is trained on them and proposes labels for the other two.
    @Test
    void heartsForTheReadme() {
        Path data = folder.resolve("hearts"), out = folder.resolve("work");
        for (int patient = 1; patient <= 3; patient++) Phantom.write(data, 7, patient);
        List<String> names = Dataset.survey(data).cases().stream().map(one -> one.name()).sorted().toList();
        try (LabellingStore store = new LabellingStore(out)) {
            for (String name : names.subList(0, 4)) label(store, data, name);
        }
        Engine mini = Trial.mini();
        try (var server = Trial.server(data, out, mini)) {
            page.get(server.url());
            page.started();
            page.theme("dark");
            page.js("await (await import('/js/work/actions.js')).openCase(arguments[0])", names.get(1));
            page.painted();
            page.shot("readme-volume");
            page.click("#tab-learn");
            page.await("labelled cases", "return document.getElementById('labelled').textContent.startsWith('4 cases')");
            page.js("document.getElementById('method').value = 'linear'; document.getElementById('epochs').value = 30; document.getElementById('held').value = 1");
            page.click("#learn-start");
            page.await("a trained head", "return document.querySelector('details.run')?.textContent.includes('finished')");
            page.js("[...document.querySelectorAll('details.run .button')].find(b => b.textContent === 'Which case next?').click()");
            page.await("uncertainties", "return document.querySelectorAll('.badge.unsure').length === 2 && state.jobs.size === 0");
            for (String name : names.subList(4, 6)) {
                page.js("await (await import('/js/work/actions.js')).openCase(arguments[0])", name);
                page.click("details.run .button.main");
                page.await("a proposal", "return state.work.undo && state.jobs.size === 0");
                page.saved();
                page.keys("p");
                page.clickOn(2, 40, 40);
                page.saved();
            }
            page.await("corrections", "return document.querySelectorAll('.corrected li').length === 2");
            page.js("document.getElementById('notes').replaceChildren()");
            page.shot("readme-learn");
            page.get("about:blank");
        } finally {
            mini.sam().close();
        }
    }

    private static void label(LabellingStore store, Path data, String name) {
        Path file = data.resolve(name.substring(0, 10)).resolve(name + ".nii.gz");
        OpenedImage image = OpenedImage.open(name, List.of(file), Reading.PLAIN);
        LabelVolume truth = Volumes.readLabels(file.resolveSibling(name + "_gt.nii.gz"));
        Labelling labelling = store.load(image, List.of(new LabelledObject(1, "right ventricle", 0x4cc9f0), new LabelledObject(2, "muscle",
                0xff9f1c),
                new LabelledObject(3, "left ventricle", 0xf15bb5)));
        labelling.replace("test", image.orientation() == null ? truth : image.orientation().toCanonical(truth), List.of("background",
                "right ventricle",
                "muscle", "left ventricle"));
        store.save(image, labelling, null);
    }
}
