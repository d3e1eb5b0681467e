package dev.samovar.cli.report;

import dev.samovar.imaging.Palette;
import dev.samovar.models.metrics.Average;
import dev.samovar.models.metrics.CaseScores;
import dev.samovar.models.metrics.Convention;
import dev.samovar.models.metrics.Counts;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Metric;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// An evaluation as tables.
final class Scores {
    private static final List<Metric> ALL = List.of(Metric.values());
    private static final List<Metric> DISTANCES = ALL.stream().filter(Metric::isDistance).toList();

    private final Evaluation e;
    private final Convention convention;

    private final boolean regions;

    Scores(Result result) {
        e = result.evaluation();
        regions = !e.classNames().equals(result.run().config().classNames());
        convention = e.scoring().convention();
    }

    /// A score as it is printed: four digits of a share, two of a length.
    static String shown(Metric metric, double score) {
        return Double.isNaN(score) ? "n/a" : String.format(Locale.ROOT, metric.isDistance() ? "%.2f" : "%.4f", score);
    }

    /// A square in the colour of a class, and its name.
    static Html named(String name, int label) {
        return Html.all(Html.tag("i").with("class", "chip").with("style", "background:" + Palette.css(label)), Html.text(name));
    }

    /// A class in its colour, or a region, which has none.
    private Html name(int c) {
        String name = e.classNames().get(c);
        return regions ? Html.text(name) : named(name, c);
    }

    /// The means of each class and of all, with penalties and without, and in how many cases it was what.
    Html perClass() {
        List<Html> body = new ArrayList<>();
        for (int c = 1; c < e.classNames().size(); c++) {
            List<Html> row = new ArrayList<>(List.of(Html.tag("th", name(c)).with("scope", "row")));
            row.add(cell("" + e.count(Metric.DICE, c, Average.PENALISED)));
            for (Metric metric : ALL) row.add(cell(shown(metric, e.mean(metric, c))));
            row.add(cell("" + e.count(Metric.HD95, c, Average.DEFINED_ONLY)).with("class", "apart"));
            for (Metric metric : DISTANCES) row.add(cell(shown(metric, e.mean(metric, c, Average.DEFINED_ONLY))));
            row.add(cell("" + e.missed(c)).with("class", "apart"));
            row.add(cell("" + e.spurious(c)));
            row.add(cell("" + e.absent(c)));
            body.add(Html.tag("tr", Html.all(row)));
        }
        int classes = e.classNames().size() - 1;
        List<Html> last = new ArrayList<>(List.of(Html.tag("th", "all").with("scope", "row")));
        last.add(cell(e.count(Metric.DICE, Average.PENALISED) + "/" + classes));
        for (Metric metric : ALL) last.add(cell(shown(metric, e.mean(metric))));
        last.add(cell(e.count(Metric.HD95, Average.DEFINED_ONLY) + "/" + classes).with("class", "apart"));
        for (Metric metric : DISTANCES) last.add(cell(shown(metric, e.mean(metric, Average.DEFINED_ONLY))));
        last.add(cell("").with("colspan", "3").with("class", "apart"));
        return table(Html.all(Html.tag("tr", Html.tag("th", ""), span("penalised", 1 + ALL.size()),
                span("defined only", 1 + DISTANCES.size()).with("class", "apart"), span("number of cases", 3).with("class", "apart")),
                Html.tag("tr", Html.all(heads()))),
                body, Html.tag("tr", Html.all(last)));
    }

    private List<Html> heads() {
        Stream<String> penalised = Stream.concat(Stream.of("n"), ALL.stream().map(metric -> metric.title(e.unit())));
        Stream<String> defined = Stream.concat(Stream.of("n"), DISTANCES.stream().map(metric -> metric.title(e.unit())));
        List<Html> heads = new ArrayList<>(List.of(Html.tag("th", "class").with("scope", "col")));
        for (String head : Stream.of(penalised, defined, Stream.of("missed", "spurious", "absent")).flatMap(s -> s).toList())
            heads.add(head(head));
        heads.set(2 + ALL.size(), heads.get(2 + ALL.size()).with("class", "apart"));
        heads.set(3 + ALL.size() + DISTANCES.size(), heads.get(3 + ALL.size() + DISTANCES.size()).with("class", "apart"));
        return heads;
    }

