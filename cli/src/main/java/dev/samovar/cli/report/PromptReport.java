package dev.samovar.cli.report;

import dev.samovar.core.io.Json;
import dev.samovar.models.study.AnnotationCost;
import dev.samovar.models.study.Choice;
import dev.samovar.models.study.PromptStudy;
import dev.samovar.models.study.PromptSummary;
import dev.samovar.models.study.PromptSummary.Line;
import dev.samovar.models.study.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/// A page about a study of prompts: which prompt finds how much, of which objects, and after how many clicks.
public final class PromptReport {
    private final PromptStudy study;
    private final PromptSummary summary;
    private final AnnotationCost.Prices prices;
    private final Json settings;

    private PromptReport(PromptStudy study, PromptSummary summary, AnnotationCost.Prices prices, Json settings) {
        this.study = study;
        this.summary = summary;
        this.prices = prices;
        this.settings = settings;
    }

    /// The page.
    ///
    /// @param settings all of the study's
    public static String html(PromptStudy study, PromptSummary summary, AnnotationCost.Prices prices, Json settings) {
        return new PromptReport(study, summary, prices, settings).page();
    }

    private String page() {
        String what = summary.objects() + " objects in the slices of " + study.cases().size() + (study.cases().size() == 1
                ? " case"
                : " cases")
                + (summary.byModality().isEmpty() ? "" : " (" + String.join(", ", summary.byModality().keySet()) + ")")
                + ", asked for by prompts that were made from the truth.";
        Html header = Html.tag("header", Html.tag("p", "Samovar study").with("class", "eyebrow"), Html.tag("h1", "Prompts"), Html.tag("p", what)
                .with("class", "lede"));
        return Page.of("Prompts", Html.tag("main", header, scores(), curves(), groups(), properties(), annotation(), Html.tag("section",
                Html.tag("h2", "Settings"), Outline.of(settings)).with("class", "settings"), Html.tag("footer",
                        "Made by Samovar. For research; not a medical device.")));
    }

    private Html scores() {
        List<Plot.Box> boxes = new ArrayList<>();
        for (Line line : summary.all())
            if (!line.protocol().hasSteps() && line.choice() == Choice.PREDICTED)
                boxes.add(new Plot.Box(line.protocol().words(), line.quartiles(), line.dice()));
        Html plot = boxes.isEmpty()
                ? Html.NONE
                : Plot.boxes(boxes,
                        "Dice of the mask that SAM thinks best, by prompt: from the least to the most, the middle half as a box, the median as a line, the mean as a dot.");
        return Html.tag("section", Html.tag("h2", "Scores"), Scores.lines(PromptTables.scores(summary.all())), Html.tag("p",
                "Means over objects, ± standard deviation. Of three masks, the first in the decoder’s order, the one that the network thinks best, or the one that "
                        + "is really best: an oracle, which does not exist in practice. Pieces are the three largest; all masks are scored against the whole object.")
                .with("class", "note"), plot);
    }

