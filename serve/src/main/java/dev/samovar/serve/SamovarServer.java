package dev.samovar.serve;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.edit.LabelFiles;
import dev.samovar.models.edit.LabellingStore;
import dev.samovar.models.edit.Ranking;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The server behind the page: it listens on this machine, answers those who have its address with the token in it, and keeps every edit in a folder.
///
/// ```java
/// var settings = new SamovarServer.Settings(Path.of("scan.nii.gz"), Path.of("work"), null, 0, null, "1.0");
/// try (var server = SamovarServer.start(settings, new Engine(device, sam, weights), System.err::println)) {
///     open(server.url());
/// }
/// ```
public final class SamovarServer implements AutoCloseable {
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
            + "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final List<String> EVENTS = List.of("api", "events");

    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Gate gate;
    private final Routes routes = new Routes();
    private final Events events = new Events();
    private final Jobs jobs = new Jobs(events);
    private final Desk desk;
    private final SamRoutes sam;
    private final Settings settings;
    private final @Nullable Engine engine;

    /// How the server is started.
    ///
    /// @param path the image, folder, dataset or run to open; null for none
    /// @param out where work is kept, made when it is needed
    /// @param bind the address to listen on, `0.0.0.0` for all of this machine's; null for those that only this machine reaches
    /// @param port to listen on, 0 for any that is free
    /// @param token that lets a browser in; null for a random one
    /// @param version of the program
    public record Settings(@Nullable Path path, Path out, @Nullable String bind, int port, @Nullable String token, String version) {
        /// Checks the address together with the token.
        ///
        /// @throws FormatException if other machines could connect and no token was chosen
        public Settings {
            if (token == null && !address(bind).isLoopbackAddress())
                throw new FormatException("other machines can reach " + bind + ": choose a token that they must know");
            if (token != null && !token.matches("[A-Za-z0-9._~-]{8,128}"))
                throw new FormatException("a token has 8 to 128 letters, digits, or . _ ~ -");
        }
    }

    private static InetAddress address(@Nullable String bind) {
        try {
            return bind == null ? InetAddress.getLoopbackAddress() : InetAddress.getByName(bind);
        } catch (UnknownHostException _) {
            throw new FormatException(FormatException.shown(bind) + " is no address of a machine");
        }
    }

    /// Starts a server.
    ///
    /// @param engine answers prompts and trains; null for viewing and painting only
    /// @param warn receives sentences about labels that cannot be saved, in any thread
    /// @throws FormatException if there is nothing that can be opened, or another server keeps its work in the same folder
    /// @throws UncheckedIOException if the port is taken
    public static SamovarServer start(Settings settings, @Nullable Engine engine, Consumer<String> warn) {
        // Without this, head and body go in separate packets, and the second waits until the first is acknowledged: up to 40 ms for each request.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) System.setProperty("sun.net.httpserver.nodelay", "true");
        Opened opened = Opened.of(settings.path());
        LabellingStore store = opened.kind() == Opened.Kind.EMPTY ? null : store(settings.out());
        HttpServer http;
        try {
            http = HttpServer.create(new InetSocketAddress(address(settings.bind()), settings.port()), 0);
        } catch (IOException e) {
            if (store != null) store.close();
            throw new UncheckedIOException("cannot listen on port " + settings.port() + ": " + e.getMessage(), e);
        }
        return new SamovarServer(settings, opened, store, engine, http, warn);
    }

    /// Takes the folder for this server before anything is loaded from it. If it cannot be written, it is only looked at, and whatever is to be saved
    /// is refused.
    private static LabellingStore store(Path out) {
        LabellingStore store = new LabellingStore(out);
        try {
            store.hold();
        } catch (UncheckedIOException _) {
            // Said when something is saved.
        }
        return store;
    }

