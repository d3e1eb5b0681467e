package dev.samovar.cli;

import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import dev.samovar.models.pretrain.PretrainConfig;
import dev.samovar.models.pretrain.PretrainRun;
import dev.samovar.models.pretrain.Pretraining;
import dev.samovar.models.pretrain.Recipe;
import dev.samovar.models.pretrain.Sources;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.VitConfig;
import dev.samovar.models.scenes.ClipArt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/// `pretrain`: trains a SAM from scratch, or from another one.
@Command(name = "pretrain", sortOptions = false,
        customSynopsis = {"samovar pretrain --out RUN [--model mini|vit_b|vit_l|vit_h] [OPTIONS]",
            "       samovar pretrain --out RUN --weights FILE [OPTIONS]",
            "       samovar pretrain --resume RUN [--steps N]",
            "       samovar pretrain --report RUN [--beside FILE]"},
        description = {
            "Trains a whole promptable SAM, from nothing or from another, on pictures that it draws itself, clip art, and pictures with masks.",
            "A run that was cut short, at any moment, continues with --resume and ends with the same bytes.",
            "At its end, or with --report at any time, the network is tested on scenes that it never saw."})
final class PretrainCommand implements Runnable {
    /// A model by its name, with the recipe that suits it.
    private enum Model {
        MINI, VIT_B, VIT_L, VIT_H;

