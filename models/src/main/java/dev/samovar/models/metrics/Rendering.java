package dev.samovar.models.metrics;

import dev.samovar.core.io.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// An [Evaluation] as CSV and JSON, for programs.
///
/// Both give every distance twice: with penalties, and `defined_only`. JSON does so for every score, and gives the number of scores in each mean.
/// Further metrics come last, if they are asked for.
final class Rendering {
    private Rendering() {}

    static String csv(Evaluation e) {
        StringBuilder text = new StringBuilder("case,class,name");
        for (Metric metric : Metric.values()) text.append(',').append(column(metric, e));
        for (Metric metric : Metric.values()) if (metric.isDistance()) text.append(',').append(column(metric, e)).append("_defined_only");
        text.append(",n,n_defined_only,tp,fp,fn");
        for (FurtherMetric metric : further(e)) text.append(',').append(metric);
        text.append('\n');
        for (CaseScores scores : e.cases()) {
            for (int c = 1; c < e.classNames().size(); c++) {
                int label = c;
                Counts counts = scores.of(c).counts();
                line(text, scores.name(), "" + c, e.classNames().get(c), (metric, average) -> scores.score(metric, label, average));
                text.append(",,,").append(counts.tp()).append(',').append(counts.fp()).append(',').append(counts.fn());
                further(text, e, metric -> scores.score(metric, label));
            }
            line(text, scores.name(), "", "mean", scores::mean);
            text.append(",,,,,");
            further(text, e, scores::mean);
        }
        for (int c = 1; c < e.classNames().size(); c++) {
            int label = c;
            line(text, "mean", "" + c, e.classNames().get(c), (metric, average) -> e.mean(metric, label, average));
            text.append(',').append(e.count(Metric.DICE, c, Average.PENALISED)).append(',').append(e.count(Metric.HD95, c,
                    Average.DEFINED_ONLY)).append(",,,");
            further(text, e, metric -> e.mean(metric, label));
        }
        line(text, "mean", "", "mean", e::mean);
        text.append(',').append(e.count(Metric.DICE, Average.PENALISED)).append(',').append(e.count(Metric.HD95, Average.DEFINED_ONLY))
                .append(",,,");
        further(text, e, e::mean);
        return text.toString();
    }

    private static List<FurtherMetric> further(Evaluation e) {
        return e.scoring().further() ? List.of(FurtherMetric.values()) : List.of();
    }

    /// The cells of further metrics, at the end of a line.
    private static void further(StringBuilder text, Evaluation e, ToDoubleFunction<FurtherMetric> score) {
        for (FurtherMetric metric : further(e)) cell(text, score.applyAsDouble(metric));
        text.append('\n');
    }

    private static String column(Metric metric, Evaluation e) {
        return key(metric) + (metric.isDistance() ? "_" + e.unit().replace(' ', '_') : "");
    }

    private static void line(StringBuilder text, String name, String label, String className, ToDoubleBiFunction<Metric, Average> score) {
        text.append(quoted(name)).append(',').append(label).append(',').append(quoted(className));
        for (Metric metric : Metric.values()) cell(text, score.applyAsDouble(metric, Average.PENALISED));
        for (Metric metric : Metric.values()) if (metric.isDistance()) cell(text, score.applyAsDouble(metric, Average.DEFINED_ONLY));
    }

    private static void cell(StringBuilder text, double score) {
        text.append(',').append(Double.isNaN(score) ? "" : Double.toString(score));
    }

    private static String quoted(String text) {
        return text.matches("[^\",\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    static Json json(Evaluation e) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("convention", e.scoring().convention().toString());
        all.put("unit", e.unit());
        all.put("tolerance", e.scoring().tolerance());
        all.put("classes", e.classNames());
        all.put("cases", e.cases().stream().map(scores -> {
            Map<String, @Nullable Object> one = new LinkedHashMap<>(Map.of("name", scores.name()));
            one.putAll(scores(scores::mean));
            further(e, one, scores::mean);
            one.put("diagonal", scores.diagonal());
            one.put("classes", classes(e, c -> {
                Counts counts = scores.of(c).counts();
                Map<String, @Nullable Object> of = scores((metric, average) -> scores.score(metric, c, average));
                of.put("tp", counts.tp());
                of.put("fp", counts.fp());
                of.put("fn", counts.fn());
                of.put("sensitivity", Json.orNull(counts.sensitivity()));
                of.put("precision", Json.orNull(counts.precision()));
                of.put("volume_difference", Json.orNull(counts.volumeDifference()));
                further(e, of, metric -> scores.score(metric, c));
                return of;
            }));
            return one;
        }).toList());
        Map<String, @Nullable Object> mean = scores(e::mean);
        further(e, mean, e::mean);
        mean.put("n", counts(e, metric -> e.count(metric, Average.PENALISED), e::count));
        mean.put("n_defined_only", counts(e, metric -> e.count(metric, Average.DEFINED_ONLY), e::count));
        mean.put("classes", classes(e, c -> {
            Map<String, @Nullable Object> of = scores((metric, average) -> e.mean(metric, c, average));
            further(e, of, metric -> e.mean(metric, c));
            of.put("n", counts(e, metric -> e.count(metric, c, Average.PENALISED), metric -> e.count(metric, c)));
            of.put("n_defined_only", counts(e, metric -> e.count(metric, c, Average.DEFINED_ONLY), metric -> e.count(metric, c)));
            of.put("missed", e.missed(c));
            of.put("spurious", e.spurious(c));
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

    /// The scores with penalties as members, and those without under `defined_only`.
    private static Map<String, @Nullable Object> scores(ToDoubleBiFunction<Metric, Average> score) {
        Map<String, @Nullable Object> scores = new LinkedHashMap<>(), defined = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) {
            scores.put(key(metric), Json.orNull(score.applyAsDouble(metric, Average.PENALISED)));
            defined.put(key(metric), Json.orNull(score.applyAsDouble(metric, Average.DEFINED_ONLY)));
        }
        scores.put("defined_only", defined);
        return scores;
    }

    private static void further(Evaluation e, Map<String, @Nullable Object> of, ToDoubleFunction<FurtherMetric> score) {
        for (FurtherMetric metric : further(e)) of.put(metric.toString(), Json.orNull(score.applyAsDouble(metric)));
    }

    private static Map<String, Object> counts(Evaluation e, ToIntFunction<Metric> count, ToIntFunction<FurtherMetric> further) {
        Map<String, Object> counts = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) counts.put(key(metric), count.applyAsInt(metric));
        for (FurtherMetric metric : further(e)) counts.put(metric.toString(), further.applyAsInt(metric));
        return counts;
    }

    private static String key(Metric metric) {
        return metric.title().toLowerCase(Locale.ROOT);
    }
}
