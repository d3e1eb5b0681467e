package dev.samovar.core.kernel;

/// The dimensions of attention between two sequences of tokens: `heads` of `dim` values each lie side by side in every token.
public record MultiHeadShape(int batch, int heads, int queries, int keys, int dim) {

    /// Values of a token: `heads · dim`.
    public int width() {
        return heads * dim;
    }

    /// Rows of scores: `batch · heads`.
    public int groups() {
        return batch * heads;
    }

    /// The factor of the scores, `1/√dim`.
    public double scale() {
        return 1 / Math.sqrt(dim);
    }

    /// Where the queries, outputs and their gradients of a group begin; its tokens lie [#width] apart.
    public int queryStart(int group) {
        return group / heads * queries * width() + group % heads * dim;
    }

    /// Where the keys, values and their gradients of a group begin.
    public int keyStart(int group) {
        return group / heads * keys * width() + group % heads * dim;
    }
}
