package dev.samovar.cli.report;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Pictures;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.metrics.CaseScores;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.TrainingLog;
import dev.samovar.models.view.Overlay;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A page about a run, or several of a study: one file that needs no other, no script and no network.
///
/// It is HTML that is well-formed as XML, too. Of several runs it shows the cases of the one whose mean Dice is the median.
public final class Report {
    private static final int SHOWN = 2, SLICES = 12;                               // cases at either end of the ranking; slices of each

    private final String title;
    private final List<Result> results;
    private final List<List<String>> table;
    private final Dataset dataset;
    private final Overlay.View view;
    private final Result shown;
    private final Json card;

    /// Puts together what it shows.
    ///
    /// @param title what the runs are called together
    /// @param results the runs, one at least
    /// @param table a header, a line for each run, and their mean and its spread, the metrics in their order after the name
    /// @param cards the [ModelCard] of each run
    /// @param view from which side patients are seen
    public Report(String title, List<Result> results, List<List<String>> table, List<Json> cards, Dataset dataset,
            Overlay.View view) {
        this.title = title;
        this.results = List.copyOf(results);
        this.table = table;
        this.dataset = dataset;
        this.view = view;
        List<Result> ranked = results.stream().sorted(Comparator.comparingDouble(result -> result.evaluation().mean(Metric.DICE))).toList();
        shown = ranked.get((ranked.size() - 1) / 2);
        card = cards.get(results.indexOf(shown));
    }

    /// The page.
    ///
    /// @param further more content, after the pictures
    public String html(Html... further) {
        return Page.of(title, Html.tag("main", headline(), scores(), pictures(), Html.all(further), Html.tag("section", Html.tag("h2",
                "Training"),
                curves()), Html.tag("section", Html.tag("h2", "Model card"), of(shown), Outline.of(card)).with("class", "card"),
                Html.tag("section", Html.tag("h2", "Settings"), of(shown), Outline.of(shown.run().config().json().with("split", shown.run()
                        .split().json()))).with("class", "settings"),
                Html.tag("footer",
                        "Made by Samovar. For research; not a medical device.")));
    }

    private boolean several() {
        return results.size() > 1;
    }

    /// Of several runs, which it is that is shown.
    private Html of(Result result) {
        return several() ? Html.tag("p", "Of " + result.name() + ", the run with the median Dice.").with("class", "note") : Html.NONE;
    }

    private Html headline() {
        RunConfig config = shown.run().config();
        Json on = card.at("trainedOn");
        int cases = shown.evaluation().cases().size();
        boolean heldOut = card.at("evaluatedOn").at("heldOut").truth();
        Html lede = Html.tag("p", (several() ? results.size() + " runs of a " : "A ") + config.method().whatIsTrained() + ", trained on "
                + on.at("patients").integer() + " labelled " + (on.at("patients").integer() == 1 ? "patient" : "patients") + " ("
                + on.at("slices").integer() + " slices) of " + on.at("dataset").string() + " and judged by " + cases + (heldOut
                        ? " test "
                        : " validation ")
                + (cases == 1 ? "case" : "cases") + (several() ? " each." : ".")).with("class", "lede");
        List<Html> figures = new ArrayList<>();
        for (int i = 1; i <= Metric.values().length; i++)
            figures.add(figure(table.getFirst().get(i), table.getLast().get(i)));
        return Html.tag("header", Html.tag("p", "Samovar report").with("class", "eyebrow"), Html.tag("h1", title), lede, unfinished(),
                Html.tag("dl", Html.all(figures)).with("class", "figures"), Html.tag("p", (config.method().prompted()
                        ? "Asked by boxes around the true labels. "
                        : "") + decided() + "Means over the classes, penalties for missed ones included"
                        + (several() ? "; mean ± standard deviation over the runs." : ".")).with("class", "note"));
    }

