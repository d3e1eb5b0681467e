package dev.samovar.cli;

import dev.samovar.cli.report.MethodReport;
import dev.samovar.cli.report.MethodTables;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Method;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.study.CellWork;
import dev.samovar.models.study.MethodPlan;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.models.study.MethodSummary;
import dev.samovar.models.study.ZeroShot;
import dev.samovar.models.train.Recompute;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
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

    @Option(names = "--data", paramLabel = "DIR", description = "The dataset, as for train.")
    private @Nullable Path data;

    @Mixin
    private DataOptions reading = new DataOptions();

    @Option(names = "--weights", paramLabel = "FILE", description = "The SAM checkpoint (default: mini, the small SAM that is built in).")
    private @Nullable Path weights;

    @Option(names = "--method", paramLabel = "NAME",
            description = "A method, as for train, with its options in one word: --method vit --method 'cnn --depth 2' --method 'unet --pretrain simclr --unlabelled DIR'.")
    private List<String> methods = List.of();

    @Option(names = "--zero-shot", paramLabel = "box|click", split = ",",
            description = "Also score SAM without training, asked for every class in every slice of the test by the truth's box, or a click at its centre.")
    private List<String> zeroShot = List.of();

    @Option(names = "--labelled", paramLabel = "N|all", split = ",",
            description = "Numbers of patients to train on, the first of each fold (default: all).")
    private List<String> labelled = List.of("all");

    @Option(names = "--seeds", paramLabel = "N", split = ",", description = "Seeds of each training (default: 1).")
    private List<Long> seeds = List.of(1L);

    @Option(names = "--folds", paramLabel = "K", converter = Positive.class,
            description = "Without --split: draw a cross-validation of K folds (default: a single split of 70, 15 and 15 %%).")
    private @Nullable Integer folds;

    @Mixin
    private SplitOptions split = new SplitOptions();

    @Option(names = "--split-seed", paramLabel = "N", description = "Decides the splits that are drawn (default: ${DEFAULT-VALUE}).")
    private long splitSeed = 1;

    @Option(names = "--epochs", paramLabel = "N", converter = Positive.class,
            description = "Passes over the training slices (default: each method's).")
    private @Nullable Integer epochs;

    @Option(names = "--validate-every", paramLabel = "N", converter = Positive.class,
            description = "Epochs from one validation to the next (default: ${DEFAULT-VALUE}).")
    private int validateEvery = 10;

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
    private Prepare prepare = new Prepare();

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        if (resume != null) {
            Compute.checkNothingElse(spec, "--resume", Set.of("--resume", "--processes", "--recompute", "--ignore-unknown-weights"));
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
        split.check(spec, folds == null ? null : "--folds");
        Outputs.notAFile(to);
        RunFolder.requireEmpty(to);
        if (cache != null) Outputs.notAFile(cache);
        List<Chosen> chosen = methods.stream().map(Chosen::of).toList();
        List<ZeroShot> asked = zeroShot.stream().map(name -> Problem.of("--zero-shot", name, () -> ZeroShot.of(name))).toList();
        List<Integer> patients = labelled.stream().map(MethodsCommand::patients).toList();
        Path embeddings = cache != null ? cache : to.toAbsolutePath().resolveSibling("samovar-cache");
        try (Workbench bench = Workbench.open(study.console(), compute, unknown, folder, reading.reading(), reading.rule(), checkpoint,
                embeddings)) {
            study.console().say("labels: " + bench.dataset().coding());
            if (Set.copyOf(seeds).size() < seeds.size()) throw Problem.input("--seeds: one of them is given twice");
            var plan = new MethodPlan(chosen.stream().map(c -> trained(c, bench)).toList(), asked, patients, seeds, folds(bench.dataset()),
                    bench.dataset().classNames(), bench.origin(), bench.weights().config().imageSize());
            bench.dataset().cases().forEach(bench.dataset()::label);               // a wrong one is reported before anything is begun
            MethodStudy made = MethodStudy.create(to,
                    Problem.of("--labelled", String.join(",", labelled), () -> plan.cells(bench.dataset().cases())));
            work(bench, made);
        }
    }

    private void resume(MethodStudy of) {
        try (Workbench bench = Workbench.reopen(study.console(), compute, unknown, of.cells().getFirst().config().origin())) {
            work(bench, of);
        }
    }

    private void work(Workbench bench, MethodStudy of) {
        Console console = study.console();
        bench.recompute(recompute);
        boolean done;
        try (var _ = new Reminder(console, "samovar study methods --resume " + of.folder())) {
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
            if (processes > 1) work.share();
            bench.progress().close();
            done = processes > 1 ? Helpers.run(of.folder(), processes, compute.threads(), console) && of.missing().isEmpty() : work.run();
            bench.progress().close();
        }
        if (!done) {
            console.say("other processes are doing the other cells; the last one to end writes the table");
            return;
        }
        write(of, bench.dataset(), console);
    }

    private static void write(MethodStudy of, Dataset dataset, Console console) {
        MethodSummary summary = MethodSummary.of(of);
        AtomicFile.write(of.folder().resolve("table.csv"), summary.csv());
        AtomicFile.write(of.folder().resolve("comparisons.csv"), summary.comparisonsCsv());
        AtomicFile.write(of.folder().resolve("summary.json"), summary.json().pretty());
        Path page = of.folder().resolve("report.html");
        AtomicFile.write(page, MethodReport.html(of, summary, String.valueOf(dataset.folder().toAbsolutePath().normalize().getFileName())));
        console.result(StudyTable.aligned(MethodTables.scores(summary)) + "\n" + StudyTable.aligned(MethodTables.comparisons(summary,
                Metric.DICE)) + "\n"
                + StudyTable.aligned(MethodTables.costs(of)) + "\n" + page + "\n");
    }

    private static int patients(String text) {
        if (text.equals("all")) return Integer.MAX_VALUE;
        if (text.matches("[1-9]\\d{0,6}")) return Integer.parseInt(text);
        throw Problem.input("--labelled " + text + ": it is a number of patients from 1, or all");
    }

    /// A method as it was given, with its options.
    private record Chosen(Method method, @Nullable Path unlabelled) {
        static Chosen of(String words) {
            var options = new OfMethod();
            var line = new CommandLine(options);
            List<String> args = new ArrayList<>(List.of(words.strip().split("\\s+")));
            args.addFirst("--method");
            try {
                line.parseArgs(args.toArray(String[]::new));
            } catch (ParameterException e) {
                throw Problem.input("--method '" + words + "': " + e.getMessage());
            }
            Method method = options.methods.chosen(line.getCommandSpec());
            if (method == null) throw Problem.input("--method '" + words + "': it names no method");
            return new Chosen(method, options.methods.unlabelled());
        }
    }

    /// Receives the options of a method.
    @Command(name = "train")
    private static final class OfMethod {
        @Mixin
        private MethodOptions methods = new MethodOptions();
    }

    private MethodPlan.Trained trained(Chosen chosen, Workbench bench) {
        Method method = chosen.method;
        Method.Defaults usual = method.defaults();
        int last = epochs != null ? epochs : usual.epochs();
        return new MethodPlan.Trained(method, prepare.preparation(bench.weights().config(), method), seed -> new RunConfig.Schedule(last,
                usual.learningRate(), usual.batch(), seed, Math.min(validateEvery, last)), chosen.unlabelled);
    }

    private List<Split> folds(Dataset dataset) {
        List<Case> cases = dataset.cases();
        Path file = split.file();
        if (file != null) return IntStream.range(0, Split.folds(file)).mapToObj(f -> Split.read(file, f, cases)).toList();
        if (folds != null) {
            int k = folds;
            return Problem.of("--folds", k, () -> Split.crossValidation(cases, k, splitSeed));
        }
        return List.of(split.isCounted() ? split.draw(cases, splitSeed, null) : Split.draw(cases, splitSeed));
    }
}
