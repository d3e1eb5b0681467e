package dev.samovar.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// What the server holds while one works on and on. What clicks take, which are edits, too, and the page, is measured in a browser: `PageTimesTest`.
@Isolated                                                                          // what other tests hold counts as much
class MemoryTest {
    private static final Path TEA = Path.of("..", "examples", "tea.png");

    @TempDir
    private Path folder;

    @Test
    void fiveHundredEditsTakeNoMemory(TestReporter reporter) throws IOException, InterruptedException {
        try (Browser browser = Browser.on(TEA, folder.resolve("work"), null)) {
            double early = after(browser, 0, 100), middle = after(browser, 100, 300), late = after(browser, 300, 500);
            reporter.publishEntry("megabytes after 100, 300 and 500 edits", early + " " + middle + " " + late);
            assertTrue(late - early < 2, "from " + early + " to " + late + " MB");
        }
    }

    /// Paints large discs, here and there, half of them by a tab that never comes back.
    private static double after(Browser browser, int from, int to) throws InterruptedException {
        for (int i = from; i < to; i++)
            browser.post("/api/cases/tea/edit", "{'tab':'" + (i % 2 == 0 ? Browser.TAB : "tab-" + i)
                    + "','action':'brush','object':1,'axis':2,'index':0,'radius':60,'erase':" + (i % 4 > 1) + ",'path':[[" + (80 + i * 37
                            % 190)
                    + "," + (70 + i * 53 % 120) + "]]}");
        browser.saved("tea");
        assertEquals(to, browser.get("/api/cases/tea").at("revision").integer());
        System.gc();
        Runtime java = Runtime.getRuntime();
        return (java.totalMemory() - java.freeMemory()) / 1e6;
    }
}
