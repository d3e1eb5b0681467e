package dev.samovar.models.study;

import static java.util.stream.Collectors.joining;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.metrics.SignedRanks;
import dev.samovar.models.metrics.Spread;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// The result of a study of methods: the scores of each method by the number of labelled patients, and which differences are significant.
///
/// Each cell contributes the means over its test cases, penalties for missed classes included; a line of the table is the mean over its cells (seeds
/// and folds) ± their sample standard deviation. Two methods are compared on the same test cases, each case with its mean over seeds and folds, by [the
/// paired Wilcoxon test][SignedRanks], with Holm's correction over all pairs that learnt from the same number of patients; SAM without training takes
/// part for each number. The same cells give the same bytes.
///
/// @param classNames background first
/// @param unit of distances, as of [Evaluation#unit()]
/// @param labelled the numbers of patients, ascending
/// @param lines method by method as in the study, few patients before many
/// @param comparisons by metric and number of patients
public record MethodSummary(List<String> classNames, String unit, List<Integer> labelled, List<Line> lines, List<Comparison> comparisons) {
    /// The metrics that are compared.
    public static final List<Metric> COMPARED = List.of(Metric.DICE, Metric.NSD, Metric.HD95, Metric.ASSD);

    /// A method with one number of labelled patients.
    ///
    /// @param labelled the number of patients; 0 for SAM without training
    /// @param cells the number of cells
    /// @param scores the mean over the classes, for each metric
    /// @param classes the same for each class except the background
    public record Line(String row, int labelled, int cells, Map<Metric, Spread> scores, List<Map<Metric, Spread>> classes) {
        /// The score by a metric.
        public Spread of(Metric metric) {
            return MethodSummary.of(scores, metric);
        }
    }

    /// Two methods on the same cases.
    ///
    /// @param pairs the number of pairs of scores
    /// @param difference the mean of the first's scores minus the other's
    /// @param p two-sided, uncorrected
    /// @param corrected p with Holm's correction
    public record Comparison(Metric metric, int labelled, String one, String other, int pairs, double difference, double p,
            double corrected) {}

    /// The scores of a finished cell, from its file.
    private record Result(Cell cell, Json evaluation) {
        double mean(Metric metric) {
            return number(evaluation.at("mean"), metric);
        }

        double mean(Metric metric, int label) {
            return number(evaluation.at("mean").at("classes").list().get(label - 1), metric);
        }

        static double number(Json of, Metric metric) {
            String key = metric.title().toLowerCase(Locale.ROOT);
            return of.has(key) ? of.at(key).number() : Double.NaN;
        }
    }

    /// The summary of the cells that are done.
    ///
    /// @throws FormatException if none is
    public static MethodSummary of(MethodStudy study) {
        Map<List<Object>, List<Result>> groups = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        Set<String> units = new TreeSet<>();
        for (Cell cell : study.cells()) {
            if (!study.isDone(cell)) continue;
            Json evaluation = Json.read(study.evaluation(cell));
            if (names.isEmpty()) names.addAll(evaluation.at("classes").strings());
            units.addAll(List.of(evaluation.at("unit").string().split(" or ")));
            groups.computeIfAbsent(List.of(cell.row(), cell.labelled()), _ -> new ArrayList<>()).add(new Result(cell, evaluation));
        }
        if (groups.isEmpty()) throw new FormatException(study.folder() + ": none of its cells is done");
        List<Line> lines = groups.values().stream().map(its -> line(its, names.size())).toList();
        List<Integer> labelled = lines.stream().map(Line::labelled).filter(n -> n > 0).distinct().sorted().toList();
        List<Comparison> comparisons = new ArrayList<>();
        for (Metric metric : COMPARED) for (int n : labelled.isEmpty() ? List.of(0) : labelled) {
            List<List<Result>> compared = groups.values().stream()
                    .filter(its -> its.getFirst().cell.labelled() == n || its.getFirst().cell.labelled() == 0).toList();
            comparisons.addAll(comparisons(compared, metric, n));
        }
        return new MethodSummary(names, String.join(" or ", units), labelled, lines, comparisons);
    }

    /// The score by a metric, which must exist.
    public static Spread of(Map<Metric, Spread> scores, Metric metric) {
        return Objects.requireNonNull(scores.get(metric));
    }

