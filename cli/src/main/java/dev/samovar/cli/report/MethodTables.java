package dev.samovar.cli.report;

import dev.samovar.models.metrics.Metric;
import dev.samovar.models.metrics.Spread;
import dev.samovar.models.study.Cell;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.models.study.MethodSummary;
import dev.samovar.models.study.MethodSummary.Comparison;
import dev.samovar.models.study.MethodSummary.Line;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A study of methods as tables of text: a header and lines.
public final class MethodTables {
    private static final List<Metric> SHOWN = List.of(Metric.DICE, Metric.NSD, Metric.HD95, Metric.ASSD);

    private MethodTables() {}

    /// Every method with every number of patients: mean ± standard deviation over its cells, and the Dice of each class.
    public static List<List<String>> scores(MethodSummary summary) {
        List<List<String>> table = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("method", "patients", "cells"));
        for (Metric metric : SHOWN) header.add(metric.title(summary.unit()));
        for (String name : summary.classNames().subList(1, summary.classNames().size())) header.add(Metric.DICE.title() + " " + name);
        table.add(header);
        for (Line line : summary.lines()) {
            List<String> row = new ArrayList<>(List.of(line.row(), patients(line.labelled()), "" + line.cells()));
            for (Metric metric : SHOWN) row.add(shown(line.of(metric)));
            for (Map<Metric, Spread> its : line.classes()) row.add(shown(MethodSummary.of(its, Metric.DICE)));
            table.add(row);
        }
        return table;
    }

    private static String patients(int labelled) {
        return labelled == 0 ? "none" : "" + labelled;
    }

    /// Every pair of methods that learnt from the same number of patients, by one metric.
    public static List<List<String>> comparisons(MethodSummary summary, Metric metric) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("one", "other", "patients", "cases", "difference", "p", "p, Holm"));
        for (Comparison c : summary.comparisons())
            if (c.metric() == metric)
                table.add(List.of(c.one(), c.other(), patients(c.labelled()), "" + c.pairs(), String.format(Locale.ROOT, "%+.3f", c.difference()),
                        p(c.p()), p(c.corrected())));
        return table;
    }

    private static String p(double p) {
        return p < 0.001 ? "< 0.001" : String.format(Locale.ROOT, "%.3f", p);
    }

    /// The cost of a cell of each method: seconds of training and of segmenting its test cases, and memory, as means over the cells that are done.
    public static List<List<String>> costs(MethodStudy study) {
        Map<List<Object>, List<MethodStudy.Took>> groups = new LinkedHashMap<>();
        for (Cell cell : study.cells())
            study.took(cell).ifPresent(took -> groups.computeIfAbsent(List.of(cell.row(), cell.labelled()),
                    _ -> new ArrayList<>()).add(took));
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("method", "patients", "training (s)", "test cases (s)", "memory (MiB)"));
        groups.forEach((key,
                its) -> table.add(List.of(key.get(0).toString(), patients((Integer) key.get(1)),
                        number(its.stream().mapToDouble(MethodStudy.Took::training).average().orElse(0)),
                        number(its.stream().mapToDouble(MethodStudy.Took::testing)
                                .average().orElse(0)),
                        its.getFirst().memory() == 0
                                ? "n/a"
                                : "" + (its.stream().mapToLong(MethodStudy.Took::memory).max().orElse(0) >> 20))));
        return table;
    }

    private static String number(double seconds) {
        return String.format(Locale.ROOT, "%.1f", seconds);
    }

    /// `mean ± deviation`; of a single score only the mean; `n/a` if there is none.
    public static String shown(Spread score) {
        if (Double.isNaN(score.mean())) return "n/a";
        String format = Math.abs(score.mean()) < 10 ? "%.3f" : "%.1f";
        return String.format(Locale.ROOT, format, score.mean()) + (Double.isNaN(score.deviation())
                ? ""
                : " ± " + String.format(Locale.ROOT, format, score.deviation()));
    }
}
