package dev.samovar.cli;

import dev.samovar.convert.CheckpointInfo;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `info FILE`.
@Command(name = "info", customSynopsis = "samovar info FILE [--tensors]", description = "Describes a checkpoint.")
final class InfoCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "FILE", description = "A checkpoint: PyTorch's, or safetensors.")
    private Path file;

    @Option(names = "--tensors", description = "List every tensor with its type and shape.")
    private boolean tensors;

    @Override
    public void run() {
        CheckpointInfo info = CheckpointInfo.of(file);
        main.console().result(info + (tensors ? info.table() : ""));
    }
}
