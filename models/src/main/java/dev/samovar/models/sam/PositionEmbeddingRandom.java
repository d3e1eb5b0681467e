package dev.samovar.models.sam;

import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;

/// Positions as random Fourier features: a point `c` in [0, 1]², as (x, y), becomes `sin` and `cos` of `2π · (2c − 1) · G` with a fixed random matrix `G (2, C/2)`.
///
/// The matrix is no parameter to be trained, but it must be kept with those that were trained beside it.
///
/// Source: `PositionEmbeddingRandom` in segment_anything/modeling/prompt_encoder.py @ dca509f.
public final class PositionEmbeddingRandom {
    private final Tensor matrix;

    /// Parameter `positional_encoding_gaussian_matrix (2, dim/2)`.
    public PositionEmbeddingRandom(Params p, int dim) {
        matrix = p.frozen().get("positional_encoding_gaussian_matrix", Init.normal(), 2, dim / 2);
    }

    /// The encoding of every cell's centre in a square grid: `(1, dim, side, side)`.
    public Tensor grid(int side) {
        float[] g = matrix.toArray();
        int half = g.length / 2;
        float[] pe = new float[2 * half * side * side];
        for (int row = 0, at = 0; row < side; row++) {
            for (int column = 0; column < side; column++, at++) {
                float x = 2 * ((column + 0.5f) / side) - 1, y = 2 * ((row + 0.5f) / side) - 1;
                for (int c = 0; c < half; c++) {
                    float angle = (float) (2 * Math.PI) * (x * g[c] + y * g[half + c]);
                    pe[c * side * side + at] = (float) StrictMath.sin(angle);
                    pe[(half + c) * side * side + at] = (float) StrictMath.cos(angle);
                }
            }
        }
        return Tensor.of(matrix.device(), pe, 1, 2 * half, side, side);
    }
}
