package dev.samovar.models.methods;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.sam.SamConfig;

/// A prompt-free head on frozen embeddings.
///
/// *How to Efficiently Adapt Large Segmentation Model (SAM) to Medical Images* (Hu, Xu, Shi; arXiv 2306.13731); scripts/main_autosam_seg.py of the AutoSAM code @ 50a6ff4.
///
/// @param spec which head
public record HeadMethod(HeadSpec spec) implements PromptFreeMethod {
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

    /// Heads learn more from a few slices at a higher rate that follows a cosine. The paper lowers the rate by the loss of each epoch's last batch, which
    /// is too uneven.
    @Override
    public Defaults defaults() {
        return paper().with(2e-3, new Course.Cosine());
    }

    @Override
    public Params initial(TensorFile sam, long seed, Device device) {
        return spec.initial(sam, seed, device);
    }

    @Override
    public Network network(Params learnt, TensorFile sam, SamConfig config, int classes) {
        return new PromptFreeNetwork(spec.build(learnt, config, classes)::forward);
    }

    @Override
    public long operations(SamConfig sam, int classes, int side) {
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
