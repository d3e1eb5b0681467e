package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.unet.SimClr;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// One way to adapt SAM to labelled slices: what an example holds, what learns and where it starts, the loss of a batch, the answer for a slice.
///
/// A trainer knows epochs, order, checkpoints and logs, but nothing of any method. A method knows nothing of files, and its results depend only on
/// its batch. Each method is one file, to be read beside its paper.
public sealed interface Method permits PromptFreeMethod, PromptedMethod, AutoSam {

    /// The network's input for each slice.
    enum Input {
        /// `(D, G, G)`: the embedding by SAM's image encoder. The encoder is frozen, so it runs once for each slice.
        EMBEDDING,
        /// `(3, S, S)`: the encoder's own input, because the encoder learns.
        PICTURE,
        /// Both, one after the other: the encoder is frozen, and the part that learns sees the picture, too.
        EMBEDDING_AND_PICTURE,
        /// `(3, L, L)`: the slice's frame, because the network is not SAM's.
        FRAME,
        /// `(3, L, L)`: the slice's frame with SAM's prior maps.
        PRIORS,
        /// `(6, L, L)`: both frames.
        FRAME_AND_PRIORS;

        private static final int COLOURS = 3;

        /// Whether slices are embedded beforehand.
        public boolean embeds() {
            return this == EMBEDDING || this == EMBEDDING_AND_PICTURE;
        }

        /// Whether the network sees pictures: the encoder's input, or frames.
        public boolean sees() {
            return this != EMBEDDING;
        }

        /// The number of values for a slice whose frame has `side` pixels a side.
        public int size(SamConfig sam, int side) {
            return Shape.of(shape(sam, side, 1)).size();
        }

        /// The shape of the input for `b` slices whose frames have `side` pixels a side.
        public int[] shape(SamConfig sam, int side, int b) {
            int square = square(sam, side);
            return switch (this) {
                case EMBEDDING -> new int[]{b, sam.promptWidth(), sam.grid(), sam.grid()};
                case PICTURE, FRAME, PRIORS -> new int[]{b, COLOURS, square, square};
                case EMBEDDING_AND_PICTURE -> new int[]{b, sam.embeddingSize() + COLOURS * square * square};
                case FRAME_AND_PRIORS -> new int[]{b, 2 * COLOURS, square, square};
            };
        }

        /// The side of the square that a slice is brought to: the encoder's, unless the network sees frames.
        public int square(SamConfig sam, int side) {
            return switch (this) {
                case EMBEDDING, PICTURE, EMBEDDING_AND_PICTURE -> sam.imageSize();
                case FRAME, PRIORS, FRAME_AND_PRIORS -> side;
            };
        }

        /// An embedding `(1, D, G, G)` and its picture `(1, 3, S, S)`, as one row.
        public static Tensor both(Tensor embedding, Tensor picture) {
            return Tensor.concat(1, embedding.reshape(1, -1), picture.reshape(1, -1));
        }

        /// The embeddings `(B, D, G, G)` of both.
        static Tensor embedding(Tensor both, SamConfig sam) {
            return both.slice(1, 0, sam.embeddingSize()).reshape(both.dim(0), sam.promptWidth(), sam.grid(), sam.grid());
        }

        /// The pictures `(B, 3, S, S)` of both.
        static Tensor picture(Tensor both, SamConfig sam) {
            return both.slice(1, sam.embeddingSize(), both.dim(1)).reshape(both.dim(0), COLOURS, sam.imageSize(), sam.imageSize());
        }
    }

    /// The defaults of a run with this method.
    ///
    /// @param epochs passes over the training slices
    /// @param learningRate the initial learning rate
    /// @param course how the learning rate falls
    /// @param batch slices per step
    /// @param preprocessing how slices become inputs, by its name
    /// @param wholeSide whether labels are compared at the size of the network's picture, not at the paper's 224
    public record Defaults(int epochs, double learningRate, Course course, int batch, String preprocessing, boolean wholeSide) {
        /// With another learning rate, along another course.
        Defaults with(double otherRate, Course otherCourse) {
            return new Defaults(epochs, otherRate, otherCourse, batch, preprocessing, wholeSide);
        }
    }

    /// Pretraining: a part of the network first learns from slices without labels.
    interface Pretrained {
        /// Epochs, batches and rates.
        Pretraining recipe();

        /// The network that is pretrained.
        ///
        /// @param learning the part that is pretrained, and what else pretraining needs
        SimClr network(Params learning);

        /// Multiply-adds of a forward pass for one slice.
        long operations(int side);

        /// The number of values that a step holds at its peak, besides parameters with their gradients and moments.
        long activations(int side);
    }

    /// Its name in files and on the command line.
    String title();

    /// The method in a few words, with its sizes.
    String describe();

    /// What was trained, in the middle of a sentence: `ViT head on SAM’s frozen image encoder`.
    String whatIsTrained();

    /// The names of all methods.
    List<String> TITLES = List.of("vit", "cnn", "linear", MedSam.TITLE, Decoder.TITLE, Lora.TITLE, Adapter.TITLE, AutoSam.TITLE,
            UNetMethod.TITLE);

    /// The input of its network.
    Input input();

    /// The number of neighbouring slices of a volume that its network sees at a time; an example is a stack of that many.
    default int neighbours() {
        return 1;
    }

    /// How SAM finds the masks for the prior maps that its network sees; null if it sees none.
    default @Nullable Priors priors() {
        return null;
    }

    /// How the part that learns is pretrained without labels; null if it is not.
    default @Nullable Pretrained pretrained() {
        return null;
    }

    /// Refuses frames of a side that its network cannot process.
    ///
    /// @throws FormatException saying which sides it can
    default void checkSide(int side) {}

    /// Whether its network takes prompts, and so answers only for what it is asked.
    boolean prompted();

    /// The defaults of a run: the paper's, unless others do better.
    default Defaults defaults() {
        return paper();
    }

    /// What the method's paper or its code does.
    Defaults paper();

    /// The initial values of the parameters that learn: from a SAM checkpoint, from the result of pretraining or from a published backbone, if it has
    /// them; the others are drawn from the seed.
    Params initial(TensorFile from, long seed, Device device);

    /// The network, from the parameters that learn and a checkpoint for the others; once it is built, the checkpoint may be closed.
    Network network(Params learnt, TensorFile sam, SamConfig config, int classes);

    /// The optimizer.
    Optimizer optimizer(SequencedMap<String, Tensor> parameters, double learningRate);

    /// The number of batches whose gradients are summed for a step; the batches left at the end of an epoch also make a step.
    default int accumulated() {
        return 1;
    }

    /// The names of the losses whose sum is minimised.
    List<String> losses();

    /// Multiply-adds of a forward pass of the trained part, for one slice.
    ///
    /// @param side of the labels
    long operations(SamConfig sam, int classes, int side);

    /// The number of values that a training step holds per slice at its peak, besides parameters with their gradients and moments.
    ///
    /// @param side of the labels
    long activations(SamConfig sam, int classes, int side);

    /// The number of values that a training step holds per slice in addition, unless blocks of the encoder are computed once more in the backward
    /// pass.
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
            case AutoSam.TITLE -> AutoSam.of(json);
            case UNetMethod.TITLE -> UNetMethod.of(json);
            default -> throw new FormatException(
                    "there is no method " + FormatException.shown(kind) + " in this version: it is " + String.join(", ", TITLES));
        };
    }
}
