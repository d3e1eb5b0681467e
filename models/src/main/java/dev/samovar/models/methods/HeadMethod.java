package dev.samovar.models.methods;

import static dev.samovar.core.loss.Losses.crossEntropyAndDice;
import static dev.samovar.core.loss.Losses.softDice;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.heads.SegmentationHead;
import dev.samovar.models.sam.SamConfig;
import java.util.Collection;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// A prompt-free head on frozen embeddings: cross entropy plus soft Dice, Adam, the learning rate divided by ten when the last batch's loss has not fallen for ten epochs,
/// counted from the tenth.
///
/// *How to Efficiently Adapt Large Segmentation Model (SAM) to Medical Images* (Hu, Xu, Shi; arXiv 2306.13731); scripts/main_autosam_seg.py of the AutoSAM code @ 50a6ff4.
///
/// @param spec which head
public record HeadMethod(HeadSpec spec) implements Method {
    @Override
    public String title() {
        return spec.kind().title();
    }

    @Override
    public String describe() {
        return spec.kind().title() + switch (spec.kind()) {
            case VIT -> spec.samPositions() ? ", with SAM's positions" : "";
            case CNN -> ", depth " + spec.depth() + ", top channel " + spec.topChannel();
            case LINEAR -> spec.finalRelu() ? ", with a final ReLU" : ", without a final ReLU";
        };
    }

    @Override
    public String whatIsTrained() {
        return switch (spec.kind()) {
            case VIT -> "ViT head";
            case CNN -> "CNN head";
            case LINEAR -> "linear head";
        } + " on SAM’s frozen image encoder";
    }

    @Override
    public Input input() {
        return Input.EMBEDDING;
    }

    @Override
    public boolean prompted() {
        return false;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(120, 5e-4, 4, "paper", false);
    }

    @Override
    public Params initial(TensorFile sam, long seed, Device device) {
        return spec.initial(sam, seed, device);
    }

    @Override
    public Network network(Params learnt, TensorFile sam, SamConfig config, int classes) {
        SegmentationHead head = spec.build(learnt, config, classes);
        return new Network() {
            @Override
            public Tensor losses(Batch batch) {
                return crossEntropyAndDice(onLabels(batch), batch.labels());
            }

            @Override
            public double validate(Batch batch, List<? extends Collection<Integer>> regions) {
                Tensor logits = onLabels(batch).detach();
                if (regions.isEmpty()) return softDice(logits, batch.labels()).item();
                Tensor likely = logits.softmax(1);
                return regions.stream().mapToDouble(region -> union(likely, region).softDice(batch.labels().union(region)).item())
                        .average().orElse(0);
            }

            // Of the probabilities of classes, `(B, K, L, L)`, that of a region as class 1, `(B, 2, L, L)`; of the background soft Dice takes no notice.
            private Tensor union(Tensor likely, Collection<Integer> region) {
                Tensor in = region.stream().map(c -> likely.slice(1, c, c + 1)).reduce(Tensor::add).orElseThrow();
                return Tensor.concat(1, in, in);
            }

            private Tensor onLabels(Batch batch) {                                 // (B, K, L, L)
                return logits(batch.input(), null).resizeBilinear(batch.labels().height(), batch.labels().width());
            }

            @Override
            public Tensor logits(Tensor input, @Nullable Labels asked) {
                return head.forward(input);
            }
        };
    }

    @Override
    public Optimizer optimizer(SequencedMap<String, Tensor> parameters, double learningRate) {
        return new Adam(parameters, learningRate);
    }

    @Override
    public boolean reducedOnPlateau() {
        return true;
    }

    @Override
    public List<String> losses() {
        return List.of("cross_entropy", "dice_loss");
    }

    @Override
    public long operations(SamConfig sam, int classes) {
        return spec.operations(sam, classes);
    }

    @Override
    public long activations(SamConfig sam, int classes, int side) {
        return spec.activations(sam, classes, side);
    }

    @Override
    public Json json() {
        return spec.json();
    }
}
