package dev.samovar.imaging.format;

import java.util.Locale;
import java.util.OptionalDouble;

/// Units of length by the names that files give them.
final class LengthUnit {
    private LengthUnit() {}

    /// How many millimetres a unit has; empty if this names none, as `pixel`.
    static OptionalDouble millimetres(String name) {
        return switch (name.strip().replaceAll("^[\"<]|[\">]$", "").toLowerCase(Locale.ROOT)) {
            case "m", "meter", "meters", "metre", "metres" -> OptionalDouble.of(1000);
            case "dm" -> OptionalDouble.of(100);
            case "cm", "centimeter", "centimeters", "centimetre", "centimetres" -> OptionalDouble.of(10);
            case "mm", "millimeter", "millimeters", "millimetre", "millimetres" -> OptionalDouble.of(1);
            case "um", "µm", "μm", "âµm", "î¼m", "\\u00b5m", "micron", "microns", "micrometer", "micrometers", "micrometre", "micrometres" -> // micro sign and Greek letter, each also as UTF-8 read as Latin-1, and ImageJ's escape
                OptionalDouble.of(1e-3);
            case "nm", "nanometer", "nanometers", "nanometre", "nanometres" -> OptionalDouble.of(1e-6);
            case "å", "angstrom", "angstroms" -> OptionalDouble.of(1e-7);
            case "pm" -> OptionalDouble.of(1e-9);
            case "in", "inch", "inches" -> OptionalDouble.of(25.4);
            default -> OptionalDouble.empty();
        };
    }
}
