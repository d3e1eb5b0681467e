package dev.samovar.cli;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Course;
import dev.samovar.models.methods.Method;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Pace;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Recompute;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.Study;
import dev.samovar.models.train.TrainingLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/// `train`: trains a head, or another method.
@Command(name = "train", sortOptions = false,
        customSynopsis = {
            "samovar train --data DIR [--weights FILE] --method NAME [--labelled N] [--split FILE] --out RUN [OPTIONS]",
            "       samovar train --resume RUN [--epochs N]"},
        description = {
            "Adapts SAM to a few labelled volumes: a head on its frozen image encoder, a network that prompts it, its mask decoder, or more of it.",
            "A run that was cut short, at any moment, continues with --resume and ends with the same bytes."})
final class TrainCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--data", paramLabel = "DIR",
            description = "The dataset, laid out as the Decathlon's, nnU-Net's, ACDC's, or in folders images and masks.")
    private @Nullable Path data;

    @Mixin
    private DataOptions reading = new DataOptions();

    @Option(names = "--weights", paramLabel = "FILE",
            description = "The SAM checkpoint, or, for a CNN or linear head, its image encoder alone: .pth, .safetensors, or a folder of transformers (default: mini, the small SAM that is built in).")
    private @Nullable Path weights;

    @Option(names = "--out", paramLabel = "RUN", description = "The folder to make and to write the run into.")
    private @Nullable Path out;

    @Option(names = "--resume", paramLabel = "RUN",
            description = "Continue a run, or several (--seeds, --folds), that was cut short, or with --epochs beyond its end, where a rate that fell along a cosine rises once "
                    + "more.")
    private @Nullable Path resume;

    @Option(names = "--labelled", paramLabel = "N", converter = Positive.class,
            description = "Train on N patients only: the first N of the split, or, without a split, N that are drawn; the others are left for the test.")
    private @Nullable Integer labelled;

    @Mixin
    private SplitOptions split = new SplitOptions();

    @Option(names = "--folds", paramLabel = "all|K", split = ",",
            description = "Which folds of the split file to train, counted from 0: one run each, and a table of all.")
    private List<String> folds = List.of();

    @Option(names = "--seed", paramLabel = "N",
            description = "Decides the split, the head's initial weights, the order of slices and their views (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--seeds", paramLabel = "N", split = ",", description = "Several seeds: one run each, and a table of all.")
    private List<Long> seeds = List.of();

    @Option(names = "--epochs", paramLabel = "N", converter = Positive.class,
            description = "Passes over the training slices (default: the method's, 120 for a head, 100 for others).")
    private @Nullable Integer epochs;

    @Option(names = "--lr", paramLabel = "RATE",
            description = "The initial learning rate (default: the method's, 2e-3 for a head, or 5e-4 with --paper or --schedule plateau, 5e-4 for unet, 3e-4 for autosam, "
                    + "1e-4 for others).")
    private @Nullable Double learningRate;

    @Option(names = "--batch", paramLabel = "N", converter = Positive.class,
            description = "Slices per step (default: the method's, 4, 3 for autosam, and 2 where the encoder learns).")
    private @Nullable Integer batch;

    @Option(names = "--validate-every", paramLabel = "N", converter = Positive.class,
            description = "Epochs from one validation to the next (default: ${DEFAULT-VALUE}).")
    private int validateEvery = 1;

    @Option(names = "--patience", paramLabel = "N", converter = Positive.class,
            description = "Stop when N epochs have brought no better validation, or, if there is no validation, no lower loss (default: never).")
    private @Nullable Integer patience;

    @Mixin
    private PaceOptions pace = new PaceOptions();

    @Option(names = "--recompute", paramLabel = "auto|always|never",
            description = "Where the encoder learns: compute its blocks once more in the backward pass, which takes longer and far less memory (default: if "
                    + "memory is short). The result is the same.")
    private Recompute recompute = Recompute.AUTO;

    @Option(names = "--cache", paramLabel = "DIR", description = "The folder of embeddings (default: samovar-cache beside the run).")
    private @Nullable Path cache;

    @Mixin
    private MethodOptions methods = new MethodOptions();

    @Mixin
    private Prepare prepare = new Prepare();

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        if (resume != null) resume(resume);
        else
            begin(given(data, "--data"), weights != null ? weights : Path.of(BuiltInSam.NAME), given(methods.chosen(spec), "--method"),
                    given(out, "--out"));
    }

    private <T> T given(@Nullable T value, String option) {
        if (value == null) throw misuse("train needs " + option + ", or --resume RUN to continue a run");
        return value;
    }

    private ParameterException misuse(String sentence) {
        return new ParameterException(spec.commandLine(), sentence);
    }

    private void begin(Path folder, Path checkpoint, Method method, Path to) {
        split.check(spec, null);
        Outputs.place(to);
        Run.requireEmpty(to);
        if (cache != null) Outputs.notAFile(cache);
        prepare.augment(method);                                                         // mistakes in these are reported before anything is read
        schedule(method, seed);
        RunConfig.Beginning beginning = methods.beginning();
        Path embeddings = cache != null ? cache : to.toAbsolutePath().resolveSibling("samovar-cache");
        try (Workbench bench = Workbench.open(main.console(), compute, unknown, folder, reading.reading(), reading.rule(), checkpoint,
                embeddings)) {
            bench.recompute(recompute);
            main.console().say("labels: " + bench.dataset().coding());
            if (!bench.dataset().unlabelled().isEmpty())
                main.console().say("without a label, and not learnt from: " + bench.dataset().unlabelled().size() + " images");
            Preparation preparation = prepare.preparation(bench.weights().config(), method);
            if (!method.prompted())
                main.console().say(preparation.emptySlices()
                        ? "slices without a label are learnt from, too: the head learns to leave them empty (--no-empty-slices)"
                        : "slices without a label are left out: the head never learns to leave one empty (--empty-slices)");
            List<Study.Member> members = members(bench, method, preparation, beginning);
            Study.Member first = members.getFirst();
            main.console().say("split: " + sides(first.split(), bench.dataset()));
            bench.tellCost(first.config(), first.split(), members.size());
            if (members.size() == 1) {
                Run run = Run.create(to, first.config(), first.split());
                orDiscard(() -> discard(run), () -> trainToTheEnd(bench, run));
            } else {
                Study study = Study.create(to, members);
                orDiscard(() -> discard(study), () -> trainAll(bench, study));
            }
        }
    }

    /// A member for each fold and seed.
    private List<Study.Member> members(Workbench bench, Method method, Preparation preparation, RunConfig.Beginning beginning) {
        List<Study.Member> members = new ArrayList<>();
        List<Long> all = seeds.isEmpty() ? List.of(seed) : seeds;
        if (Set.copyOf(all).size() < all.size()) throw Problem.input("--seeds: one of them is given twice");
        for (Fold fold : folds(bench.dataset().cases(), all)) {
            List<String> classes = bench.dataset().classNames();
            for (long one : fold.seeds) {
                RunConfig config = new RunConfig(method, classes, preparation, schedule(method, one), bench.origin().with(beginning));
                members.add(new Study.Member(fold.name + "seed-" + one, config, fold.split));
            }
        }
        return members;
    }

    private RunConfig.Schedule schedule(Method method, long one) {
        Method.Defaults usual = pace.isOnPlateaus() ? method.paper() : prepare.defaults(method);
        double rate = learningRate != null ? learningRate : usual.learningRate();
        RunConfig.Schedule without = Problem.of("--lr", rate, () -> new RunConfig.Schedule(epochs != null ? epochs : usual.epochs(),
                rate,
                batch != null ? batch : usual.batch(), one, validateEvery));
        Pace how = pace.pace(usual.course());
        RunConfig.Schedule paced = Problem.of("--warm-up", how.warmUp(), () -> without.with(how));
        if (patience == null) return paced;
        int wait = patience;
        return Problem.of("--patience", wait, () -> paced.with(paced.epochs(), wait));
    }

    /// A split, and the seeds it is trained with.
    private record Fold(String name, Split split, List<Long> seeds) {}

    private List<Fold> folds(List<Case> cases, List<Long> all) {
        List<Fold> chosen = new ArrayList<>();
        Path file = split.file();
        if (file == null) {
            if (!folds.isEmpty()) throw Problem.input("--folds needs a --split FILE that has several; samovar data split makes one");
            for (long one : all) chosen.add(new Fold("", split.draw(cases, one, labelled), List.of(one)));
            return chosen;
        }
        int count = Split.folds(file);
        for (int fold : numbers(file, count))
            chosen.add(new Fold(count == 1 ? "" : "fold-" + fold + "-", labelled(Split.read(file, fold, cases), cases), all));
        return chosen;
    }

    private List<Integer> numbers(Path file, int count) {
        List<Integer> numbers = new ArrayList<>();
        if (folds.equals(List.of("all")) || (folds.isEmpty() && count == 1)) for (int i = 0; i < count; i++) numbers.add(i);
        else if (folds.isEmpty()) throw Problem.input(file + ": it has " + count + " folds; say --folds 0 for the first, or --folds all");
        for (String fold : folds) {
            if (fold.equals("all")) continue;
            if (!fold.matches("\\d{1,4}") || Integer.parseInt(fold) >= count)
                throw SplitOptions.noFold("--folds", fold, file, count);
            numbers.add(Integer.parseInt(fold));
        }
        return numbers;
    }

    /// How many patients are for training, validation and test.
    private static String sides(Split split, Dataset dataset) {
        List<Case> cases = dataset.cases();
        int train = SplitOptions.patients(cases, split.train()), val = SplitOptions.patients(cases, split.val()),
                test = SplitOptions.patients(cases, split.test());
        return train + (train == 1 ? " patient trains" : " patients train") + (val > 0 ? ", " + val + " for the validation" : "")
                + (test > 0
                        ? ", " + test + " left for the test"
                        : "")
                + (val + test == 0 ? "; none is held back, which --val N and --test N would do" : "");
    }

    private Split labelled(Split all, List<Case> cases) {
        if (labelled == null) return all;
        int patients = labelled;
        return Problem.of("--labelled", patients, () -> all.labelled(patients, cases));
    }

    private void resume(Path folder) {
        Compute.checkNothingElse(spec, "--resume", Set.of("--resume", "--epochs", "--patience", "--data", "--weights", "--recompute",
                "--ignore-unknown-weights"));
        boolean several = Study.isStudy(folder);
        RunConfig begun = several ? Study.open(folder).members().getFirst().config() : Run.open(folder).config();
        try (Workbench bench = Workbench.reopen(main.console(), compute, unknown, begun.origin().moved(data, weights))) {
            bench.recompute(recompute);
            if (begun.schedule().pace().course() instanceof Course.Cosine && epochs != null && epochs > begun.schedule().epochs())
                main.console().say("the learning rate falls along a cosine: it rises once more, and falls to the new end");
            if (several) {
                Study study = Study.open(folder);
                trainAll(bench, epochs == null && patience == null ? study : study.with(this::ends));
                return;
            }
            Run run = Run.open(folder);
            if (epochs != null || patience != null) run = run.with(ends(run.config().schedule()));
            trainToTheEnd(bench, run);
        }
    }

    /// The schedule with the epochs and the patience that were asked for.
    private RunConfig.Schedule ends(RunConfig.Schedule of) {
        return of.with(epochs != null ? epochs : of.epochs(), patience != null ? patience : of.patience());
    }

    private void trainToTheEnd(Workbench bench, Run run) {
        try (var _ = new Reminder(main.console(), "samovar train --resume " + Shell.word(run.folder()))) {
            bench.train(run);
        }
        main.console().result("run      " + run.folder() + "\nhead     " + run.head(Run.Which.LAST) + "\nscore    " + score(run) + "\n");
        main.console().say("next: " + next(run));
    }

    /// The scores that are known from training.
    private static String score(Run run) {
        TrainingLog log = TrainingLog.read(run.log());
        TrainingLog.Epoch last = log.epochs().getLast(), best = log.best();
        String after = " after epoch " + last.number();
        if (log.isValidated())
            return String.format(Locale.ROOT, "validation Dice %.4f%s, at best %.4f after epoch %d (--best takes it)", last.validation(),
                    after,
                    best.validation(), best.number());
        return (Double.isNaN(last.dice()) ? "" : String.format(Locale.ROOT, "Dice %.4f, ", last.dice())) + String.format(Locale.ROOT,
                "loss %.4f%s, on the training slices: %s", last.loss(), after, run.split().val().isEmpty()
                        ? "nothing was held back to validate on"
                        : "no slice of the validation cases has a labelled pixel");
    }

    /// The next command.
    private static String next(Run run) {
        if (!Judge.cases(run).isEmpty())
            return "samovar report " + Shell.word(run.folder()) + "   (" + (run.split().test().isEmpty() ? "validation" : "test")
                    + " cases segmented, scored and shown)";
        return "samovar predict --run " + Shell.word(run.folder()) + " --input IMAGES --output LABELS" + (run.config().method().prompted()
                ? " --prompts ROUGH_LABELS"
                : "");
    }

    private void trainAll(Workbench bench, Study study) {
        AtomicFile.sweep(study.folder());
        try (var _ = new Reminder(main.console(), "samovar train --resume " + Shell.word(study.folder()))) {
            for (Study.Member member : study.members()) train(bench, study, member);
        }
        main.console().result(StudyTable.of(bench, study));
    }

    private static void train(Workbench bench, Study study, Study.Member member) {
        try {
            bench.train(study.run(member));
        } catch (FormatException e) {
            throw new FormatException(member.name() + ": " + e.getMessage(), e);
        }
    }

    /// Does the work of a new run or study, and removes what there is of it if that fails before the end of its first epoch, so that the same command
    /// can be given again; its embeddings stay cached.
    private static void orDiscard(Runnable discard, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            discard.run();
            throw e;
        }
    }

    /// Removes a run that has not finished an epoch. The best head is written before the first checkpoint; it goes before `run.json`, so that what cannot
    /// be removed can still be resumed.
    private static void discard(Run run) {
        if (run.isBegun()) return;
        List<Path> files = new ArrayList<>(List.of(run.folder().resolve("run.json")));
        if (run.has(Run.Which.BEST)) files.addFirst(run.head(Run.Which.BEST));
        remove(run.folder(), files);
    }

    /// Removes a study none of whose runs has finished an epoch.
    private static void discard(Study study) {
        List<Run> made = study.made();
        if (made.stream().anyMatch(Run::isBegun)) return;
        made.forEach(TrainCommand::discard);
        remove(study.folder(), List.of(study.file()));
    }

    private static void remove(Path folder, List<Path> files) {
        try {
            for (Path file : files) Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        } catch (IOException _) {
            // Something else is in the folder: it stays.
        }
    }
}