    /// How labels followed from probabilities, if in another way than usual.
    private String decided() {
        String words = results.getFirst().decision().words();
        return words.isEmpty() ? "" : words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1) + ". ";
    }

    /// Which trainings were cut short, and after what.
    private Html unfinished() {
        List<Html> cut = new ArrayList<>();
        for (Result result : results) {
            if (result.run().isFinished()) continue;
            int through = TrainingLog.read(result.run().log()).epochs().size(), of = result.run().config().schedule().epochs();
            cut.add(Html.tag("p", (several() ? "The training of " + result.name() : "The training") + " was cut short: " + through + " of "
                    + of
                    + " epochs are through, and these are the scores so far. samovar train --resume goes on with it.").with("class", "note"));
        }
        return cut.isEmpty() ? Html.NONE : Html.all(cut);
    }

    /// A number in large type, its spread below it.
    private static Html figure(String name, String score) {
        int spread = score.indexOf('±');
        return Html.tag("div", Html.tag("dt", name), spread < 0
                ? Html.tag("dd", score)
                : Html.tag("dd", Html.text(score.substring(0, spread).strip()), Html.tag("small", score.substring(spread))));
    }

    private Html scores() {
        List<Html> parts = new ArrayList<>(List.of(Html.tag("h2", "Scores")));
        if (several()) parts.addAll(List.of(Html.tag("h3", "Runs"), Scores.rows(table)));
        Scores scores = new Scores(shown);
        parts.addAll(List.of(Html.tag("h3", "Classes"), of(shown), scores.perClass(), scores.policy(), Html.tag("h3", "Cases, ranked"),
                scores.perCase()));
        for (Result other : results) {
            if (other.equals(shown)) continue;
            Scores of = new Scores(other);
            parts.add(Html.tag("details", Html.tag("summary", "The same of " + other.name()), of.perClass(), of.perCase()));
        }
        return Html.tag("section", Html.all(parts));
    }

    private Html pictures() {
        List<CaseScores> ranked = shown.evaluation().ranked(Metric.DICE);
        List<Html> parts = new ArrayList<>(List.of(Html.tag("h2", "Best and worst cases"), of(shown), legend()));
        for (int i = 0; i < ranked.size(); i++)
            if (i < SHOWN || i >= ranked.size() - SHOWN) parts.add(picture(ranked.get(i), i + 1, ranked.size()));
        return Html.tag("section", Html.all(parts));
    }

    private Html legend() {
        List<String> names = shown.run().config().classNames();
        List<Html> items = new ArrayList<>();
        for (int c = 1; c < names.size(); c++) items.add(Html.tag("li", Scores.named(names.get(c), c)));
        items.add(Html.tag("li", Html.tag("i", "").with("class", "fill"), Html.text("filled: predicted")));
        items.add(Html.tag("li", Html.tag("i", "").with("class", "line"), Html.text("outlined: true")));
        return Html.all(Html.tag("ul", Html.all(items)).with("class", "legend"), Html.tag("p",
                "Front (or, cut across another axis than the body’s, head) up; the patient’s right is on the "
                        + (view == Overlay.View.RADIOLOGICAL ? "left" : "right") + ". Pictures are as they are. The number of each "
                        + "slice counts from 0.")
                .with("class", "note"));
    }

    private Html picture(CaseScores scores, int rank, int of) {
        Sample sample = Material.load(scores.name(), dataset);
        LabelVolume prediction = Judge.labels(shown.run(), scores.name());
        byte[] png = Pictures.png(Overlay.of(sample.image(), prediction, sample.label(), SLICES, view));
        String place = rank == 1 ? "best" : rank == of ? "worst" : "rank " + rank;
        String text = place + " of " + of + ": Dice " + Scores.shown(Metric.DICE, scores.mean(Metric.DICE)) + ", HD95 "
                + Scores.shown(Metric.HD95, scores.mean(Metric.HD95)) + " " + scores.unit();
        return Html.tag("figure", Html.picture(png, "Slices of " + scores.name() + " with prediction and truth"), Html.tag("figcaption",
                Html.tag("b", scores.name()), Html.text(", " + text)));
    }

    private Html curves() {
        Map<String, TrainingLog> logs = new LinkedHashMap<>();
        for (Result result : results) logs.put(result.name(), TrainingLog.read(result.run().log()));
        return Curves.of(logs);
    }
}
