package dev.samovar.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A whole number from 1.
final class Positive implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
        try {
            int n = Integer.parseInt(text);
            if (n > 0) return n;
        } catch (NumberFormatException _) {
            // Reported below.
        }
        throw new TypeConversionException("'" + text + "' is not a whole number from 1");
    }
}
