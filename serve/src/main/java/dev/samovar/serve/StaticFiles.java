package dev.samovar.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.regex.Pattern;

/// The page's own files, resources beside these classes.
final class StaticFiles {
    private static final Map<String, String> TYPES = Map.of("html", "text/html; charset=utf-8", "css", "text/css; charset=utf-8", "js",
            "text/javascript; charset=utf-8", "svg", "image/svg+xml", "png", "image/png", "ico", "image/x-icon", "woff2", "font/woff2",
            "json", "application/json");
    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9_-]+/){0,4}[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.([a-z0-9]+)");

    private StaticFiles() {}

    /// Answers with a file of the page, or with the start page if no name is given.
    static void answer(Call call) {
        if (!call.method().equals("GET")) throw new Refusal(Refusal.METHOD, "the page is only read");
        String name = String.join("/", call.path());
        if (name.isEmpty()) name = "index.html";
        String type = NAME.matcher(name).matches() ? TYPES.get(name.substring(name.lastIndexOf('.') + 1)) : null;
        try (InputStream in = type == null ? null : StaticFiles.class.getResourceAsStream("page/" + name)) {
            if (in == null || type == null) throw Refusal.absent("there is nothing at this address");
            call.headers().set("Cache-Control", "no-cache");
            call.bytes(200, type, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
