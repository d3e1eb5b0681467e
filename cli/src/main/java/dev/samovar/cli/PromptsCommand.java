package dev.samovar.cli;

import dev.samovar.cli.report.PromptReport;
import dev.samovar.cli.report.PromptTables;
import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.study.AnnotationCost;
import dev.samovar.models.study.ObjectResult;
import dev.samovar.models.study.PromptSettings;
import dev.samovar.models.study.PromptStudy;
import dev.samovar.models.study.PromptSummary;
import dev.samovar.models.study.Protocol;
import dev.samovar.models.train.Cost;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `study prompts`.
@Command(name = "prompts", sortOptions = false, customSynopsis = "samovar study prompts --data DIR [--weights FILE] --out DIR [OPTIONS]",
        description = {
            "Asks SAM for every labelled object of a dataset, slice by slice, by prompts that are made from the truth: clicks, boxes, both, everything, clicks where the mask is wrong, careless ones.",
            "Scores each mask, and says which objects are hard. If it is given again after an interruption, the command continues with the next case."})
final class PromptsCommand implements Runnable {
    @ParentCommand
    private StudyCommand study;

    @Option(names = "--data", required = true, paramLabel = "DIR", description = "The dataset, as for train.")
    private Path data;

    @Mixin
    private DataOptions reading = new DataOptions();

    @Mixin
    private SamOptions model = new SamOptions();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder for all results, created if it does not exist.")
    private Path out;

    @Option(names = "--split", paramLabel = "FILE", description = "Ask about the cases that this split lists under test (default: all).")
    private @Nullable Path split;

    @Option(names = "--fold", paramLabel = "K", description = "Which fold of a split file that has several, counted from 0.")
    private @Nullable Integer fold;

    @Option(names = "--cases", paramLabel = "N", converter = Positive.class, description = "Ask about the first N cases only.")
    private @Nullable Integer cases;

    @Option(names = "--protocols", paramLabel = "NAME", split = ",",
            description = "How to ask (default: all of these): click, clicks, box, boxes, box-all, point, points, points-beside, box-point, everything, interactive, corrections, "
                    + "box-corrections, moved-point, moved-box.")
    private List<String> protocols = List.of();

    @Option(names = "--clicks", paramLabel = "N", converter = Positive.class,
            description = "The most clicks for an object (default: ${DEFAULT-VALUE}).")
    private int clicks = PromptSettings.PUBLISHED.clicks();

    @Option(names = "--jitter", paramLabel = "PX", split = ",", converter = Positive.class,
            description = "The most pixels by which prompts are moved (default: 10,20,30).")
    private List<Integer> jitter = PromptSettings.PUBLISHED.jitter();

    @Option(names = "--draws", paramLabel = "N", converter = Positive.class,
            description = "How often each is moved; scores are averaged (default: ${DEFAULT-VALUE}).")
    private int draws = PromptSettings.PUBLISHED.draws();

    @Option(names = "--fewest-pixels", paramLabel = "N", converter = Positive.class,
            description = "Leave out objects with fewer pixels in a slice (default: ${DEFAULT-VALUE}).")
    private int fewest = PromptSettings.PUBLISHED.fewest();

    @Option(names = "--points-per-side", paramLabel = "N", converter = Positive.class,
            description = "Points along a side of the grid of everything (default: ${DEFAULT-VALUE}).")
    private int pointsPerSide = PromptSettings.PUBLISHED.pointsPerSide();

    @Option(names = "--pred-iou-thresh", paramLabel = "IOU",
            description = "The least predicted IoU of a mask of everything (default: ${DEFAULT-VALUE}, for the large model).")
    private double predictedIou = PromptSettings.PUBLISHED.predictedIou();

    @Option(names = "--stability-score-thresh", paramLabel = "SCORE",
            description = "The least stability of a mask of everything (default: ${DEFAULT-VALUE}).")
    private double stability = PromptSettings.PUBLISHED.stability();

    @Option(names = "--seed", paramLabel = "N", description = "Decides ties and what is moved (default: ${DEFAULT-VALUE}).")
    private long seed = PromptSettings.PUBLISHED.seed();

    @Option(names = "--until", paramLabel = "DICE",
            description = "The simulated annotator stops at this Dice (default: ${DEFAULT-VALUE}).")
    private double until = AnnotationCost.Prices.PUBLISHED.target();

    @Option(names = "--seconds", paramLabel = "CLICK,BOX,OUTLINE",
            description = "Seconds that a click, a box and an outline by hand take the annotator (default: 2.4,7,79).")
    private @Nullable String seconds;

    @Override
    public void run() {
        model.check();
        PromptSettings settings = settings();
        AnnotationCost.Prices prices = prices();
        Outputs.place(out);
        if (fold != null && split == null) throw Problem.input("--fold is for --split");
        Console console = study.console();
        Dataset dataset = Dataset.open(data, reading.reading(), reading.rule());
        dataset.listen(remark -> console.warn("warning: " + remark));
        console.say("labels: " + dataset.coding());
        List<String> names = names(dataset);
        try (TensorFile file = Checkpoints.open(model.weights())) {
            var of = new PromptStudy(out, settings, dataset.classNames(), names, Checkpoints.digest(model.weights(), file));
            of.check();
            try (ProgressLine progress = new ProgressLine(console)) {
                of.checkFinished(dataset, progress);
            }
            if (!of.missing().isEmpty()) ask(of, dataset, console);
            write(of, prices, console);
        }
    }

