package dev.samovar.benchmarks.peers;

import dev.samovar.benchmarks.Numbers;
import dev.samovar.benchmarks.Sizes;
import dev.samovar.core.io.Progress;
import dev.samovar.onnx.OnnxExport;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamWeights;
import java.nio.file.Files;
import java.nio.file.Path;

/// The encoder in ONNX, from the weights that Samovar computes with.
final class Exported {
    private Exported() {}

    /// Where Samovar's own export lies; written when it is not there yet.
    static Path encoder(Sizes sizes) {
        return encoder(sizes, sizes.sam());
    }

    /// A model whose checkpoint does not give its sizes.
    static Path encoder(Sizes sizes, SamConfig config) {
        Path weights = Numbers.checkpointFile(sizes), exported = instead(weights, ".onnx");
        if (!Files.exists(exported)) {
            try (TensorFile file = Numbers.checkpoint(sizes)) {
                OnnxExport.encoder(new SamWeights(weights, Sha256.of(weights), file, config), exported, false, Progress.silent());
            }
        }
        return exported;
    }

    /// Where PyTorch's lies.
    ///
    /// @throws IllegalStateException if it was not made
    static Path byTorch(Sizes sizes) {
        Path weights = Numbers.checkpointFile(sizes), exported = instead(weights, "-torch.onnx");
        if (!Files.exists(exported))
            throw new IllegalStateException(exported + " is not here: python3 benchmarks/src/peers/python/encoder_to_onnx.py " + weights
                    + " makes it, where there is a PyTorch");
        return exported;
    }

    private static Path instead(Path weights, String end) {
        return weights.resolveSibling(weights.getFileName().toString().replace(".safetensors", end));
    }
}
