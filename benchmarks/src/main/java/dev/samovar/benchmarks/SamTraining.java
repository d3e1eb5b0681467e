package dev.samovar.benchmarks;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.methods.Adapter;
import dev.samovar.models.methods.Batch;
import dev.samovar.models.methods.Lora;
import dev.samovar.models.methods.MedSam;
import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Network;
import dev.samovar.models.methods.PromptedMethod;
import java.util.ArrayList;
import java.util.List;

/// A step of a training through SAM's image encoder: one picture with one object, prompted with its box, which the method draws.
final class SamTraining {
    /// With this property, the backward pass recomputes nothing; otherwise the memory decides what is recomputed.
    private static final boolean KEPT = Boolean.getBoolean("samovar.bench.kept");

    private static final String PROMPT = "prompt";
    private static final int RANK = 4, JITTER = 20, JITTER_SIDE = 1024;

    private SamTraining() {}

    /// The method for the work with this name, with the settings of the command line.
    static PromptedMethod method(String name) {
        return switch (name) {
            case "train-medsam" -> new MedSam();
            case "train-lora" -> new Lora(RANK, 0);
            case "train-adapter" -> new Adapter(1, Adapter.Form.SAM);
            default -> throw new IllegalArgumentException("there is no training through the encoder " + name);
        };
    }

    static Work of(String name, Sizes sizes, Device device) {
        Method method = method(name);
        Params learnt;
        Network network;
        try (TensorFile file = Numbers.checkpoint(sizes)) {
            learnt = method.initial(file, 1, device);
            network = method.network(learnt, file, sizes.sam(), 2);
        }
        network.recompute(!KEPT);
        Optimizer optimizer = method.optimizer(learnt.trainable(), method.defaults().learningRate());
        int side = sizes.sam().imageSize();
        float[] picture = Numbers.picture(sizes);
        Labels labels = labels(sizes);
        return new Steps(() -> {
            try (var _ = Scope.open()) {
                var batch = new Batch(Tensor.of(device, picture, 1, 3, side, side), labels, List.of(new Random(1, PROMPT)));
                Tensor loss = network.losses(batch).sum();
                optimizer.step(loss.backward());
                return loss.item();
            }
        }, () -> {
            optimizer.close();
            network.close();
            learnt.close();
        });
    }

    /// A disk, at the size of the network's picture.
    private static Labels labels(Sizes sizes) {
        int side = sizes.sam().imageSize();
        return new Labels(1, side, side, Numbers.labels(1, 2, side));
    }

    /// The input for other sides: the picture, the box that the method draws, the object, and the parameters that learn besides SAM's own, by name.
    static List<Safetensors.Item> given(String name, Sizes sizes) {
        int side = sizes.sam().imageSize();
        float[] target = new float[side * side];
        byte[] classes = labels(sizes).classes();
        for (int i = 0; i < target.length; i++) target[i] = classes[i];
        List<Safetensors.Item> given = new ArrayList<>();
        given.add(Safetensors.Item.of("picture", Shape.of(1, 3, side, side), Numbers.picture(sizes)));
        given.add(Safetensors.Item.of("box", Shape.of(1, 4), box(target, side)));
        given.add(Safetensors.Item.of("target", Shape.of(1, 1, side, side), target));
        Method method = method(name);
        try (TensorFile file = Numbers.checkpoint(sizes);
                Params learnt = method.initial(file, 1, Device.scalar(1));
                Network _ = method.network(learnt, file, sizes.sam(), 2)) {
            learnt.trainable().forEach((key, p) -> {
                if (!file.entries().containsKey(key)) given.add(Safetensors.Item.of(key, p.shape(), p.toArray()));
            });
        }
        return given;
    }

    /// The box around the object, its sides moved outwards as MedSAM's recipe draws it. The losses show whether both sides draw the same.
    private static float[] box(float[] target, int side) {
        int least = side, most = -1;                                               // the object is as high as it is wide, and in the middle
        for (int i = 0; i < target.length; i++) {
            if (target[i] == 0) continue;
            least = Math.min(least, i % side);
            most = Math.max(most, i % side);
        }
        Random random = new Random(1, PROMPT);
        random.below(1);                                                           // of one class
        float[] box = new float[4];
        for (int i = 0; i < 4; i++) {
            double jitter = random.below(JITTER + 1) * (double) side / JITTER_SIDE;
            box[i] = (float) (i < 2 ? Math.max(0, least - jitter) : Math.min(side, most + jitter));
        }
        return box;
    }
}