    private void ask(PromptStudy of, Dataset dataset, Console console) {
        try (Sam sam = model.load(console); var _ = new Reminder(console, "the same command")) {
            PromptStudy.Work work;
            try (ProgressLine progress = new ProgressLine(console)) {
                work = of.work(dataset, progress);
            }
            if (work.objects() == 0 && of.results().isEmpty()) throw nothing();
            of.begin();                                                            // only after checkpoint and labels were read without an error
            SamPredictor predictor = new SamPredictor(sam, LiteMedSamFraming.orSams(sam.config()));
            if (!console.isQuiet()) {
                PromptStudy.Time time = of.time(dataset, predictor, work);
                console.say("cost: " + work.slices() + " slices to embed (" + Cost.multiplyAdds((double) work.slices() * sam.config()
                        .encoderOperations()) + "), " + work.objects() + " objects to ask for in " + of.settings().protocols().size()
                        + " ways: "
                        + Cost.about(time.seconds(), time.settled()));
            }
            try (ProgressLine progress = new ProgressLine(console)) {
                of.run(dataset, predictor, progress);
            }
        }
    }

    private void write(PromptStudy of, AnnotationCost.Prices prices, Console console) {
        List<ObjectResult> results = of.results();
        if (results.isEmpty()) throw nothing();
        PromptSummary summary = PromptSummary.of(results, of.classNames(), prices);
        Json settings = Json.read(out.resolve("prompts.json"));
        AtomicFile.write(out.resolve("scores.csv"), PromptSummary.csv(results, of.classNames()));
        AtomicFile.write(out.resolve("summary.json"), summary.json().pretty());
        AtomicFile.write(out.resolve("report.html"), PromptReport.html(of, summary, prices, settings));
        console.result(
                StudyTable.aligned(PromptTables.scores(summary.all())) + "\n" + StudyTable.aligned(PromptTables.correlations(summary.correlations()))
                        + "\n" + StudyTable.aligned(PromptTables.annotation(summary.annotations())) + "\n" + out.resolve("report.html") + "\n");
    }

    private Problem nothing() {
        return Problem.input(data + ": no slice has an object of " + fewest + " pixels or more; --fewest-pixels asks for smaller ones");
    }

    private List<String> names(Dataset dataset) {
        List<String> all = split == null ? dataset.cases().stream().map(Case::name).toList() : ofFold(split, dataset.cases());
        if (all.isEmpty()) throw Problem.input(split == null ? data + ": no case has a label" : split + ": it lists no case under test");
        return cases == null ? all : all.subList(0, Math.min(cases, all.size()));
    }

    private List<String> ofFold(Path file, List<Case> all) {
        return Split.read(file, SplitOptions.fold(file, fold), all).test();
    }

    private PromptSettings settings() {
        List<Protocol> chosen = protocols.isEmpty()
                ? Protocol.all()
                : protocols.stream().map(name -> Problem.of("--protocols", name,
                        () -> Protocol.of(name))).toList();
        if (!Double.isFinite(predictedIou)) throw Problem.input("--pred-iou-thresh " + predictedIou + ": it is a number");
        if (!Double.isFinite(stability)) throw Problem.input("--stability-score-thresh " + stability + ": it is a number");
        if (pointsPerSide > 500) throw Problem.input("--points-per-side " + pointsPerSide + ": a grid has 1 to 500 points a side");
        Problem.of("--clicks", clicks, () -> with(chosen, clicks, List.of(1), 1));
        Problem.of("--draws", draws, () -> with(chosen, 1, List.of(1), draws));
        return Problem.of("--jitter", jitter, () -> with(chosen, clicks, jitter, draws));
    }

    private PromptSettings with(List<Protocol> chosen, int most, List<Integer> moved, int times) {
        return new PromptSettings(chosen, most, moved, times, fewest, pointsPerSide, predictedIou, stability, seed);
    }

    private AnnotationCost.Prices prices() {
        AnnotationCost.Prices usual = AnnotationCost.Prices.PUBLISHED;
        Problem.of("--until", until, () -> new AnnotationCost.Prices(until, usual.click(), usual.box(), usual.outline()));
        String given = seconds == null ? usual.click() + "," + usual.box() + "," + usual.outline() : seconds;
        String[] n = given.split(",", -1);
        if (n.length != 3 || !given.matches("[0-9.,]+")) throw Problem.input("--seconds " + given + ": it is three numbers, as 2.4,7,79");
        try {
            return Problem.of("--seconds", given, () -> new AnnotationCost.Prices(until, Double.parseDouble(n[0]), Double.parseDouble(n[1]),
                    Double.parseDouble(n[2])));
        } catch (NumberFormatException _) {
            throw Problem.input("--seconds " + given + ": it is three numbers, as 2.4,7,79");
        }
    }
}
