package dev.samovar.core.kernel;

import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Everything that a backend computes. Inputs come first, the output last; buffers are contiguous and row-major; dimensions are plain numbers.
///
/// A kernel writes every value of its outputs and nothing else (but [#copy] only what its indices reach, and [#adam] works in place). Outputs never overlap inputs, except in the element-by-element family, where they may
/// be the same buffer. `outer · n · inner` describes a tensor as three axes, of which the middle one is normalised or summed. Equal calls give equal
/// bits, whatever the number of threads.
public interface Kernels {

    /// The name of the kernels, for example `scalar` or `vector 256-bit`. Kernels with the same name give the same bits on every machine, whatever
    /// the number of threads.
    String name();

    /// Does numbered pieces of work that call these kernels, several at a time where the backend has threads for that, otherwise one after another.
    /// Within a piece, kernels run on its thread alone.
    default void sideBySide(int pieces, IntConsumer piece) {
        for (int i = 0; i < pieces; i++) piece.accept(i);
    }

    // ---- element by element

    /// `y = value`
    void fill(float value, Buffer y);

    /// `z = x + y`
    void add(Buffer x, Buffer y, Buffer z);

    /// `z = x − y`
    void sub(Buffer x, Buffer y, Buffer z);

    /// `z = x · y`
    void mul(Buffer x, Buffer y, Buffer z);

    /// `z = x / y`
    void div(Buffer x, Buffer y, Buffer z);

    /// `y = a · x + b` with two numbers.
    void affine(double a, Buffer x, double b, Buffer y);

    /// `y = exp(x)`
    void exp(Buffer x, Buffer y);

    /// `y = ln(x)`
    void log(Buffer x, Buffer y);

    /// `y = √x`
    void sqrt(Buffer x, Buffer y);

    /// `y = sin(x)`, `x` in radians
    void sin(Buffer x, Buffer y);

    /// `y = cos(x)`, `x` in radians
    void cos(Buffer x, Buffer y);

    /// `y = max(x, 0)`
    void relu(Buffer x, Buffer y);

    /// `dx = dy` where `y > 0`, else 0
    void reluGrad(Buffer y, Buffer dy, Buffer dx);

    /// `y = c + slope · (x − c)`, where `c` is `x` clamped to `low … high`, of which either may be infinite: beyond these bounds the line
    /// continues with another slope. With a slope of 0, `y = c`, also for infinite `x`.
    void clamp(double low, double high, double slope, Buffer x, Buffer y);

    /// `dx = dy` where `low < x < high`, else `slope · dy`
    void clampGrad(double low, double high, double slope, Buffer x, Buffer dy, Buffer dx);

    /// `y = x · Φ(x)`, where `Φ(x) = ½ (1 + erf(x/√2))`: the exact GELU.
    void gelu(Buffer x, Buffer y);

    /// `dx = dy · (Φ(x) + x · φ(x))`, where `φ(x) = exp(−x²/2) / √(2π)`
    void geluGrad(Buffer x, Buffer dy, Buffer dx);

    // ---- copying and summing

    /// `y[yOffset + Σ iₐ·yStridesₐ] = x[xOffset + Σ iₐ·xStridesₐ]` for every index `i` within `dims`: the only kernel that moves data. A stride of 0
    /// in `x` repeats values, a negative one runs backwards; no two indices may write to the same place of `y`. Values of `y` that no index reaches
    /// stay as they are.
    void copy(int[] dims, Buffer x, int xOffset, int[] xStrides, Buffer y, int yOffset, int[] yStrides);

    /// `y (outer, inner) = Σₙ x (outer, n, inner)`
    void sum(int outer, int n, int inner, Buffer x, Buffer y);

    // ---- matrices

    /// `c (batch, m, n) = a · b`, where `a` is stored as `(batch, m, k)`, or `(batch, k, m)` if transposed, and `b` as `(batch, k, n)`, or `(batch,
    /// n, k)` if transposed.
    void matmul(int batch, int m, int n, int k, Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer c);

    /// `y (m, n) = x (m, k) · wᵀ + bias`, where `w` is stored as `(n, k)` and `bias` is `(n)`.
    void linear(int m, int n, int k, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y);

    // ---- convolution

    /// `y[b,o,i,j] = bias[o] + Σ_{c,u,v} x[b, c, i·stride+u−padding, j·stride+v−padding] · w[o,c,u,v]`, with zeros outside `x`. With `groups`, `c` runs over the
    /// `inChannels/groups` channels of `o`'s group, and `x` is read at the `c`-th of them.
    void conv2d(Conv2dShape s, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y);

