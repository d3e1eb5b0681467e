package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.train.Run;
import dev.samovar.onnx.OnnxExport;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `export --onnx OUT WEIGHTS`.
@Command(name = "export", sortOptions = false, customSynopsis = "samovar export --onnx OUT WEIGHTS [--head RUN | --decoder] [OPTIONS]",
        description = {
            "Writes the image encoder of a checkpoint, alone or with the head of a run, for other programs: as ONNX, for a batch of any size. ",
            "Or, with --decoder, the prompt encoder and the mask decoder, with the inputs and outputs of the official export. The file describes its inputs."})
final class ExportCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Option(names = "--onnx", required = true, paramLabel = "OUT", description = "The ONNX file to write.")
    private Path result;

    @Parameters(paramLabel = "WEIGHTS", description = "The SAM or MedSAM checkpoint: .pth, .safetensors, or a folder of transformers.")
    private Path source;

    @Option(names = "--head", paramLabel = "RUN", description = "The folder that train wrote: its last head goes on top of the encoder.")
    private @Nullable Path runFolder;

    @Option(names = "--decoder",
            description = "Write the prompt encoder and the mask decoder instead of the image encoder: from its embedding and a prompt to masks.")
    private boolean decoder;

    @Option(names = "--best", description = "Take the head with the lowest validation loss instead of the last one.")
    private boolean best;

    @Option(names = "--external-data",
            description = "Put the weights into a second file, OUT.data, beside the first. This always happens where one file would be longer than 2 GiB.")
    private boolean external;

    @Option(names = "--overwrite", description = "Replace OUT, and OUT.data, if they exist.")
    private boolean overwrite;

    @Mixin
    private Unknown unknown = new Unknown();

    @Override
    public void run() {
        if (best && runFolder == null) throw Problem.input("--best chooses among the heads of a run; say with --head which run");
        if (decoder && runFolder != null)
            throw Problem.input("--decoder and --head name two different networks; export one after the other");
        Run run = runFolder == null ? null : Run.open(runFolder);
        for (Path file : List.of(result, OnnxExport.data(result))) Outputs.check(file, overwrite, source);
        if (run != null && Outputs.same(run.head(which()), result)) throw Problem.input(result + " is the head itself; give the result another name");
        if (run != null) unknown.asBegun(run.config().origin());
        try (TensorFile file = unknown.open(source, main.console()); ProgressLine progress = new ProgressLine(main.console())) {
            SamWeights weights = Checkpoints.weights(source, file);
            OnnxExport.Report report = decoder
                    ? OnnxExport.decoder(weights, result, external, progress)
                    : run == null
                            ? OnnxExport.encoder(weights, result, external, progress)
                            : OnnxExport.segmenter(weights, run, which(), result, external, progress);
            if (report.data() == null) Outputs.delete(OnnxExport.data(result));        // of the file that was replaced
            main.console().result(report.toString());
        }
    }

    private Run.Which which() {
        return best ? Run.Which.BEST : Run.Which.LAST;
    }
}
