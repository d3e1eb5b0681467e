package dev.samovar.serve;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request and its answer.
final class Call {
    /// The most bytes that a request may carry.
    static final int MOST_BYTES = 1 << 20;
    private static final String JSON = "application/json";
    private static final int MOST_SEGMENTS = 12;

    private final HttpExchange exchange;
    private final List<String> path = new ArrayList<>();
    private final Map<String, String> query = new HashMap<>();
    private List<String> values = List.of();
    private @Nullable Json body;

    Call(HttpExchange exchange) {
        this.exchange = exchange;
    }

    /// Reads the address.
    ///
    /// @throws Refusal if the address cannot be parsed
    void understand() {
        String raw = exchange.getRequestURI().getRawPath();
        if (raw == null || !raw.startsWith("/")) throw Refusal.bad("the address has no path");
        String[] segments = raw.substring(1).split("/", -1);
        if (segments.length > MOST_SEGMENTS) throw Refusal.absent("there is nothing at this address");
        for (String segment : segments) path.add(decoded(segment));
        String asked = exchange.getRequestURI().getRawQuery();
        if (asked == null) return;
        for (String pair : asked.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) query.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
        }
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw Refusal.bad("the address has a % that is not followed by two digits");
        }
    }

    String method() {
        return exchange.getRequestMethod();
    }

    /// The decoded parts of the path between slashes.
    List<String> path() {
        return path;
    }

    String header(String name) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    // ---- what is asked

    /// Says which parts of the path stand for the blanks of its pattern.
    Call with(List<String> found) {
        values = found;
        return this;
    }

    /// A part of the path that stands for a blank of its pattern.
    String part(int n) {
        return values.get(n);
    }

    /// That part of the path as a number.
    ///
    /// @throws Refusal if it is not a number
    int number(int n) {
        return whole("the address", part(n));
    }

    private static int whole(String where, String text) {
        if (text.matches("-?\\d{1,9}")) return Integer.parseInt(text);
        throw Refusal.bad(where + " should have a whole number of up to nine digits and has " + FormatException.shown(text));
    }

    /// What follows `name=` in the address, null if it is not there.
    @Nullable
    String asked(String name) {
        return query.get(name);
    }

    /// What follows `name=` in the address, which must be there.
    String needed(String name) {
        String value = query.get(name);
        if (value == null) throw Refusal.bad("the address should say " + name + "=…");
        return value;
    }

    double decimal(String name, double otherwise) {
        String value = query.get(name);
        if (value == null) return otherwise;
        if (value.matches("-?\\d{1,9}(\\.\\d{1,12})?")) return Double.parseDouble(value);
        throw Refusal.bad(name + " is a number such as 0.88, not " + FormatException.shown(value));
    }

    int[] wholes(String name, int count) {
        String[] parts = needed(name).split(",", -1);
        if (parts.length != count) throw Refusal.bad(name + " has " + count + " numbers with commas between them");
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) numbers[i] = whole(name, parts[i]);
        return numbers;
    }

    /// The browser tab that asks: named in the body if the request has one, else in the address.
    String tab() {
        Json json = body;
        String tab = json != null ? json.at("tab").string() : query.getOrDefault("tab", "");
        if (tab.isEmpty() && json == null) return "nobody";
        if (!tab.matches("[A-Za-z0-9_-]{1,64}")) throw Refusal.bad("a tab is named by 1 to 64 letters and digits");
        return tab;
    }

    /// The body of the request, which must be a JSON object.
    Json body() {
        if (body == null) throw new IllegalStateException("a request without a body");
        return body;
    }

    /// Reads the body of the request.
    ///
    /// @throws Refusal if it is not JSON, or too long
    void read() {
        if (!header("Content-Type").split(";", -1)[0].strip().equalsIgnoreCase(JSON))
            throw new Refusal(Refusal.KIND, "what is sent must be JSON, with the Content-Type " + JSON);
        try (InputStream in = exchange.getRequestBody()) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) throw new Refusal(Refusal.LONG, "what is sent is longer than " + MOST_BYTES + " bytes");
            Json json = Json.parse(ByteBuffer.wrap(bytes), "what was sent");
            if (!json.isObject()) throw Refusal.bad("what is sent must be a JSON object");
            body = json;
        } catch (IOException e) {
            throw Refusal.bad("what was sent ended too early: " + e.getMessage());
        }
    }

    // ---- what is answered

    Headers headers() {
        return exchange.getResponseHeaders();
    }

    void json(Json json) {
        json(200, json);
    }

    void json(int status, Json json) {
        bytes(status, JSON, json.toString().getBytes(StandardCharsets.UTF_8));
    }

    void bytes(int status, String type, byte[] bytes) {
        headers().set("Content-Type", type);
        if (!headers().containsKey("Cache-Control")) headers().set("Cache-Control", "no-store");
        try {
            boolean empty = bytes.length == 0 || method().equals("HEAD");
            exchange.sendResponseHeaders(status, empty ? -1 : bytes.length);
            if (!empty) exchange.getResponseBody().write(bytes);
        } catch (IOException e) {
            throw new Gone(e);
        } finally {
            exchange.close();
        }
    }

    /// Begins an answer that stays open: more is sent as it happens.
    OutputStream stream(String type) {
        headers().set("Content-Type", type);
        headers().set("Cache-Control", "no-store");
        try {
            exchange.sendResponseHeaders(200, 0);
            return exchange.getResponseBody();
        } catch (IOException e) {
            throw new Gone(e);
        }
    }

    void close() {
        exchange.close();
    }

    /// Thrown when the client no longer waits for the answer.
    static final class Gone extends UncheckedIOException {
        private static final long serialVersionUID = 1;

        Gone(IOException e) {
            super(e);
        }
    }
}