    /// The transpose of [#conv2d] in `x`: `dx[b,c,·] = bias[c] + Σ_{o,u,v} dy[b,o,i,j] · w[o,c,u,v]`, where the sum has those terms of [#conv2d] that
    /// read this `x`. With a bias per *input* channel this is also the forward pass of a transposed convolution.
    void conv2dGradInput(Conv2dShape s, Buffer dy, Buffer w, @Nullable Buffer bias, Buffer dx);

    /// `dw[o,c,u,v] = Σ_{b,i,j} dy[b,o,i,j] · x[b, c, i·stride+u−padding, j·stride+v−padding]`
    void conv2dGradWeight(Conv2dShape s, Buffer x, Buffer dy, Buffer dw);

    // ---- normalisation

    /// `y = (x − μ) · r · weight + bias` over the axis `n`, where `μ` is the mean, `r = 1/√(σ² + eps)` and `σ²` the biased variance.
    /// `weight` and `bias` are `(n)`; `mean` and `rstd` receive `μ` and `r`, each `(outer, inner)`.
    void layerNorm(int outer, int n, int inner, float eps, Buffer x, Buffer weight, Buffer bias, Buffer y, Buffer mean, Buffer rstd);

    /// With `x̂ = (x − μ) · r` and `g = dy · weight`: `dx = r · (g − mean(g) − x̂ · mean(g · x̂))`, `dweight = Σ dy · x̂`, `dbias = Σ dy`.
    void layerNormGrad(int outer, int n, int inner, Buffer x, Buffer weight, Buffer mean, Buffer rstd, Buffer dy, Buffer dx, Buffer dweight,
            Buffer dbias);

    /// `y = (x − μ) · r · weight + bias`, where `μ` and `σ²` are the mean and the biased variance of each of the `n` channels of `(outer, n, inner)`
    /// over the other two axes, and `r = 1/√(σ² + eps)`. `weight`, `bias`, and `mean` and `rstd`, which receive `μ` and `r`, are `(n)`.
    void batchNorm(int outer, int n, int inner, float eps, Buffer x, Buffer weight, Buffer bias, Buffer y, Buffer mean, Buffer rstd);

    /// With `x̂ = (x − μ) · r` and means over a channel: `dx = weight · r · (dy − mean(dy) − x̂ · mean(dy · x̂))`, `dweight = Σ dy · x̂`, `dbias = Σ dy`.
    void batchNormGrad(int outer, int n, int inner, Buffer x, Buffer weight, Buffer mean, Buffer rstd, Buffer dy, Buffer dx, Buffer dweight,
            Buffer dbias);

    /// `y = exp(x − max x) / Σ exp(x − max x)` over the axis `n`.
    void softmax(int outer, int n, int inner, Buffer x, Buffer y);

    /// `dx = y · (dy − Σₙ dy · y)`
    void softmaxGrad(int outer, int n, int inner, Buffer y, Buffer dy, Buffer dx);

    // ---- attention

    /// Self-attention over a grid with decomposed relative positions, never holding the whole score matrix.
    ///
    /// `qkv` is `(3, groups, tokens, dim)`: queries, keys, values. `relH (2·height−1, dim)` and `relW (2·width−1, dim)` hold one vector per offset.
    /// For a query at `(h, w)` and a key at `(h', w')`, with the *unscaled* query in the last two terms:
    ///
    ///     score = (q · k)/√dim  +  q · relH[h − h' + height − 1]  +  q · relW[w − w' + width − 1]
    ///
    /// `out (groups, tokens, dim) = softmax(score) · v`; `logSumExp (groups, tokens)` receives `log Σ exp(score)` for the backward pass.
    void relPosAttention(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp);

    /// The gradients of [#relPosAttention]. With `p = exp(score − logSumExp)`:
    ///
    ///     ds = p · (dout·vᵀ − Σ dout·out)
    ///     dq = ds·k/√dim + Σ_keys ds · (relH[h − h' + height − 1] + relW[w − w' + width − 1])
    ///     dk = dsᵀ·q/√dim
    ///     dv = pᵀ·dout
    ///
    /// and, summed over all groups and all pairs of a query and a key, `drelH[h − h' + height − 1] += ds · q` and `drelW[w − w' + width − 1] += ds · q`.
    void relPosAttentionGrad(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp, Buffer dout, Buffer dqkv,
            Buffer drelH, Buffer drelW);

    /// Attention of heads that lie side by side: `q` and `out (batch, queries, heads·dim)`, `k` and `v (batch, keys, heads·dim)`. Per head
    /// `out = softmax(q · kᵀ/√dim) · v`; `stats (2, batch, heads, queries)` receives the largest score of each query, and `Σ exp(score − largest)`.
    void multiHeadAttention(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats);

