package dev.samovar.imaging.dicom;

import java.util.List;
import java.util.Locale;

/// Numbers as messages show them.
final class Numbers {
    private Numbers() {}

    /// As short as possible while right to a hundredth, with a proper minus sign: `−65.25`.
    static String shown(double x) {
        String text = String.format(Locale.ROOT, "%.3f", x).replaceFirst("0+$", "").replaceFirst("\\.$", "");
        return text.equals("-0") ? "0" : text.replace('-', '−');
    }

    /// A length, to a hundredth, with at least one digit after the point: `3.0 mm`.
    static String millimetres(double x) {
        String text = String.format(Locale.ROOT, "%.2f", x);
        return (text.endsWith("0") ? text.substring(0, text.length() - 1) : text) + " mm";
    }

    /// As in `a, b and c`.
    static String list(List<String> parts, String last) {
        if (parts.size() < 2) return String.join("", parts);
        return String.join(", ", parts.subList(0, parts.size() - 1)) + " " + last + " " + parts.getLast();
    }
}
