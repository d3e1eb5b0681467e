package dev.samovar.serve.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A server in a process of its own, so that a test can kill it. It has no model, because painting by hand is enough to test what is lost.
final class Killed {
    private Killed() {}

    /// Starts the server for an image, with a folder for its results.
    static Process start(Path image, Path out) throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"), Killed.class.getName(), image.toString(), out.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    /// The address that the server prints.
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
