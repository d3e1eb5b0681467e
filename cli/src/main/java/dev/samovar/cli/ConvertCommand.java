package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.convert.Converter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `convert IN OUT`.
@Command(name = "convert", customSynopsis = "samovar convert IN OUT [OPTIONS]",
        description = "Turns a checkpoint (PyTorch's .pth, of Hugging Face's SamModel, of timm) into safetensors with the official names, and says what is in it. "
                + "Numbers stay as they are, except that low-rank updates (LoRA) are merged and --half rounds.")
final class ConvertCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Parameters(index = "0", paramLabel = "IN",
            description = "The checkpoint: PyTorch's, of either format, safetensors, or a folder of transformers.")
    private Path source;

    @Parameters(index = "1", paramLabel = "OUT", description = "The safetensors file to write.")
    private Path result;

    @Option(names = "--overwrite", description = "Replace OUT if it exists.")
    private boolean overwrite;

    @Option(names = "--lora-scale", paramLabel = "S",
            description = "The factor of low-rank updates (lora_alpha / r), if no adapter_config.json beside IN gives it (default: 1).")
    private @Nullable Double loraScale;

    @Option(names = "--half", description = "Write floating-point numbers in half precision, so that the file is half as long.")
    private boolean half;

    @Option(names = "--ignore-unknown-weights", description = "Leave out tensors that are within the networks but have no place in a SAM.")
    private boolean ignore;

    @Override
    public void run() {
        Outputs.check(result, overwrite, source);
        if (loraScale != null && !Double.isFinite(loraScale))
            throw Problem.input("--lora-scale " + loraScale + " is not a factor; give a number");
        main.console().result(Converter.convert(source, result, new Checkpoints.Options(ignore, loraScale), half).toString());
    }
}
