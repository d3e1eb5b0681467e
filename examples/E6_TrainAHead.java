/// 6. Train a head on one picture, with the training loop written out.
///
///     ./samovar example examples/E6_TrainAHead.java SAM PICTURE LABELS.png STEPS HEAD.safetensors
///
/// The picture and its labels are square; a label is the class of a pixel, 0 or 1.


import dev.samovar.convert.Checkpoints;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.heads.CnnHead;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;

void main(String[] args) {
    var labels = Volumes.readLabels(Path.of(args[2]));
    train(Path.of(args[0]), PictureFile.read(Path.of(args[1])), labels.classes(), labels.geometry().nx(), Integer.parseInt(args[3]), Path.of(args[4]));
}

// README: begin
void train(Path checkpoint, Picture picture, byte[] classes, int side, int steps, Path headFile) {
    Device device = Device.cpu();
    try (var file = Checkpoints.open(checkpoint); var frozen = Params.load(file, device); var params = Params.random(1, device)) {
        var sam = SamConfig.of(file);
        var encoder = ImageEncoder.of(frozen.in("image_encoder").frozen(), sam);
        var head = new CnnHead(params, sam.promptWidth(), 2, 2, 16);
        var adam = new Adam(params.trainable(), 5e-4);
        var labels = new Labels(1, side, side, classes);
        for (int step = 1; step <= steps; step++) {
            try (var _ = Scope.open()) {                                           // everything below is freed at the closing brace
                Tensor image = new SamFraming().input(device, picture, sam.imageSize());
                Tensor embedding = encoder.forward(image);                         // frozen: records no graph
                Tensor logits = head.forward(embedding).resizeBilinear(side, side);
                Tensor loss = logits.crossEntropy(labels).add(logits.softmax(1).softDice(labels));
                adam.step(loss.backward());
                IO.println("step " + step + ": loss " + loss.item());
            }
        }
        params.save(headFile, Map.of("made by", "E6_TrainAHead"));
    }
}
// README: end
