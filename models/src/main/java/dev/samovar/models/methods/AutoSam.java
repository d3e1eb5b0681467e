package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.generator.PromptGenerator;
import dev.samovar.models.sam.SamConfig;
import java.util.List;
import java.util.SequencedMap;

/// All of SAM is frozen, and it gets no prompt from outside: a second network, which sees the picture, too, makes the dense prompt that the mask
/// decoder answers.
///
/// The loss is binary cross entropy plus Dice of masks that are scaled from their least number to their greatest; Adam with a rate of 3e-4 and a
/// decay of 1e-4 in the gradient, batches of 3, and the gradients of 4 batches summed for a step. The published code trains for up to 5000 epochs,
/// from HarDNet's ImageNet weights; the default here is 100, from random weights unless a [PublishedBackbone] is given. The published code knows one
/// class; here each of several classes has a prompt of its own.
///
/// *AutoSAM: Adapting SAM to Medical Images by Overloading the Prompt Encoder* (Shaharabany and others, 2023; arXiv 2306.06370); talshaharabany/AutoSAM @ 3959d72.
///
/// @param layout the generator's backbone
/// @param side pixels of the generator's picture, a multiple of 16; 0 for the published 512, or the encoder's own if that is smaller
public record AutoSam(HarDNet.Layout layout, int side) implements Method {
    /// Its name.
    static final String TITLE = "autosam";

    private static final double WEIGHT_DECAY = 1e-4;
    private static final int SIDE = 512, STEP = 16, ACCUMULATED = 4;

    /// Checks the side.
    ///
    /// @throws FormatException if it is out of range
    public AutoSam {
        if (side < 0 || side > 4096 || side % STEP != 0)
            throw new FormatException("the prompt generator's picture has a multiple of " + STEP + " pixels a side, at most 4096, not "
                    + side);
    }

    /// Pixels a side of the generator's picture for a SAM of these sizes.
    int side(SamConfig sam) {
        return side != 0 ? side : Math.min(SIDE, sam.imageSize());
    }

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public String describe() {
        return TITLE + ", prompts by " + layout.title() + (side == 0 ? "" : " from pictures of " + side + " pixels");
    }

    @Override
    public String whatIsTrained() {
        return "generator of dense prompts (" + layout.title() + ") for a frozen SAM";
    }

    @Override
    public Input input() {
        return Input.EMBEDDING_AND_PICTURE;
    }

    @Override
    public boolean prompted() {
        return false;
    }

    @Override
    public Defaults paper() {
        return new Defaults(100, 3e-4, new Course.Constant(), 3, "sam", true);
    }

    @Override
    public Params initial(TensorFile from, long seed, Device device) {
        return Params.partial(from, PromptGenerator::isOfBackbone, seed, device);
    }

    @Override
    public Network network(Params learnt, TensorFile sam, SamConfig config, int classes) {
        config.requireDecoder("the method " + TITLE + " prompts");
        return Network.on(sam, learnt.device(), base -> new AutoSamNetwork(learnt, base, this, config, classes));
    }

    @Override
    public Optimizer optimizer(SequencedMap<String, Tensor> parameters, double learningRate) {
        return new Adam(parameters, learningRate, WEIGHT_DECAY);
    }

    @Override
    public int accumulated() {
        return ACCUMULATED;
    }

    @Override
    public List<String> losses() {
        return List.of("binary_cross_entropy", "dice_loss");
    }

    @Override
    public long operations(SamConfig sam, int classes, int side) {
        return PromptGenerator.operations(layout, side(sam), sam.promptWidth(), classes - 1) + (classes - 1) * PromptedMethod.decoderOperations(sam);
    }

    @Override
    public long activations(SamConfig sam, int classes, int side) {
        long decoder = 40L * sam.grid() * sam.grid() * sam.promptWidth();
        return PromptGenerator.activations(layout, side(sam), sam.promptWidth(), classes - 1) + (classes - 1) * decoder
                + 2L * input().size(sam, side);
    }

    @Override
    public Json json() {
        return Json.object().with("kind", TITLE).with("generator", layout.title()).with("side", side);
    }

    static AutoSam of(Json json) {
        return new AutoSam(HarDNet.Layout.of(json.at("generator").string()), json.at("side").integer());
    }
}
