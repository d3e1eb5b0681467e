package dev.samovar.serve.browser;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.metrics.Uncertainty;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.study.PromptUncertainty;
import dev.samovar.serve.Engine;
import dev.samovar.serve.SamovarServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.interactions.PointerInput.MouseButton;

/// The page in a real browser, as its users see it. Screenshots go to `target/screenshots`.
@TestInstance(Lifecycle.PER_CLASS)
@Order(1)
class PageTest {
    private static final Path TEA = Path.of("..", "examples", "tea.png");
    private static final int SIDE = 64, SLICES = 12;
    private static final double[] MIDDLE = {24, 28, 5};

    @TempDir
    private static Path shared;

    @TempDir
    private Path folder;

    private Engine engine;
    private Chromium page;

    @BeforeAll
    void start() {
        page = new Chromium(1280, 800, Duration.ofMinutes(1));
        engine = Trial.engine(shared);
    }

    @AfterAll
    void end() {
        if (page != null) page.close();
        if (engine != null) engine.sam().close();
    }

    /// A server, with its page open in the browser. Closing leaves the page, checks that there were no errors, and stops the server.
    private final class Visit implements AutoCloseable {
        private final SamovarServer server;

        Visit(@Nullable Path opened, Path out, @Nullable Engine with) {
            server = Trial.server(opened, out, with);
            page.get(server.url());
            page.started();
            page.theme("dark");
        }

        @Override
        public void close() {
            try {
                page.get("about:blank");
                assertEquals(List.of(), page.console());
            } finally {
                server.close();
            }
        }
    }

    private Prompt.Point point(int n) {
        String at = "state.work.open.points[" + n + "].";
        return new Prompt.Point(page.number(at + "x"), page.number(at + "y"), (int) page.number(at + "label"));
    }

    private void asked(String what, String condition) {
        page.await(what, "return state.work.open && " + condition);
        page.painted();
    }

    @Test
    void clicksABoxAndUndoGiveTheMasksOfTheLibraryAndAreSaved() {
        Path out = folder.resolve("work");
        try (var _ = new Visit(TEA, out, engine)) {
            page.shot("picture");
            page.clickOn(2, 180, 130);
            asked("three masks", "state.work.open.candidates.length === 3");
            page.shot("click");
            page.clickOn(2, 177, 210, MouseButton.RIGHT);
            asked("a second click", "state.work.open.points.length === 2");
            page.drag(2, 125, 60, 235, 215);
            asked("a box", "state.work.open.box");
            page.shot("box");
            double[] corners = corners();
            Prompt.Point on = point(0), off = point(1);
            assertEquals(List.of(1, 0), List.of(on.label(), off.label()));
            Prompt both = Prompt.points(on, off).and(Prompt.box(corners[0], corners[1], corners[2], corners[3]));
            page.saved();
            assertArrayEquals(mask(both, false), labels(out, "tea"));
            page.keys(Keys.CONTROL, "z");
            asked("the state before the box", "!state.work.open.box");
            page.keys(Keys.CONTROL, "z");
            asked("the first click alone", "state.work.open.points.length === 1");
            page.saved();
            assertArrayEquals(mask(Prompt.points(on), true), labels(out, "tea"));
            page.keys("2");
            asked("another mask", "state.work.open.chosen === 1");
            page.shot("click-chosen");
            page.keys(Keys.CONTROL, "s");
            for (String format : List.of("png", "coco", "geojson", "imagej")) page.click("#formats input[value=" + format + "]");
            page.shot("save");
            page.click("#save-now");
            page.await("a note", "return document.getElementById('notes').textContent.includes('Saved')");
            assertEquals(5, Pattern.compile(out.toString(), Pattern.LITERAL).matcher(page.text("#notes")).results().count(), "files");
        }
    }

    @Test
    void whereTheModelIsUnsureIsPaintedAsHeat() {
        try (var _ = new Visit(TEA, folder.resolve("work"), engine)) {
            page.keys("4");
            page.await("instructions", "return document.getElementById('unsure').textContent.startsWith('Click')");
            page.drag(2, 60, 40, 235, 215);
            asked("a box", "state.work.open.box");
            page.await("uncertainty", "return document.getElementById('unsure').textContent.endsWith('unsure')");
            page.painted();
            page.shot("unsure");
            var predictor = new SamPredictor(engine.sam());
            double[] corners = corners();
            EmbeddedImage image = predictor.embed(PictureFile.read(TEA));
            var jitter = new PromptUncertainty.Jitter(8, PromptUncertainty.Jitter.usual(image.height(), image.width()), 1);
            Uncertainty answers = PromptUncertainty.of(predictor, image, Prompt.box(corners[0], corners[1], corners[2], corners[3]), jitter,
                    "object 1").answers();
            assertEquals(Math.round(100 * answers.disagreement()) + " % unsure", page.text("#unsure"));
            float[] variance = answers.variance();
            int hottest = 0;
            for (int i = 0; i < variance.length; i++) if (variance[i] > variance[hottest]) hottest = i;
            double x = hottest % image.width(), y = Math.floorDiv(hottest, image.width());
            double hot = red(x, y);
            page.keys("4");
            page.painted();
            assertEquals("", page.text("#unsure"));
            assertTrue(hot > red(x, y) + 20, hot + " where the answers differ most, and " + red(x, y) + " without the heat map");
        }
    }

