package dev.samovar.benchmarks.gpu;

import dev.samovar.benchmarks.Numbers;
import dev.samovar.benchmarks.Sizes;
import dev.samovar.benchmarks.Work;
import dev.samovar.benchmarks.Works;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.heads.SegmentationHead;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import java.util.function.Supplier;

/// Samovar's side on a GPU: the input is on the device already, and the output stays there.
final class GpuWorks {
    private GpuWorks() {}

    static Work of(Row row, Device device) {
        Sizes sizes = row.sizes();
        if (row.work().equals("encode")) return encode(sizes, device);
        if (row.work().startsWith("train-")) return training(HeadSpec.Kind.of(row.work().substring("train-".length())), sizes, device);
        return new Works(device, sizes).of(row.work());
    }

    private static Work encode(Sizes sizes, Device device) {
        SamConfig sam = sizes.sam();
        Params params = Params.load(Numbers.model(sam), device);
        var encoder = ImageEncoder.of(params.in("image_encoder").frozen(), sam);
        int side = sam.imageSize();
        Scope inputs = Scope.open();
        Tensor pictures = Tensor.of(device, Numbers.of("pictures", sizes.batch() * sizes.pixels(), 2), sizes.batch(), 3, side, side);
        return new OnDevice(() -> encoder.forward(pictures), () -> {
            inputs.close();
            params.close();
        });
    }

    private static Work training(HeadSpec.Kind kind, Sizes sizes, Device device) {
        SamConfig sam = sizes.sam();
        HeadSpec spec = Works.head(kind, sizes);
        Params params = spec.initial(Numbers.model(sam), 1, device);
        SegmentationHead head = spec.build(params, sam, sizes.classes());
        var adam = new Adam(params.trainable(), Works.LEARNING_RATE);
        int side = sizes.labelSide();
        Scope inputs = Scope.open();
        Tensor embeddings = Tensor.of(device, Numbers.embeddings(sizes), sizes.batch(), sam.promptWidth(), sam.grid(), sam.grid());
        var labels = new Labels(sizes.batch(), side, side, Numbers.labels(sizes));
        return new OnDevice(() -> {
            Tensor logits = head.forward(embeddings).resizeBilinear(side, side);
            Tensor loss = logits.crossEntropyAndDice(labels).sum();
            adam.step(loss.backward());
            return loss;
        }, () -> {
            inputs.close();
            adam.close();
            params.close();
        });
    }

    /// Each run in a scope of its own.
    private record OnDevice(Supplier<Tensor> pass, Runnable end) implements Work {
        @Override
        public void run() {
            try (var _ = Scope.open()) {
                var _ = pass.get();
            }
        }

        @Override
        public float[] result() {
            try (var _ = Scope.open()) {
                return pass.get().toArray();
            }
        }

        @Override
        public void close() {
            end.run();
        }
    }
}
