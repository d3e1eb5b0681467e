/// 5. Segment new volumes with a trained head, in your own program.
///
///     ./samovar example examples/E5_SegmentAVolume.java SAM RUN VOLUME.nii.gz LABELS.nii.gz

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.Segmenter;

void main(String[] args) {
    segment(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), Path.of(args[3]));
}

// README: begin
void segment(Path checkpoint, Path runFolder, Path image, Path labels) {
    try (var file = Checkpoints.open(checkpoint)) {
        var weights = Checkpoints.weights(checkpoint, file);
        try (var segmenter = new Segmenter(Run.open(runFolder), Run.Which.LAST, weights, Device.cpu())) {
            Nifti.write(labels, segmenter.segment(Nifti.read(image)));
        }
    }
}
// README: end
