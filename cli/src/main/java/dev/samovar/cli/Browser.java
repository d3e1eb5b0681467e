package dev.samovar.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The browser that this machine opens addresses with.
final class Browser {
    private Browser() {}

    /// Opens an address. False if there is no browser, or no screen.
    static boolean open(String address) {
        try {
            new ProcessBuilder(command(System.getProperty("os.name"), System.getenv(), address)).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            return true;
        } catch (IOException | IllegalStateException _) {
            return false;
        }
    }

    /// What opens an address on a system.
    ///
    /// @throws IllegalStateException if there is no screen
    static List<String> command(String system, Map<String, String> environment, String address) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) return List.of("rundll32", "url.dll,FileProtocolHandler", address);
        if (name.startsWith("mac")) return List.of("open", address);
        if (!environment.containsKey("DISPLAY") && !environment.containsKey("WAYLAND_DISPLAY"))
            throw new IllegalStateException("no screen");
        return List.of("xdg-open", address);
    }
}
