/// 2. A box on a slice of a CT volume, with MedSAM, followed through the slices above and below.
///
///     ./samovar example examples/E2_BoxOnACtSlice.java MEDSAM CT.nii.gz SLICE X0 Y0 X1 Y1 LABELS.nii.gz

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Intensity;
import dev.samovar.models.medsam.MedSamFraming;
import dev.samovar.models.medsam.VolumePredictor;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;

void main(String[] args) {
    int slice = Integer.parseInt(args[2]);
    double[] corners = Arrays.stream(args, 3, 7).mapToDouble(Double::parseDouble).toArray();
    var box = Prompt.box(corners[0], corners[1], corners[2], corners[3]);

    var volume = Intensity.Window.SOFT.apply(Nifti.read(Path.of(args[1])));               // Hounsfield units to brightness, 0 … 255
    var slices = Slices.of(volume.geometry());                                     // across the axis with the largest spacing
    try (var checkpoint = Checkpoints.open(Path.of(args[0])); var sam = Sam.load(checkpoint, Device.cpu())) {
        var predictor = new VolumePredictor(new SamPredictor(sam, new MedSamFraming()), volume, slices);
        var masks = predictor.masks(slice, List.of(box));
        IO.println("slice " + slice + ": " + masks.getFirst());
        var stop = new VolumePredictor.Stop(0.3, 1);                               // stops where the masks of neighbouring slices overlap less
        var labels = predictor.propagate(slice, masks, stop, done -> IO.println(done + " more"));
        Nifti.write(Path.of(args[7]), labels);                                     // on the grid of the volume
    }
}
