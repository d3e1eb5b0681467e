package dev.samovar.cli;

import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.methods.Adapter;
import dev.samovar.models.methods.AutoSam;
import dev.samovar.models.methods.Decoder;
import dev.samovar.models.methods.HeadMethod;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.methods.Lora;
import dev.samovar.models.methods.MedSam;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.PublishedBackbone;
import dev.samovar.models.train.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// The options that choose a method and its sizes. An option that the chosen method does not use is refused.
final class MethodOptions {
    private static final Map<String, Set<String>> USED = Map.of("cnn", Set.of("--depth", "--top-channel"), "linear", Set.of("--final-relu"),
            "vit", Set.of("--sam-positions"), "lora", Set.of("--rank", "--blocks"), "adapter", Set.of("--depth-adapter", "--form"),
            "autosam", Set.of("--generator", "--generator-side", "--generator-weights"), "unet", UNetOptions.NAMES);

    @Option(names = "--method", paramLabel = "NAME",
            description = "What learns. Without prompts: the heads vit, cnn and linear, and autosam (a network beside SAM makes its prompts). Prompted with "
                    + "boxes: decoder (the mask decoder learns), lora (with low-rank updates of the encoder), adapter (with small networks inside the "
                    + "encoder), medsam (encoder and decoder learn). Without SAM: unet, a U-Net from scratch.")
    private @Nullable String method;

    @Option(names = "--head", paramLabel = "vit|cnn|linear", description = "Another name of --method, for a head.")
    private HeadSpec.@Nullable Kind head;

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

    @Option(names = "--rank", paramLabel = "N", converter = Positive.class,
            description = "Rank of lora's updates (default: ${DEFAULT-VALUE}).")
    private int rank = 4;

    @Option(names = "--blocks", paramLabel = "N", converter = Positive.class,
            description = "How many of the encoder's last blocks have one of lora's updates (default: all).")
    private @Nullable Integer blocks;

    @Option(names = "--depth-adapter", paramLabel = "N", converter = Positive.class,
            description = "How many neighbouring slices see each other through a third adapter (default: none).")
    private @Nullable Integer neighbours;

    @Option(names = "--form", paramLabel = "sam|paper|released",
            description = "What learns besides the adapters of the encoder: all of SAM's mask decoder (sam), adapters in it (paper), or as in the authors' code (released) "
                    + "(default: ${DEFAULT-VALUE}).")
    private String form = "sam";

    @Option(names = "--generator", paramLabel = "hardnet85|hardnet68|hardnet39ds",
            description = "The network that makes autosam's prompts (default: ${DEFAULT-VALUE}).")
    private String generator = "hardnet85";

    @Option(names = "--generator-side", paramLabel = "N", converter = Positive.class,
            description = "Pixels a side of the picture that autosam's prompts are made from, a multiple of 16 (default: 512, or the encoder's size if smaller).")
    private @Nullable Integer generatorSide;

    @Option(names = "--generator-weights", paramLabel = "FILE",
            description = "Published weights of that network, learnt from ImageNet, to start from: hardnet85-a28faa00.pth or its like, as safetensors (samovar convert) "
                    + "(default: random weights).")
    private @Nullable Path generatorWeights;

    @Mixin
    private UNetOptions unet = new UNetOptions();

    /// The chosen method; null if none was chosen.
    @Nullable
    Method chosen(CommandSpec spec) {
        if (method != null && head != null)
            throw Problem.input("--head " + head.title() + " is the same as --method " + head.title() + ": give one of them");
        String title = head != null ? head.title() : method;
        if (title == null) return null;
        Method chosen = switch (title) {
            case "vit", "cnn", "linear" -> new HeadMethod(head(HeadSpec.Kind.of(title)));
            case "medsam" -> new MedSam();
            case "decoder" -> new Decoder();
            case "lora" -> Problem.of("--rank", rank, () -> new Lora(rank, blocks == null ? 0 : blocks));
            case "adapter" -> {
                int slices = neighbours == null ? 1 : neighbours;
                yield Problem.of("--depth-adapter", slices, () -> new Adapter(slices, Adapter.Form.of(form)));
            }
            case "autosam" -> {
                int square = generatorSide == null ? 0 : generatorSide;
                yield Problem.of("--generator-side", square, () -> new AutoSam(layout(), square));
            }
            case "unet" -> unet.chosen(spec);
            default -> throw Problem.input("there is no method " + title + ": it is " + String.join(", ", Method.TITLES));
        };
        checkUsed(spec, title);
        return chosen;
    }

    /// What the chosen method begins with. This reads the weights of a generator, to check them.
    RunConfig.Beginning beginning() {
        return new RunConfig.Beginning(unet.unlabelled(), backbone());
    }

    private @Nullable PublishedBackbone backbone() {
        if (generatorWeights == null) return null;
        Path file = generatorWeights.toAbsolutePath().normalize();
        if (Files.isRegularFile(file) && !file.toString().endsWith(".safetensors"))
            throw Problem.input("--generator-weights " + generatorWeights + ": they are read as safetensors; make them by samovar convert "
                    + Shell.word(generatorWeights) + " " + generator + ".safetensors");
        return PublishedBackbone.of(file, layout());
    }

    private HarDNet.Layout layout() {
        return Problem.of("--generator", generator, () -> HarDNet.Layout.of(generator));
    }

    private HeadSpec head(HeadSpec.Kind kind) {
        int usual = HeadSpec.of(kind).topChannel();
        Problem.of("--depth", depth, () -> new HeadSpec(kind, depth, usual, finalRelu, samPositions));
        return Problem.of("--top-channel", topChannel, () -> new HeadSpec(kind, depth, topChannel, finalRelu, samPositions));
    }

    private static void checkUsed(CommandSpec spec, String title) {
        List<String> given = spec.commandLine().getParseResult().matchedOptions().stream().map(o -> o.longestName()).toList();
        Set<String> foreign = new TreeSet<>();
        USED.forEach((of, options) -> {
            if (!of.equals(title)) foreign.addAll(options);
        });
        for (String option : given)
            if (foreign.contains(option)) throw Problem.input(option + " is not an option of the method " + title);
    }
}
