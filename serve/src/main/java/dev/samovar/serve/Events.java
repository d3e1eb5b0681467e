package dev.samovar.serve;

import dev.samovar.core.io.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Tells all open pages what happens, by server-sent events.
final class Events {
    private static final int MOST_PAGES = 64, MOST_WAITING = 4096, SECONDS = 15;
    private static final String END = "";

    private final Set<BlockingQueue<String>> pages = ConcurrentHashMap.newKeySet();

    /// Sends an event to all pages. A page that does not read for long loses the events that wait for it.
    void tell(String name, Json data) {
        String event = "event: " + name + "\ndata: " + data + "\n\n";
        for (BlockingQueue<String> page : pages) if (!page.offer(event)) page.clear();
    }

    /// Answers with all events from now on, until the page is closed.
    void listen(Call call) {
        if (!call.method().equals("GET")) throw new Refusal(Refusal.METHOD, "events are only read");
        if (pages.size() >= MOST_PAGES) throw Refusal.notNow("too many pages listen; close some");
        BlockingQueue<String> page = new ArrayBlockingQueue<>(MOST_WAITING);
        pages.add(page);
        try (OutputStream out = call.stream("text/event-stream")) {
            String next = ": hello\n\n";
            while (!next.equals(END)) {
                out.write(next.getBytes(StandardCharsets.UTF_8));
                out.flush();
                next = page.poll(SECONDS, TimeUnit.SECONDS);
                if (next == null) next = ": still here\n\n";
            }
        } catch (IOException | Call.Gone _) {
            // The page was closed.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            pages.remove(page);
            call.close();
        }
    }

    /// Ends the connections of all pages.
    void close() {
        for (BlockingQueue<String> page : pages) {
            page.clear();
            page.add(END);
        }
    }
}
