package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.testkit.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command `open`, up to the first response.
class OpenCommandTest {
    @TempDir
    private Path folder;

    /// It serves until the process is interrupted.
    @Test
    void thePageIsServed() throws IOException, InterruptedException {
        Path picture = Files.copy(Golden.path("sam-tiny/picture.png"), folder.resolve("tea.png"));
        ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        Console console = new Console(Cli.stream(out), Cli.stream(err), false);
        Thread serving = Thread.ofPlatform().start(() -> Main.run(console, "open", picture.toString(), "--weights", Cli.TINY.toString(),
                "--no-browser"));
        while (!out.toString(StandardCharsets.UTF_8).contains("\n") && serving.isAlive()) Thread.sleep(10);
        String address = out.toString(StandardCharsets.UTF_8).strip();
        assertTrue(address.matches("http://127\\.0\\.0\\.1:\\d+/\\?token=[A-Za-z0-9_-]{32}"), address + err.toString(StandardCharsets.UTF_8));
        var page = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString());
        assertEquals(200, page.statusCode());
        assertTrue(err.toString(StandardCharsets.UTF_8).contains(folder.resolve("samovar-work").toString()), err.toString(StandardCharsets.UTF_8));
        serving.interrupt();
        serving.join();
        assertThrows(IOException.class, () -> HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(address)).build(),
                BodyHandlers.ofString()));
    }

    @Test
    void whatCannotBeOpenedIsSaid() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "nothing to see");
        for (List<Object> wrong : List.<List<Object>>of(List.of("open", folder.resolve("missing.png")), List.of("open", folder),
                List.of("open", "--bind", "0.0.0.0"), List.of("open", "--bind", "no such name", "--token", "long-enough"), List.of("open",
                        "--token",
                        "short"),
                List.of("open", "--port", 65_536))) {
            Cli cli = Cli.run(wrong.toArray());
            assertEquals(2, cli.exit(), wrong + ": " + cli);
            assertTrue(cli.err().contains("samovar: "), cli.err());
        }
    }

    /// The page follows no links out of its folder, and warns about them.
    @Test
    void linksThatLeadElsewhereAreSaid() throws IOException, InterruptedException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere")), images = Files.createDirectory(folder.resolve("images"));
        Files.copy(Golden.path("sam-tiny/picture.png"), elsewhere.resolve("tea.png"));
        Files.createSymbolicLink(images.resolve("tea.png"), elsewhere.resolve("tea.png"));
        Cli none = Cli.run("open", images, "--weights", Cli.TINY, "--no-browser");
        assertEquals(2, none.exit(), none.toString());
        assertTrue(none.err().contains("images: all its images are links that lead out of the folder"), none.err());
        Files.copy(elsewhere.resolve("tea.png"), images.resolve("other.png"));
        ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        Console console = new Console(Cli.stream(out), Cli.stream(err), false);
        Thread serving = Thread.ofPlatform().start(() -> Main.run(console, "open", images.toString(), "--weights", Cli.TINY.toString(),
                "--no-browser"));
        while (!out.toString(StandardCharsets.UTF_8).contains("\n") && serving.isAlive()) Thread.sleep(10);
        serving.interrupt();
        serving.join();
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("warning: left out are links that lead out of the folder: tea\n"),
                err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void everySystemHasItsOwnWayToABrowser() {
        assertEquals(List.of("xdg-open", "http://x"), Browser.command("Linux", Map.of("DISPLAY", ":0"), "http://x"));
        assertThrows(IllegalStateException.class, () -> Browser.command("Linux", Map.of(), "http://x"));
        assertEquals("open", Browser.command("Mac OS X", Map.of(), "http://x").getFirst());
        assertEquals("rundll32", Browser.command("Windows 11", Map.of(), "http://x").getFirst());
    }
}
