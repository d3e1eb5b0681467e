package dev.samovar.cli;

import dev.samovar.convert.Converter;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `convert IN OUT`.
@Command(name = "convert", customSynopsis = "samovar convert IN OUT [--overwrite]",
        description = "Turns a checkpoint (PyTorch's .pth, or of Hugging Face's SamModel) into safetensors with the official names, and says what is in it. "
                + "Numbers stay as they are.")
final class ConvertCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Parameters(index = "0", paramLabel = "IN",
            description = "The checkpoint: PyTorch's, of either format, or safetensors; SAM's own names or Hugging Face's.")
    private Path source;

    @Parameters(index = "1", paramLabel = "OUT", description = "The safetensors file to write.")
    private Path result;

    @Option(names = "--overwrite", description = "Replace OUT if it exists.")
    private boolean overwrite;

    @Override
    public void run() {
        Outputs.check(result, overwrite, source);
        main.console().result(Converter.convert(source, result).toString());
    }
}
