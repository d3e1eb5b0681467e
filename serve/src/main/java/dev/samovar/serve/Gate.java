package dev.samovar.serve;

import dev.samovar.core.io.FormatException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Decides which requests are let in: the first one by the token in its address, later ones by the cookie that the browser got for it.
///
/// Another site in the same browser gets nothing: `SameSite=Strict` keeps the cookie from it, `Origin` and `Sec-Fetch-Site` tell where a request
/// comes from, and a foreign host name that was made to point here is not among the hosts that are answered.
final class Gate {
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+\\]");
    private static final int BYTES = 24;

    private final String token;
    private final String secret = random();
    private final String cookie;
    private final boolean here;                                         // only this machine is served
    private final int port;

    /// @param given the token that was chosen; null for a random one
    /// @param bound where the server listens
    Gate(@Nullable String given, InetSocketAddress bound) {
        token = given != null ? given : random();
        port = bound.getPort();
        cookie = "samovar-" + port;
        here = bound.getAddress().isLoopbackAddress();
    }

    private static String random() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    String token() {
        return token;
    }

    /// Lets a request in, or refuses it. A request with the token in its address gets the cookie.
    ///
    /// @throws Refusal if it is not let in
    void check(Call call) {
        String host = call.header("Host").toLowerCase(Locale.ROOT);
        if (!isHere(host)) throw forbidden("this server does not answer to the name " + FormatException.shown(host));
        String origin = call.header("Origin");
        if (!origin.isEmpty() && !origin.equals("http://" + host)) throw forbidden("requests of other pages are not answered");
        boolean first = call.path().equals(List.of("")) && call.method().equals("GET");
        String from = call.header("Sec-Fetch-Site");
        if (!first && !from.isEmpty() && !from.equals("same-origin") && !from.equals("none"))
            throw forbidden("requests of other pages are not answered");
        String brought = call.asked("token");
        if (first && brought != null && same(brought, token)) {
            call.headers().add("Set-Cookie", cookie + "=" + secret + "; Path=/; HttpOnly; SameSite=Strict");
            return;
        }
        for (String one : call.header("Cookie").split(";", -1)) {
            String[] pair = one.strip().split("=", 2);
            if (pair.length == 2 && pair[0].equals(cookie) && same(pair[1], secret)) return;
        }
        throw forbidden("open the address that samovar open printed when it was started");
    }

    private static Refusal forbidden(String sentence) {
        return new Refusal(Refusal.FORBIDDEN, sentence);
    }

    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    /// Whether a host with a port is this server. Only addresses and `localhost` are accepted, because DNS could resolve any other name to this
    /// server.
    private boolean isHere(String host) {
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        String at = colon > host.lastIndexOf(']') ? host.substring(colon + 1) : "80";
        if (!at.equals(Integer.toString(port))) return false;
        if (name.equals("localhost") || name.equals("127.0.0.1") || name.equals("[::1]")) return true;
        return !here && ADDRESS.matcher(name).matches();
    }
}