    /// The gradients of [#multiHeadAttention]. With `p = exp(score − largest) / sum` and `ds = p · (dout·vᵀ − Σ dout·out)/√dim`:
    /// `dq = ds·k`, `dk = dsᵀ·q`, `dv = pᵀ·dout`.
    void multiHeadAttentionGrad(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats, Buffer dout, Buffer dq, Buffer dk,
            Buffer dv);

    // ---- fused pieces of a network

    /// This backend's kernels for a fused piece of a network with frozen parameters: [EncoderBlockKernel], [MobileBlockKernels] or
    /// [MaskDecoderKernels]. Null if it has none, and the piece has to be composed of the kernels above.
    default <T> @Nullable T fused(Class<T> piece) {
        return piece.isInstance(this) ? piece.cast(this) : null;
    }

    /// Gets ready for a piece that [#fused] knows, in the background, if its first runs would otherwise be much slower than later ones. It computes
    /// nothing.
    default void prepare(Class<?> piece) {}

    // ---- pictures

    /// Resizes `planes` pictures from `(h, w)` to `(toH, toW)` by the four nearest pixels, without antialiasing, corners not aligned: row `i` reads
    /// at `r = max(0, (i + ½)·h/toH − ½)`: the row `⌊r⌋` with the weight `1 − (r − ⌊r⌋)`, the next one, at most `h − 1`, with `r − ⌊r⌋`; columns in
    /// the same way.
    void resizeBilinear(int planes, int h, int w, int toH, int toW, Buffer x, Buffer y);

    /// The transpose of [#resizeBilinear]: every value of `dy (planes, toH, toW)` is distributed to its four sources in `dx (planes, h, w)`.
    void resizeBilinearGrad(int planes, int h, int w, int toH, int toW, Buffer dy, Buffer dx);

    /// `y[b,c,i,j]` is the largest `x[b, c, i·stride+u−padding, j·stride+v−padding]` that lies within `x`; a NaN counts as the largest. Input and
    /// output have the same channels, and the padding is at most half of the window.
    void maxPool(Conv2dShape s, Buffer x, Buffer y);

    /// Adds every `dy` to the `dx` of the pixel that was the largest (in a tie the first, row by row); the others are 0.
    void maxPoolGrad(Conv2dShape s, Buffer x, Buffer dy, Buffer dx);

    // ---- losses; `labels (batch, pixels)` hold a class for each pixel, 0 … classes−1, as unsigned bytes, or 255 for a pixel that does not count: it
    // is in no sum and no mean, and the gradients of its logits are 0. A mean over no pixels is 0.

    /// `loss (1) = −mean log softmax(logits)[label]` with `logits (batch, classes, pixels)`.
    void crossEntropy(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer loss);

    /// `dlogits = dloss · (softmax(logits) − [class = label]) / count`, where `count` is the number of pixels that count
    void crossEntropyGrad(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer dloss, Buffer dlogits);

    /// The soft Dice loss of probabilities `p (batch, classes, pixels)`. For each class except 0, with sums over batch and pixels and `g` the one-hot
    /// label:
    ///
    ///     D = 1 − (2·Σ p·g + 1) / (Σ p² + Σ g² + 1)
    ///
    /// `loss (1)` is the mean of the `D` that are positive, or 0 if none is. `sums (3, classes)` receives `Σ p·g`, `Σ p²`, `Σ g²`.
    void softDice(int batch, int classes, int pixels, Buffer p, byte[] labels, Buffer sums, Buffer loss);

    /// For each of the `count` classes whose `D` is positive: `dp = dloss/count · (2·p·N − 2·g·M) / M²`, with `N` and `M` the numerator and
    /// denominator of `D`; 0 for the others.
    void softDiceGrad(int batch, int classes, int pixels, Buffer p, byte[] labels, Buffer sums, Buffer dloss, Buffer dp);

    /// Both losses at once, from logits: `losses (2)` receives the cross entropy and the soft Dice of their softmax, `sums (3, classes)` the same
    /// sums as in [#softDice].
    void crossEntropyAndDice(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer sums, Buffer losses);

    /// With `p` the softmax of the logits, `dp` as in [#softDiceGrad] and the gradients of the two losses:
    /// `dlogits = dlosses₀ · (p − g) / count + p · (dp − Σ dp · p)`, summed over classes.
    void crossEntropyAndDiceGrad(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer sums, Buffer dlosses,
            Buffer dlogits);

    // ---- optimizer

    /// One step of Adam (Kingma and Ba, 2015) in place, for all parameters in one sweep, `t = step` counted from 1:
    /// `m = β₁·m + (1−β₁)·g`, `v = β₂·v + (1−β₂)·g²`, `p −= lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + eps)`.
    void adam(double lr, double beta1, double beta2, double eps, int step, List<AdamSlot> slots);
}
