package dev.samovar.cli;

import java.time.Duration;
import java.util.Locale;

/// Sizes and times in readable form.
final class Sizes {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

    private Sizes() {}

    /// `812 bytes`, `3.4 MiB`.
    static String bytes(long bytes) {
        double size = bytes;
        int unit = 0;
        while (size >= 1024 && unit < UNITS.length - 1) {
            size /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
    }

    /// `8 s`, `3 min 20 s`, `1 h 05 min`.
    static String time(Duration time) {
        long s = Math.max(0, (time.toMillis() + 500) / 1000);
        if (s < 60) return s + " s";
        if (s < 3600) return s / 60 + " min " + String.format(Locale.ROOT, "%02d s", s % 60);
        return s / 3600 + " h " + String.format(Locale.ROOT, "%02d min", s % 3600 / 60);
    }
}
