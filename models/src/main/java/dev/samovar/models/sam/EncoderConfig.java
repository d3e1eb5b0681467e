package dev.samovar.models.sam;

import dev.samovar.core.nn.Params;

/// Which image encoder, and its sizes.
public sealed interface EncoderConfig permits VitConfig, TinyVitConfig {

    /// Side of the square picture that goes in, in pixels.
    int imageSize();

    /// Positions along a side of the embedding.
    int grid();

    /// This encoder for pictures of another size, if its weights fit that.
    ///
    /// @throws dev.samovar.core.io.FormatException if they do not
    EncoderConfig forImages(int size);

    /// The encoder itself, from the parameters below `image_encoder`.
    ///
    /// @param promptWidth channels of the embedding
    ImageEncoder build(Params p, int promptWidth);

    /// Writes down its tensors in the reference's order.
    void tensors(StateDict all, int promptWidth);

    /// Whether a checkpoint may have this tensor without its being needed for anything.
    boolean ignores(String tensor);

    /// Multiply-adds for one picture.
    long operations(int promptWidth);

    /// Numbers that it holds at a time while it embeds one picture, about.
    long activations();

    /// Numbers that it keeps of one picture for its backward pass, about, where nothing is computed once more; 0 if it does not learn here.
    default long kept() {
        return 0;
    }

    /// Its sizes in words, but for the picture's.
    String describe();
}
