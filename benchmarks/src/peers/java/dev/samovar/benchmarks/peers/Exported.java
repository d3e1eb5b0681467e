package dev.samovar.benchmarks.peers;

import dev.samovar.benchmarks.Numbers;
import dev.samovar.benchmarks.Sizes;
import dev.samovar.convert.onnx.OnnxExport;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.train.Progress;
import dev.samovar.models.train.SamWeights;
import java.nio.file.Files;
import java.nio.file.Path;

/// The encoder in ONNX, exported by Samovar itself from the weights that Samovar computes with.
final class Exported {
    private Exported() {}

    /// Where it lies; written when it is not there yet.
    static Path encoder(Sizes sizes) {
        Path weights = Numbers.checkpointFile(sizes), exported = Path.of(weights.toString().replace(".safetensors", ".onnx"));
        if (!Files.exists(exported)) {
            try (TensorFile file = Numbers.checkpoint(sizes)) {
                OnnxExport.encoder(new SamWeights(weights, Sha256.of(weights), file), exported, false, Progress.silent());
            }
        }
        return exported;
    }
}