    /// How red a pixel of the picture is on the screen.
    private double red(double x, double y) {
        page.js("await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
        return page.number("(() => { const [p] = viewer.shownPanes(); const [x, y] = p.frame.toScreen(p.screen, " + x + ", " + y
                + "); return p.canvas.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data[0]; })()");
    }

    private double[] corners() {
        double[] corners = new double[4];
        for (int i = 0; i < 4; i++) corners[i] = page.number("state.work.open.box[" + i + "]");
        return corners;
    }

    @Test
    void fingersZoomMoveAndScribble() {
        Path out = folder.resolve("work");
        try (var _ = new Visit(TEA, out, engine)) {
            page.pinch(2, 180, 130, 20, 60);
            page.painted();
            assertEquals(3, page.number("viewer.shownPanes()[0].frame.zoom"), 0.1);
            assertEquals(0, page.number("state.work.objects[0]?.voxels ?? 0"), "two fingers are not a click");
            page.shot("pinched");
            page.pinch(2, 180, 130, 60, 20);
            page.painted();
            assertEquals(1, page.number("viewer.shownPanes()[0].frame.zoom"), 0.05);
            page.keys("f");
            page.keys("d");
            page.dragByTouch(2, 150, 120, 210, 140);
            asked("a scribble", "state.work.open.points.length > 1");
            int points = (int) page.number("state.work.open.points.length");
            page.shot("scribble");
            page.keys("n");
            page.dragByTouch(2, 20, 20, 60, 20);
            asked("a negative point", "state.work.open.points.at(-1).label === 0");
            Prompt.Point[] all = new Prompt.Point[(int) page.number("state.work.open.points.length")];
            for (int n = 0; n < all.length; n++) all[n] = point(n);
            for (int n = 0; n < all.length; n++) assertEquals(n < points ? 1 : 0, all[n].label());
            assertEquals(150, all[0].x(), 1.5);
            assertEquals(210, all[points - 1].x(), 1.5);
            page.saved();
            assertArrayEquals(mask(Prompt.points(all), false), labels(out, "tea"));
        }
    }

    /// The best mask that the library itself finds, as labels.
    private byte[] mask(Prompt prompt, boolean several) {
        var predictor = new SamPredictor(engine.sam());
        boolean[] pixels = predictor.predict(predictor.embed(PictureFile.read(TEA)), prompt, several).stream()
                .max(Comparator.comparingDouble(Candidate::iou)).orElseThrow().mask().pixels();
        byte[] labels = new byte[pixels.length];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) (pixels[i] ? 1 : 0);
        return labels;
    }

    private static byte[] labels(Path out, String name) {
        LabelVolume labels = Volumes.readLabels(requireNonNull(Volumes.list(out.resolve("labels")).get(name)));
        return labels.classes();
    }

