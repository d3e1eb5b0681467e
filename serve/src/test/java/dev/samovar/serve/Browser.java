package dev.samovar.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Resources;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A server and a browser that talks to it.
final class Browser implements AutoCloseable {
    static final String TAB = "tab1";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final SamovarServer server;
    private final String address, cookie;
    private final List<String> warnings = new CopyOnWriteArrayList<>();

    private Browser(Path path, Path out, @Nullable Engine engine) throws IOException, InterruptedException {
        server = SamovarServer.start(new SamovarServer.Settings(path, out, null, 0, null, "test"), engine, warnings::add);
        address = server.url().replaceFirst("/\\?token=.*", "");
        HttpResponse<String> first = CLIENT.send(HttpRequest.newBuilder(URI.create(server.url())).build(), BodyHandlers.ofString());
        assertEquals(200, first.statusCode());
        cookie = first.headers().firstValue("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
    }

    static Browser on(Path path, Path out, @Nullable Engine engine) throws IOException, InterruptedException {
        return new Browser(path, out, engine);
    }

    /// The small model, whose input has 64 × 64 pixels.
    static Engine engine(Path folder) {
        Path file = folder.resolve("sam-tiny.safetensors");
        if (!Files.exists(file)) Resources.copy("sam-tiny/sam-tiny.safetensors", folder);
        var tensors = Safetensors.open(file);
        Device device = Device.cpu(2);
        return new Engine(device, Sam.load(tensors, device), new SamWeights(file, Sha256.of(file), tensors));
    }

    /// What was said in the terminal.
    List<String> warnings() {
        return warnings;
    }

    String address() {
        return address;
    }

    String cookie() {
        return cookie;
    }

    SamovarServer server() {
        return server;
    }

    HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.header("Cookie", cookie).build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpRequest.Builder at(String path) {
        return HttpRequest.newBuilder(URI.create(address + path));
    }

    byte[] bytes(String path) {
        HttpResponse<byte[]> answer = send(at(path));
        assertEquals(200, answer.statusCode(), path + ": " + new String(answer.body(), StandardCharsets.UTF_8));
        return answer.body();
    }

    Json get(String path) {
        return Json.parse(new String(bytes(path), StandardCharsets.UTF_8), path);
    }

    /// Posts a JSON object, to which the tab is added if it is missing.
    Json post(String path, Json body) {
        return post(200, path, body);
    }

    Json post(int status, String path, Json body) {
        HttpResponse<byte[]> answer = send(at(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString((body.has("tab")
                ? body
                : body.with("tab", TAB)).toString())));
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        assertEquals(status, answer.statusCode(), path + ": " + text);
        return Json.parse(text, path);
    }

    static Json json(String text) {
        return Json.parse(text.replace('\'', '"'), "test");
    }

    Json post(String path, String body) {
        return post(path, json(body));
    }

    int status(String path) {
        return send(at(path)).statusCode();
    }

    /// Starts a job and waits until it ends.
    String work(String path, String body) throws InterruptedException {
        String job = post(202, path, json(body)).at("job").string();
        return end(job);
    }

    /// Waits for the end of a job and returns its state, or its error.
    String end(String job) throws InterruptedException {
        for (int n = 0; n < 3000; n++) {
            Json now = get("/api/jobs/" + job);
            if (!now.at("state").string().equals("running"))
                return now.has("error") ? now.at("error").string() : now.at("state").string();
            Thread.sleep(10);
        }
        throw new AssertionError("the job does not end: " + get("/api/jobs/" + job));
    }

    /// Waits until a case is saved.
    void saved(String id) throws InterruptedException {
        for (int n = 0; n < 1000; n++) {
            Json now = get("/api/cases/" + id);
            if (now.at("saved").whole() == now.at("revision").whole()) return;
            Thread.sleep(5);
        }
        throw new AssertionError("it was not saved");
    }

    @Override
    public void close() {
        server.close();
    }
}
