package dev.samovar.models.metrics;

import dev.samovar.core.io.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// An [Evaluation] as text, CSV and JSON.
final class Rendering {
    private static final String NOTE = """
            n/a: neither the prediction nor the truth contains the class; such a case is not part of that class's mean.
            The last mean is that of the classes' means, not of the cases'.
            """;

    private Rendering() {}

    static String table(Evaluation e) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(row(e, "", (metric, label) -> label == 1 ? metric.title() : "", _ -> ""));
        rows.add(row(e, "case", (_, label) -> e.classNames().get(label), _ -> "mean"));
        for (CaseScores s : e.cases())
            rows.add(row(e, s.name(), (metric, label) -> shown(metric.of(s.of(label))), metric -> shown(s.mean(metric))));
        rows.add(row(e, "mean", (metric, label) -> shown(e.mean(metric, label)), metric -> shown(e.mean(metric))));
        rows.add(row(e, "n/a in", (_, label) -> Integer.toString(e.absent(label)), _ -> ""));
        return aligned(rows) + NOTE + missing(e);
    }

    private static List<String> row(Evaluation e, String head, BiFunction<Metric, Integer, String> ofClass, Function<Metric, String> mean) {
        List<String> row = new ArrayList<>(List.of(head));
        for (Metric metric : Metric.values()) {
            for (int label = 1; label < e.classNames().size(); label++) row.add(ofClass.apply(metric, label));
            row.add(mean.apply(metric));
        }
        return row;
    }

    private static String missing(Evaluation e) {
        if (e.missing().isEmpty()) return "";
        return "No prediction, and so not part of any mean: " + e.missing().size() + " of " + (e.missing().size() + e.cases().size())
                + " cases (" + String.join(", ", e.missing()) + ").\n";
    }

    private static String aligned(List<List<String>> rows) {
        StringBuilder text = new StringBuilder();
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) for (int i = 0; i < widths.length; i++) widths[i] = Math.max(widths[i], row.get(i).length());
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.getFirst()).repeat(' ', widths[0] - row.getFirst().length());
            for (int i = 1; i < widths.length; i++) line.repeat(' ', 2 + widths[i] - row.get(i).length()).append(row.get(i));
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static String shown(double score) {
        return Double.isNaN(score) ? "n/a" : String.format(Locale.ROOT, "%.4f", score);
    }

    static String csv(Evaluation e) {
        StringBuilder text = new StringBuilder("case,class,name");
        for (Metric metric : Metric.values()) text.append(',').append(metric.title().toLowerCase(Locale.ROOT));
        text.append(",tp,fp,fn\n");
        for (CaseScores scores : e.cases()) {
            for (int c = 1; c < e.classNames().size(); c++) {
                Counts counts = scores.of(c);
                line(text, scores.name(), Integer.toString(c), e.classNames().get(c), metric -> metric.of(counts));
                text.append(',').append(counts.tp()).append(',').append(counts.fp()).append(',').append(counts.fn()).append('\n');
            }
            line(text, scores.name(), "", "mean", scores::mean);
            text.append(",,,\n");
        }
        for (int c = 1; c < e.classNames().size(); c++) {
            int label = c;
            line(text, "mean", Integer.toString(c), e.classNames().get(c), metric -> e.mean(metric, label));
            text.append(",,,\n");
        }
        line(text, "mean", "", "mean", e::mean);
        return text.append(",,,\n").toString();
    }

    private static void line(StringBuilder text, String name, String label, String className, ToDoubleFunction<Metric> scores) {
        text.append(quoted(name)).append(',').append(label).append(',').append(quoted(className));
        for (Metric metric : Metric.values()) {
            double score = scores.applyAsDouble(metric);
            text.append(',').append(Double.isNaN(score) ? "" : Double.toString(score));
        }
    }

    private static String quoted(String text) {
        return text.matches("[^\",\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    static Json json(Evaluation e) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("classes", e.classNames());
        all.put("cases", e.cases().stream().map(scores -> {
            Map<String, @Nullable Object> one = new LinkedHashMap<>(Map.of("name", scores.name()));
            one.putAll(scores(scores::mean));
            one.put("classes", classes(e, c -> {
                Counts counts = scores.of(c);
                Map<String, @Nullable Object> of = scores(metric -> metric.of(counts));
                of.put("tp", counts.tp());
                of.put("fp", counts.fp());
                of.put("fn", counts.fn());
                return of;
            }));
            return one;
        }).toList());
        Map<String, @Nullable Object> mean = scores(e::mean);
        mean.put("classes", classes(e, c -> {
            Map<String, @Nullable Object> of = scores(metric -> e.mean(metric, c));
            of.put("absent", e.absent(c));
            return of;
        }));
        all.put("mean", mean);
        all.put("missing", e.missing());
        return Json.of(all);
    }

    private interface PerClass {
        Map<String, @Nullable Object> of(int label);
    }

    private static List<Map<String, @Nullable Object>> classes(Evaluation e, PerClass content) {
        List<Map<String, @Nullable Object>> classes = new ArrayList<>();
        for (int c = 1; c < e.classNames().size(); c++) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("class", c);
            one.put("name", e.classNames().get(c));
            one.putAll(content.of(c));
            classes.add(one);
        }
        return classes;
    }

    private static Map<String, @Nullable Object> scores(ToDoubleFunction<Metric> score) {
        Map<String, @Nullable Object> scores = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) {
            double value = score.applyAsDouble(metric);
            scores.put(metric.title().toLowerCase(Locale.ROOT), Double.isNaN(value) ? null : value);
        }
        return scores;
    }
}
