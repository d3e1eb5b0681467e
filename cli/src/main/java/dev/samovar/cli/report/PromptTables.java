package dev.samovar.cli.report;

import dev.samovar.models.study.AnnotationCost;
import dev.samovar.models.study.Choice;
import dev.samovar.models.study.ObjectProperties.Attribute;
import dev.samovar.models.study.PromptSummary;
import dev.samovar.models.study.PromptSummary.Line;
import dev.samovar.models.study.Protocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A study of prompts as tables of text: a header and lines.
public final class PromptTables {
    private PromptTables() {}

    /// A prompt, and which of its steps.
    private record Row(Protocol protocol, int step) {}

    /// Dice and IoU of every prompt for each choice among its masks.
    public static List<List<String>> scores(List<Line> lines) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("prompt", "n", "Dice, first mask", "thought best", "oracle", "IoU, first mask", "thought best", "oracle"));
        Map<Row, List<Line>> rows = new LinkedHashMap<>();
        lines.stream().sorted((a, b) -> a.protocol() == b.protocol() ? a.step() - b.step() : a.protocol().compareTo(b.protocol()))
                .forEach(line -> rows.computeIfAbsent(new Row(line.protocol(), line.step()), _ -> new ArrayList<>()).add(line));
        rows.forEach((row, its) -> {
            List<String> cells = new ArrayList<>(List.of(name(row.protocol, row.step), "" + its.getFirst().n()));
            for (Choice choice : Choice.values())
                cells.add(its.stream().filter(l -> l.choice() == choice).findFirst().map(l -> shown(l.dice())
                        + (Double.isNaN(l.spread()) ? "" : " ± " + shown(l.spread()))).orElse(""));
            for (Choice choice : Choice.values())
                cells.add(its.stream().filter(l -> l.choice() == choice).findFirst().map(l -> shown(l.iou())).orElse(""));
            table.add(cells);
        });
        return table;
    }

    private static String name(Protocol protocol, int step) {
        return protocol.words() + switch (protocol) {
            case MOVED_POINT, MOVED_BOX -> " by up to " + step + " px";
            case INTERACTIVE, CORRECTIONS, BOX_CORRECTIONS -> ": " + step;
            default -> "";
        };
    }

    /// The partial rank correlations of the objects' properties with their Dice.
    public static List<List<String>> correlations(List<PromptSummary.Correlation> correlations) {
        List<List<String>> table = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("prompt", "mask"));
        for (Attribute attribute : Attribute.values()) header.add(attribute.toString());
        table.add(header);
        Map<String, List<String>> rows = new LinkedHashMap<>();
        for (PromptSummary.Correlation c : correlations) {
            String mask = switch (c.choice()) {
                case FIRST -> "first";
                case PREDICTED -> "thought best";
                case ORACLE -> "oracle";
            };
            rows.computeIfAbsent(c.protocol() + " " + c.choice(), _ -> new ArrayList<>(List.of(c.protocol().words(), mask))).add(shown(c.spearman()
                    .rho()) + stars(c.spearman().p()));
        }
        table.addAll(rows.values());
        return table;
    }

    /// One for p < 0.05, two for 0.01, three for 0.001.
    private static String stars(double p) {
        return p < 0.001 ? " ***" : p < 0.01 ? " **" : p < 0.05 ? " *" : "";
    }

    /// What the simulated annotator does.
    public static List<List<String>> annotation(List<AnnotationCost> costs) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("annotator", "objects", "clicks", "good enough", "seconds", "saved"));
        for (AnnotationCost cost : costs)
            table.add(List.of(cost.protocol().words(), "" + cost.objects(), String.format(Locale.ROOT, "%.2f", cost.clicks()),
                    percent(cost.reached()), String.format(Locale.ROOT, "%.1f", cost.seconds()), percent(cost.saved())));
        return table;
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private static String shown(double value) {
        return Double.isNaN(value) ? "n/a" : String.format(Locale.ROOT, "%.3f", value);
    }
}
