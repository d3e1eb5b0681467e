package dev.samovar.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A running [Worker], seen from the process that compares.
final class EngineProcess implements AutoCloseable {
    /// What a block of runs took.
    record Block(double seconds, double cpuSeconds, long allocated) {}

    private final Engine engine;
    private final Process process;
    private final BufferedReader out;
    private final Writer in;
    private final Path result;
    private final double first, warm;

    /// Starts a process and waits until it is warm.
    ///
    /// @throws IllegalStateException if it fails before that
    EngineProcess(Engine engine, String work, int threads) throws IOException {
        this.engine = engine;
        result = Files.createTempFile(Numbers.folder(), engine.name() + "-", ".f32");
        process = engine.process(work, threads, result).start();
        out = process.inputReader(StandardCharsets.UTF_8);
        in = process.outputWriter(StandardCharsets.UTF_8);
        try {
            String[] ready = answer("ready");
            first = Double.parseDouble(ready[1]);
            warm = Long.parseLong(ready[2]) / 1e9;
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private String[] answer(String expected) throws IOException {
        for (String line; (line = out.readLine()) != null;) {
            if (!line.startsWith(Worker.MARK)) continue;
            String[] words = line.substring(Worker.MARK.length()).split(" ", -1);
            if (words[0].equals(expected)) return words;
        }
        throw new IllegalStateException(engine.titleHere() + " ended before it said \"" + expected + "\"; its last words are in "
                + result.resolveSibling(engine.name() + ".log"));
    }

    /// Runs the work this many times.
    Block run(int times) throws IOException {
        in.write(times + "\n");
        in.flush();
        String[] words = answer("took");
        return new Block(Long.parseLong(words[1]) / 1e9 / times, Long.parseLong(words[2]) / 1e9 / times, Long.parseLong(words[3]) / times);
    }

    /// Its name in a table.
    String title() {
        return engine.titleHere();
    }

    /// Seconds from the start of its JVM to the end of its first run.
    double first() {
        return first;
    }

    /// Seconds of a warm run, roughly.
    double warm() {
        return warm;
    }

    /// The result of its first runs.
    float[] result() {
        return Worker.read(result);
    }

    /// Lets it end. Returns the most memory that it had, in bytes.
    long end() throws IOException {
        in.close();
        return 1024 * Long.parseLong(answer("peak")[1]);
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        Files.deleteIfExists(result);
    }
}
