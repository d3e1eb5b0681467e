package dev.samovar.benchmarks.peers;

import dev.samovar.benchmarks.Numbers;
import dev.samovar.benchmarks.Sizes;
import java.nio.file.Path;

/// The encoder in ONNX, exported by Samovar itself from the weights that Samovar computes with.
final class Exported {
    private Exported() {}

    static Path encoder(Sizes sizes) {
        return Numbers.folder().resolve("sam-" + sizes.sam().width() + "-encoder.onnx");
    }
}
