package dev.samovar.benchmarks.gpu;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A process that follows the protocol of [GpuWorker]. It is started at the first question, and again after it has died.
final class PeerProcess implements AutoCloseable {
    private record Running(Process process, BufferedReader out, Writer in) {}

    private final List<String> command;
    private @Nullable Running running;

    PeerProcess(List<String> command) {
        this.command = command;
    }

    /// Its answer to a line; `{"error": …}` if it cannot be started, dies, or has not answered after so many seconds.
    Json ask(String line, long seconds) {
        String last = "nothing";
        try {
            Running r = running();
            r.in.write(line + "\n");
            r.in.flush();
            var answered = new CompletableFuture<Boolean>();
            var _ = answered.completeOnTimeout(false, seconds, TimeUnit.SECONDS).thenAccept(inTime -> {
                if (!inTime) r.process.destroyForcibly();
            });
            for (String said; (said = r.out.readLine()) != null; last = said.isBlank() ? last : said) {
                if (!said.startsWith(GpuWorker.MARK)) continue;
                answered.complete(true);
                Json answer = Json.parse(said.substring(GpuWorker.MARK.length()), "the answer to " + line);
                if (answer.has("lost")) close();
                return answer;
            }
            boolean ended = answered.complete(true);
            close();
            return error(ended ? "it ended; its last words: " + last : "no answer within " + seconds + " s");
        } catch (IOException | FormatException e) {
            close();
            return error(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private Running running() throws IOException {
        if (running != null && running.process.isAlive()) return running;
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        running = new Running(process, process.inputReader(StandardCharsets.UTF_8), process.outputWriter(StandardCharsets.UTF_8));
        return running;
    }

    private static Json error(String sentence) {
        return Json.object().with("error", sentence);
    }

    @Override
    public void close() {
        if (running != null) running.process.destroy();
        running = null;
    }
}