    private SamovarServer(Settings settings, Opened opened, @Nullable LabellingStore store, @Nullable Engine engine, HttpServer http,
            Consumer<String> warn) {
        this.settings = settings;
        this.engine = engine;
        this.http = http;
        gate = new Gate(settings.token(), http.getAddress());
        desk = new Desk(opened, store, events, warn);
        EditRoutes edits = new EditRoutes(desk, events);
        CaseRoutes cases = new CaseRoutes(desk, settings.version());
        sam = new SamRoutes(desk, jobs, edits, new Answerers(desk, events, engine, settings.out().resolve("cache")));
        routes.on("GET", "/api/state", this::state).on("GET", "/api/jobs/*", call -> call.json(jobs.of(call.part(0)).json())).on("POST",
                "/api/jobs/*/stop", this::stop);
        cases.addTo(routes);
        edits.addTo(routes);
        sam.addTo(routes);
        new LearnRoutes(desk, events, jobs, edits, engine).addTo(routes);
        new RunRoutes(desk, jobs, cases, engine).addTo(routes);
        http.createContext("/", this::handle);
        http.setExecutor(threads);
        http.start();
    }

    /// The names of images that are left out because they are links that lead out of the opened folder.
    public List<String> leftOut() {
        return desk.opened().outside();
    }

    /// The address to open in a browser, with the token in it.
    public String url() {
        return "http://" + host() + "/?token=" + gate.token();
    }

    private String host() {
        InetAddress address = http.getAddress().getAddress();
        String name = address.isAnyLocalAddress() || address.isLoopbackAddress() ? "127.0.0.1" : address.getHostAddress();
        return (address instanceof Inet6Address && !name.equals("127.0.0.1") ? "[" + name + "]" : name) + ":" + http.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) {
        Call call = new Call(exchange);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
            exchange.getResponseHeaders().set("Cross-Origin-Resource-Policy", "same-origin");
            try {
                call.understand();
                gate.check(call);
                if (call.path().equals(EVENTS)) events.listen(call);
                else if (call.path().getFirst().equals("api")) routes.answer(call);
                else StaticFiles.answer(call);
            } catch (Call.Gone _) {
                // There is no one to tell.
            } catch (RuntimeException | OutOfMemoryError e) {
                refuse(call, Refusal.of(e));
            }
        }
    }

    private static void refuse(Call call, Refusal refusal) {
        try {
            call.json(refusal.status(), Json.object().with("error", refusal.sentence()));
        } catch (Call.Gone _) {
            // There is no one to tell.
        }
    }

    private void state(Call call) {
        Opened opened = desk.opened();
        List<Json> cases = new ArrayList<>();
        Ranking ranking = opened.images().isEmpty() ? null : desk.readable(() -> Ranking.of(desk.store().folder()));
        for (String id : opened.images().keySet()) cases.add(described(id, ranking));
        call.json(Json.object().with("version", settings.version()).with("kind", opened.kind().name().toLowerCase(Locale.ROOT))
                .with("name", opened.name()).with("out", settings.out().toAbsolutePath().normalize().toString()).with("weights", weights())
                .with("cases", cases).with("ranked", ranking == null ? null : ranking.run())
                .with("formats", Arrays.stream(LabelFiles.Format.values()).map(format -> Json.object().with("name",
                        format.code()).with("title", format.title())).toList())
                .with("jobs", jobs.json()));
    }

    private Json described(String id, @Nullable Ranking ranking) {
        LabellingStore.Summary known = desk.readable(() -> desk.store().summary(id));
        Double uncertainty = ranking == null ? null : ranking.cases().get(id);
        return Json.object().with("id", id).with("name", id).with("labelled", known != null && known.voxels() > 0)
                .with("truth", desk.opened().truths().containsKey(id)).with("proposed", known == null ? null : known.run())
                .with("corrected", known == null || known.run() == null ? null : (Object) known.corrected()).with("uncertainty", uncertainty);
    }

    private @Nullable Json weights() {
        if (engine == null) return null;
        return Json.object().with("file", engine.weights().path().toString()).with("model", engine.sam().config().name());
    }

    private void stop(Call call) {
        jobs.stop(jobs.of(call.part(0)));
        call.json(Json.object());
    }

    /// Ends as if it were killed.
    void abandon() {
        desk.abandon();
        close();
    }

    /// Stops listening, ends running work, and saves what is not saved yet.
    @Override
    public void close() {
        events.close();
        http.stop(0);
        jobs.close();
        threads.close();
        routes.close();
        sam.close();
        desk.close();
    }
}
