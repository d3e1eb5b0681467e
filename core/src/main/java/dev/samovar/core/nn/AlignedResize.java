package dev.samovar.core.nn;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;

/// Resizes pictures bilinearly, with aligned corners: pixel `i` reads at `i · (n − 1) / (n' − 1)`, as `torch.nn.functional.interpolate` does with
/// `align_corners=True`.
///
/// It takes two products, one for each axis, with matrices that have at most two nonzero numbers in a row.
public final class AlignedResize {
    private AlignedResize() {}

    /// `(B, C, H, W) → (B, C, height, width)`
    public static Tensor forward(Tensor x, int height, int width) {
        int planes = x.dim(0) * x.dim(1), h = x.dim(2), w = x.dim(3);
        Tensor y = x.reshape(planes, h, w);
        if (w != width) y = y.reshape(planes * h, w).matmul(matrix(x.device(), w, width), false, true).reshape(planes, h, width);
        if (h != height) y = matrix(x.device(), h, height).reshape(1, height, h).expand(Shape.of(planes, height, h)).matmul(y);
        return y.reshape(x.dim(0), x.dim(1), height, width);
    }

    /// `(to, from)`: the weight of every old pixel in every new one.
    private static Tensor matrix(Device device, int from, int to) {
        float[] shares = new float[to * from];
        for (int i = 0; i < to; i++) {
            double at = to == 1 ? 0 : (double) i * (from - 1) / (to - 1);
            int before = Math.min((int) at, from - 1);
            shares[i * from + before] += (float) (1 - (at - before));
            if (before + 1 < from) shares[i * from + before + 1] += (float) (at - before);
        }
        return Tensor.of(device, shares, to, from);
    }
}
