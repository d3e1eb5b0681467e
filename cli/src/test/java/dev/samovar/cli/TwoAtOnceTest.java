package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two commands at once in one folder, or with one cache, and files with wrong times. The results do not depend on the order of the commands or on the clock.
class TwoAtOnceTest {
    /// Files that contain times or paths.
    private static final Set<String> TOLD = Set.of("timings.csv", "run.json", "checkpoint.safetensors");

    @TempDir
    private Path folder;

    @BeforeEach
    void draw() throws IOException {
        SmallDataset.write(folder.resolve("data"));
    }

    private Cli train(String cache, String run) {
        return Cli.run("train", "--data", folder.resolve("data"), "--weights", Cli.TINY, "--method", "linear", "--labelled", 1, "--side",
                32,
                "--augment", "views:1", "--epochs", 2, "--validate-every", 1, "--require-backend", "scalar", "--cache", folder.resolve(cache),
                "--out", folder.resolve(run));
    }

    private Cli embed(String cache) {
        return Cli.run("embed", "--data", folder.resolve("data"), "--weights", Cli.TINY, "--side", 32, "--augment", "views:1",
                "--require-backend", "scalar", "--cache", folder.resolve(cache));
    }

    private static List<Cli> together(int count, Callable<Cli> command) throws InterruptedException, ExecutionException {
        try (var threads = Executors.newFixedThreadPool(count)) {
            List<Cli> all = new ArrayList<>();
            for (Future<Cli> one : threads.invokeAll(Collections.nCopies(count, command))) all.add(one.get());
            return all;
        }
    }

    private Map<String, String> digests(String in) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder.resolve(in))) {
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                if (!TOLD.contains(name)) digests.put(name, Sha256.of(file));
            }
        }
        return digests;
    }

    @Test
    void ofTwoTrainingsInOneFolderOneIsRefused() throws Exception {
        assertEquals(Exit.OK, train("cache", "alone").exit());
        List<Cli> two = together(2, () -> train("cache", "both"));
        List<Cli> refused = two.stream().filter(cli -> cli.exit() == Exit.INPUT).toList();
        assertEquals(1, refused.size(), two.toString());
        assertEquals(1, two.stream().filter(cli -> cli.exit() == Exit.OK).count(), two.toString());
        String error = refused.getFirst().err().lines().filter(line -> line.startsWith("samovar: ")).findFirst().orElseThrow();
        assertTrue(error.contains(folder.resolve("both") + ": exists already; ") || error.contains("another process is training this run; "), error);
        assertEquals(digests("alone"), digests("both"));
    }

    @Test
    void twoWriteOneCache() throws Exception {
        assertEquals(Exit.OK, embed("alone").exit());
        for (Cli cli : together(2, () -> embed("both"))) assertEquals(Exit.OK, cli.exit(), cli.err());
        assertEquals(digests("alone"), digests("both"));
    }

    @Test
    void theClockDoesNotMatter() throws IOException {
        assertEquals(Exit.OK, train("cache", "alone").exit());
        Map<String, String> expected = digests("alone"), embedded = digests("cache");
        for (String time : List.of("1981-01-01T00:00:00Z", "2099-01-01T00:00:00Z")) {
            FileTime then = FileTime.from(Instant.parse(time));
            for (String in : List.of("cache", "alone", "data/imagesTr")) {
                try (Stream<Path> files = Files.list(folder.resolve(in))) {
                    for (Path file : files.toList()) Files.setLastModifiedTime(file, then);
                }
            }
            String run = "run" + time.charAt(0);
            assertEquals(Exit.OK, train("cache", run).exit());
            assertEquals(expected, digests(run), "the cache is used");
            assertEquals(embedded.keySet(), digests("cache").keySet());
            for (String name : embedded.keySet())
                assertEquals(then, Files.getLastModifiedTime(folder.resolve("cache").resolve(name)), name);
            Cli longer = Cli.run("train", "--resume", folder.resolve("alone"), "--require-backend", "scalar", "--epochs",
                    time.startsWith("1") ? 3 : 4);
            assertEquals(Exit.OK, longer.exit(), longer.err());
        }
        assertEquals(4, Files.readAllLines(folder.resolve("alone/timings.csv")).size() - 1);
    }
}
