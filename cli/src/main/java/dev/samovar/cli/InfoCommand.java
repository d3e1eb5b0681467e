package dev.samovar.cli;

import dev.samovar.convert.CheckpointInfo;
import dev.samovar.core.io.Json;
import dev.samovar.models.train.HeadSpec;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    @Parameters(paramLabel = "FILE|RUN", description = "A checkpoint (.pth, .safetensors), a head, or the folder of a run.")
    private Path what;

    @Option(names = "--tensors", description = "List every tensor with its type and shape.")
    private boolean tensors;

    @Override
    public void run() {
        if (Files.isDirectory(what)) {
            main.console().result(describe(Run.open(what)));
            return;
        }
        CheckpointInfo info = CheckpointInfo.of(what);
        boolean head = info.metadata().getOrDefault("format", "").startsWith(HEAD_FORMAT);
        main.console().result((head ? describeHead(info) : info.toString()) + (tensors ? info.table() : ""));
    }

    private static String describe(Run run) {
        RunConfig config = run.config();
        Json split = Json.read(run.folder().resolve("split.json"));
        Facts facts = new Facts();
        facts.add("run", run.folder().toString());
        facts.add("head", head(config.head()));
        facts.add("classes", String.join(", ", config.classNames()));
        facts.add("preprocessing", config.preprocessing().name().toLowerCase(Locale.ROOT) + ", loss on " + config.labelSide() + " x "
                + config
                        .labelSide() + " pixels, slices without a label " + (config.emptySlices() ? "included" : "left out"));
        facts.add("training", config.epochs() + " epochs, learning rate " + config.learningRate() + ", batches of " + config.batch()
                + ", seed "
                + config.seed());
        facts.add("cases", Stream.of("train", "val", "test").map(side -> split.at(side).list().size() + " " + side).collect(Collectors
                .joining(
                        ", ")));
        facts.add("data", config.data().toString());
        facts.add("weights", config.weights() + "\nsha256 " + config.sha256());
        facts.add("kernels", config.kernels());
        for (Run.Which which : Run.Which.values()) {
            Path file = run.head(which);
            facts.add(which.name().toLowerCase(Locale.ROOT) + " head", Files.exists(file) ? epoch(file) : "none yet");
        }
        return facts.text();
    }

    private static String epoch(Path file) {
        CheckpointInfo info = CheckpointInfo.of(file);
        return "epoch " + info.metadata().getOrDefault("epoch", "unknown") + String.format(Locale.ROOT, ", %,d parameters", info
                .parameters())
                + "\nsha256 " + info.sha256();
    }

    private static String head(HeadSpec head) {
        return head.kind().title() + switch (head.kind()) {
            case VIT -> head.samPositions() ? ", with SAM's positions" : "";
            case CNN -> ", depth " + head.depth() + ", top channel " + head.topChannel();
            case LINEAR -> head.finalRelu() ? ", with a final ReLU" : ", without a final ReLU";
        };
    }

    private static String describeHead(CheckpointInfo info) {
        Facts facts = new Facts();
        facts.add("file", info.file().toString());
        facts.add("format", info.format() + ", a head for Samovar");
        facts.add("sha256", info.sha256());
        info.metadata().forEach((key, value) -> {
            if (!key.equals("format")) facts.add(key, Failure.oneLine(value));
        });
        facts.add("tensors", info.tensors().size() + " " + info.dtypes());
        facts.add("parameters", String.format(Locale.ROOT, "%,d", info.parameters()));
        return facts.text();
    }
}
