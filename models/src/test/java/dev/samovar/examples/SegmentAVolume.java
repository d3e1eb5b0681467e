package dev.samovar.examples;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.data.Nifti;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.SamWeights;
import dev.samovar.models.train.Segmenter;
import java.nio.file.Path;

/// Segments a volume with a trained head, inside a program of your own.
public final class SegmentAVolume {
    private SegmentAVolume() {}

    // README: begin
    static void segment(Path checkpoint, Path runFolder, Path image, Path labels) {
        try (var file = Safetensors.open(checkpoint)) {
            var weights = new SamWeights(checkpoint, Sha256.of(checkpoint), file);
            try (var segmenter = new Segmenter(Run.open(runFolder), Run.Which.LAST, weights, Device.cpu())) {
                Nifti.write(labels, segmenter.segment(Nifti.read(image)));
            }
        }
    }
    // README: end
}
