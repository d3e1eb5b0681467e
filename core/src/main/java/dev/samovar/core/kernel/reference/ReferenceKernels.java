package dev.samovar.core.kernel.reference;

import static dev.samovar.core.kernel.reference.ReferenceBuffer.data;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.MultiHeadShape;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/// The meaning of every kernel: the formulas of [Kernels] as plain loops in double precision, without optimizations, on one thread.
///
/// All other backends are tested against this one. It is also the place to start reading: if a fast kernel looks strange, the same method here says
/// what it computes. Convolution, attention, pictures and losses each have a file of their own.
public final class ReferenceKernels implements Kernels {

    /// Kernels for the buffers of a [ReferenceMemory].
    public ReferenceKernels() {}

    @Override
    public String name() {
        return "reference, double precision, 1 thread";
    }

    // ---- element by element

    @Override
    public void fill(float value, Buffer yBuffer) {
        double[] y = data(yBuffer);
        for (int i = 0; i < y.length; i++) y[i] = value;
    }

    @Override
    public void add(Buffer x, Buffer y, Buffer z) {
        each(x, y, z, (a, b) -> a + b);
    }

    @Override
    public void sub(Buffer x, Buffer y, Buffer z) {
        each(x, y, z, (a, b) -> a - b);
    }

    @Override
    public void mul(Buffer x, Buffer y, Buffer z) {
        each(x, y, z, (a, b) -> a * b);
    }

    @Override
    public void div(Buffer x, Buffer y, Buffer z) {
        each(x, y, z, (a, b) -> a / b);
    }

    @Override
    public void affine(double a, Buffer x, double b, Buffer y) {
        each(x, y, v -> a * v + b);
    }

    @Override
    public void exp(Buffer x, Buffer y) {
        each(x, y, StrictMath::exp);
    }

    @Override
    public void log(Buffer x, Buffer y) {
        each(x, y, StrictMath::log);
    }

    @Override
    public void sqrt(Buffer x, Buffer y) {
        each(x, y, Math::sqrt);
    }

    @Override
    public void sin(Buffer x, Buffer y) {
        each(x, y, StrictMath::sin);
    }

    @Override
    public void cos(Buffer x, Buffer y) {
        each(x, y, StrictMath::cos);
    }

    @Override
    public void relu(Buffer x, Buffer y) {
        each(x, y, v -> Math.max(v, 0));
    }

    @Override
    public void reluGrad(Buffer y, Buffer dy, Buffer dx) {
        each(y, dy, dx, (v, d) -> v > 0 ? d : 0);
    }

    @Override
    public void clamp(double low, double high, double slope, Buffer x, Buffer y) {
        each(x, y, v -> {
            double c = Math.min(Math.max(v, low), high);
            return slope == 0 ? c : c + slope * (v - c);
        });
    }

    @Override
    public void clampGrad(double low, double high, double slope, Buffer x, Buffer dy, Buffer dx) {
        each(x, dy, dx, (v, d) -> low < v && v < high ? d : slope * d);
    }

    @Override
    public void gelu(Buffer x, Buffer y) {
        each(x, y, v -> v * Erf.phi(v));
    }

    @Override
    public void geluGrad(Buffer x, Buffer dy, Buffer dx) {
        each(x, dy, dx, (v, d) -> d * (Erf.phi(v) + v * Erf.density(v)));
    }

    private static void each(Buffer xBuffer, Buffer yBuffer, DoubleUnaryOperator f) {
        double[] x = data(xBuffer), y = data(yBuffer);
        for (int i = 0; i < y.length; i++) y[i] = f.applyAsDouble(x[i]);
    }

    private static void each(Buffer xBuffer, Buffer yBuffer, Buffer zBuffer, DoubleBinaryOperator f) {
        double[] x = data(xBuffer), y = data(yBuffer), z = data(zBuffer);
        for (int i = 0; i < z.length; i++) z[i] = f.applyAsDouble(x[i], y[i]);
    }

