/// 9. Train adapters, small networks inside SAM's blocks, on one picture, and save them in a file of their own.
///
///     ./samovar example examples/E9_Adapter.java SAM PICTURE LABELS.png STEPS ADAPTER.safetensors
///
/// The picture and its labels are square; a label is the class of a pixel, 0 or 1. SAM itself does not change.

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.methods.Adapter;
import dev.samovar.models.methods.Batch;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;

final Adapter adapter = new Adapter(1, Adapter.Form.PAPER);                        // in the encoder's blocks and the mask decoder's layers; everything else is frozen
final Device device = Device.cpu();

void main(String[] args) {
    Picture picture = PictureFile.read(Path.of(args[1]));
    var read = Volumes.readLabels(Path.of(args[2]));
    var labels = new Labels(1, read.geometry().ny(), read.geometry().nx(), read.classes());
    Path file = Path.of(args[4]);
    try (var sam = Checkpoints.open(Path.of(args[0]))) {
        learn(sam, picture, labels, Integer.parseInt(args[3]), file);
        IO.println("pixels that the adapted SAM labels correctly, prompted with a box: " + rightly(sam, picture, labels, file));
    }
}

void learn(TensorFile sam, Picture picture, Labels labels, int steps, Path file) {
    try (var learnt = adapter.initial(sam, 1, device); var network = adapter.network(learnt, sam, SamConfig.of(sam), 2)) {
        IO.println(Params.count(learnt.trainable()) + " numbers learn");
        var optimizer = adapter.optimizer(learnt.trainable(), 1e-3);
        for (int step = 1; step <= steps; step++) {
            try (var _ = Scope.open()) {
                var boxes = List.of(new Random(step, "box"));                      // shifts the box around the labels
                Tensor loss = network.losses(new Batch(input(sam, picture), labels, boxes)).sum();
                optimizer.step(loss.backward());
                IO.println("step " + step + ": loss " + loss.item());
            }
        }
        learnt.save(file, Map.of("made by", "E9_Adapter"));
    }
}

/// The share of pixels that are labelled correctly by a network built from SAM and the file.
float rightly(TensorFile sam, Picture picture, Labels labels, Path file) {
    try (var saved = Safetensors.open(file); var learnt = Params.load(saved, device); var network = adapter.network(learnt.frozen(), sam, SamConfig.of(sam), 2); var _ = Scope.open()) {
        Tensor logits = network.logits(input(sam, picture), labels).resizeBilinear(labels.height(), labels.width());   // (1, 2, H, W)
        float[] background = logits.select(1, 0).toArray(), object = logits.select(1, 1).toArray();
        int right = 0;
        for (int i = 0; i < object.length; i++) if ((object[i] > background[i] ? 1 : 0) == labels.classes()[i]) right++;
        return (float) right / object.length;
    }
}

Tensor input(TensorFile sam, Picture picture) {
    return new SamFraming().input(device, picture, SamConfig.of(sam).imageSize());
}