    @Test
    void aVolumeIsSeenInThreePlanesAndFollowedThroughItsSlices() {
        Path file = folder.resolve("ball.nii.gz"), out = folder.resolve("work");
        Trial.ball(file, SIDE, SIDE, SLICES, MIDDLE, 12);
        try (var _ = new Visit(file, out, engine)) {
            // the file's first column is on the patient's right, its first row in front, as displayed
            for (int axis = 0; axis < 3; axis++) page.js("viewer.setCross([63 - 24, 63 - 28, 5])");
            page.painted();
            for (int axis = 0; axis < 3; axis++) assertTrue(bright(axis), "the ball is at the crosshair, across " + axis);
            assertTrue(left(2) < 0.5 && left(1) < 0.5, "the patient's right is on the left");
            page.shot("volume");
            page.keys("r");
            page.painted();
            assertTrue(left(2) > 0.5, "and on the right after R is pressed");
            page.keys("r");
            page.keys(Keys.PAGE_UP);
            assertEquals(6, page.number("state.cross[2]"));
            page.keys(Keys.PAGE_DOWN);
            page.clickOn(2, 63 - 24, 63 - 28);
            asked("a mask", "state.work.objects[0].voxels > 0");
            assertTrue(page.text("#where").contains("value 2"), page.text("#where"));
            page.shot("volume-click");
            page.keys(Keys.ESCAPE);
            page.await("nothing", "return state.work.objects[0].voxels === 0");
            page.drag(2, 2, 2, 61, 61);                                   // the small model finds more in large boxes than in small ones
            asked("a box", "state.work.open.box");
            double slice = page.number("state.work.objects[0].voxels");
            page.js("document.getElementById('stop').value = 5");
            page.keys("u");
            page.await("neighbours", "return state.work.objects[0].voxels > " + slice + " && state.jobs.size === 0");
            page.painted();
            page.shot("volume-followed");
            page.saved();
            byte[] labels = labels(out, "ball");
            int voxels = 0, beside = 0;
            for (int v = 0; v < labels.length; v++) {
                if (labels[v] == 0) continue;
                voxels++;
                if (v / SIDE / SIDE != 5) beside++;
            }
            assertEquals(page.number("state.work.objects[0].voxels"), voxels);
            assertEquals(slice, voxels - beside);
            page.keys(Keys.CONTROL, "z");
            page.await("one slice", "return state.work.objects[0].voxels === " + slice);
        }
    }

    /// Whether the screen is bright near the crosshair of a plane.
    private boolean bright(int axis) {
        return page.number("(() => { const p = viewer.shownPanes().find(p => p.plane.axis === " + axis
                + "); const c = p.plane.axis === 2 ? [0, 1] : p.plane.axis === 1 ? [0, 2] : [1, 2];"
                + "const [x, y] = p.frame.toScreen(p.screen, state.cross[c[0]], state.cross[c[1]]);"
                + "return p.canvas.getContext('2d').getImageData(Math.round(x) + 3, Math.round(y) + 3, 1, 1).data[0]; })()") > 150;
    }

    /// The horizontal position of the crosshair in its plane, from 0 to 1.
    private double left(int axis) {
        return page.number("(() => { const p = viewer.shownPanes().find(p => p.plane.axis === " + axis
                + "); return p.frame.toScreen(p.screen, state.cross[0], 0)[0] / p.screen[0]; })()");
    }

    @Test
    void everythingCanBeDoneByKeys() {
        try (var _ = new Visit(TEA, folder.resolve("work"), engine)) {
            page.keys(10, Keys.ARROW_LEFT);
            page.keys(Keys.ENTER);
            asked("a click at the crosshair", "state.work.open.points[0].x === state.case.dims[0] / 2 - 10");
            page.keys("2");
            asked("the second mask", "state.work.open.chosen === 1");
            page.keys("a");
            page.await("an end of the prompt", "return state.work.open === null");
            page.keys("o");
            page.await("a second object", "return state.object === 2");
            page.keys("b");
            page.keys(Keys.ENTER);
            for (int i = 0; i < 4; i++) page.keys(Keys.SHIFT, Keys.ARROW_DOWN);
            for (int i = 0; i < 4; i++) page.keys(Keys.SHIFT, Keys.ARROW_RIGHT);
            page.keys(Keys.ENTER);
            asked("a box", "state.work.open.box && state.work.open.box[2] === state.case.dims[0] / 2 + 30");
            page.keys("p");
            page.keys(Keys.ENTER);
            page.await("a dot of the brush", "return state.work.open === null && state.work.undo");
            page.shot("keys");
            page.keys("?");
            assertEquals(true, page.js("return document.getElementById('help-sheet').open"));
            page.shot("help");
            page.keys(Keys.ESCAPE);
            assertEquals(false, page.js("return document.getElementById('help-sheet').open"));
            page.js("document.activeElement.blur()");
            for (String reached : List.of("do-undo", "do-save", "do-tool-click", "tab-objects")) {
                for (int i = 0; i < 60 && !reached.equals(page.js("return document.activeElement.id")); i++) page.keys(Keys.TAB);
                assertEquals(reached, page.js("return document.activeElement.id"), "reached by the Tab key");
            }
            assertEquals("solid", page.js("return getComputedStyle(document.activeElement).outlineStyle"), "the focus is visible");
        }
    }

