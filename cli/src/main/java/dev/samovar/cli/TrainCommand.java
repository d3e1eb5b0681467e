package dev.samovar.cli;

import dev.samovar.models.data.Case;
import dev.samovar.models.data.Split;
import dev.samovar.models.train.HeadSpec;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.Study;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/// `train`: the main job.
@Command(name = "train", sortOptions = false,
        customSynopsis = {
            "samovar train --data DIR --weights FILE --head vit|cnn|linear [--split FILE] [--labelled N] --out RUN [OPTIONS]",
            "       samovar train --resume RUN"},
        description = {"Fine-tunes a head on the embeddings of a few labelled volumes; SAM's image encoder stays as it is.",
            "A run that was cut short, at any moment, goes on with --resume and ends with the same bytes."})
final class TrainCommand implements Runnable {
    private static final RunConfig.Schedule PAPER = RunConfig.Schedule.paper(1);

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
            description = "The SAM checkpoint, or, for a CNN or linear head, its image encoder alone: .pth, .safetensors, or a folder of transformers.")
    private @Nullable Path weights;

    @Option(names = "--head", paramLabel = "vit|cnn|linear", description = "Which head.")
    private HeadSpec.@Nullable Kind head;

    @Option(names = "--out", paramLabel = "RUN", description = "The folder to make and to write the run into.")
    private @Nullable Path out;

    @Option(names = "--resume", paramLabel = "RUN", description = "Go on with a run, or several (--seeds, --folds), that was cut short.")
    private @Nullable Path resume;

    @Option(names = "--split", paramLabel = "FILE",
            description = "A JSON file with the names of the cases: {\"train\": [...], \"val\": [...], \"test\": [...]}, or a list of such "
                    + "folds. Without it a split by patient is drawn.")
    private @Nullable Path split;

    @Option(names = "--labelled", paramLabel = "N", converter = Positive.class,
            description = "Train on the first N patients of the split only.")
    private @Nullable Integer labelled;

    @Option(names = "--folds", paramLabel = "all|K", split = ",",
            description = "Which folds of the split file to train, counted from 0: one run each, and a table of all.")
    private List<String> folds = List.of();

    @Option(names = "--seed", paramLabel = "N",
            description = "Decides the split, the head's start, the order of slices and their views (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--seeds", paramLabel = "N", split = ",", description = "Several seeds: one run each, and a table of all.")
    private List<Long> seeds = List.of();

    @Option(names = "--epochs", paramLabel = "N", converter = Positive.class,
            description = "Passes over the training slices (default: ${DEFAULT-VALUE}).")
    private int epochs = PAPER.epochs();

    @Option(names = "--lr", paramLabel = "RATE", description = "Adam's learning rate at first (default: ${DEFAULT-VALUE}).")
    private double learningRate = PAPER.learningRate();

    @Option(names = "--batch", paramLabel = "N", converter = Positive.class, description = "Slices per step (default: ${DEFAULT-VALUE}).")
    private int batch = PAPER.batch();

    @Option(names = "--validate-every", paramLabel = "N", converter = Positive.class,
            description = "Epochs from one validation to the next (default: ${DEFAULT-VALUE}).")
    private int validateEvery = PAPER.validateEvery();

    @Option(names = "--depth", paramLabel = "N", description = "Blocks of the CNN head (default: ${DEFAULT-VALUE}).")
    private int depth = 4;

    @Option(names = "--top-channel", paramLabel = "N", description = "Channels of the CNN head's last block (default: ${DEFAULT-VALUE}).")
    private int topChannel = 64;

    @Option(names = "--final-relu", negatable = true, defaultValue = "true", fallbackValue = "true",
            description = "Whether the linear head ends in a ReLU, as the reference's does (the default); without one it trains better.")
    private boolean finalRelu;

    @Option(names = "--sam-positions",
            description = "Let the ViT head encode positions by SAM's own matrix, not by a random one as the paper's code does.")
    private boolean samPositions;

    @Option(names = "--cache", paramLabel = "DIR", description = "The folder of embeddings (default: samovar-cache beside the run).")
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
        if (resume != null) resume(resume);
        else begin(given(data, "--data"), given(weights, "--weights"), given(head, "--head"), given(out, "--out"));
    }

    private <T> T given(@Nullable T value, String option) {
        if (value == null) throw misuse("train needs " + option + ", or --resume RUN to go on with a run");
        return value;
    }

    private ParameterException misuse(String sentence) {
        return new ParameterException(spec.commandLine(), sentence);
    }

    /// A run goes on as it was begun: other settings beside `--resume` would be ignored, which nobody wants.
    private void checkNothingElse() {
        Set<String> harmless = Set.of("--resume", "--ignore-unknown-weights", "--threads", "--device", "--cuda-format", "--cuda-gemm",
                "--cuda-conv",
                "--require-backend", "--quiet", "--verbose");
        for (var option : spec.commandLine().getParseResult().matchedOptions())
            if (!harmless.contains(option.longestName()))
                throw misuse("--resume goes on with the settings of the run: " + option.longestName() + " cannot change them");
    }

    private void begin(Path folder, Path checkpoint, HeadSpec.Kind kind, Path to) {
        if (split == null && labelled == null)
            throw misuse("train on which cases? Say --split FILE, or --labelled N to draw a split and train on N patients of it");
        prepare.augment();                                                         // a mistake in it is told before anything is read
        HeadSpec spec = new HeadSpec(kind, depth, topChannel, finalRelu, samPositions);
        Path embeddings = cache != null ? cache : to.toAbsolutePath().resolveSibling("samovar-cache");
        try (Workbench bench = Workbench.open(main.console(), compute, unknown, folder, reading.reading(), reading.rule(), checkpoint,
                embeddings)) {
            main.console().say("labels: " + bench.dataset().coding());
            if (!bench.dataset().unlabelled().isEmpty())
                main.console().say("without a label, and not learnt from: " + bench.dataset().unlabelled().size() + " images");
            Preparation preparation = prepare.preparation(bench.weights().config());
            List<Study.Member> members = members(bench, spec, preparation);
            Study.Member first = members.getFirst();
            bench.tellCost(first.config(), first.split(), members.size());
            if (members.size() == 1) trainOne(bench, Run.create(to, first.config(), first.split()));
            else trainAll(bench, Study.create(to, members));
        }
    }

    /// One for each fold and seed.
    private List<Study.Member> members(Workbench bench, HeadSpec spec, Preparation preparation) {
        List<Study.Member> members = new ArrayList<>();
        List<Long> all = seeds.isEmpty() ? List.of(seed) : seeds;
        if (Set.copyOf(all).size() < all.size()) throw Problem.input("--seeds: one of them is there twice");
        for (Fold fold : folds(bench.dataset().cases(), all)) {
            List<String> classes = bench.dataset().classNames();
            for (long one : fold.seeds) {
                var schedule = new RunConfig.Schedule(epochs, learningRate, batch, one, validateEvery);
                members.add(new Study.Member(fold.name + "seed-" + one, new RunConfig(spec, classes, preparation, schedule, bench.origin()),
                        fold.split));
            }
        }
        return members;
    }

    /// A split, and the seeds it is trained with.
    private record Fold(String name, Split split, List<Long> seeds) {}

    private List<Fold> folds(List<Case> cases, List<Long> all) {
        List<Fold> chosen = new ArrayList<>();
        if (split == null) {
            if (!folds.isEmpty()) throw Problem.input("--folds needs a --split FILE that has several; samovar data split makes one");
            for (long one : all) chosen.add(new Fold("", labelled(Split.draw(cases, one), cases), List.of(one)));
            return chosen;
        }
        int count = Split.folds(split);
        for (int fold : numbers(count))
            chosen.add(new Fold(count == 1 ? "" : "fold-" + fold + "-", labelled(Split.read(split, fold, cases), cases), all));
        return chosen;
    }

    private List<Integer> numbers(int count) {
        List<Integer> numbers = new ArrayList<>();
        if (folds.equals(List.of("all")) || (folds.isEmpty() && count == 1)) for (int i = 0; i < count; i++) numbers.add(i);
        else if (folds.isEmpty()) throw Problem.input(split + ": it has " + count + " folds; say --folds 0 for the first, or --folds all");
        for (String fold : folds) {
            if (fold.equals("all")) continue;
            if (!fold.matches("\\d{1,4}") || Integer.parseInt(fold) >= count)
                throw Problem.input("--folds " + fold + ": " + split + " has " + count + (count == 1 ? " fold, 0" : " folds, from 0 on"));
            numbers.add(Integer.parseInt(fold));
        }
        return numbers;
    }

    private Split labelled(Split all, List<Case> cases) {
        return labelled == null ? all : all.labelled(labelled, cases);
    }

    private void resume(Path folder) {
        checkNothingElse();
        boolean several = Study.isStudy(folder);
        RunConfig.Origin origin = several ? Study.open(folder).members().getFirst().config().origin() : Run.open(folder).config().origin();
        try (Workbench bench = Workbench.reopen(main.console(), compute, unknown, origin)) {
            if (several) {
                trainAll(bench, Study.open(folder));
                return;
            }
            Run run = Run.open(folder);
            if (run.isFinished()) main.console().say(folder + ": this run is through already");
            trainToTheEnd(bench, run);
        }
    }

    private void trainOne(Workbench bench, Run run) {
        try {
            trainToTheEnd(bench, run);
        } catch (RuntimeException | Error e) {
            discard(run);
            throw e;
        }
    }

    private void trainToTheEnd(Workbench bench, Run run) {
        try (var _ = new Reminder(main.console(), run.folder())) {
            bench.train(run);
        }
        main.console().result("run      " + run.folder() + "\nhead     " + run.head(Run.Which.LAST) + "\n");
        main.console().say("next: samovar report " + run.folder() + "   (test cases segmented, scored and shown)");
    }

    private void trainAll(Workbench bench, Study study) {
        try (var _ = new Reminder(main.console(), study.folder())) {
            for (Study.Member member : study.members()) bench.train(study.run(member));
        }
        main.console().result(StudyTable.of(bench, study));
    }

    /// Removes a run that failed before its first epoch was through, so that the same command can be given again; its embeddings stay cached.
    private static void discard(Run run) {
        if (run.has(Run.Which.LAST)) return;
        try {
            Files.deleteIfExists(run.folder().resolve("run.json"));
            Files.deleteIfExists(run.folder());
        } catch (IOException _) {
            // Something else is in the folder: it stays.
        }
    }

    /// Tells, if the work is interrupted, how to go on with it.
    private record Reminder(Console console, Path folder, Thread thread) implements AutoCloseable {
        Reminder(Console console, Path folder) {
            this(console, folder, new Thread(() -> console.warn("\ninterrupted; to go on: samovar train --resume " + folder)));
            Runtime.getRuntime().addShutdownHook(thread);
        }

        @Override
        public void close() {
            try {
                Runtime.getRuntime().removeShutdownHook(thread);
            } catch (IllegalStateException _) {
                // It is being told.
            }
        }
    }
}