    // ---- copying and summing

    @Override
    public void copy(int[] dims, Buffer x, int xOffset, int[] xStrides, Buffer y, int yOffset, int[] yStrides) {
        copyAxis(0, dims, data(x), xOffset, xStrides, data(y), yOffset, yStrides);
    }

    /// Copies the elements along `axis` and the axes after it, from `xAt` to `yAt`.
    private static void copyAxis(int axis, int[] dims, double[] x, int xAt, int[] xStrides, double[] y, int yAt, int[] yStrides) {
        if (axis == dims.length) {
            y[yAt] = x[xAt];
            return;
        }
        for (int i = 0; i < dims[axis]; i++) {
            copyAxis(axis + 1, dims, x, xAt + i * xStrides[axis], xStrides, y, yAt + i * yStrides[axis], yStrides);
        }
    }

    @Override
    public void sum(int outer, int n, int inner, Buffer xBuffer, Buffer yBuffer) {
        double[] x = data(xBuffer), y = data(yBuffer);
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                double sum = 0;
                for (int j = 0; j < n; j++) sum += x[(o * n + j) * inner + i];
                y[o * inner + i] = sum;
            }
        }
    }

    // ---- matrices

    @Override
    public void matmul(int batch, int m, int n, int k, Buffer aBuffer, boolean transposeA, Buffer bBuffer, boolean transposeB,
            Buffer cBuffer) {
        double[] a = data(aBuffer), b = data(bBuffer), c = data(cBuffer);
        for (int s = 0; s < batch; s++) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int l = 0; l < k; l++) {
                        double left = transposeA ? a[(s * k + l) * m + i] : a[(s * m + i) * k + l];
                        double right = transposeB ? b[(s * n + j) * k + l] : b[(s * k + l) * n + j];
                        sum += left * right;
                    }
                    c[(s * m + i) * n + j] = sum;
                }
            }
        }
    }

    @Override
    public void linear(int m, int n, int k, Buffer xBuffer, Buffer wBuffer, @Nullable Buffer bias, Buffer yBuffer) {
        double[] x = data(xBuffer), w = data(wBuffer), y = data(yBuffer);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = bias == null ? 0 : data(bias)[j];
                for (int l = 0; l < k; l++) sum += x[i * k + l] * w[j * k + l];
                y[i * n + j] = sum;
            }
        }
    }

    // ---- convolution

    @Override
    public void conv2d(Conv2dShape s, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y) {
        ReferenceConvolution.forward(s, data(x), data(w), bias == null ? null : data(bias), data(y));
    }

    @Override
    public void conv2dGradInput(Conv2dShape s, Buffer dy, Buffer w, @Nullable Buffer bias, Buffer dx) {
        ReferenceConvolution.gradInput(s, data(dy), data(w), bias == null ? null : data(bias), data(dx));
    }

    @Override
    public void conv2dGradWeight(Conv2dShape s, Buffer x, Buffer dy, Buffer dw) {
        ReferenceConvolution.gradWeight(s, data(x), data(dy), data(dw));
    }

    // ---- normalisation

    @Override
    public void layerNorm(int outer, int n, int inner, float eps, Buffer xBuffer, Buffer weight, Buffer bias, Buffer yBuffer,
            Buffer meanBuffer,
            Buffer rstdBuffer) {
        double[] x = data(xBuffer), w = data(weight), b = data(bias), y = data(yBuffer), mean = data(meanBuffer), rstd = data(rstdBuffer);
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                double sum = 0;
                for (int j = 0; j < n; j++) sum += x[(o * n + j) * inner + i];
                double mu = sum / n;

                double squares = 0;
                for (int j = 0; j < n; j++) {
                    double centred = x[(o * n + j) * inner + i] - mu;
                    squares += centred * centred;
                }
                double r = 1 / Math.sqrt(squares / n + eps);

                for (int j = 0; j < n; j++) {
                    int at = (o * n + j) * inner + i;
                    y[at] = (x[at] - mu) * r * w[j] + b[j];
                }
                mean[o * inner + i] = mu;
                rstd[o * inner + i] = r;
            }
        }
    }

    @Override
    public void layerNormGrad(int outer, int n, int inner, Buffer xBuffer, Buffer weight, Buffer meanBuffer, Buffer rstdBuffer,
            Buffer dyBuffer,
            Buffer dxBuffer, Buffer dweight, Buffer dbias) {
        double[] x = data(xBuffer), w = data(weight), mean = data(meanBuffer), rstd = data(rstdBuffer), dy = data(dyBuffer), dx = data(dxBuffer);
        double[] dw = data(dweight), db = data(dbias);
        for (int j = 0; j < n; j++) dw[j] = db[j] = 0;
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                double mu = mean[o * inner + i], r = rstd[o * inner + i];

                // In the forward pass this was y = x̂ · w + b, so now we have the gradients of w and b, and g for x̂.
                double sumG = 0, sumGx = 0;
                for (int j = 0; j < n; j++) {
                    int at = (o * n + j) * inner + i;
                    double normalised = (x[at] - mu) * r, g = dy[at] * w[j];
                    dw[j] += dy[at] * normalised;
                    db[j] += dy[at];
                    sumG += g;
                    sumGx += g * normalised;
                }

                // In the forward pass this was x̂ = (x − μ) · r, and both μ and r depend on every x: each takes its mean share of g away.
                for (int j = 0; j < n; j++) {
                    int at = (o * n + j) * inner + i;
                    double normalised = (x[at] - mu) * r, g = dy[at] * w[j];
                    dx[at] = r * (g - sumG / n - normalised * sumGx / n);
                }
            }
        }
    }

    @Override
    public void batchNorm(int outer, int n, int inner, float eps, Buffer x, Buffer weight, Buffer bias, Buffer y, Buffer mean,
            Buffer rstd) {
        ReferenceBatchNorm.forward(outer, n, inner, eps, data(x), data(weight), data(bias), data(y), data(mean), data(rstd));
    }

    @Override
    public void batchNormGrad(int outer, int n, int inner, Buffer x, Buffer weight, Buffer mean, Buffer rstd, Buffer dy, Buffer dx,
            Buffer dweight, Buffer dbias) {
        ReferenceBatchNorm.backward(outer, n, inner, data(x), data(weight), data(mean), data(rstd), data(dy), data(dx), data(dweight), data(dbias));
    }

    @Override
    public void softmax(int outer, int n, int inner, Buffer xBuffer, Buffer yBuffer) {
        double[] x = data(xBuffer), y = data(yBuffer);
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                double max = Double.NEGATIVE_INFINITY;
                for (int j = 0; j < n; j++) max = Math.max(max, x[(o * n + j) * inner + i]);
                double sum = 0;
                for (int j = 0; j < n; j++) sum += StrictMath.exp(x[(o * n + j) * inner + i] - max);
                for (int j = 0; j < n; j++) {
                    int at = (o * n + j) * inner + i;
                    y[at] = StrictMath.exp(x[at] - max) / sum;
                }
            }
        }
    }

    @Override
    public void softmaxGrad(int outer, int n, int inner, Buffer yBuffer, Buffer dyBuffer, Buffer dxBuffer) {
        double[] y = data(yBuffer), dy = data(dyBuffer), dx = data(dxBuffer);
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                double dot = 0;
                for (int j = 0; j < n; j++) {
                    int at = (o * n + j) * inner + i;
                    dot += dy[at] * y[at];
                }
                for (int j = 0; j < n; j++) {
                    int at = (o * n + j) * inner + i;
                    dx[at] = y[at] * (dy[at] - dot);
                }
            }
        }
    }

    // ---- attention

    @Override
    public void relPosAttention(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp) {
        ReferenceAttention.forward(s, data(qkv), data(relH), data(relW), data(out), data(logSumExp));
    }

    @Override
    public void relPosAttentionGrad(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp, Buffer dout,
            Buffer dqkv,
            Buffer drelH, Buffer drelW) {
        ReferenceAttention.backward(s, data(qkv), data(relH), data(relW), data(out), data(logSumExp), data(dout), data(dqkv), data(drelH),
                data(drelW));
    }

    @Override
    public void multiHeadAttention(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats) {
        ReferenceMultiHead.forward(s, data(q), data(k), data(v), data(out), data(stats));
    }

    @Override
    public void multiHeadAttentionGrad(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats, Buffer dout, Buffer dq,
            Buffer dk, Buffer dv) {
        ReferenceMultiHead.backward(s, data(q), data(k), data(v), data(out), data(stats), data(dout), data(dq), data(dk), data(dv));
    }

    // ---- pictures

    @Override
    public void resizeBilinear(int planes, int h, int w, int toH, int toW, Buffer x, Buffer y) {
        ReferencePictures.resize(planes, h, w, toH, toW, data(x), data(y));
    }

    @Override
    public void resizeBilinearGrad(int planes, int h, int w, int toH, int toW, Buffer dy, Buffer dx) {
        ReferencePictures.resizeGrad(planes, h, w, toH, toW, data(dy), data(dx));
    }

    @Override
    public void maxPool(Conv2dShape s, Buffer x, Buffer y) {
        ReferencePictures.maxPool(s, data(x), data(y));
    }

    @Override
    public void maxPoolGrad(Conv2dShape s, Buffer x, Buffer dy, Buffer dx) {
        ReferencePictures.maxPoolGrad(s, data(x), data(dy), data(dx));
    }

    // ---- losses

    @Override
    public void crossEntropy(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer loss) {
        ReferenceLosses.crossEntropy(batch, classes, pixels, data(logits), labels, data(loss));
    }

    @Override
    public void crossEntropyGrad(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer dloss, Buffer dlogits) {
        ReferenceLosses.crossEntropyGrad(batch, classes, pixels, data(logits), labels, data(dloss), data(dlogits));
    }

    @Override
    public void softDice(int batch, int classes, int pixels, Buffer p, byte[] labels, Buffer sums, Buffer loss) {
        ReferenceLosses.softDice(batch, classes, pixels, data(p), labels, data(sums), data(loss));
    }

    @Override
    public void softDiceGrad(int batch, int classes, int pixels, Buffer p, byte[] labels, Buffer sums, Buffer dloss, Buffer dp) {
        ReferenceLosses.softDiceGrad(batch, classes, pixels, data(p), labels, data(sums), data(dloss), data(dp));
    }

    @Override
    public void crossEntropyAndDice(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer sums, Buffer losses) {
        ReferenceLosses.crossEntropyAndDice(batch, classes, pixels, data(logits), labels, data(sums), data(losses));
    }

    @Override
    public void crossEntropyAndDiceGrad(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer sums, Buffer dlosses,
            Buffer dlogits) {
        ReferenceLosses.crossEntropyAndDiceGrad(batch, classes, pixels, data(logits), labels, data(sums), data(dlosses), data(dlogits));
    }

    // ---- optimizer

    @Override
    public void adam(double lr, double beta1, double beta2, double eps, int step, List<AdamSlot> slots) {
        double correction1 = 1 - StrictMath.pow(beta1, step), correction2 = 1 - StrictMath.pow(beta2, step);
        for (AdamSlot slot : slots) {
            double[] g = data(slot.g()), m = data(slot.m()), v = data(slot.v()), p = data(slot.p());
            for (int i = 0; i < p.length; i++) {
                m[i] = beta1 * m[i] + (1 - beta1) * g[i];
                v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
                p[i] -= lr / correction1 * m[i] / (Math.sqrt(v[i]) / Math.sqrt(correction2) + eps);
            }
        }
    }
}
