package dev.samovar.models.sam;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.function.BiConsumer;

/// From a picture to its embedding: `(B, 3, S, S)` to `(B, D, G, G)`, for a picture `S` pixels wide and a grid of `G`: 1024, 64 and `D` 256 for the official models.
///
/// Thread safe. Given frozen parameters it records no graph.
public interface ImageEncoder {
    /// What a [Watch][dev.samovar.core.tensor.Watch] is told of an encoder, whose steps are its blocks.
    String STAGE = "embedding";

    /// The encoder of a model, from the parameters below `image_encoder`.
    static ImageEncoder of(Params p, SamConfig c) {
        return c.encoder().build(p, c.promptWidth());
    }

    /// Its sizes.
    EncoderConfig config();

    /// The embedding of a batch of pictures, already normalised and of the encoder's size.
    Tensor forward(Tensor image);

    /// Encodes, showing every stage to an onlooker as it is computed. The tensors shown live until it returns.
    Tensor forward(Tensor image, BiConsumer<String, Tensor> onlooker);

    /// Encodes, and where parameters learn, next to nothing of its insides is kept until the backward pass: they are computed there once more, a block at a time.
    ///
    /// @param learning what learns and is used in here; more does no harm
    default Tensor recomputed(Tensor image, List<Tensor> learning) {
        return forward(image);
    }
}
