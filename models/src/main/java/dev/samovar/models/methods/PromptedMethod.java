package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.AdamW;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.MaskDecoder;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import java.util.List;
import java.util.SequencedMap;

/// A method that keeps SAM's prompts: the network is prompted with a box for one class at a time, and learns by MedSAM's recipe.
///
/// In training one of a slice's classes is drawn, and its box is moved outwards at random; Dice plus binary cross entropy of its mask; AdamW.
public sealed interface PromptedMethod extends Method permits MedSam, Decoder, Lora, Adapter {
    /// MedSAM's weight decay.
    double WEIGHT_DECAY = 0.01;

    /// The names of the losses.
    String DICE = "dice_loss", CROSS_ENTROPY = "binary_cross_entropy";

    /// Whether a parameter of SAM, by its full name, learns. The IoU prediction takes no part in the loss, and stays as it is.
    boolean learns(String parameter);

    /// Whether a parameter is the mask decoder's and takes part in the loss.
    static boolean isDecoder(String parameter) {
        return parameter.startsWith("mask_decoder.") && !parameter.contains("iou_prediction_head");
    }

    /// The image encoder, if it learns.
    default ImageEncoder encoder(Params p, SamConfig config) {
        return ImageEncoder.of(p.in("image_encoder"), config);
    }

    /// The mask decoder.
    default MaskDecoder decoder(Params p, SamConfig config) {
        return new MaskDecoder(p.in("mask_decoder"), config);
    }

    /// Whether the encoder's weights are computed from parameters that learn, so that it must be rebuilt for every step.
    default boolean rebuilds() {
        return false;
    }

    @Override
    default boolean prompted() {
        return true;
    }

    @Override
    default String describe() {
        return title() + ", prompted with boxes";
    }

    @Override
    default Params initial(TensorFile sam, long seed, Device device) {
        return Params.partial(sam, _ -> true, seed, device);
    }

    @Override
    default Network network(Params learnt, TensorFile sam, SamConfig config, int classes) {
        config.requireDecoder("the method " + title() + " prompts");
        return Network.on(sam, learnt.device(), base -> new PromptedNetwork(learnt, base, this, config, classes));
    }

    /// The trained SAM, which answers clicks and boxes like any other, one slice at a time. Closing it frees what learnt; close it before `of`.
    ///
    /// @param of the checkpoint's model, from which everything else comes
    /// @throws FormatException if the method looks at neighbouring slices, too
    default Sam sam(Params learnt, Sam of) {
        if (neighbours() > 1)
            throw new FormatException("the method " + describe() + " sees " + neighbours() + " slices at a time, and a click is in one");
        return of.with(learnt, this::learns, input() == Input.PICTURE ? p -> encoder(p, of.config()) : null, p -> decoder(p, of.config()));
    }

    @Override
    default Optimizer optimizer(SequencedMap<String, Tensor> parameters, double learningRate) {
        return new AdamW(parameters, learningRate, WEIGHT_DECAY);
    }

    @Override
    default List<String> losses() {
        return List.of(DICE, CROSS_ENTROPY);
    }

    /// The weight of the object's pixels in the cross entropy; other pixels have weight 1.
    default double objectWeight() {
        return 1;
    }

    @Override
    default long operations(SamConfig sam, int classes, int side) {
        return decoderOperations(sam) + (input() == Input.PICTURE ? sam.encoder().operations(sam.promptWidth()) : 0);
    }

    /// Multiply-adds of the mask decoder for one prompt.
    static long decoderOperations(SamConfig sam) {
        long n = (long) sam.grid() * sam.grid(), c = sam.promptWidth();
        return SamConfig.DECODER_DEPTH * 2 * n * c * c + 4 * n * c * c;
    }

    @Override
    default long activations(SamConfig sam, int classes, int side) {
        long decoder = 40L * sam.grid() * sam.grid() * sam.promptWidth() + 12L * side * side;
        return decoder + (input() == Input.PICTURE ? 4 * sam.encoder().activations() : 0);
    }

    @Override
    default long kept(SamConfig sam) {
        return input() == Input.PICTURE ? sam.encoder().kept() : 0;
    }
}
