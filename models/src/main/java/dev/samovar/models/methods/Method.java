package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.SamConfig;
import java.util.List;
import java.util.SequencedMap;

/// One way to adapt SAM to labelled slices: what an example holds, what learns and where it starts, the loss of a batch, the answer for a slice.
///
/// A trainer knows epochs, order, checkpoints and logs, and nothing of any method; a method knows nothing of files, and what it computes follows from its batch alone.
/// One file each, to be read beside its paper.
public sealed interface Method permits HeadMethod, PromptedMethod {

    /// What a network is given for each slice.
    enum Input {
        /// `(D, G, G)`: what SAM's image encoder makes of it. The encoder is frozen, so it is asked once for each slice.
        EMBEDDING,
        /// `(3, S, S)`: the encoder's own input, because the encoder learns.
        PICTURE;

        /// Numbers for a slice.
        public int size(SamConfig sam) {
            return this == EMBEDDING ? sam.embeddingSize() : 3 * sam.imageSize() * sam.imageSize();
        }

        /// Its shape for `b` slices.
        public int[] shape(SamConfig sam, int b) {
            return this == EMBEDDING
                    ? new int[]{b, sam.promptWidth(), sam.grid(), sam.grid()}
                    : new int[]{b, 3, sam.imageSize(), sam.imageSize()};
        }
    }

    /// What a run of this method does unless one says otherwise.
    ///
    /// @param preprocessing how slices become inputs, by its name
    /// @param wholeSide whether labels are compared at the side of the network's picture, not at the paper's 224
    public record Defaults(int epochs, double learningRate, int batch, String preprocessing, boolean wholeSide) {}

    /// Its name in files and on the command line.
    String title();

    /// In a few words, with its sizes.
    String describe();

    /// What was trained, in the middle of a sentence: `ViT head on SAM’s frozen image encoder`.
    String whatIsTrained();

    /// The names of all of them.
    List<String> TITLES = List.of("vit", "cnn", "linear", MedSam.TITLE, Decoder.TITLE, Lora.TITLE, Adapter.TITLE);

    /// What its network is given.
    Input input();

    /// How many neighbouring slices of a volume its network sees at a time: an example is a stack of so many.
    default int neighbours() {
        return 1;
    }

    /// Whether its network is asked by prompts, and so answers for what it is asked alone.
    boolean prompted();

    /// See there.
    Defaults defaults();

    /// What learns, as it starts: from a SAM checkpoint where that has it, else as the seed draws it.
    Params initial(TensorFile sam, long seed, Device device);

    /// The network of what learns, on a checkpoint for what does not; once it is built, the checkpoint may be closed.
    Network network(Params learnt, TensorFile sam, SamConfig config, int classes);

    /// What moves it.
    Optimizer optimizer(SequencedMap<String, Tensor> parameters, double learningRate);

    /// Whether the learning rate is divided by ten when the loss does not fall any more.
    boolean reducedOnPlateau();

    /// The names of the losses whose sum is made small.
    List<String> losses();

    /// Multiply-adds of a forward pass of what is trained, for one slice.
    long operations(SamConfig sam, int classes);

    /// Numbers that a training step holds per slice at its peak, besides parameters and what belongs to them.
    ///
    /// @param side of the labels
    long activations(SamConfig sam, int classes, int side);

    /// Numbers that a training step holds per slice besides those, unless blocks of the encoder are computed once more in the backward pass.
    default long kept(SamConfig sam) {
        return 0;
    }

    /// As JSON, for a run's file.
    Json json();

    /// A method as a run's file describes it, under `head` or under `method`.
    static Method of(Json run) {
        if (run.has("head")) return new HeadMethod(HeadSpec.of(run.at("head")));
        Json json = run.at("method");
        String kind = json.at("kind").string();
        return switch (kind) {
            case MedSam.TITLE -> new MedSam();
            case Decoder.TITLE -> new Decoder();
            case Lora.TITLE -> Lora.of(json);
            case Adapter.TITLE -> Adapter.of(json);
            default -> throw new FormatException("there is no method " + FormatException.shown(kind) + " in this version: it is " + String
                    .join(", ", TITLES));
        };
    }
}
