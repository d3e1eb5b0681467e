package dev.samovar.cli.report;

import dev.samovar.core.io.Json;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.metrics.Spread;
import dev.samovar.models.study.Cell;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.models.study.MethodSummary;
import dev.samovar.models.study.MethodSummary.Line;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A page about a study of methods: the table, Dice against labelled patients, significant differences, the cost of each method, and its settings.
public final class MethodReport {
    private MethodReport() {}

    /// The page.
    ///
    /// @param dataset the name of the dataset
    public static String html(MethodStudy study, MethodSummary summary, String dataset) {
        Cell any = study.cells().getFirst();
        int missing = study.missing().size();
        String what = summary.lines().stream().map(Line::row).distinct().count() + " ways to segment " + dataset + ", learnt from "
                + (summary.labelled().isEmpty()
                        ? "no patient"
                        : String.join(", ", summary.labelled().stream().map(String::valueOf).toList())
                                + " labelled patients")
                + ", each scored on the test cases of its fold.";
        Html cut = missing == 0
                ? Html.NONE
                : Html.tag("p", missing + " of " + study.cells().size()
                        + " cells are not done yet, and are in none of the figures. samovar study methods --resume continues with them.")
                        .with("class", "note");
        Html header = Html.tag("header", Html.tag("p", "Samovar study").with("class", "eyebrow"), Html.tag("h1",
                "Methods and labelled patients"), Html.tag("p", what).with("class", "lede"), cut);
        Html scores = Html.tag("section", Html.tag("h2", "Scores"), Scores.lines(MethodTables.scores(summary)), Html.tag("p",
                "Means over the classes of the test cases’ scores, penalties for missed classes included, ± the standard deviation over cells: seeds and folds. A method that was given the "
                        + "truth’s boxes or clicks says so in its name; its scores cannot be compared with those of methods without prompts.")
                .with("class", "note"), curve(summary));
        Html chance = Html.tag("section", Html.tag("h2", "More than chance?"), comparisons(summary, Metric.DICE),
                Html.tag("p",
                        "Dice of one minus that of the other on the same test cases, the mean over the seeds; Wilcoxon’s signed-rank test for pairs, two-sided, and Holm’s correction over all pairs with the "
                                + "same number of patients. Fewer than six cases cannot be significant.")
                        .with("class", "note"),
                others(summary));
        Html cost = Html.tag("section", Html.tag("h2", "What it took"), Scores.lines(MethodTables.costs(study)), Html.tag("p",
                "Means over cells, on the machine that did them; memory is what kernels held at the peak of training. Embedding, which all cells share, is not included.")
                .with("class", "note"));
        return Page.of("Methods and labelled patients", Html.tag("main", header, scores, chance, cost, settings(study, any),
                Html.tag("footer", "Made by Samovar. For research; not a medical device.")));
    }

    private static Html curve(MethodSummary summary) {
        List<Plot.Line> lines = new ArrayList<>();
        Map<String, List<Plot.Point>> points = new LinkedHashMap<>();
        for (Line line : summary.lines()) {
            Spread score = line.of(Metric.DICE);
            if (Double.isNaN(score.mean())) continue;
            double spread = Double.isNaN(score.deviation()) ? 0 : score.deviation();
            points.computeIfAbsent(line.row(), _ -> new ArrayList<>()).add(new Plot.Point(Math.max(0, summary.labelled().indexOf(line.labelled())),
                    score.mean(), score.mean() - spread, score.mean() + spread));
        }
        points.forEach((row, its) -> lines.add(new Plot.Line(row, its)));
        List<String> places = summary.labelled().isEmpty() ? List.of("none") : summary.labelled().stream().map(String::valueOf).toList();
        return Plot.lines(lines, places,
                "Dice against labelled patients: mean and standard deviation over cells. SAM without training is dashed.");
    }

    private static Html comparisons(MethodSummary summary, Metric metric) {
        return Html.tag("div", Scores.lines(MethodTables.comparisons(summary, metric))).with("class", "pairs");
    }

    private static Html others(MethodSummary summary) {
        List<Html> parts = new ArrayList<>();
        for (Metric metric : MethodSummary.COMPARED)
            if (metric != Metric.DICE)
                parts.add(Html.tag("details", Html.tag("summary", "By " + metric.title()), comparisons(summary, metric)));
        return Html.all(parts);
    }

    private static Html settings(MethodStudy study, Cell any) {
        List<Html> parts = new ArrayList<>(List.of(Html.tag("h2", "Settings")));
        Map<String, Cell> first = new LinkedHashMap<>();
        for (Cell cell : study.cells()) if (cell.zeroShot() == null) first.putIfAbsent(cell.row(), cell);
        first.forEach((row, cell) -> parts.add(Html.tag("details", Html.tag("summary", row), Outline.of(cell.config().json()))));
        parts.add(Html.tag("details", Html.tag("summary", "Splits, by cell"),
                Html.all(study.cells().stream().map(cell -> Html.tag("section", Html.tag("h3",
                        cell.name()), Outline.of(cell.split().json()))).toList())));
        parts.add(Outline.of(Json.object().with("data", any.config().origin().data().toString()).with("weights", any.config().origin().weights()
                .toString()).with("weightsSha256", any.config().origin().sha256()).with("kernels", any.config().origin().kernels())));
        return Html.tag("section", Html.all(parts)).with("class", "settings");
    }
}