    /// How to read the table.
    Html policy() {
        String tolerance = BigDecimal.valueOf(e.scoring().tolerance()).stripTrailingZeros().toPlainString() + " " + e.unit();
        return Html.tag("p", Html.text("Scored is " + convention.compared() + "; distances are in " + e.unit()
                + ", and NSD is the share of both surfaces within " + tolerance + ". A class in only one of prediction and truth (missed, "
                + "spurious) scores " + convention.ifOneSided() + " in the columns called penalised, and has no distance in those called "
                + "defined only; a class in neither (absent) scores " + convention.ifAbsent() + ". n counts the cases that a mean is of; "
                + "the line “all” is the mean of the classes’ means.")).with("class", "note");
    }

    /// The cases from the best to the worst: Dice of each class, and the means over classes.
    Html perCase() {
        List<Html> heads = new ArrayList<>(List.of(head(""), head("case").with("class", "name")));
        for (int c = 1; c < e.classNames().size(); c++)
            heads.add(Html.tag("th", name(c)).with("scope", "col"));
        for (Metric metric : ALL) heads.add(head(metric.title(e.unit())));
        heads.set(heads.size() - ALL.size(), head(Metric.DICE.title()).with("class", "apart"));
        List<Html> body = new ArrayList<>();
        int rank = 0;
        for (CaseScores scores : e.ranked(Metric.DICE)) {
            List<Html> row = new ArrayList<>(List.of(cell("" + ++rank).with("class", "rank"), Html.tag("th", scores.name()).with("scope", "row")));
            for (int c = 1; c < e.classNames().size(); c++) row.add(dice(scores, c));
            for (Metric metric : ALL) {
                double mean = scores.mean(metric);
                Html cell = cell(shown(metric, mean));
                row.add(metric == Metric.DICE ? cell.with("class", "bar apart").with("style", share(mean)) : cell);
            }
            body.add(Html.tag("tr", Html.all(row)));
        }
        int classes = e.classNames().size() - 1;
        Html groups = Html.tag("tr", span("", 2), span("Dice of each class", classes),
                span("mean over the classes", ALL.size()).with("class", "apart"));
        return table(Html.all(groups, Html.tag("tr", Html.all(heads))), body, Html.NONE);
    }

    private static Html dice(CaseScores scores, int label) {
        Counts counts = scores.of(label).counts();
        String why = counts.isMissed() ? "missed" : counts.isSpurious() ? "spurious" : counts.isAbsent() ? "absent" : "";
        String dice = shown(Metric.DICE, scores.score(Metric.DICE, label));
        return why.isEmpty() ? cell(dice) : Html.tag("td", Html.text(dice), Html.tag("small", why));
    }

    private static String share(double score) {
        return String.format(Locale.ROOT, "--share:%.1f%%", Double.isNaN(score) ? 0 : 100 * score);
    }

    /// A table of texts: a header, lines, and a last line that sums them up. The first column names the lines.
    static Html rows(List<List<String>> rows) {
        List<Html> lines = cells(rows);
        return table(lines.getFirst(), lines.subList(1, lines.size() - 1), lines.getLast());
    }

    /// A table of a header and lines, without a foot.
    static Html lines(List<List<String>> rows) {
        List<Html> lines = cells(rows);
        return table(lines.getFirst(), lines.subList(1, lines.size()), Html.NONE);
    }

    private static List<Html> cells(List<List<String>> rows) {
        List<Html> lines = new ArrayList<>();
        for (List<String> row : rows) {
            boolean first = lines.isEmpty();
            List<Html> cells = new ArrayList<>(List.of(Html.tag("th", row.getFirst()).with("scope", first ? "col" : "row")));
            for (String text : row.subList(1, row.size())) cells.add(first ? head(text) : cell(text));
            lines.add(Html.tag("tr", Html.all(cells)));
        }
        return lines;
    }

    private static Html table(Html head, List<Html> body, Html foot) {
        return Html.tag("div", Html.tag("table", Html.tag("thead", head), Html.tag("tbody", Html.all(body)), foot.equals(Html.NONE)
                ? foot
                : Html.tag("tfoot", foot))).with("class", "scroll");
    }

    private static Html head(String text) {
        return Html.tag("th", text).with("scope", "col");
    }

    private static Html span(String text, int columns) {
        return Html.tag("th", text).with("colspan", "" + columns).with("scope", "colgroup");
    }

    private static Html cell(String text) {
        return Html.tag("td", text);
    }
}