        private SamConfig config() {
            return switch (this) {
                case MINI -> PretrainConfig.mini();
                case VIT_B -> SamConfig.vitB();
                case VIT_L -> SamConfig.vitL();
                case VIT_H -> SamConfig.vitH();
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// SAM's published recipe, or for the mini model one for two cores and a few hours.
        private Recipe recipe(long seed) {
            return this == MINI
                    ? new Recipe(seed, 8_000, 4, 4, 3, 0, 6e-4, 300, 1_500, 0.01, 0.05, 1, 1)
                    : new Recipe(seed, 90_000, 256, 64, 8, 2, 8e-4, 250, 0, 0.01, 0.1, 0.8, 1);
        }
    }

    private static final int LARGEST = 65_536;                                     // of a size: what is derived from it fits into an int
    private static final Set<String> SIZES = Set.of("--width", "--depth", "--heads", "--window", "--side", "--patch", "--embedding");
    private static final Set<String> DATA = Set.of("--frame", "--channels", "--classes", "--ignore-label");
    private static final String IGNORE = "--ignore-unknown-weights";

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--out", paramLabel = "RUN", description = "The folder to make and to write the run into.")
    private @Nullable Path out;

    @Option(names = "--resume", paramLabel = "RUN", description = "Continue a run that was cut short, or with --steps beyond its end.")
    private @Nullable Path resume;

    @Option(names = "--report", paramLabel = "RUN",
            description = "Test the network of a run, as it is now, on scenes that it never saw, and write held-out.json and report.html.")
    private @Nullable Path report;

    @Option(names = "--beside", paramLabel = "FILE", description = "Also test another checkpoint, for the table.")
    private List<Path> beside = List.of();

    @Option(names = "--scenes", paramLabel = "N", converter = Positive.class,
            description = "Scenes of each source to test on (default: ${DEFAULT-VALUE}).")
    private int scenes = 50;

    @Option(names = "--model", paramLabel = "mini|vit_b|vit_l|vit_h",
            description = "The sizes and the recipe to start from (default: ${DEFAULT-VALUE}); the options below change them.")
    private Model model = Model.MINI;

    @Option(names = "--weights", paramLabel = "FILE",
            description = "Begin with the weights and the sizes of this SAM (mini is the built-in one), instead of random weights.")
    private @Nullable Path weights;

    @Option(names = "--width", paramLabel = "N", converter = Positive.class, description = "Channels of the image encoder.")
    private @Nullable Integer width;

    @Option(names = "--depth", paramLabel = "N", converter = Positive.class,
            description = "Its blocks; every third one and the last attend to the whole picture.")
    private @Nullable Integer depth;

    @Option(names = "--heads", paramLabel = "N", converter = Positive.class, description = "Attention heads of a block.")
    private @Nullable Integer heads;

    @Option(names = "--window", paramLabel = "N", converter = Positive.class, description = "Patches along a side of a window.")
    private @Nullable Integer window;

    @Option(names = "--side", paramLabel = "N", converter = Positive.class, description = "Pixels along a side of the network’s picture.")
    private @Nullable Integer side;

    @Option(names = "--patch", paramLabel = "N", converter = Positive.class,
            description = "Pixels along a side of a patch, a multiple of 4.")
    private @Nullable Integer patch;

    @Option(names = "--embedding", paramLabel = "N", converter = Positive.class,
            description = "Channels of the embedding and of everything after it, a multiple of 16.")
    private @Nullable Integer embedding;

    @Option(names = "--no-drawn", description = "Do not learn from scenes that are drawn.")
    private boolean withoutDrawn;

    @Option(names = "--clip-art", paramLabel = "DIR",
            description = "Learn from a folder of PNG pictures with transparency, too, as Debian’s openclipart-png has them. "
                    + "Those above 150,000 bytes or 1,000,000 pixels, and folders in it that are links, are left out.")
    private @Nullable Path clipArt;

    @Option(names = "--labelled", paramLabel = "DIR", description = "Learn from a dataset of pictures or volumes with labels, too.")
    private @Nullable Path labelled;

    @Mixin
    private DataOptions reading = new DataOptions();

    @Option(names = "--steps", paramLabel = "N", converter = Positive.class, description = "Steps of the optimizer.")
    private @Nullable Integer steps;

    @Option(names = "--pictures", paramLabel = "N", converter = Positive.class, description = "Pictures in a step.")
    private @Nullable Integer pictures;

    @Option(names = "--things", paramLabel = "N", converter = Positive.class, description = "Things asked for in a picture, at most.")
    private @Nullable Integer things;

    @Option(names = "--clicks", paramLabel = "N", converter = Positive.class,
            description = "The most corrective clicks for a thing; their number is drawn for every step.")
    private @Nullable Integer clicks;

    @Option(names = "--lr", paramLabel = "RATE", description = "The learning rate after the warm-up.")
    private @Nullable Double learningRate;

    @Option(names = "--layer-decay", paramLabel = "SHARE",
            description = "The learning rate of each encoder layer as a share of the rate of the layer above it; 1 for the same.")
    private @Nullable Double layerDecay;

    @Option(names = "--seed", paramLabel = "N", description = "Decides everything that is drawn (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--every", paramLabel = "N", converter = Positive.class,
            description = "Steps from one checkpoint, and line of the log, to the next (default: ${DEFAULT-VALUE}).")
    private int every = 100;

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        Console console = main.console();
        if (resume == null && out == null && report == null)
            throw misuse("pretrain needs --out, --resume RUN to continue a run, or --report RUN to test one");
        if (out != null) Outputs.place(out);
        if (resume != null || report != null)
            Compute.checkNothingElse(spec, resume != null ? "--resume" : "--report", resume != null
                    ? Set.of("--resume", "--steps", "--beside", "--scenes", IGNORE)
                    : Set.of("--report", "--beside", "--scenes", IGNORE));
        if (labelled == null) refuse(DATA, "only --labelled is read with this option, and it is not given: leave out ");
        if (weights == null && beside.isEmpty()) refuse(Set.of(IGNORE), "there is no checkpoint to read, by --weights or --beside: leave out ");
        Device device = compute.device(console);
        for (Path other : beside)
            try (TensorFile file = unknown.open(other, console)) {
                Sam.load(file, device).close();                                    // fails now, not after long training
            }
        PretrainRun run = report != null ? PretrainRun.open(report) : resume != null ? resumed(resume) : begin(out, device);
        try (ProgressLine progress = new ProgressLine(console)) {
            if (report == null) train(run, device, progress);
            new PretrainTable(run, device, scenes, progress, main.console()).write(beside, unknown.options());
        }
        console.result("network  " + run.sam() + "\nreport   " + run.report() + "\n");
    }

    private PretrainRun resumed(Path folder) {
        PretrainRun run = PretrainRun.open(folder);
        run.config().sources().mixture(false);                                     // refuses other data before more steps are promised
        PretrainTable.check(run.config().sources());
        return steps == null ? run : run.extended(steps);
    }

    private PretrainRun begin(@Nullable Path to, Device device) {
        Path folder = Objects.requireNonNull(to);
        if (weights == null) return PretrainRun.create(folder, config(sizes(), device), null);
        refuse(SIZES, "the sizes are those of --weights " + weights + ": leave out ");
        try (TensorFile file = unknown.open(weights, main.console())) {
            return PretrainRun.create(folder, config(SamConfig.ofWhole(file), device), file);
        }
    }