    private Html curves() {
        List<Html> figures = new ArrayList<>();
        List<Plot.Line> clicks = new ArrayList<>();
        for (Choice choice : Choice.values()) add(clicks, switch (choice) {
            case FIRST -> "first mask";
            case PREDICTED -> "thought best";
            case ORACLE -> "oracle";
        }, Protocol.INTERACTIVE, choice);
        add(clicks, "last mask fed back", Protocol.CORRECTIONS, Choice.PREDICTED);
        add(clicks, "from a box on", Protocol.BOX_CORRECTIONS, Choice.PREDICTED);
        if (!clicks.isEmpty()) {
            int most = clicks.stream().flatMap(l -> l.points().stream()).mapToInt(Plot.Point::place).max().orElse(0);
            List<String> places = new ArrayList<>();
            for (int n = 0; n <= most; n++) places.add("" + n);
            figures.add(Plot.lines(clicks, places, "Mean Dice by the number of clicks, each where the mask before it was wrong."));
        }
        List<Plot.Line> moved = new ArrayList<>();
        List<Integer> distances = summary.all().stream().filter(l -> l.protocol() == Protocol.MOVED_BOX || l.protocol() == Protocol.MOVED_POINT)
                .map(Line::step).distinct().sorted().toList();
        for (Protocol protocol : List.of(Protocol.MOVED_POINT, Protocol.MOVED_BOX)) {
            List<Plot.Point> points = new ArrayList<>();
            Line still = summary.line(protocol == Protocol.MOVED_BOX ? Protocol.BOX_ALL : Protocol.POINT, 0, Choice.PREDICTED);
            if (still != null) points.add(point(0, still));
            for (int i = 0; i < distances.size(); i++) {
                Line line = summary.line(protocol, distances.get(i), Choice.PREDICTED);
                if (line != null) points.add(point(i + 1, line));
            }
            if (points.size() > 1) moved.add(new Plot.Line(protocol.words(), points));
        }
        List<String> places = new ArrayList<>(List.of("0"));
        distances.forEach(d -> places.add("≤ " + d + " px"));
        if (!moved.isEmpty())
            figures.add(Plot.lines(moved, places,
                    "Mean Dice of the mask thought best, by how far the prompt was moved along each axis."));
        return figures.isEmpty()
                ? Html.NONE
                : Html.tag("section", Html.tag("h2", "Clicks and careless prompts"), Html.tag("div", Html.all(figures)).with("class", "curves"));
    }

    private void add(List<Plot.Line> lines, String name, Protocol protocol, Choice choice) {
        Predicate<Line> its = l -> l.protocol() == protocol && l.choice() == choice;
        List<Plot.Point> points = summary.all().stream().filter(its).map(l -> point(l.step(), l)).toList();
        if (!points.isEmpty()) lines.add(new Plot.Line(name, points));
    }

    private static Plot.Point point(int place, Line line) {
        return new Plot.Point(place, line.dice(), line.dice(), line.dice());
    }

    private Html groups() {
        List<Html> parts = new ArrayList<>(List.of(Html.tag("h2", summary.byModality().isEmpty()
                ? "Classes and sizes"
                : "Classes, sizes and modalities")));
        group(parts, summary.byClass());
        group(parts, summary.bySize());
        group(parts, summary.byModality());
        return Html.tag("section", Html.all(parts));
    }

    private static void group(List<Html> parts, Map<String, List<Line>> groups) {
        groups.forEach((name, lines) -> parts.add(Html.tag("details", Html.tag("summary", name + " (" + lines.getFirst().n() + " objects)"),
                Scores.lines(PromptTables.scores(lines)))));
    }

    private Html properties() {
        if (summary.correlations().isEmpty()) return Html.NONE;
        return Html.tag("section", Html.tag("h2", "What makes objects hard"), Scores.lines(PromptTables.correlations(summary.correlations())),
                Html.tag("p",
                        "Partial Spearman correlations of the Dice with a property of the object, the other three kept constant. Size in pixels; aspect of the box, short by long side; "
                                + "contrast with the surroundings; complexity of the boundary, by the order of elliptic Fourier descriptors that it needs. * p < 0.05, ** 0.01, *** 0.001, not "
                                + "corrected; slices of one volume are not independent, so all of them flatter.")
                        .with("class", "note"));
    }

    private Html annotation() {
        if (summary.annotations().isEmpty()) return Html.NONE;
        return Html.tag("section", Html.tag("h2", "What an annotator would save"), Scores.lines(PromptTables.annotation(summary.annotations())),
                Html.tag("p", String.format(Locale.ROOT,
                        "A simulated annotator clicks where the mask is wrong until its Dice is %.2f or more, and outlines the object by hand if %d clicks are not enough. Seconds are prices, not "
                                + "measured: %.1f for a click, %.1f for a box, %.0f for an outline. Saved is the share of the time of outlining everything.",
                        prices.target(), study.settings().clicks(), prices.click(), prices.box(), prices.outline())).with("class", "note"));
    }
}
