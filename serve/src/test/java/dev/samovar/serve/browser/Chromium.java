package dev.samovar.serve.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.interactions.PointerInput;
import org.openqa.selenium.interactions.Sequence;
import org.openqa.selenium.remote.RemoteWebDriver;

/// A headless browser, with a user's actions: Debian's Chromium, driven by Selenium.
///
/// The path of the driver is given, so that Selenium does not download one.
final class Chromium implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium"), DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SHOTS = Path.of("target", "screenshots");

    private final ChromeDriverService service;
    private final RemoteWebDriver driver;
    private final Duration patience;

    /// Starts a browser. Skips the test if Chromium is not installed.
    ///
    /// @param patience the timeout for each action of the page, long enough for a busy machine
    Chromium(int width, int height, Duration patience) {
        this.patience = patience;
        assumeTrue(Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
                "Chromium is not installed (apt-get install chromium chromium-driver): the page is not tested in a browser");
        Logger.getLogger("org.openqa.selenium").setLevel(Level.SEVERE);
        service = new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).usingAnyFreePort().withSilent(true).build();
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking",
                "--disable-component-update", "--no-first-run", "--force-prefers-reduced-motion",
                "--enable-precise-memory-info", "--js-flags=--expose-gc");
        options.setCapability("goog:loggingPrefs", Map.of("browser", "ALL"));
        try {
            service.start();
            driver = new RemoteWebDriver(service.getUrl(), options, false);
            driver.manage().timeouts().scriptTimeout(patience);
        } catch (IOException e) {
            service.stop();
            throw new UncheckedIOException(e);
        }
        size(width, height);
    }

    /// Sets the size of the page in CSS pixels. The window around it is larger.
    void size(int width, int height) {
        driver.manage().window().setSize(new Dimension(width, height));
        driver.manage().window().setSize(new Dimension(width + missing("Width", width), height + missing("Height", height)));
    }

    private int missing(String side, int wanted) {
        return driver.executeScript("return window.inner" + side) instanceof Number there ? wanted - there.intValue() : 0;
    }

    /// Switches to the dark or the light theme, with its key.
    void theme(String theme) {
        if (!theme.equals(js("return document.documentElement.dataset.theme"))) keys("t");
    }

    /// Waits until the page shows the first case or the welcome text.
    void started() {
        await("a case",
                "return document.body.classList.contains('empty') || state.case !== null && document.querySelectorAll('.pane').length > 0");
        painted();
    }

    /// Opens an address, without waiting for its content.
    void get(String url) {
        driver.get(url);
    }

    /// Waits until all planes are painted and up to date.
    void painted() {
        await("painted planes", "return viewer.shownPanes().every(pane => !pane.waiting && pane.prepare())");
    }

    /// Waits until all edits are saved.
    void saved() {
        await("saved work", "return state.work.saved >= state.work.revision");
    }

    /// The result of a script, which may use the page's modules `state` and `viewer`, and `await`.
    @Nullable
    Object js(String script, Object... arguments) {
        return driver.executeScript("return (async function () { const { state } = await import('/js/work/state.js');"
                + "const viewer = await import('/js/view/viewer.js'); " + script + "}).apply(null, arguments)", arguments);
    }

    /// The value of an expression, as a number.
    double number(String expression) {
        Object value = js("return " + expression);
        if (!(value instanceof Number number)) throw new AssertionError(expression + " is " + value);
        return number.doubleValue();
    }

    /// The text of an element.
    String text(String selector) {
        return String.valueOf(js("return document.querySelector(arguments[0]).textContent.trim()", selector));
    }

    /// Waits until a script returns a truthy value.
    void await(String what, String script, Object... arguments) {
        long end = System.nanoTime() + patience.toNanos();
        while (!Boolean.TRUE.equals(js("return Boolean(await (async function () {" + script + "}).apply(null, arguments))", arguments))) {
            if (System.nanoTime() > end) throw new AssertionError("no " + what + " after " + patience.toSeconds() + " s; " + complaints());
            pause(20);
        }
    }

    static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// The errors that the page shows, and those in the browser's console.
    String complaints() {
        return text("#errors") + " " + console();
    }

    /// The errors in the browser's console.
    List<String> console() {
        return driver.manage().logs().get("browser").getAll().stream().filter(entry -> entry.getLevel().intValue() >= Level.SEVERE.intValue())
                .map(entry -> entry.getMessage()).toList();
    }

    WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    /// Clicks on an element, and retries if the page replaces it meanwhile.
    void click(String selector) {
        for (int tries = 3;; tries--) {
            try {
                find(selector).click();
                return;
            } catch (StaleElementReferenceException e) {
                if (tries == 1) throw e;
            }
        }
    }

    void type(String selector, CharSequence... keys) {
        find(selector).sendKeys(keys);
    }

    /// Presses a key on the element that has the focus, while all keys before the last are held down.
    void keys(CharSequence... keys) {
        var actions = new Actions(driver);
        for (int i = 0; i < keys.length - 1; i++) actions.keyDown(keys[i]);
        actions.sendKeys(keys[keys.length - 1]);
        for (int i = keys.length - 2; i >= 0; i--) actions.keyUp(keys[i]);
        actions.perform();
    }

    /// Presses a key several times.
    void keys(int times, Keys key) {
        var actions = new Actions(driver);
        for (int i = 0; i < times; i++) actions.sendKeys(key);
        actions.perform();
    }

    /// The position of a slice's pixel on the screen.
    private int[] place(int axis, double x, double y) {
        if (!(js(
                "const pane = viewer.shownPanes().find(p => p.plane.axis === arguments[0]); const { left, top } = pane.canvas.getBoundingClientRect();"
                        + "const [px, py] = pane.frame.toScreen(pane.screen, arguments[1], arguments[2]); return [Math.round(left + px), Math.round(top + py)]",
                axis, x, y) instanceof List<?> at && at.get(0) instanceof Number left && at.get(1) instanceof Number top))
            throw new AssertionError("no pane of axis " + axis);
        return new int[]{left.intValue(), top.intValue()};
    }

    /// Clicks on a pixel of a slice.
    void clickOn(int axis, double x, double y, PointerInput.MouseButton button) {
        int[] at = place(axis, x, y);
        PointerInput mouse = new PointerInput(PointerInput.Kind.MOUSE, "mouse");
        var sequence = new Sequence(mouse, 0).addAction(mouse.createPointerMove(Duration.ZERO,
                PointerInput.Origin.viewport(), at[0], at[1])).addAction(mouse.createPointerDown(button.asArg()))
                .addAction(mouse.createPointerUp(button.asArg()));
        driver.perform(List.of(sequence));
    }

    void clickOn(int axis, double x, double y) {
        clickOn(axis, x, y, PointerInput.MouseButton.LEFT);
    }

    /// Drags from a pixel of a slice to another.
    void drag(int axis, double x0, double y0, double x1, double y1) {
        driver.perform(List.of(drawn(new PointerInput(PointerInput.Kind.MOUSE, "mouse"), place(axis, x0, y0), place(axis, x1, y1))));
    }

    /// Drags with a finger.
    void dragByTouch(int axis, double x0, double y0, double x1, double y1) {
        driver.perform(List.of(finger("finger", place(axis, x0, y0), place(axis, x1, y1))));
    }

    /// Pinches with two fingers, whose distances from a pixel, in pixels of the slice, go from one value to another.
    void pinch(int axis, double x, double y, double from, double to) {
        driver.perform(List.of(finger("left", place(axis, x - from, y), place(axis, x - to, y)), finger("right", place(axis, x + from,
                y), place(axis, x + to, y))));
    }

    private static Sequence finger(String name, int[] from, int[] to) {
        return drawn(new PointerInput(PointerInput.Kind.TOUCH, name), from, to);
    }

    /// A pointer that goes down at one place, moves by way of the middle to another, and goes up.
    private static Sequence drawn(PointerInput pointer, int[] from, int[] to) {
        Duration moment = Duration.ofMillis(20);
        return new Sequence(pointer, 0).addAction(pointer.createPointerMove(Duration.ZERO,
                PointerInput.Origin.viewport(), from[0], from[1])).addAction(pointer.createPointerDown(0))
                .addAction(pointer.createPointerMove(moment, PointerInput.Origin.viewport(), (from[0] + to[0]) / 2, (from[1] + to[1]) / 2))
                .addAction(pointer.createPointerMove(moment, PointerInput.Origin.viewport(), to[0], to[1])).addAction(pointer.createPointerUp(0));
    }

    /// Saves a screenshot, and checks the contrast in both themes.
    void shot(String name) {
        assertEquals(List.of(), js(Contrast.SCRIPT), "low contrast in " + name);
        try {
            Files.createDirectories(SHOTS);
            Files.write(SHOTS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            driver.quit();
        } finally {
            service.stop();
        }
    }
}
