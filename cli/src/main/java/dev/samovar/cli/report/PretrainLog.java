package dev.samovar.cli.report;

import dev.samovar.core.io.FormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// The log of a pretraining run: the lines of its `log.csv`.
///
/// @param steps in their order
record PretrainLog(List<Step> steps) {
    private static final int CELLS = 8;
    private static final double MOST = 1e6;                                        // numbers beyond this are drawn as this

    /// Means since the line before.
    ///
    /// @param number of the last step
    record Step(int number, double loss, double firstIou, double lastIou) {}

    PretrainLog {
        steps = List.copyOf(steps);
    }

    /// Reads a log; there is none before the first checkpoint.
    ///
    /// @throws FormatException if a line does not belong to a log
    static PretrainLog read(Path file) {
        if (!Files.exists(file)) return new PretrainLog(List.of());
        List<Step> steps = new ArrayList<>();
        try {
            for (String line : Files.readString(file).lines().skip(1).toList()) steps.add(step(line, file));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        return new PretrainLog(steps);
    }

    private static Step step(String line, Path file) {
        String[] cells = line.split(",", -1);
        try {
            if (cells.length == CELLS)
                return new Step(Integer.parseInt(cells[0]), number(cells[2]), number(cells[6]), number(cells[7]));
        } catch (NumberFormatException _) {
            // Reported below.
        }
        throw new FormatException(file + ": it has the line " + FormatException.shown(line) + ", which is none of a pretraining’s log");
    }

    private static double number(String cell) {
        double value = Double.parseDouble(cell);
        return Double.isNaN(value) ? MOST : Math.clamp(value, -MOST, MOST);
    }

    Curves.Line line(String name, ToDoubleFunction<Step> value) {
        return new Curves.Line(name, steps.stream().map(s -> (double) s.number).toList(), steps.stream().map(value::applyAsDouble).toList());
    }
}
