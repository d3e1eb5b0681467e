package dev.samovar.core.op;

import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// `y (…, m, n) = a (…, m, k) · b (…, k, n)` with the same leading dimensions; either operand may be stored transposed.
///
/// Without transposes `da = dy · bᵀ` and `db = aᵀ · dy`.
public record MatMul(boolean transposeA, boolean transposeB) implements Op.Binary {
    @Override
    public Tensor forward(Context ctx, Tensor a, Tensor b) {
        int rank = a.shape().rank();
        if (rank < 2 || b.shape().rank() != rank)
            throw new ShapeException("matmul: needs matrices with the same number of axes: " + a.shape() + " · " + b.shape());
        int m = a.dim(transposeA ? -1 : -2), k = a.dim(transposeA ? -2 : -1);
        int n = b.dim(transposeB ? -2 : -1), kb = b.dim(transposeB ? -1 : -2);
        if (k != kb) throw new ShapeException("matmul: inner dimensions differ: " + a.shape() + " · " + b.shape() + ", " + this);
        Shape to = a.shape().with(-2, 1).with(-1, n).with(-2, m);                  // through a small shape: (4096, 3)ᵀ · (3, 4096) must not pass through (4096, 4096)
        if (!b.shape().with(-2, 1).with(-1, n).with(-2, m).equals(to))
            throw new ShapeException("matmul: leading dimensions differ: " + a.shape() + " · " + b.shape());
        ctx.save(a, b);
        Tensor y = ctx.empty(to);
        ctx.kernels().matmul(a.shape().outer(-2), m, n, k, a.buffer(), transposeA, b.buffer(), transposeB, y.buffer());
        return y;
    }

    @Override
    public Grads backward(Context ctx, Tensor dy) {
        Tensor a = ctx.saved(0), b = ctx.saved(1), da = null, db = null;
        if (ctx.needsGrad(0)) da = transposeA ? b.matmul(dy, transposeB, true) : dy.matmul(b, false, !transposeB);
        if (ctx.needsGrad(1)) db = transposeB ? dy.matmul(a, true, transposeA) : a.matmul(dy, !transposeA, false);
        return new Grads(da, db);
    }
}