    @Test
    void everythingIsSiftedAtOnceAndAnotherTabsWorkIsSeen() {
        try (var _ = new Visit(TEA, folder.resolve("work"), engine)) {
            page.js("document.getElementById('points').value = 8");
            page.keys("y");
            page.await("masks", "return /^[1-9]\\d* of/.test(document.getElementById('found').textContent)");
            double all = kept();
            page.shot("everything");
            slide("iou", 100);
            page.await("none", "return document.getElementById('found').textContent.startsWith('0 of')");
            slide("iou", 0);
            slide("stability", 0);
            page.await("more", "return parseInt(document.getElementById('found').textContent) >= " + all);
            page.click("#do-take");
            page.await("objects", "return state.work.objects.length > 1");
            double before = page.number("state.work.revision");
            page.js("await fetch('/api/cases/' + state.case.id + '/edit', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify("
                    + "{ tab: 'another', action: 'brush', object: 1, axis: 2, index: 0, radius: 4, path: [[9, 9]], erase: false, over: true }) })");
            page.await("what another tab did", "const { labelsOf } = await import('/js/server/labels.js'); return state.work.revision > "
                    + before
                    + " && labelsOf(2, 0)[9 * state.case.dims[0] + 9] === 1");
        }
    }

    private double kept() {
        return page.number("parseInt(document.getElementById('found').textContent)");
    }

    private void slide(String slider, int value) {
        page.js("const slider = document.getElementById(arguments[0]); slider.min = 0; slider.value = arguments[1]; slider.dispatchEvent(new Event('input'))",
                slider, value);
    }

    @Test
    void nothingIsLostWhenTheServerIsKilled() throws Exception {
        Path out = folder.resolve("work");
        Process first = Killed.start(TEA, out);
        String before;
        try {
            page.get(Killed.url(first));
            page.started();
            page.keys("p");
            page.drag(2, 60, 60, 120, 90);
            page.await("a stroke", "return state.work.objects[0].voxels > 0");
            page.saved();
            before = String.valueOf(page.number("state.work.objects[0].voxels"));
        } finally {
            first.destroyForcibly().waitFor();
        }
        page.await("message", "return document.getElementById('saved').textContent === 'Samovar does not answer'");
        page.keys("o");
        page.await("a sentence", "return document.getElementById('errors').textContent.includes('start it again')");
        page.shot("killed");
        page.console();                                                 // discards the browser's message that there is no answer
        Process second = Killed.start(TEA, out);
        try {
            page.get(Killed.url(second));
            page.started();
            assertEquals(before, String.valueOf(page.number("state.work.objects[0].voxels")));
            page.keys("p");
            page.drag(2, 200, 60, 220, 90);
            page.await("another stroke", "return state.work.objects[0].voxels > " + before);
        } finally {
            second.destroyForcibly().waitFor();
        }
        page.get("about:blank");
        page.console();
    }

    @Test
    void whatIsLabelledIsLearntAndProposed() throws Exception {
        Path data = Files.createDirectory(folder.resolve("data")), out = folder.resolve("work");
        for (int i = 0; i < 3; i++) Trial.ball(data.resolve("ball" + i + ".nii.gz"), 32, 32, 6, new double[]{12 + 3 * i, 15, 2}, 8);
        Path run;
        try (var _ = new Visit(data, out, engine)) {
            for (int i = 0; i < 2; i++) label(i);
            page.click("#tab-learn");
            page.await("two labelled cases", "return document.getElementById('labelled').textContent.startsWith('2 cases')");
            page.js("document.getElementById('method').value = [...document.getElementById('method').options].find(o => o.text.includes('Linear')).value");
            page.js("document.getElementById('epochs').value = 4; document.getElementById('held').value = 1");
            page.click("#learn-start");
            page.await("curves", "return document.querySelectorAll('.curves .chart').length > 0");
            page.await("a trained head", "return document.querySelector('details.run')?.textContent.includes('finished')");
            aButtonStaysWhereItIs();
            page.js("document.querySelector('[data-case=ball2]').click()");
            page.await("the third case", "return state.case.id === 'ball2'");
            page.shot("learn");
            page.js("[...document.querySelectorAll('details.run .button')].find(b => b.textContent === 'Which case next?').click()");
            page.await("how sure it is of the third",
                    "return /\\d % unsure/.test(document.querySelector('[data-case=ball2]').textContent)");
            assertEquals("ball0", first());
            page.keys("5");
            assertEquals("ball2", first(), "the least certain case is the first");
            page.shot("least-certain");
            page.keys("5");
            page.click("details.run .button.main");
            page.await("a proposal", "return document.querySelector('[data-case=ball2]').textContent.includes('proposed')");
            page.keys("p");
            page.js("viewer.moveTo(2, 2)");
            page.clickOn(2, 3, 3);
            page.saved();
            page.await("corrected voxels", "return document.getElementById('corrections').textContent.includes('ball2')");
            page.shot("learn-corrected");
            aTrainedDecoderAnswersClicks();
            run = out.resolve("runs/linear-1");
        }
        try (var _ = new Visit(run, folder.resolve("looked"), engine)) {
            page.click("#run-body .button.main");
            page.await("scores", "return document.querySelectorAll('#run-body table').length === 2");
            page.painted();
            assertEquals(2, page.number("viewer.shownPanes().length"));
            page.shot("run");
        }
    }

