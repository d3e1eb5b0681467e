package dev.samovar.cli;

import dev.samovar.convert.CheckpointInfo;
import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.Sentence;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.pretrain.PretrainConfig;
import dev.samovar.models.pretrain.PretrainRun;
import dev.samovar.models.pretrain.Recipe;
import dev.samovar.models.pretrain.Sources;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.scenes.Mixture;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `info FILE|RUN`.
@Command(name = "info", customSynopsis = "samovar info FILE|RUN [--tensors]",
        description = "Describes a checkpoint, a trained head or a run.")
final class InfoCommand implements Runnable {
    private static final String HEAD_FORMAT = "samovar-head";

    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "FILE|RUN",
            description = "A checkpoint (.pth, .safetensors, a folder of transformers), a head, or the folder of a run.")
    private Path what;

    @Option(names = "--tensors", description = "List every tensor with its type and shape.")
    private boolean tensors;

    @Override
    public void run() {
        if (Files.isDirectory(what) && !Checkpoints.isFolder(what)) {
            main.console().result(PretrainRun.isRun(what) ? describe(PretrainRun.open(what)) : describe(Run.open(what)));
            return;
        }
        CheckpointInfo info = CheckpointInfo.of(what);
        boolean head = info.metadata().getOrDefault("format", "").startsWith(HEAD_FORMAT);
        main.console().result((head ? describeHead(info) : info.toString()) + (tensors ? info.table() : ""));
    }

    private static String describe(Run run) {
        RunConfig config = run.config();
        Facts facts = new Facts();
        facts.add("run", run.folder().toString());
        facts.add(config.method() instanceof HeadMethod ? "head" : "method", config.method().describe());
        facts.add("classes", String.join(", ", config.classNames()));
        Preparation preparation = config.preparation();
        facts.add("slices", "preprocessing " + preparation.preprocessing().title() + ", frames of " + preparation.side() + " x "
                + preparation.side() + " pixels, slices without a label " + (preparation.emptySlices() ? "included" : "left out")
                + ", augmentation "
                + preparation.augment());
        RunConfig.Schedule schedule = config.schedule();
        facts.add("training", schedule.epochs() + " epochs, learning rate " + schedule.learningRate() + ", batches of " + schedule.batch()
                + ", seed " + schedule.seed() + schedule.pace());
        Split split = run.split();
        facts.add("cases", split.train().size() + " train, " + split.val().size() + " val, " + split.test().size() + " test");
        facts.add("data", config.origin().data().toString());
        facts.add("weights", config.origin().weights() + "\nsha256 " + config.origin().sha256());
        RunConfig.Beginning beginning = config.origin().beginning();
        if (beginning.unlabelled() != null) facts.add("unlabelled", beginning.unlabelled().toString());
        if (beginning.backbone() != null) facts.add("backbone", beginning.backbone().file() + "\nsha256 " + beginning.backbone().sha256());
        facts.add("kernels", config.origin().kernels());
        for (Run.Which which : Run.Which.values()) {
            facts.add(which.name().toLowerCase(Locale.ROOT) + " head", run.has(which) ? epoch(run.head(which)) : "none yet");
        }
        return facts.text();
    }

    private static String describe(PretrainRun run) {
        PretrainConfig config = run.config();
        SamConfig sam = config.sam();
        Recipe recipe = config.recipe();
        Facts facts = new Facts();
        facts.add("pretraining", run.folder().toString());
        facts.add("encoder", sam.encoder().describe() + ", pictures of " + sam.imageSize() + " pixels, patches of " + sam.vit().patch());
        facts.add("embedding", sam.promptWidth() + " channels");
        facts.add("training", recipe.steps() + " steps of " + recipe.pictures() + " pictures, learning rate " + recipe.learningRate() + ", seed "
                + recipe.seed());
        facts.add("finished", run.step() + " of " + recipe.steps() + " steps");
        Sources sources = config.sources();
        if (sources.drawn()) facts.add("drawn", Mixture.drawn().describe());
        if (sources.clipArt() != null) facts.add("clip art", sources.clipArt().toString());
        if (sources.labelled() != null) facts.add("labelled", sources.labelled().toString());
        facts.add("kernels", config.kernels());
        facts.add("network", Files.exists(run.sam()) ? run.sam() + size(CheckpointInfo.of(run.sam())) : "none yet");
        return facts.text();
    }

    private static String epoch(Path file) {
        CheckpointInfo info = CheckpointInfo.of(file);
        return "epoch " + info.metadata().getOrDefault("epoch", "unknown") + size(info);
    }

    private static String size(CheckpointInfo info) {
        return String.format(Locale.ROOT, ", %,d parameters\nsha256 ", info.parameters()) + info.sha256();
    }

    private static String describeHead(CheckpointInfo info) {
        Facts facts = new Facts();
        facts.add("file", info.file().toString());
        facts.add("format", info.format() + ", a head for Samovar");
        facts.add("sha256", info.sha256());
        info.metadata().forEach((key, value) -> {
            if (!key.equals("format")) facts.add(key, Sentence.oneLine(value));
        });
        facts.add("tensors", info.tensors().size() + " " + info.dtypes());
        facts.add("parameters", String.format(Locale.ROOT, "%,d", info.parameters()));
        return facts.text();
    }
}
