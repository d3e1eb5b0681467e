package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.models.methods.Method;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The log of a training run: the lines of its `log.csv`.
///
/// Logs of earlier versions have the Dice loss where newer ones have the Dice itself; both are read.
///
/// @param epochs in their order
public record TrainingLog(List<Epoch> epochs) {
    private static final long LONGEST = 1 << 24;                                   // bytes: about 200,000 epochs
    private static final String START = "epoch,learning_rate,train_loss,", VALIDATION = "validation_dice", ONCE = "validation_soft_dice";

    /// One pass over the training slices.
    ///
    /// @param number from 1
    /// @param rate the learning rate
    /// @param loss the sum of the method's losses on the training slices
    /// @param dice the soft Dice on them; `NaN` if the method has no Dice loss
    /// @param validation the soft Dice on the validation slices; `NaN` if there was no validation
    public record Epoch(int number, double rate, double loss, double dice, double validation) {}

    /// Copies the list.
    public TrainingLog {
        epochs = List.copyOf(epochs);
    }

    /// The first line of a method's log.
    static String header(Method method) {
        StringBuilder header = new StringBuilder(START);
        for (String loss : method.losses()) header.append("train_").append(loss).append(',');
        return header.append(VALIDATION).append('\n').toString();
    }

    /// The last cell of a line, from the Dice loss on the validation slices: the Dice itself, or, in a log that an earlier version began, that loss.
    static double validation(String log, double loss) {
        return log.lines().findFirst().orElse("").endsWith(ONCE) ? loss : 1 - loss;
    }

    /// Reads a log.
    ///
    /// @throws FormatException if a line does not belong to a log
    public static TrainingLog read(Path file) {
        try {
            if (Files.size(file) > LONGEST) throw new FormatException(file + ": it is longer than any log, 16 MiB");
            return of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8), file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /// A log from its text.
    ///
    /// @param name its source, for messages
    static TrainingLog of(String text, String name) {
        List<String> lines = text.lines().toList();
        if (lines.isEmpty()) return new TrainingLog(List.of());
        List<String> columns = List.of(lines.getFirst().split(",", -1));
        boolean once = columns.getLast().equals(ONCE);
        if (!lines.getFirst().startsWith(START) || (!once && !columns.getLast().equals(VALIDATION)))
            throw new FormatException(name + ": it begins with " + FormatException.shown(lines.getFirst())
                    + ", which no training log does");
        int dice = Math.max(columns.indexOf("train_dice_loss"), Math.max(columns.indexOf("train_soft_dice"), columns.indexOf("train_dice")));
        List<Epoch> epochs = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) epochs.add(epoch(line, columns.size(), dice, once, name));
        return new TrainingLog(epochs);
    }

    private static Epoch epoch(String line, int columns, int dice, boolean once, String name) {
        String[] cells = line.split(",", -1);
        try {
            if (cells.length == columns && Integer.parseInt(cells[0]) > 0 && number(cells[1]) > 0) {
                double last = cells[columns - 1].isEmpty() ? Double.NaN : number(cells[columns - 1]);
                return new Epoch(Integer.parseInt(cells[0]), number(cells[1]), number(cells[2]), dice < 0
                        ? Double.NaN
                        : 1 - number(cells[dice]), once ? 1 - last : last);
            }
        } catch (NumberFormatException _) {
            // Reported below.
        }
        throw new FormatException(name + ": it has the line " + FormatException.shown(line) + ", which does not belong to a training log");
    }

    private static double number(String cell) {
        double x = Double.parseDouble(cell);
        if (!(Math.abs(x) <= Float.MAX_VALUE)) throw new NumberFormatException(cell);
        return x;
    }

    /// Whether there was a validation.
    public boolean isValidated() {
        return epochs.stream().anyMatch(epoch -> !Double.isNaN(epoch.validation));
    }

    /// The first epoch with the highest Dice in validation, or, if there was no validation, with the lowest loss.
    ///
    /// @throws java.util.NoSuchElementException if no epoch is finished
    public Epoch best() {
        Comparator<Epoch> worse = isValidated()
                ? Comparator.comparingDouble(e -> Double.isNaN(e.validation) ? Double.POSITIVE_INFINITY : -e.validation)
                : Comparator.comparingDouble(Epoch::loss);
        return epochs.stream().min(worse).orElseThrow();
    }
}
