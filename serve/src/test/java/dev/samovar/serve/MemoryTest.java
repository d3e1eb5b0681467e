package dev.samovar.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// The server's memory during many edits. `PageTimesTest` measures, in a browser, the memory of clicks and of the page.
@Isolated                                                                          // the memory of other tests would count, too
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

    /// Paints large discs in different places, every second one from a tab that is used only once.
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
