package dev.samovar.models.metrics;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// An [Evaluation] as text: the scores of every case, a line per class, and below them the means, with penalties and without.
final class Table {
    private static final List<Metric> ALL = List.of(Metric.values());
    private static final List<Metric> DISTANCES = ALL.stream().filter(Metric::isDistance).toList();
    private static final int SCORE = 8, COUNT = 6, CASES = 10;              // widths of columns

    private final Evaluation e;
    private final Convention convention;
    private final int classWidth;
    private final StringBuilder text = new StringBuilder();

    private Table(Evaluation e) {
        this.e = e;
        convention = e.scoring().convention();
        classWidth = widest("class", e.classNames().stream().skip(1));
    }

    static String of(Evaluation e) {
        Table table = new Table(e);
        table.head();
        table.cases();
        table.means();
        if (e.scoring().further()) table.further();
        table.notes();
        return table.text.toString();
    }

    private void head() {
        String unit = e.unit(), tolerance = BigDecimal.valueOf(e.scoring().tolerance()).stripTrailingZeros().toPlainString();
        line("Convention " + convention + ": " + convention.compared() + "; distances in " + unit + ", NSD within " + tolerance + " " + unit
                + ".");
        line("");
    }

    private void cases() {
        int width = widest("case", e.cases().stream().map(CaseScores::name)), classes = e.classNames().size();
        line(left("case", width) + left("class", classWidth) + cells(ALL, metric -> right(metric.title(), SCORE) + " "));
        for (CaseScores scores : e.cases()) {
            String name = scores.name();
            for (int c = 1; c < classes; c++, name = "") {
                int label = c;
                String mark = mark(scores.of(c).counts());
                line(left(name, width) + left(e.classNames().get(c), classWidth)
                        + cells(ALL, metric -> shown(metric, scores.score(metric, label)) + mark));
            }
            if (classes != 2)
                line(left(name, width) + left("mean", classWidth) + cells(ALL, metric -> shown(metric, scores.mean(metric)) + " "));
        }
        line("");
    }

    private void means() {
        line(left("", classWidth) + ruled(convention == Convention.PAPER ? "as the paper's code" : "penalised", COUNT + ALL.size() * SCORE)
                + ruled("defined only", COUNT + DISTANCES.size() * SCORE) + ruled("number of cases", 3 * CASES));
        line(left("mean", classWidth) + right("n", COUNT) + cells(ALL, metric -> right(metric.title(), SCORE)) + right("n", COUNT)
                + cells(DISTANCES, metric -> right(metric.title(), SCORE)) + right("missed", CASES) + right("spurious", CASES)
                + right("absent", CASES));
        int classes = e.classNames().size() - 1;
        for (int c = 1; c <= classes; c++) {
            int label = c;
            line(left(e.classNames().get(c), classWidth)
                    + means("" + e.count(Metric.DICE, c, Average.PENALISED), ALL, metric -> e.mean(metric, label))
                    + means("" + e.count(Metric.HD95, c, Average.DEFINED_ONLY), DISTANCES, metric -> e.mean(metric, label,
                            Average.DEFINED_ONLY))
                    + right("" + e.missed(c), CASES) + right("" + e.spurious(c), CASES) + right("" + e.absent(c), CASES));
        }
        line(left("all", classWidth) + means(e.count(Metric.DICE, Average.PENALISED) + "/" + classes, ALL, e::mean)
                + means(e.count(Metric.HD95, Average.DEFINED_ONLY) + "/" + classes, DISTANCES, metric -> e.mean(metric,
                        Average.DEFINED_ONLY)));
        line("");
    }

    private static String means(String n, List<Metric> metrics, Function<Metric, Double> mean) {
        return right(n, COUNT) + cells(metrics, metric -> shown(metric, mean.apply(metric)));
    }

    private void further() {
        List<FurtherMetric> all = List.of(FurtherMetric.values());
        int width = widest("case", e.cases().stream().map(CaseScores::name)), classes = e.classNames().size();
        StringBuilder titles = new StringBuilder();
        for (FurtherMetric metric : all) titles.append(right(metric.title(), width(metric)));
        line(left("case", width) + left("class", classWidth) + titles);
        for (CaseScores scores : e.cases()) {
            String name = scores.name();
            for (int c = 1; c < classes; c++, name = "") {
                int label = c;
                line(left(name, width) + left(e.classNames().get(c), classWidth) + further(all, metric -> scores.score(metric, label)));
            }
            if (classes != 2) line(left(name, width) + left("mean", classWidth) + further(all, scores::mean));
        }
        for (int c = 1; c < classes; c++) {
            int label = c;
            line(left(c == 1 ? "mean" : "", width) + left(e.classNames().get(c), classWidth) + further(all, metric -> e.mean(metric, label)));
        }
        line(left("", width) + left("all", classWidth) + further(all, e::mean));
        line("");
    }

    private static int width(FurtherMetric metric) {
        return Math.max(metric.title().length() + 2, SCORE);
    }

    private static String further(List<FurtherMetric> metrics, ToDoubleFunction<FurtherMetric> score) {
        StringBuilder cells = new StringBuilder();
        for (FurtherMetric metric : metrics) {
            double value = score.applyAsDouble(metric);
            cells.append(right(Double.isNaN(value) ? "n/a" : String.format(Locale.ROOT, "%.4f", value), width(metric)));
        }
        return cells.toString();
    }

    private void notes() {
        line("\"all\" is the mean of the classes' means, not of the cases'; n is the number of scores in a mean.");
        if (any(counts -> !mark(counts).isBlank()))
            line("* In only one of prediction and truth (missed, spurious): " + convention.ifOneSided() + ".");
        if (e.scoring().further()) line("Boundary IoU to Object Dice have no penalties: a mean leaves out what is not defined.");
        if (any(Counts::isAbsent)) line("In neither of them (absent): " + convention.ifAbsent() + ".");
        if (!e.missing().isEmpty()) line("No prediction, and so not part of any mean: " + String.join(", ", e.missing()) + ".");
    }

    private boolean any(Predicate<Counts> which) {
        return e.cases().stream().flatMap(c -> c.classes().stream().skip(1)).anyMatch(scores -> which.test(scores.counts()));
    }

    private static String mark(Counts counts) {
        return counts.isMissed() || counts.isSpurious() ? "*" : " ";
    }

    private static String shown(Metric metric, double score) {
        return right(Double.isNaN(score) ? "n/a" : String.format(Locale.ROOT, metric.isDistance() ? "%.2f" : "%.4f", score), SCORE);
    }

    private static String cells(List<Metric> metrics, Function<Metric, String> cell) {
        StringBuilder cells = new StringBuilder();
        for (Metric metric : metrics) cells.append(cell.apply(metric));
        return cells.toString();
    }

    private static int widest(String title, Stream<String> names) {
        return Math.max(title.length(), names.mapToInt(String::length).max().orElse(0)) + 2;
    }

    private static String left(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String right(String text, int width) {
        return " ".repeat(Math.max(1, width - text.length())) + text;
    }

    private static String ruled(String title, int width) {
        return "    " + title + " " + "-".repeat(width - title.length() - 5);
    }

    private void line(String line) {
        text.append(line.stripTrailing()).append('\n');
    }
}
