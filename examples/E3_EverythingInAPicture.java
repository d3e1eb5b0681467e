/// 3. Everything in a picture: SAM is prompted with a grid of clicks, and the good, stable and distinct masks are kept.
///
///     ./samovar example examples/E3_EverythingInAPicture.java SAM PICTURE POINTS_PER_SIDE LEAST_IOU LEAST_STABILITY OVERLAY.png

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.view.MaskOverlay;
import dev.samovar.imaging.format.Pictures;

void main(String[] args) {
    var picture = PictureFile.read(Path.of(args[1]));
    var settings = Settings.defaults().withPoints(Integer.parseInt(args[2])).withThresholds(Double.parseDouble(args[3]), Double.parseDouble(args[4]));
    try (var checkpoint = Checkpoints.open(Path.of(args[0])); var sam = Sam.load(checkpoint, Device.cpu())) {
        var generator = new AutomaticMaskGenerator(new SamPredictor(sam), settings);
        var found = generator.generate(picture);
        for (MaskRecord m : found) IO.println(m.segmentation() + ", predicted IoU " + m.predictedIou() + ", stability " + m.stabilityScore());
        var png = Pictures.png(MaskOverlay.of(picture, found.stream().map(MaskRecord::segmentation).toList()));
        AtomicFile.write(Path.of(args[5]), out -> out.write(png));
    }
}
