package dev.samovar.examples;

import static dev.samovar.core.loss.Losses.crossEntropy;
import static dev.samovar.core.loss.Losses.softDice;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.heads.CnnHead;
import dev.samovar.models.sam.ImageEncoderViT;
import dev.samovar.models.sam.SamConfig;
import java.nio.file.Path;
import java.util.Map;

/// Trains a head on one picture, with nothing between you and the mathematics.
public final class TrainAHead {
    private TrainAHead() {}

    // README: begin
    static double train(Path checkpoint, float[] pixels, byte[] classes, int side, int steps, Path headFile) {
        Device device = Device.cpu();
        try (var file = Safetensors.open(checkpoint); var frozen = Params.load(file, device); var params = Params.random(1, device)) {
            var sam = SamConfig.infer(file);
            var encoder = new ImageEncoderViT(frozen.in("image_encoder").frozen(), sam);
            var head = new CnnHead(params, sam.promptWidth(), 2, 2, 16);
            var adam = new Adam(params.trainable(), 5e-4);
            var labels = new Labels(1, side, side, classes);
            double last = 0;
            for (int step = 0; step < steps; step++) {
                try (var _ = Scope.open()) {                                       // everything below is freed at the brace
                    Tensor image = Tensor.of(device, pixels, 1, 3, sam.imageSize(), sam.imageSize());
                    Tensor embedding = encoder.forward(image);                     // frozen: records no graph
                    Tensor logits = head.forward(embedding).resizeBilinear(side, side);
                    Tensor loss = crossEntropy(logits, labels).add(softDice(logits, labels));
                    adam.step(loss.backward());
                    last = loss.item();
                }
            }
            params.save(headFile, Map.of("made by", "TrainAHead"));
            return last;
        }
    }
    // README: end
}
