package dev.samovar.models.sam;

import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;

/// Positions as random Fourier features: a point `c` in [0, 1]², as (x, y), becomes `sin` and `cos` of `2π · (2c − 1) · G` with a fixed random matrix `G (2, C/2)`.
///
/// The matrix is not trained, but it must be saved with the parameters that were trained with it.
///
/// Source: `PositionEmbeddingRandom` in segment_anything/modeling/prompt_encoder.py @ dca509f.
public final class PositionEmbeddingRandom {
    private final Tensor matrix;
    private int cachedSide;
    private double[] cached = {};                                                  // the encoding of a grid with that side

    /// Parameter `positional_encoding_gaussian_matrix (2, dim/2)`.
    public PositionEmbeddingRandom(Params p, int dim) {
        matrix = p.frozen().get("positional_encoding_gaussian_matrix", Init.normal(), 2, dim / 2);
    }

    /// The encoding of points: `(N, 2) → (N, dim)`.
    public Tensor encode(Tensor points) {
        Tensor angles = points.affine(2, -1).matmul(matrix).affine(2 * Math.PI, 0);      // (N, dim/2)
        return Tensor.concat(1, angles.sin(), angles.cos());                             // (N, dim)
    }

    /// The encoding of every cell's centre in a square grid: `(1, dim, side, side)`. Computed once.
    public Tensor grid(int side) {
        return Tensor.of(matrix.device(), encoded(side), 1, 2 * matrix.dim(1), side, side);
    }

    private synchronized double[] encoded(int side) {
        if (side == cachedSide) return cached;
        float[] centres = new float[side * side * 2];
        for (int row = 0, i = 0; row < side; row++) for (int column = 0; column < side; column++) {
            centres[i++] = (column + 0.5f) / side;
            centres[i++] = (row + 0.5f) / side;
        }
        try (var _ = Scope.open()) {
            cached = encode(Tensor.of(matrix.device(), centres, side * side, 2)).permute(1, 0).toDoubles();   // (dim, side·side)
        }
        cachedSide = side;
        return cached;
    }
}
