/// 1. A picture, a click, a mask.
///
///     ./samovar example examples/E1_SegmentWithAClick.java SAM PICTURE X Y MASK.png

// README: begin
import dev.samovar.convert.Checkpoints;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.MaskFiles;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;

void main(String[] args) {
    segment(Path.of(args[0]), Path.of(args[1]), Double.parseDouble(args[2]), Double.parseDouble(args[3]), Path.of(args[4]));
}

void segment(Path weights, Path picture, double x, double y, Path mask) {
    try (var checkpoint = Checkpoints.open(weights); var sam = Sam.load(checkpoint, Device.cpu())) {
        var predictor = new SamPredictor(sam);
        predictor.setImage(PictureFile.read(picture));                             // slow; every prompt after it is quick
        var candidates = predictor.predict(Prompt.click(x, y), true);              // a click may mean several things
        for (var c : candidates) IO.println(c.mask() + ", predicted IoU " + c.iou());
        var best = candidates.stream().max(Comparator.comparingDouble(Candidate::iou)).orElseThrow();
        MaskFiles.write(mask, best.mask());
    }
}
// README: end
