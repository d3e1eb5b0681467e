package dev.samovar.serve;

import static java.util.stream.Collectors.toMap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import dev.samovar.imaging.format.Png;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Invalid and malicious requests: each is refused with one sentence and changes nothing.
class HostileTest {
    private static final int MUTANTS = 500;
    /// Invalid values of the members of a request, by name.
    private static final Map<String, List<String>> WRONG = """
            object  'x' [] {} true 1.5 -1 99999 4294967296 1e300
            axis    'x' [] {} true 1.5 -1 99999 4294967296 1e300
            index   'x' [] {} true 1.5 -1 99999 4294967296 1e300
            from    'x' [] {} true 1.5 -1 99999 4294967296 1e300
            to      'x' [] {} true 1.5 -1 99999 4294967296 1e300
            points  7 [] [1] [{}] [{'x':'a','y':1,'label':1}] [{'x':1e9,'y':1,'label':1}] [{'x':1,'y':-2,'label':1}] [{'x':1,'y':2,'label':7}]
            box     {} [1,2,3] [5,5,1,1] ['a',1,2,3] [0,0,1e12,3] [-5,0,1,1]
            path    'x' [] [[1]] [[1e300,2]] [[1,2,3]]
            radius  -1 1e9 'x' []
            action  'explode' 5 ''
            tab     '' 'a/b' 5 '../x'
            formats [] ['exe'] 'labels' [1] ['dicomseg']
            colour  'red' 5 '#12345'
            name    '' 'a\\nb' 5 []
            masks   [9] 'x'
            run     '../x' 'none' 1
            """.lines().map(line -> line.split(" +", 2)).collect(toMap(line -> line[0], line -> List.of(line[1].split(" ", -1))));
    private static final List<String> BODIES = List.of(
            "prompt {'tab':'t','object':1,'axis':2,'index':0,'points':[{'x':3,'y':2,'label':1}],'run':null}",
            "prompt {'tab':'t','object':1,'axis':2,'index':0,'box':[0,0,5,5]}",
            "edit {'tab':'t','action':'brush','object':1,'axis':2,'index':0,'radius':2,'path':[[1,1],[3,4]]}",
            "edit {'tab':'t','action':'largest','object':1,'axis':2,'index':0}",
            "edit {'tab':'t','action':'between','object':1,'axis':2,'from':0,'to':2}",
            "edit {'tab':'t','action':'add-object','name':'a','colour':'#ff0000'}",
            "edit {'tab':'t','action':'adopt','axis':2,'index':0,'masks':[0]}",
            "propagate {'tab':'t','object':1,'axis':2,'index':0,'run':null}", "box {'tab':'t','object':1,'axis':2,'from':0,'to':0,'box':[0,0,4,4]}",
            "everything {'tab':'t','axis':2,'index':0}", "ahead {'tab':'t','axis':2,'index':0}", "save {'tab':'t','formats':['labels']}",
            "propose {'tab':'t','run':'cnn-1'}");
    private static final List<String> PATHS = List.of("/api/cases/..", "/api/cases/../../etc/passwd",
            "/api/cases/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "/..%2f..%2fetc%2fpasswd", "/../secret.txt", "/%2e%2e/secret.txt", "/api/cases/secret", "/api/cases/img/slice/2/1",
            "/api/cases/img/slice/2/-1", "/api/cases/img/slice/3/0", "/api/cases/img/slice/99999999999/0", "/api/cases/img/slice/x/0",
            "/api/cases/img/labels/2/2147483648", "/api/cases/img/labels?from=0,0&to=1,1,1", "/api/cases/img/labels?from=0,0,0&to=99,0,0",
            "/api/cases/img/labels?from=3,3,0&to=2,2,0", "/api/cases/img/labels/2/0?of=secret", "/api/cases/img/voxels?from=0&to=9",
            "/api/cases/img/everything/2/0", "/api/cases/img/everything/2/0/kept?iou=x", "/api/jobs/j99", "/api/cases/img/slice/2/0/",
            "/api/cases/img/uncertainty/2/0", "/api/cases/img/uncertainty/2/9?object=1", "/api/cases/img/uncertainty/2/0?object=x",
            "/api/cases/img/uncertainty/2/0?object=999", "/api", "/api/", "/api/cases/img%00/slice/2/0", "/index.html/..", "//etc/passwd",
            "/page/../index.html", "/SamovarServer.class",
            "/a/b/c/d/e/f/g/h/i/j/k/l/m/n", "/api/cases/%ff%fe", "/api/run", "/api/cases/img/slices/7", "/.git/config");

    @TempDir
    private Path folder;

