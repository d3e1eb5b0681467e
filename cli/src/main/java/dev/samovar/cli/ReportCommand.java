package dev.samovar.cli;

import dev.samovar.cli.report.Html;
import dev.samovar.cli.report.ModelCard;
import dev.samovar.cli.report.Report;
import dev.samovar.cli.report.Result;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.models.train.Decision;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.Study;
import dev.samovar.models.view.Overlay;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `report RUN`: segments and scores the test cases, and shows them on one page.
@Command(name = "report", sortOptions = false, customSynopsis = "samovar report RUN [OPTIONS]",
        description = {
            "Segments and scores the test cases of a run, or of all runs of a study, and writes a page about it that needs no other file.",
            "Into the folder of each run go labels/, evaluation.json, evaluation.csv and model-card.json, in place of older ones."})
final class ReportCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "RUN", description = "The folder that train wrote: of a run, or of a study of --seeds or --folds.")
    private Path folder;

    @Option(names = "--out", paramLabel = "FILE",
            description = "The page (default: report.html in the folder, where an older one is replaced).")
    private @Nullable Path out;

    @Option(names = "--data", paramLabel = "DIR", description = "The dataset, if it has moved since the training.")
    private @Nullable Path data;

    @Mixin
    private TrainedOptions trained = new TrainedOptions();

    @Mixin
    private DecisionOptions decisions = new DecisionOptions();

    @Option(names = "--overwrite", description = "Replace the file that --out names.")
    private boolean overwrite;

    @Mixin
    private ViewOption view = new ViewOption();

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        List<Run> runs = runs();
        if (out != null) Outputs.check(out, overwrite);
        Path page = out != null ? out : folder.resolve("report.html");
        Run.Which which = trained.which();
        try (Workbench bench = Workbench.reopen(main.console(), compute, unknown, runs.getFirst().config().origin().moved(data, trained.weights()))) {
            write(bench, runs, which, decisions.decision(), view.chosen(), name(folder), page);
        }
        main.console().result(page + "\n");
    }

    /// Evaluates runs, and writes the page about them and the files in their folders. Returns the scores of the first.
    static Evaluation write(Workbench bench, List<Run> runs, Run.Which which, Decision decision, Overlay.View view, String title, Path page,
            Html... further) {
        List<Result> results = new ArrayList<>();
        List<Json> cards = new ArrayList<>();
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        for (Run run : runs) {
            Result result = new Result(run, which, decision, bench.judge(run, which, decision));
            Json card = ModelCard.of(result, bench.dataset(), bench.weights(), Main.version());
            write(result, card);
            results.add(result);
            cards.add(card);
            evaluations.put(StudyTable.shown(name(run.folder()), run), result.evaluation());
        }
        AtomicFile.write(page, new Report(title, results, StudyTable.rows(evaluations), cards, bench.dataset(), view).html(further));
        return results.getFirst().evaluation();
    }

    /// The runs to report on: in a study, those that have a head.
    private List<Run> runs() {
        if (MethodStudy.isStudy(folder))
            throw Problem.input(folder + ": a study of methods writes its page itself, " + folder.resolve(MethodResults.PAGE)
                    + " (study methods --resume "
                    + Shell.word(folder) + " writes it again); each cell that was trained is a run, which has a report of its own: give a folder in "
                    + folder.resolve("cells"));
        if (!Study.isStudy(folder)) return List.of(Run.open(folder));
        List<Run> runs = new ArrayList<>();
        for (Study.Member member : Study.open(folder).members()) {
            Path at = folder.resolve(member.name());
            Run run = Run.isRun(at) ? Run.open(at) : null;
            if (run != null && run.has(Run.Which.LAST)) runs.add(run);
            else main.console().warn("warning: " + at + " has no head yet and is left out; train --resume " + Shell.word(folder) + " continues it");
        }
        if (runs.isEmpty()) throw Problem.input(folder + ": none of its runs has a head yet; continue with train --resume " + Shell.word(folder));
        return runs;
    }

    private static void write(Result result, Json card) {
        Path to = result.run().folder();
        Json scores = result.evaluation().json();
        AtomicFile.write(to.resolve("evaluation.json"),
                (result.decision().isPlain() ? scores : scores.with("decision", result.decision().words())).pretty());
        AtomicFile.write(to.resolve("evaluation.csv"), result.evaluation().csv());
        AtomicFile.write(to.resolve("model-card.json"), card.pretty());
    }

    private static String name(Path folder) {
        return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    }
}
