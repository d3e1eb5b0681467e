package dev.samovar.cli;

import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Method;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.study.Cell;
import dev.samovar.models.study.MethodPlan;
import dev.samovar.models.study.ZeroShot;
import dev.samovar.models.train.RunConfig;
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
import picocli.CommandLine.Spec;

/// The options that define what a study of methods compares, for `study methods` and for other programs that begin one.
public final class PlanOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

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

    @Mixin
    private Prepare prepare = new Prepare();

    /// Options without values yet.
    public PlanOptions() {}

    /// Checks what can be checked without opening a file.
    ///
    /// @throws Problem if something is
    public void check() {
        split.check(spec, folds == null ? null : "--folds");
        chosen();
        asked();
        patients();
        if (Set.copyOf(seeds).size() < seeds.size()) throw Problem.input("--seeds: one of them is given twice");
    }

    private List<Chosen> chosen() {
        return methods.stream().map(Chosen::of).toList();
    }

    private List<ZeroShot> asked() {
        return zeroShot.stream().map(name -> Problem.of("--zero-shot", name, () -> ZeroShot.of(name))).toList();
    }

    private List<Integer> patients() {
        return labelled.stream().map(PlanOptions::patients).toList();
    }

    /// The cells of the study. All labels are read, so that a wrong one is reported before anything is begun.
    ///
    /// @param sam the sizes of the checkpoint
    /// @throws Problem if they cannot be made of this dataset
    public List<Cell> cells(Dataset dataset, SamConfig sam, RunConfig.Origin origin) {
        var plan = new MethodPlan(chosen().stream().map(c -> trained(c, sam)).toList(), asked(), patients(), seeds, folds(dataset), dataset
                .classNames(), origin, sam.imageSize());
        dataset.cases().forEach(dataset::label);
        return Problem.of("--labelled", String.join(",", labelled), () -> plan.cells(dataset.cases()));
    }

    private static int patients(String text) {
        if (text.equals("all")) return Integer.MAX_VALUE;
        if (text.matches("[1-9]\\d{0,6}")) return Integer.parseInt(text);
        throw Problem.input("--labelled " + text + ": it is a number of patients from 1, or all");
    }

    /// A method as it was given, with its options.
    private record Chosen(Method method, RunConfig.Beginning beginning) {
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
            return new Chosen(method, options.methods.beginning());
        }
    }

    /// Receives the options of a method.
    @Command(name = "train")
    private static final class OfMethod {
        @Mixin
        private MethodOptions methods = new MethodOptions();
    }

    private MethodPlan.Trained trained(Chosen chosen, SamConfig sam) {
        Method method = chosen.method;
        Method.Defaults usual = prepare.defaults(method);
        int last = epochs != null ? epochs : usual.epochs();
        return new MethodPlan.Trained(method, prepare.preparation(sam, method), seed -> RunConfig.Schedule.of(usual, last, seed, Math.min(
                validateEvery, last)), chosen.beginning);
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
