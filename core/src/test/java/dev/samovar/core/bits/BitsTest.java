package dev.samovar.core.bits;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.tensor.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Results have the same bits with any number of threads, interpreted and compiled: runs [TrainingStep] in JVMs with different flags.
@Order(1)
class BitsTest {
    /// Enough repetitions for the second compiler to compile every loop.
    private static final String MANY = "60";

    private static String small = "";

    @BeforeAll
    static void oneThreadFromTheFirstRunToTheCompiledOnes() {
        small = one(run(List.of(), "hash", "5", "7", "1", MANY), "interpreted and compiled results differ within one JVM");
    }

    @Test
    void anyNumberOfThreads() {
        String threads = IntStream.rangeClosed(1, Boolean.getBoolean("samovar.thorough") ? 8 : 3).mapToObj(Integer::toString).collect(joining(","));
        one(run(List.of(), "hash", "11", "9", threads, MANY), "the results with 1 thread and with more differ");
    }

    private static String one(String hashes, String message) {
        assertTrue(hashes.matches("[0-9a-f]{64}"), message + ": " + hashes);
        return hashes;
    }

    @ParameterizedTest
    @CsvSource({"-Xint,1", "-XX:TieredStopAtLevel=1,3", "-XX:-TieredCompilation,12"})
    void interpretedAndByEitherCompiler(String flag, String repetitions) {
        assertEquals(small, run(List.of(flag), "hash", "5", "7", "2", repetitions));
    }

    @Test
    void narrowVectorsToo() {
        String narrow = "-XX:MaxVectorSize=16";
        assertEquals(run(List.of(narrow), "hash", "5", "7", "1", MANY), run(List.of(narrow, "-XX:TieredStopAtLevel=1"), "hash", "5", "7",
                "2", "1"));
    }

    /// Vectors of other lengths add in another order: the last bits differ, but the error is no larger.
    @ParameterizedTest
    @ValueSource(strings = {"-XX:MaxVectorSize=16", "-XX:MaxVectorSize=32", "-XX:MaxVectorSize=64"})
    void everyLengthOfVectorIsCloseToTheReference(String flag) {
        double error = Double.parseDouble(run(List.of(flag), "error", "11", "9"));
        assertTrue(error <= 3e-6, "error " + error);
    }

    private static String run(List<String> flags, String... args) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "-XX:+UseSerialGC", "-Xmx512m", "-cp", classPath()));
        command.addAll(flags);
        command.add(TrainingStep.class.getName());
        command.addAll(Arrays.asList(args));
        try {
            Process process = new ProcessBuilder(command).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "still running: " + command);
            assertEquals(0, process.exitValue(), "exit status of " + command + ": " + errors);
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String classPath() {
        try {
            return Path.of(TrainingStep.class.getProtectionDomain().getCodeSource().getLocation().toURI()) + System.getProperty("path.separator")
                    + Path.of(Device.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
