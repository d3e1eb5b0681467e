package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.SamWeights;
import dev.samovar.onnx.OnnxExport;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `export --onnx OUT WEIGHTS`.
@Command(name = "export", sortOptions = false, customSynopsis = "samovar export --onnx OUT WEIGHTS [--head RUN] [OPTIONS]",
        description = "Writes the image encoder of a checkpoint, alone or with the head of a run, for other programs: as ONNX, for a batch of any size. "
                + "What the input should be stands in the file.")
final class ExportCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Option(names = "--onnx", required = true, paramLabel = "OUT", description = "The ONNX file to write.")
    private Path result;

    @Parameters(paramLabel = "WEIGHTS", description = "The SAM or MedSAM checkpoint: .pth or .safetensors.")
    private Path source;

    @Option(names = "--head", paramLabel = "RUN", description = "The folder that train wrote: its last head goes on top of the encoder.")
    private @Nullable Path runFolder;

    @Option(names = "--best", description = "Take the head with the lowest validation loss instead of the last one.")
    private boolean best;

    @Option(names = "--external-data",
            description = "Put the weights into a second file, OUT.data, beside the first. It is so anyway where one file would be longer than 2 GiB.")
    private boolean external;

    @Option(names = "--overwrite", description = "Replace OUT, and OUT.data, if they exist.")
    private boolean overwrite;

    @Override
    public void run() {
        if (best && runFolder == null) throw Problem.input("--best chooses among the heads of a run; say with --head which run");
        Run run = runFolder == null ? null : Run.open(runFolder);
        for (Path file : List.of(result, OnnxExport.data(result))) Outputs.check(file, overwrite, source);
        try (TensorFile file = Checkpoints.open(source); ProgressLine progress = new ProgressLine(main.console())) {
            SamWeights weights = new SamWeights(source, Sha256.of(source), file);
            OnnxExport.Report report = run == null
                    ? OnnxExport.encoder(weights, result, external, progress)
                    : OnnxExport.segmenter(weights, run, best ? Run.Which.BEST : Run.Which.LAST, result, external, progress);
            main.console().result(report.toString());
        }
    }
}
