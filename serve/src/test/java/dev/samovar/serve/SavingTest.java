package dev.samovar.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Faults;
import dev.samovar.core.testkit.FaultyFiles;
import dev.samovar.core.testkit.Resources;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every write of the page's autosave fails once, with a full disk and with a broken one. The page gets one sentence, the labels on disk remain readable, and the next edit saves
/// everything.
@Order(1)
class SavingTest {
    @TempDir
    private Path folder;

    @Test
    void everyWriteFailsOnce() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(FaultyFiles.command(Tried.class, folder)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertTrue(Pattern.compile("autosave: [1-9][0-9]* faults").matcher(output).find(), output);
    }

    /// A case whose labels cannot be written is told in the terminal, too, and holds up no other case.
    @Test
    void whatCannotBeSavedIsSaidAndHoldsUpNothingElse() throws IOException, InterruptedException {
        Path pictures = Files.createDirectories(folder.resolve("pictures")), work = folder.resolve("work"), picture = Resources.copy(
                "sam-tiny/picture.png", folder);
        for (String name : List.of("a", "b")) Files.copy(picture, pictures.resolve(name + ".png"));
        String stroke = "{'action':'brush','object':1,'axis':2,'index':0,'radius':3,'path':[[20,20]]}";
        List<String> warnings;
        try (Browser browser = Browser.on(pictures, work, null)) {
            warnings = browser.warnings();
            Path kept = work.resolve("labels/a.png");
            long start = System.nanoTime();
            browser.post("/api/cases/a/edit", stroke);
            while (!Files.isRegularFile(kept)) pause(start);
            Files.delete(kept);
            Files.createDirectories(kept.resolve("in the way"));
            browser.post("/api/cases/a/edit", stroke.replace("20", "60"));
            while (warnings.isEmpty()) pause(start);
            browser.post("/api/cases/b/edit", stroke);
            while (!Files.isRegularFile(work.resolve("labels/b.png"))) pause(start);
            assertEquals(1, warnings.size());
            assertTrue(warnings.getFirst().startsWith("the labels of a cannot be saved yet, which is tried again: cannot write " + kept), warnings
                    .getFirst());
        }
        assertEquals("the last edits of a are lost, because they could not be saved", warnings.getLast());
    }

    @Test
    void aSecondServerDoesNotGetTheFolder() throws IOException, InterruptedException {
        Path work = folder.resolve("work"), picture = Resources.copy("sam-tiny/picture.png", folder);
        try (Browser first = Browser.on(picture, work, null)) {
            var refused = assertThrows(FormatException.class, () -> Browser.on(picture, work, null));
            assertTrue(String.valueOf(refused.getMessage()).contains("another samovar open"), refused.getMessage());
            assertEquals(200, first.status("/api/cases/picture"));
        }
        Browser.on(picture, work, null).close();
    }

    @Test
    void aFolderThatCannotBeWrittenIsLookedAt() throws IOException, InterruptedException {
        Path work = folder.resolve("work"), picture = Resources.copy("sam-tiny/picture.png", folder);
        Files.createDirectories(work.resolve(".lock"));                            // in the way of the lock
        try (Browser browser = Browser.on(picture, work, null)) {
            assertEquals(200, browser.status("/api/cases/picture"));
        }
    }

    /// Waits a little, and fails before the server tries again by itself.
    private static void pause(long start) throws InterruptedException {
        assertTrue(System.nanoTime() - start < 4_000_000_000L, "still waiting");
        Thread.sleep(10);
    }

    /// Runs in the JVM with the faulty file system.
    static final class Tried {
        private static final String CASE = "/api/cases/picture";
        private static int width;                                                  // of the picture

        private Tried() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            Path folder = Path.of(args[0]), picture = Resources.copy("sam-tiny/picture.png", folder);
            width = PictureFile.read(picture).width();
            int faults = 0;
            for (Faults.Kind kind : Faults.Kind.FAULTS) {
                boolean failed = true;
                for (int number = 1; failed; number++) {
                    failed = tryOne(picture, folder.resolve("work-" + kind + "-" + number), number, kind);
                    if (failed) faults++;
                }
            }
            System.out.println("autosave: " + faults + " faults");
            System.exit(0);
        }

        private static boolean tryOne(Path picture, Path work, int number, Faults.Kind kind) throws IOException, InterruptedException {
            String where = kind + " at " + number;
            try (Browser browser = Browser.on(picture, work, null); BufferedReader events = events(browser)) {
                browser.post(CASE + "/edit", stroke(20));
                assertFalse(event(events).has("error"), where);
                Path labels;
                try (Stream<Path> files = Files.list(work.resolve("labels"))) {
                    labels = files.findAny().orElseThrow();
                }
                byte[] old = Volumes.readLabels(labels).classes();
                Faults.arm(work, number, kind);
                browser.post(CASE + "/edit", stroke(60));
                Json told = event(events);
                boolean failed = Faults.failed();
                List<String> operations = Faults.disarm();
                assertEquals(failed, told.has("error"), where + ": " + told);
                byte[] now = Volumes.readLabels(labels).classes();
                assertEquals(1, old[20 * width + 20], where);
                assertEquals(1, now[20 * width + 20], where);
                if (failed) assertTrue(Arrays.equals(old, now) || now[60 * width + 60] == 1, where + ": the old labels, or the new ones");
                try (Stream<Path> files = Files.walk(work)) {
                    assertEquals(List.of(), files.filter(AtomicFile::isTemporary).toList(), where);
                }
                if (!failed) return false;
                String sentence = told.at("error").string();
                where += " (" + operations.get(number - 1) + "): " + sentence;
                assertTrue(sentence.startsWith("cannot write " + work) && sentence.contains(kind.message() + "; "), where);
                assertFalse(sentence.contains(".tmp") || sentence.contains("Exception"), where);
                browser.post(CASE + "/edit", stroke(90));                        // without waiting for the automatic retry
                assertFalse(event(events).has("error"), where);
                now = Volumes.readLabels(labels).classes();
                for (int at : new int[]{20, 60, 90}) assertEquals(1, now[at * width + at], where);
                return true;
            }
        }

        private static String stroke(int at) {
            return "{'action':'brush','object':1,'axis':2,'index':0,'radius':3,'path':[[" + at + "," + at + "]]}";
        }

        private static BufferedReader events(Browser browser) throws IOException {
            var stream = URI.create(browser.address() + "/api/events?tab=other").toURL().openConnection();
            stream.setRequestProperty("Cookie", browser.cookie());
            return new BufferedReader(new InputStreamReader(stream.getInputStream(), StandardCharsets.UTF_8));
        }

        private static Json event(BufferedReader events) throws IOException {
            for (String line = events.readLine(); line != null; line = events.readLine())
                if (line.equals("event: saved")) return Json.parse(events.readLine().substring("data: ".length()), "event");
            throw new AssertionError("no event");
        }
    }
}
