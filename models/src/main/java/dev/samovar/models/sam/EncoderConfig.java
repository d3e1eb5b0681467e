package dev.samovar.models.sam;

import dev.samovar.core.nn.Params;

/// The kind of an image encoder, and its sizes.
public sealed interface EncoderConfig permits VitConfig, TinyVitConfig {

    /// Side of the square picture that goes in, in pixels.
    int imageSize();

    /// Positions along a side of the embedding.
    int grid();

    /// This encoder for pictures of another size, if its weights allow that.
    ///
    /// @throws dev.samovar.core.io.FormatException if they do not
    EncoderConfig forImages(int size);

    /// The encoder itself, from the parameters below `image_encoder`.
    ///
    /// @param promptWidth channels of the embedding
    ImageEncoder build(Params p, int promptWidth);

    /// Lists its tensors in the reference's order.
    void tensors(StateDict all, int promptWidth);

    /// Whether a checkpoint may contain this tensor although it is not needed.
    boolean ignores(String tensor);

    /// Multiply-adds for one picture.
    long operations(int promptWidth);

    /// The approximate number of values that it holds at a time while it embeds one picture.
    long activations();

    /// The approximate number of values that it keeps of one picture for its backward pass, if nothing is recomputed; 0 if it cannot learn here.
    default long kept() {
        return 0;
    }

    /// Its sizes in words, except the picture's.
    String describe();
}
