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
/// A trainer knows epochs, order, checkpoints and logs, and nothing of any method; a method knows nothing of files, and what it computes follows from its batch alone.
/// One file each, to be read beside its paper.
public sealed interface Method permits PromptFreeMethod, PromptedMethod, AutoSam {

    /// What a network is given for each slice.
    enum Input {
        /// `(D, G, G)`: what SAM's image encoder makes of it. The encoder is frozen, so it is asked once for each slice.
        EMBEDDING,
        /// `(3, S, S)`: the encoder's own input, because the encoder learns.
        PICTURE,
        /// Both, one after the other: the encoder is frozen, and what learns sees the picture, too.
        EMBEDDING_AND_PICTURE,
        /// `(3, L, L)`: its frame, because the network is none of SAM's.
        FRAME,
        /// `(3, L, L)`: its frame with SAM's prior maps.
        PRIORS,
        /// `(6, L, L)`: the one and the other.
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

        /// Numbers for a slice, whose frame has `side` pixels a side.
        public int size(SamConfig sam, int side) {
            return Shape.of(shape(sam, side, 1)).size();
        }

        /// The shape of what it is given for `b` slices, whose frames have `side` pixels a side.
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

        /// An embedding `(1, D, G, G)` and the picture `(1, 3, S, S)` that it was made of, as one.
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

    /// What a run of this method does unless one says otherwise.
    ///
    /// @param preprocessing how slices become inputs, by its name
    /// @param wholeSide whether labels are compared at the side of the network's picture, not at the paper's 224
    public record Defaults(int epochs, double learningRate, int batch, String preprocessing, boolean wholeSide) {}

    /// What comes before a training: a part of the network learns from slices without labels.
    interface Pretrained {
        /// Epochs, batches and rates.
        Pretraining recipe();

        /// The network that learns then.
        ///
        /// @param learning that part, and what the pre-training needs besides
        SimClr network(Params learning);

        /// Multiply-adds of a forward pass for one slice.
        long operations(int side);

        /// Numbers that a step holds at its peak, besides parameters and what belongs to them.
        long activations(int side);
    }

    /// Its name in files and on the command line.
    String title();

    /// In a few words, with its sizes.
    String describe();

    /// What was trained, in the middle of a sentence: `ViT head on SAM’s frozen image encoder`.
    String whatIsTrained();

    /// The names of all of them.
    List<String> TITLES = List.of("vit", "cnn", "linear", MedSam.TITLE, Decoder.TITLE, Lora.TITLE, Adapter.TITLE, AutoSam.TITLE,
            UNetMethod.TITLE);

    /// What its network is given.
    Input input();

    /// How many neighbouring slices of a volume its network sees at a time: an example is a stack of so many.
    default int neighbours() {
        return 1;
    }

    /// How SAM finds the masks whose maps its network sees; null if it sees none.
    default @Nullable Priors priors() {
        return null;
    }

    /// How what learns is prepared without labels; null if it starts as [#initial] says.
    default @Nullable Pretrained pretrained() {
        return null;
    }

    /// Refuses frames of a side that its network cannot take.
    ///
    /// @throws FormatException saying which it can
    default void checkSide(int side) {}

    /// Whether its network is asked by prompts, and so answers for what it is asked alone.
    boolean prompted();

    /// See there.
    Defaults defaults();

    /// What learns, as it starts: from a SAM checkpoint, or from what a pre-training left, where that has it, else as the seed draws it.
    Params initial(TensorFile from, long seed, Device device);

    /// The network of what learns, on a checkpoint for what does not; once it is built, the checkpoint may be closed.
    Network network(Params learnt, TensorFile sam, SamConfig config, int classes);

    /// What moves it.
    Optimizer optimizer(SequencedMap<String, Tensor> parameters, double learningRate);

    /// So many batches' gradients are summed for a step; those that are left at the end of an epoch make one, too.
    default int accumulated() {
        return 1;
    }

    /// Whether the learning rate is divided by ten when the loss does not fall any more.
    boolean reducedOnPlateau();

    /// The names of the losses whose sum is made small.
    List<String> losses();

    /// Multiply-adds of a forward pass of what is trained, for one slice.
    ///
    /// @param side of the labels
    long operations(SamConfig sam, int classes, int side);

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
            case AutoSam.TITLE -> AutoSam.of(json);
            case UNetMethod.TITLE -> UNetMethod.of(json);
            default -> throw new FormatException(
                    "there is no method " + FormatException.shown(kind) + " in this version: it is " + String.join(", ", TITLES));
        };
    }
}
