package dev.samovar.models.sam;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.function.BiConsumer;

/// From a picture to its embedding: `(B, 3, S, S)` to `(B, D, G, G)`, for a picture `S` pixels wide and a grid of `G`: 1024, 64 and `D` 256 for the official models.
///
/// Thread safe. Given frozen parameters it records no graph.
public interface ImageEncoder {
    /// The stage that a [Watch][dev.samovar.core.tensor.Watch] reports for an encoder; its steps are the blocks.
    String STAGE = "embedding";

    /// The encoder of a model, from the parameters below `image_encoder`.
    static ImageEncoder of(Params p, SamConfig c) {
        return c.encoder().build(p, c.promptWidth());
    }

    /// Its sizes.
    EncoderConfig config();

    /// The embedding of a batch of pictures, already normalised and of the encoder's size.
    Tensor forward(Tensor image);

    /// Encodes, and passes every stage to an onlooker as it is computed. These tensors live until this method returns.
    Tensor forward(Tensor image, BiConsumer<String, Tensor> onlooker);

    /// Encodes. If parameters learn, almost nothing is kept for the backward pass: the blocks are computed there once more, one at a time.
    ///
    /// @param learning the parameters that learn and are used here; more do no harm
    default Tensor recomputed(Tensor image, List<Tensor> learning) {
        return forward(image);
    }
}
