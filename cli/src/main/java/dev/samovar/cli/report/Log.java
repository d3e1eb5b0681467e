package dev.samovar.cli.report;

import dev.samovar.core.io.FormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How a training went: the lines of its `log.csv`.
///
/// @param epochs in their order
record Log(List<Epoch> epochs) {
    private static final long LONGEST = 1 << 24;                                   // bytes: some 200,000 epochs

    /// One pass over the training slices.
    ///
    /// @param number from 1
    /// @param rate the learning rate
    /// @param loss cross entropy plus soft Dice loss on the training slices
    /// @param softDice the latter alone
    /// @param validation the soft Dice loss on the validation slices; `NaN` if they were not looked at
    record Epoch(int number, double rate, double loss, double softDice, double validation) {}

    Log {
        epochs = List.copyOf(epochs);
    }

    /// Reads a log.
    ///
    /// @throws FormatException if a line is none of a log
    static Log read(Path file) {
        String text;
        try {
            if (Files.size(file) > LONGEST) throw new FormatException(file + ": it is longer than any log, 16 MiB");
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        List<Epoch> epochs = new ArrayList<>();
        for (String line : text.lines().skip(1).toList()) epochs.add(epoch(line, file));
        return new Log(epochs);
    }

    private static Epoch epoch(String line, Path file) {
        String[] cells = line.split(",", -1);
        try {
            if (cells.length == 6)
                return new Epoch(Integer.parseInt(cells[0]), number(cells[1]), number(cells[2]), number(cells[4]), cells[5].isEmpty()
                        ? Double.NaN
                        : number(cells[5]));
        } catch (NumberFormatException _) {
            // Told below.
        }
        throw new FormatException(file + ": it has the line " + FormatException.shown(line) + ", which is none of a training log");
    }

    private static double number(String cell) {
        double x = Double.parseDouble(cell);
        if (!(Math.abs(x) <= Float.MAX_VALUE)) throw new NumberFormatException(cell);
        return x;
    }

    /// Whether there was a validation.
    boolean isValidated() {
        return epochs.stream().anyMatch(epoch -> !Double.isNaN(epoch.validation));
    }
}