    private static Line line(List<Result> results, int classes) {
        Map<Metric, Spread> scores = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) scores.put(metric, Spread.of(results.stream().mapToDouble(r -> r.mean(metric)).toArray()));
        List<Map<Metric, Spread>> perClass = new ArrayList<>();
        for (int c = 1; c < classes; c++) {
            int label = c;
            Map<Metric, Spread> its = new EnumMap<>(Metric.class);
            for (Metric metric : Metric.values()) its.put(metric, Spread.of(results.stream().mapToDouble(r -> r.mean(metric, label)).toArray()));
            perClass.add(its);
        }
        Cell cell = results.getFirst().cell;
        return new Line(cell.row(), cell.labelled(), results.size(), scores, perClass);
    }

    private static List<Comparison> comparisons(List<List<Result>> groups, Metric metric, int labelled) {
        List<Comparison> all = new ArrayList<>();
        for (int a = 0; a < groups.size(); a++) for (int b = a + 1; b < groups.size(); b++) {
            Map<String, Double> one = perCase(groups.get(a), metric), other = perCase(groups.get(b), metric);
            List<String> both = one.keySet().stream().filter(other::containsKey).toList();
            double[] x = both.stream().mapToDouble(one::get).toArray(), y = both.stream().mapToDouble(other::get).toArray();
            if (x.length == 0) continue;
            double difference = Arrays.stream(x).average().orElse(0) - Arrays.stream(y).average().orElse(0);
            all.add(new Comparison(metric, labelled, groups.get(a).getFirst().cell.row(), groups.get(b).getFirst().cell.row(), x.length,
                    difference,
                    SignedRanks.of(x, y).p(), Double.NaN));
        }
        double[] corrected = SignedRanks.holm(all.stream().mapToDouble(Comparison::p).toArray());
        for (int i = 0; i < corrected.length; i++) {
            Comparison c = all.get(i);
            all.set(i, new Comparison(c.metric, c.labelled, c.one, c.other, c.pairs, c.difference, c.p, corrected[i]));
        }
        return all;
    }

    /// The score of every test case, the mean over the seeds, and over the folds that test it.
    private static Map<String, Double> perCase(List<Result> results, Metric metric) {
        Map<String, List<Double>> all = new TreeMap<>();
        for (Result r : results) for (Json one : r.evaluation.at("cases").list()) {
            double score = Result.number(one, metric);
            if (!Double.isNaN(score)) all.computeIfAbsent(one.at("name").string(), _ -> new ArrayList<>()).add(score);
        }
        Map<String, Double> means = new TreeMap<>();
        all.forEach((name, scores) -> means.put(name, scores.stream().mapToDouble(s -> s).average().orElse(Double.NaN)));
        return means;
    }

    /// Everything, for programs. Undefined values are null.
    public Json json() {
        List<Json> rows = new ArrayList<>(), tests = new ArrayList<>();
        for (Line line : lines) {
            Map<String, Object> classes = new LinkedHashMap<>();
            for (int c = 1; c < classNames.size(); c++) classes.put(classNames.get(c), scores(line.classes.get(c - 1)));
            rows.add(Json.object().with("method", line.row).with("labelled", line.labelled).with("cells", line.cells)
                    .with("mean", scores(line.scores)).with("classes", classes));
        }
        for (Comparison c : comparisons)
            tests.add(Json.object().with("metric", key(c.metric)).with("labelled", c.labelled).with("one", c.one).with("other", c.other)
                    .with("pairs", c.pairs).with("difference", c.difference).with("p", c.p).with("pHolm", c.corrected));
        return Json.object().with("unit", unit).with("methods", rows).with("comparisons", tests);
    }

    private static Json scores(Map<Metric, Spread> scores) {
        Json json = Json.object();
        for (Metric metric : Metric.values())
            json = json.with(key(metric),
                    Json.object().with("mean", Json.orNull(of(scores, metric).mean())).with("sd", Json.orNull(of(scores, metric).deviation())));
        return json;
    }

    private static String key(Metric metric) {
        return metric.title().toLowerCase(Locale.ROOT);
    }

    /// The table for a spreadsheet: a line for each method and number of patients, and for each of its classes, with a header. Undefined values are
    /// empty.
    public String csv() {
        StringBuilder text = new StringBuilder("method,labelled,cells,class");
        for (Metric metric : Metric.values()) text.append(',').append(key(metric)).append(',').append(key(metric)).append("_sd");
        text.append('\n');
        for (Line line : lines) {
            row(text, line, "mean", line.scores);
            for (int c = 1; c < classNames.size(); c++) row(text, line, classNames.get(c), line.classes.get(c - 1));
        }
        return text.toString();
    }

    private static void row(StringBuilder text, Line line, String of, Map<Metric, Spread> scores) {
        text.append(quoted(line.row)).append(',').append(line.labelled).append(',').append(line.cells).append(',').append(quoted(of)).append(',');
        text.append(scores.values().stream().map(s -> cell(s.mean()) + "," + cell(s.deviation())).collect(joining(","))).append('\n');
    }

    private static String cell(double value) {
        return Double.isNaN(value) ? "" : Double.toString(value);
    }

    private static String quoted(String text) {
        return text.matches("[^\",\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    /// The comparisons for a spreadsheet, with a header.
    public String comparisonsCsv() {
        StringBuilder text = new StringBuilder("metric,labelled,one,other,pairs,difference,p,p_holm\n");
        for (Comparison c : comparisons)
            text.append(key(c.metric)).append(',').append(c.labelled).append(',').append(quoted(c.one)).append(',').append(quoted(c.other))
                    .append(',').append(c.pairs).append(',').append(c.difference).append(',').append(c.p).append(',')
                    .append(c.corrected)
                    .append('\n');
        return text.toString();
    }
}
