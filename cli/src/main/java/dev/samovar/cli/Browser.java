package dev.samovar.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The default browser of this machine.
final class Browser {
    private Browser() {}

    /// Opens an address. Returns false if there is no browser or no display.
    static boolean open(String address) {
        try {
            new ProcessBuilder(command(System.getProperty("os.name"), System.getenv(), address)).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            return true;
        } catch (IOException | IllegalStateException _) {
            return false;
        }
    }

    /// The command that opens an address on an operating system.
    ///
    /// @throws IllegalStateException if there is no display
    static List<String> command(String system, Map<String, String> environment, String address) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) return List.of("rundll32", "url.dll,FileProtocolHandler", address);
        if (name.startsWith("mac")) return List.of("open", address);
        if (!environment.containsKey("DISPLAY") && !environment.containsKey("WAYLAND_DISPLAY"))
            throw new IllegalStateException("no screen");
        return List.of("xdg-open", address);
    }
}
