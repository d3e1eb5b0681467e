package dev.samovar.serve.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A server in a process of its own, which may be killed. It has no model: edits by hand are enough to lose.
final class Killed {
    private Killed() {}

    /// Starts it, on an image, with a folder for the work.
    static Process start(Path image, Path out) throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"), Killed.class.getName(), image.toString(), out.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    /// The address that it prints.
    static String url(Process process) throws IOException {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
    }

    public static void main(String[] args) throws InterruptedException {
        try (var server = Trial.server(Path.of(args[0]), Path.of(args[1]), null)) {
            System.out.println(server.url());
            Thread.currentThread().join();
        }
    }
}