    private Browser browser;
    private int port;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        Path images = Files.createDirectories(folder.resolve("images"));
        Png.writeGrey(images.resolve("img.png"), 12, 16, new byte[192]);
        Png.writeGrey(folder.resolve("secret.png"), 12, 16, new byte[192]);
        Files.writeString(folder.resolve("secret.txt"), "secret");
        Files.createSymbolicLink(images.resolve("secret.png"), folder.resolve("secret.png"));
        browser = Browser.on(images, folder.resolve("work"), Browser.engine(folder));
        port = URI.create(browser.address()).getPort();
    }

    @AfterEach
    void close() {
        browser.close();
    }

    /// The parts of a request.
    private record Sent(String method, String path, Map<String, String> headers, String body, int missing) {}

    @Test
    void everyMutantIsRefused() throws IOException {
        Random random = new Random(20261130);
        List<String> files = files();
        for (int n = 0; n < MUTANTS; n++) {
            Sent sent = mutant(random);
            String answer = answer(sent), status = answer.lines().findFirst().orElse("");
            assertTrue(status.matches("HTTP/1.1 4\\d\\d .*"), n + ": " + sent + " → " + answer);
            if (answer.contains("application/json") && !sent.method.equals("HEAD")) {
                Json json = Json.parse(answer.substring(answer.indexOf("\r\n\r\n") + 4), "answer");
                assertTrue(json.at("error").string().length() > 5, answer);
            }
        }
        assertEquals(files, files());
        assertEquals(0, browser.get("/api/cases/img").at("revision").whole());
        assertEquals("[]", browser.get("/api/state").at("jobs").toString());
        assertEquals(1, browser.get("/api/state").at("cases").list().size(), "the target of a link out of the folder is not a case");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.map(Path::toString).filter(name -> !name.contains("cache")).sorted().toList();
        }
    }

    private Sent mutant(Random random) {
        String[] good = BODIES.get(random.below(BODIES.size())).replace('\'', '"').split(" ", 2);
        Map<String, String> headers = new LinkedHashMap<>(Map.of("Host", "127.0.0.1:" + port, "Cookie", browser.cookie(), "Content-Type",
                "application/json", "Connection", "close"));
        String path = "/api/cases/img/" + good[0], body = good[1];
        switch (random.below(8)) {
            case 0 -> {
                return new Sent("GET", PATHS.get(random.below(PATHS.size())), headers, "", 0);
            }
            case 1 -> headers.put("Cookie", List.of("", "samovar-" + port + "=", "samovar-" + port + "=wrong", "samovar=x", browser.cookie()
                    + "x").get(random.below(5)));
            case 2 -> headers.put("Origin", List.of("http://evil.example", "null", "https://127.0.0.1:" + port, "http://127.0.0.1:1",
                    "http://localhost.evil.example:" + port).get(random.below(5)));
            case 3 -> headers.put("Host", List.of("evil.example:" + port, "127.0.0.1", "127.0.0.1:1", "10.0.0.1:" + port,
                    "127.0.0.1.evil.example:"
                            + port,
                    "").get(random.below(6)));
            case 4 -> {
                String part = body.substring(0, random.below(body.length()));
                return new Sent("POST", path, headers, part, random.below(2) * 100);
            }
            case 5 -> {
                if (random.below(2) == 0)
                    headers.put("Content-Type", List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                            "").get(random.below(4)));
                else
                    return new Sent(List.of("GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH").get(random.below(6)), path, headers, "", 0);
            }
            case 6 -> headers.put("Sec-Fetch-Site", List.of("cross-site", "same-site").get(random.below(2)));
            default -> body = wrong(body, random);
        }
        return new Sent("POST", path, headers, body, 0);
    }

    /// The body with one value of another type, or out of bounds.
    private static String wrong(String body, Random random) {
        Json json = Json.parse(body, "good");
        List<String> keys = new ArrayList<>(json.keys());
        String key = keys.get(random.below(keys.size()));
        List<String> values = WRONG.getOrDefault(key, List.of());
        String value = values.get(random.below(values.size())).replace('\'', '"');
        return json.with(key, Json.parse(value, "wrong")).toString();
    }

    private String answer(Sent sent) throws IOException {
        byte[] body = sent.body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(sent.method + " " + sent.path + " HTTP/1.1\r\n");
        sent.headers.forEach((name, value) -> {
            if (!value.isEmpty()) head.append(name).append(": ").append(value).append("\r\n");
        });
        if (sent.method.equals("POST")) head.append("Content-Length: ").append(body.length + sent.missing).append("\r\n");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(body);
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void thereAreNotTooManyPointsPlacesAndLetters() {
        String point = "{'x':1,'y':1,'label':1}", place = "[1,1]";
        browser.post(400, "/api/cases/img/prompt",
                Browser.json("{'object':1,'axis':2,'index':0,'points':[" + point + ("," + point).repeat(64) + "]}"));
        browser.post(400, "/api/cases/img/edit", Browser.json("{'action':'brush','object':1,'axis':2,'index':0,'radius':1,'path':[" + place
                + ("," + place).repeat(4096) + "]}"));
        browser.post(400, "/api/cases/img/edit", Browser.json("{'action':'undo','tab':'" + "a".repeat(65) + "'}"));
        browser.post(400, "/api/cases/img/edit", Browser.json("{'action':'add-object','name':'" + "a".repeat(101) + "'}"));
    }

    @Test
    void whatIsTooLongIsRefused() throws IOException {
        Map<String, String> headers = Map.of("Host", "127.0.0.1:" + port, "Cookie", browser.cookie(), "Content-Type", "application/json");
        String answer = answer(new Sent("POST", "/api/cases/img/edit", headers, " ".repeat(Call.MOST_BYTES + 1), 0));
        assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
    }

    @Test
    void otherMachinesNeedAToken() {
        String all = "0.0.0.0";
        assertThrows(FormatException.class, () -> new SamovarServer.Settings(null, folder, all, 0, null, "test"));
        assertThrows(FormatException.class, () -> new SamovarServer.Settings(null, folder, all, 0, "short", "test"));
        try (SamovarServer open = SamovarServer.start(new SamovarServer.Settings(null, folder, all, 0, "a-long-token", "test"), null, _ -> {})) {
            assertTrue(open.url().endsWith("/?token=a-long-token"), open.url());
        }
    }

    @Test
    void theTokenIsNeededOnce() {
        var first = browser.send(browser.at("/"));
        assertEquals(200, first.statusCode());
        assertTrue(first.headers().firstValue("Content-Security-Policy").orElse("").contains("script-src 'self'"));
        assertTrue(first.headers().firstValue("Set-Cookie").isEmpty());
        assertEquals(404, browser.status("/nothing.js"));
    }
}