    private void train(PretrainRun run, Device device, ProgressLine progress) {
        Console console = main.console();
        if (!run.config().kernels().equals(device.toString()))
            console.warn("warning: the run was begun with other kernels (" + run.config().kernels()
                    + "); its last bits will differ from those of an uninterrupted run");
        try (var _ = new Reminder(console, "samovar pretrain --resume " + Shell.word(run.folder()));
                Pretraining pretraining = new Pretraining(run, device, progress)) {
            console.say(run.config().sam().encoder().describe() + "; " + pretraining.parameters() + " parameters learn");
            if (pretraining.step() > 0) console.say(run.folder() + " goes on after step " + pretraining.step());
            pretraining.run();
        }
        progress.close();
    }

    /// Refuses options that would be ignored.
    private void refuse(Set<String> options, String why) {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions())
            if (options.contains(option.longestName())) throw misuse(why + option.longestName());
    }

    private ParameterException misuse(String sentence) {
        return new ParameterException(spec.commandLine(), sentence);
    }

    private PretrainConfig config(SamConfig sam, Device device) {
        if (withoutDrawn && clipArt == null && labelled == null)
            throw misuse("pretrain on what? Without drawn scenes it needs --clip-art or --labelled");
        Recipe r = model.recipe(seed);
        double rate = learningRate != null ? learningRate : r.learningRate(), decay = layerDecay != null ? layerDecay : r.layerDecay();
        if (!(rate > 0 && rate <= 1)) throw Problem.input("--lr " + rate + ": a learning rate is above 0 and at most 1");
        if (!(decay > 0 && decay <= 1)) throw Problem.input("--layer-decay " + decay + ": it is above 0 and at most 1, which is none");
        Recipe recipe = new Recipe(seed, or(steps, r.steps()), or(pictures, r.pictures()), or(things, r.things()), or(clicks, r.clicks()),
                r.repeats(), rate, Math.min(r.warmUp(), or(steps, r.steps()) / 4), weights != null
                        ? 0
                        : Math.min(r.focalWarmUp(), or(steps, r.steps()) / 4),
                r.leastRate(), r.weightDecay(), decay, r.clip());
        Sources sources = Sources.of(!withoutDrawn, absolute(clipArt), absolute(labelled), labelled == null
                ? Reading.PLAIN
                : decided(labelled));
        if (clipArt != null) {
            String leftOut = ClipArt.leftOut(clipArt);
            if (!leftOut.isEmpty()) main.console().say(leftOut);
        }
        PretrainTable.check(sources);
        return new PretrainConfig(sam, recipe, sources, every, device.toString());
    }

    /// How the dataset is read, and what its numbers mean.
    private Reading decided(Path folder) {
        Dataset dataset = Dataset.open(folder, reading.reading(), reading.rule());
        main.console().say("labels: " + dataset.coding());
        return dataset.reading();
    }

    private SamConfig sizes() {
        SamConfig sam = model.config();
        VitConfig vit = sam.vit();
        int w = size("--width", width, vit.width()), d = size("--depth", depth, vit.depth());
        int p = size("--patch", patch, vit.patch()), s = size("--side", side, vit.imageSize());
        List<Integer> global = new ArrayList<>();
        for (int i = 0; i < d; i++) if (i % 3 == 2 || i == d - 1) global.add(i);
        int c = size("--embedding", embedding, sam.promptWidth()), of = sam.promptWidth();
        return new SamConfig(
                new VitConfig(w, d, size("--heads", heads, vit.heads()), size("--window", window, vit.window()),
                        d == vit.depth() ? vit.globalBlocks() : global, s, p, w
                                * vit.mlp() / vit.width()),
                c, sam.decoderMlp() * c / of, sam.iouHidden() * c / of);
    }

    private static int size(String option, @Nullable Integer given, int otherwise) {
        if (given != null && given > LARGEST) throw Problem.input(option + " " + given + ": a network's sizes are at most " + LARGEST);
        return or(given, otherwise);
    }

    private static int or(@Nullable Integer given, int otherwise) {
        return given != null ? given : otherwise;
    }

    private static @Nullable Path absolute(@Nullable Path path) {
        return path == null ? null : path.toAbsolutePath().normalize();
    }
}
