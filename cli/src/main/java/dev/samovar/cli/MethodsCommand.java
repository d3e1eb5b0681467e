package dev.samovar.cli;

import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.study.Cell;
import dev.samovar.models.study.CellWork;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.models.train.Recompute;
import dev.samovar.models.train.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/// `study methods`.
@Command(name = "methods", sortOptions = false,
        customSynopsis = {
            "samovar study methods --data DIR --weights FILE --method NAME... [--labelled N,...] [--seeds N,...] --out DIR [OPTIONS]",
            "       samovar study methods --resume DIR [--processes N]"},
        description = {
            "Trains methods on few labelled patients and on more, with several seeds and on several folds, and compares them with SAM without training: the table and the figure of the heads' paper, on your data.",
            "A study that was killed, at any moment, continues with --resume and ends with the same bytes; several processes may work on it at a time."})
final class MethodsCommand implements Runnable {
    @ParentCommand
    private StudyCommand study;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--data", paramLabel = "DIR", description = "The dataset, as for train. With --resume: if it has moved.")
    private @Nullable Path data;

    @Mixin
    private DataOptions reading = new DataOptions();

    @Option(names = "--weights", paramLabel = "FILE",
            description = "The SAM checkpoint (default: mini, the small SAM that is built in). With --resume: if it has moved.")
    private @Nullable Path weights;

    @Mixin
    private PlanOptions plan = new PlanOptions();

    @Option(names = "--out", paramLabel = "DIR", description = "The folder to make and to write everything into.")
    private @Nullable Path out;

    @Option(names = "--resume", paramLabel = "DIR", description = "Continue a study, perhaps while other processes work on it.")
    private @Nullable Path resume;

    @Option(names = "--processes", paramLabel = "N", converter = Positive.class,
            description = "Use N processes for the cells, which share the threads (default: this one alone).")
    private int processes = 1;

    @Option(names = "--recompute", paramLabel = "auto|always|never",
            description = "Where an encoder learns, as for train: time for memory. The result is the same.")
    private Recompute recompute = Recompute.AUTO;

    @Option(names = "--cache", paramLabel = "DIR", description = "The folder of embeddings (default: samovar-cache beside the study).")
    private @Nullable Path cache;

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        if (resume != null) {
            Compute.checkNothingElse(spec, "--resume",
                    Set.of("--resume", "--processes", "--recompute", "--ignore-unknown-weights", "--data", "--weights"));
            resume(MethodStudy.open(resume));
        } else {
            begin(given(data, "--data"), weights != null ? weights : Path.of(BuiltInSam.NAME), given(out, "--out"));
        }
    }

    private <T> T given(@Nullable T value, String option) {
        if (value == null)
            throw new ParameterException(spec.commandLine(), "study methods needs " + option + ", or --resume DIR to go on with a study");
        return value;
    }

    private void begin(Path folder, Path checkpoint, Path to) {
        Outputs.place(to);
        RunFolder.requireEmpty(to, MethodStudy.JSON);
        if (cache != null) Outputs.notAFile(cache);
        plan.check();
        Path embeddings = cache != null ? cache : to.toAbsolutePath().resolveSibling("samovar-cache");
        try (Workbench bench = Workbench.open(study.console(), compute, unknown, folder, reading.reading(), reading.rule(), checkpoint,
                embeddings)) {
            study.console().say("labels: " + bench.dataset().coding());
            List<Cell> cells = plan.cells(bench.dataset(), bench.weights().config(), bench.origin());
            MethodStudy.check(cells, bench.dataset());
            work(bench, MethodStudy.create(to, cells));
        }
    }

    private void resume(MethodStudy of) {
        try (Workbench bench = Workbench.reopen(study.console(), compute, unknown, of.cells().getFirst().config().origin().moved(data, weights))) {
            work(bench, of);
        }
    }

    /// The options of a process that does cells of a study.
    private List<String> arguments() {
        List<String> arguments = new ArrayList<>(compute.arguments(Math.max(1, compute.threads() / processes)));
        arguments.addAll(List.of("--recompute", recompute.name().toLowerCase(Locale.ROOT)));
        if (resume != null && data != null) arguments.addAll(List.of("--data", data.toString()));
        if (resume != null && weights != null) arguments.addAll(List.of("--weights", weights.toString()));
        return arguments;
    }

    private void work(Workbench bench, MethodStudy of) {
        Console console = study.console();
        bench.recompute(recompute);
        boolean done;
        try (var _ = new Reminder(console, "samovar study methods --resume " + Shell.word(of.folder()))) {
            CellWork work = bench.work(of);
            if (of.missing().size() < of.cells().size())
                console.say(of.folder() + " goes on: " + of.missing().size() + " of " + of.cells().size()
                        + " cells to do");
            else
                if (!console.isQuiet()) {
                    CellWork.Estimate estimate = work.estimate();
                    bench.progress().close();
                    console.say("cost: " + estimate + ", " + Sizes.bytes(estimate.memory()) + " of memory" + (processes > 1
                            ? " for each process"
                            : ""));
                    bench.warnOfMemory(estimate.memory());
                }
            if (processes > 1) {
                work.share();
                bench.progress().close();
                Helpers.run(of, processes, arguments(), console);
                done = of.missing().isEmpty();
            } else {
                done = work.run();
            }
            bench.progress().close();
        }
        if (!done) {
            console.say("other processes are doing the other cells; the last one to end writes the table");
            return;
        }
        String tables = MethodResults.write(of, String.valueOf(bench.dataset().folder().toAbsolutePath().normalize().getFileName()));
        console.result(tables + "\n" + of.folder().resolve(MethodResults.PAGE) + "\n");
    }
}