    /// The trained decoder gives one mask for a click, the original model three.
    private void aTrainedDecoderAnswersClicks() {
        page.js("document.getElementById('method').value = 'decoder'; document.getElementById('epochs').value = 2");
        page.click("#learn-start");
        page.await("a trained decoder", "return document.querySelector('[data-key=decoder-1]')?.textContent.includes('finished')");
        page.click("[data-key=decoder-1] .button.main");
        page.await("its name", "return document.getElementById('model').textContent === 'decoder-1'");
        page.keys("c");
        page.clickOn(2, 12, 15);
        asked("its only mask", "state.work.open.candidates.length === 1");
        page.shot("learn-clicks");
        page.click("[data-key=decoder-1] .button");
        page.clickOn(2, 14, 16);
        page.keys(Keys.ESCAPE);
        page.await("nothing open", "return state.work.open === null");
        page.clickOn(2, 12, 15);
        asked("three masks", "state.work.open.candidates.length === 3");
        assertTrue(page.text("[data-key=decoder-1] summary").endsWith("rounds"), "it no longer answers");
    }

    private @Nullable Object first() {
        return page.js("return document.querySelector('#cases .case').dataset.case");
    }

    /// Updates of the run must not replace a button under the pointer: a press that begins on one element and ends on another is not a click.
    private void aButtonStaysWhereItIs() {
        page.js("document.querySelector('details.run').open = false; document.querySelector('details.run .button.main').stays = true;"
                + "const { tell } = await import('/js/base/bus.js'); for (let i = 0; i < 3; i++) tell('cases')");
        page.js("await fetch('/api/learn'); await new Promise((done) => setTimeout(done, 200))");
        assertEquals(true, page.js("return document.querySelector('details.run .button.main').stays"));
        assertEquals(false, page.js("return document.querySelector('details.run').open"), "a section that the user closed stays closed");
        page.js("document.querySelector('details.run').open = true");
    }

    /// Paints the ball in two slices and interpolates between them.
    private void label(int i) {
        page.js("document.querySelector('[data-case=ball" + i + "]').click()");
        page.await("the case", "return state.case.id === 'ball" + i + "'");
        page.js("const { edit } = await import('/js/work/actions.js'); for (const index of [1, 3])"
                + "await edit('brush', { object: 1, axis: 2, index, radius: 6, path: [[31 - " + (12 + 3 * i)
                + ", 16]], erase: false, over: true });" + "await edit('between', { object: 1, axis: 2, from: 1, to: 3 })");
        page.saved();
    }

    @Test
    void anEmptyPageSaysWhatToDoAndSmallScreensWillDo() {
        try (var _ = new Visit(null, folder.resolve("work"), null)) {
            assertTrue(page.text("#welcome").contains("./samovar open"));
            page.shot("empty");
            page.js("document.querySelector('#welcome p').style.color = '#777'");
            assertThrows(AssertionError.class, () -> page.shot("hard-to-read"), "the check finds text that is hard to read");
        }
        Path file = folder.resolve("ball.nii.gz");
        Trial.ball(file, SIDE, SIDE, SLICES, MIDDLE, 12);
        try (var _ = new Visit(file, folder.resolve("work"), engine)) {
            page.js("const pane = viewer.shownPanes()[0]; pane.kept = pane.extra;"
                    + "pane.extra = (context) => { context.strokeStyle = '#888'; context.stroke(new Path2D('M9 9h99')); }");
            assertThrows(AssertionError.class, () -> page.shot("hard-to-see"), "the check finds a line without an edge");
            page.js("const pane = viewer.shownPanes()[0]; pane.extra = pane.kept");
            page.theme("light");
            for (int[] size : new int[][]{{1024, 768}, {820, 1180}, {1280, 800}}) {
                page.size(size[0], size[1]);
                page.painted();
                page.clickOn(2, 39, 35);
                asked("a mask", "state.work.objects[0].voxels > 0");
                page.shot("light-" + size[0]);
                assertEquals(size[0], page.number("document.documentElement.scrollWidth"), "nothing overflows");
                page.keys(Keys.CONTROL, "z");
                page.await("nothing", "return state.work.objects[0].voxels === 0");
            }
        }
    }
}
