package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Order(1)
class DemoCommandTest {
    @TempDir
    private Path folder;

    @Test
    void theDemoTrainsTheThreeHeadsOnTheBuiltInSamAndShowsAClick() throws IOException {
        Path out = folder.resolve("demo");
        Cli demo = Cli.run("demo", "--out", out, "--epochs", 1);
        assertEquals(0, demo.exit(), demo.err());
        assertTrue(demo.err().contains("weights: mini"), demo.err());
        List<String> lines = demo.out().lines().toList();
        assertTrue(lines.getFirst().matches("head +Dice RV +Dice Myo +Dice LV +mean Dice +HD95 \\(mm\\) +ASSD \\(mm\\) +training"), demo.out());
        for (String head : List.of("vit", "cnn", "linear")) {
            assertTrue(lines.stream().anyMatch(line -> line.matches(head + " +[0-9.]+ .*")), demo.out());
            assertTrue(lines.contains("report   " + out.resolve(head).resolve("report.html")), demo.out());
            String page = Files.readString(out.resolve(head).resolve("report.html"));
            assertTrue(page.contains("A click in the left ventricle of patient003_frame01: the network predicts an IoU of 0."),
                    page.substring(0, 500));
        }
        assertEquals(2, Cli.run("demo", "--out", out).exit(), "nothing is overwritten");
    }
}
