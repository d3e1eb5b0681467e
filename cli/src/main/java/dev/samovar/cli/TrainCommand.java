package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.data.Slices;
import dev.samovar.models.data.Split;
import dev.samovar.models.train.Cost;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.HeadSpec;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.SamWeights;
import dev.samovar.models.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `train`: the main job.
@Command(name = "train", sortOptions = false,
        customSynopsis = "samovar train --data DIR --weights FILE --head vit|cnn|linear (--split FILE | --labelled N) --out RUN [OPTIONS]",
        description = "Fine-tunes a head on the embeddings of a few labelled volumes; SAM's image encoder stays as it is.")
final class TrainCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Option(names = "--data", required = true, paramLabel = "DIR",
            description = "The dataset, laid out as the Decathlon's, nnU-Net's, ACDC's, or in folders images and masks.")
    private Path data;

    @Option(names = "--weights", required = true, paramLabel = "FILE", description = "The SAM checkpoint: .pth or .safetensors.")
    private Path weightsFile;

    @Option(names = "--head", required = true, paramLabel = "vit|cnn|linear", description = "Which head.")
    private HeadSpec.Kind head;

    @ArgGroup(multiplicity = "1")
    private Cases cases = new Cases();

    @Option(names = "--fold", paramLabel = "N", description = "Which of the splits in the file of --split, from 0, if it has several.")
    private @Nullable Integer fold;

    @Option(names = "--out", required = true, paramLabel = "RUN", description = "The folder to make and to write the run into.")
    private Path out;

    @Option(names = "--epochs", paramLabel = "N", converter = Positive.class,
            description = "Passes over the training slices (default: ${DEFAULT-VALUE}).")
    private int epochs = 120;

    @Option(names = "--lr", paramLabel = "RATE", description = "Adam's learning rate at first (default: 5e-4).")
    private double learningRate = 5e-4;

    @Option(names = "--batch", paramLabel = "N", converter = Positive.class, description = "Slices per step (default: ${DEFAULT-VALUE}).")
    private int batch = 4;

    @Option(names = "--seed", paramLabel = "N",
            description = "Decides the split, the head's start and the order of slices (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--preprocessing", paramLabel = "paper|sam",
            description = "How slices become inputs of the encoder: as in the paper (the default), or as SAM itself wants them.")
    private Preprocessing preprocessing = Preprocessing.PAPER;

    @Option(names = "--empty-slices",
            description = "Learn from slices without a labelled pixel, too; the paper's converter of NIfTI volumes leaves them out.")
    private boolean emptySlices;

    @Option(names = "--label-side", paramLabel = "N", converter = Positive.class,
            description = "The loss is computed on squares of so many pixels a side (default: the paper's 224, or the encoder's size if smaller).")
    private @Nullable Integer labelSide;

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
    private @Nullable Path cacheFolder;

    @Mixin
    private Compute compute = new Compute();

    /// Where the cases come from.
    private static final class Cases {
        @Option(names = "--split", required = true, paramLabel = "FILE",
                description = "A JSON file with the names of the cases: {\"train\": [...], \"val\": [...], \"test\": [...]}.")
        private @Nullable Path split;

        @Option(names = "--labelled", required = true, paramLabel = "N", converter = Positive.class,
                description = "Draw a split by patient, and train on this many patients of it.")
        private int labelled;

        Split choose(List<Case> cases, long seed, @Nullable Integer fold) {
            if (split == null) return Split.draw(cases, seed).labelled(labelled, cases);
            return fold == null ? Split.read(split, cases) : Split.read(split, fold, cases);
        }
    }

    @Override
    public void run() {
        compute.check();
        if (Files.exists(out)) throw Problem.input(out + " exists already; a run is never overwritten, so give another --out or remove it");
        HeadSpec spec = new HeadSpec(head, depth, topChannel, finalRelu, samPositions);
        Dataset dataset = Dataset.open(data);
        if (fold != null && cases.split == null)
            throw Problem.input("--fold " + fold + " chooses from a file of splits; give it with --split");
        Split split = cases.choose(dataset.cases(), seed, fold);
        try (TensorFile file = Checkpoints.open(weightsFile); ProgressLine progress = new ProgressLine(main.console())) {
            Device device = compute.device(main.console());
            SamWeights weights = new SamWeights(weightsFile, Sha256.of(weightsFile), file);
            int side = labelSide != null ? labelSide : RunConfig.labelSide(weights.config());
            RunConfig config = new RunConfig(spec, dataset.classNames(named(dataset, split.train())), preprocessing, emptySlices, side,
                    epochs, learningRate, batch, seed, data.toAbsolutePath().normalize(), weightsFile.toAbsolutePath().normalize(),
                    weights.sha256(), device.toString());
            EmbeddingCache cache = new EmbeddingCache(cacheFolder(), weights, preprocessing, device);
            tellCost(config, weights, device, cache, dataset, split, progress);
            train(config, weights, dataset, split, cache, device, progress);
        }
    }

    private Path cacheFolder() {
        return cacheFolder != null ? cacheFolder : out.toAbsolutePath().resolveSibling("samovar-cache");
    }

    private static List<Case> named(Dataset dataset, List<String> names) {
        Set<String> wanted = new HashSet<>(names);
        return dataset.cases().stream().filter(c -> wanted.contains(c.name())).toList();
    }

    /// Says what the run will take, which means looking at every volume: only those without cached embeddings go through the encoder.
    private void tellCost(RunConfig config, SamWeights weights, Device device, EmbeddingCache cache, Dataset dataset, Split split,
            ProgressLine progress) {
        List<Case> training = named(dataset, split.train()), validation = named(dataset, split.val());
        long toEmbed = 0, trained = 0, validated = 0;
        int seen = 0;
        progress.begin("reading", training.size() + validation.size());
        for (Case one : Stream.concat(training.stream(), validation.stream()).toList()) {
            Sample sample = dataset.load(one);
            if (seen < training.size()) trained += config.learntFrom(sample.label()).size();
            else validated += config.learntFrom(sample.label()).size();
            if (!cache.has(one.name(), sample.image())) toEmbed += Slices.of(sample.image().geometry()).count();
            progress.done(++seen, one.name());
        }
        progress.close();
        Cost cost = Cost.of(config, weights.config(), toEmbed, trained, validated, headParameters(config, weights, device));
        main.console().say("cost: " + cost);
        Compute.warnOfMemory(cost.memory(), main.console());
    }

    private static long headParameters(RunConfig config, SamWeights weights, Device device) {
        try (Params params = config.head().initial(weights.file(), config.seed(), device)) {
            config.head().build(params, weights.config(), config.classes());
            return params.count();
        }
    }

    private void train(RunConfig config, SamWeights weights, Dataset dataset, Split split, EmbeddingCache cache, Device device,
            ProgressLine progress) {
        Run run = Run.create(out, config, Json.object().with("train", split.train()).with("val", split.val()).with("test", split.test()));
        Thread interrupted = new Thread(() -> discard(run));
        Runtime.getRuntime().addShutdownHook(interrupted);
        try (Trainer trainer = new Trainer(run, weights, dataset, split, cache, device, progress)) {
            trainer.run();
        } finally {
            discard(run);
            Runtime.getRuntime().removeShutdownHook(interrupted);
        }
        progress.close();
        main.console().result("run      " + out + "\nhead     " + run.head(Run.Which.LAST) + "\n");
        main.console().say("next: samovar predict --run " + out + " --output LABELS");
    }

    /// Removes a run that ended before its first head was written, so that the same command can be given again; its embeddings stay cached.
    private static void discard(Run run) {
        if (Files.exists(run.head(Run.Which.LAST))) return;
        try {
            for (String made : List.of("split.json", "run.json")) Files.deleteIfExists(run.folder().resolve(made));
            Files.deleteIfExists(run.folder());
        } catch (IOException _) {
            // Something else is in the folder: it stays.
        }
    }
}
