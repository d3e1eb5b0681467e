package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// `y[i, j] = x[i − j + s − 1]` for `i, j < s`: the vector of every pair of positions from a table `x (2s−1, d)` of one vector per offset.
///
/// `dx[r]` is the sum of `dy` along the diagonal `i − j + s − 1 = r`. Either direction is one strided copy.
/// (This is `get_rel_pos` in the reference, for the same number of queries and keys.)
public record RelPosTable() implements Op.Unary {
    @Override
    public Tensor forward(Context ctx, Tensor x) {
        if (x.shape().rank() != 2 || x.dim(0) % 2 == 0) throw new ShapeException("relPosTable: needs (2s−1, d), got " + x.shape());
        int s = (x.dim(0) + 1) / 2, d = x.dim(1);
        Tensor y = ctx.empty(Shape.of(s, s, d));
        ctx.kernels().copy(new int[]{s, s, d}, x.buffer(), (s - 1) * d, new int[]{d, -d, 1}, y.buffer(), 0, y.shape().strides());
        return y;
    }

    @Override
    public Tensor backward(Context ctx, Tensor dy) {
        int s = dy.dim(0), d = dy.dim(2), offsets = 2 * s - 1;
        Tensor skewed = ctx.zeros(Shape.of(s, offsets, d));                        // row i holds dy[i, j] at offset i − j + s − 1
        ctx.kernels().copy(new int[]{s, s, d}, dy.buffer(), 0, dy.shape().strides(), skewed.buffer(), (s - 1) * d, new int[]{(offsets + 1)
                * d,
            -d, 1});
        return skewed.sum(0);
    }

    /// Applies it.
    public static Tensor of(Tensor table) {
        return Tensor.apply(new RelPosTable(), table);
    }
}
