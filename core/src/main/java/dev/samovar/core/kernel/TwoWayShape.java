package dev.samovar.core.kernel;

/// The dimensions of attention between the tokens of `batch` prompts and the positions of an image: `tokens` of each prompt, `positions` with `channels` values, in `images` pictures, each for as many prompts in a row;
/// `heads` of attention in `inner` channels. `eps` is the layer norm's, where there is one.
public record TwoWayShape(int batch, int images, int tokens, int positions, int channels, int heads, int inner, float eps) {

    /// Values of a token that belong to one head.
    public int dim() {
        return inner / heads;
    }

    /// Rows of scores of one prompt, head by head.
    public int rows() {
        return heads * tokens;
    }

    /// The factor of the scores, `1/√dim`.
    public double scale() {
        return 1 / Math.sqrt(dim());
    }
}
