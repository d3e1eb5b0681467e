package dev.samovar.core.kernel.cpu;

import static dev.samovar.core.kernel.cpu.CpuBuffer.data;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.MultiHeadShape;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Single-precision kernels in plain Java: they run if the vector module is absent, and a vector backend falls back on them.
///
/// The JIT compiler can turn these loops into vector instructions, but the result is the same whether it does or not:
/// no sum has to be reordered for that, and `exp` and `Φ` are our own polynomials (see [Approximations]).
public class ScalarKernels implements Kernels {
    /// The cost of one `exp` or `Φ`, in multiply-adds, approximately.
    private static final int TRANSCENDENTAL = 16;

    private final Parallel parallel;

    /// Kernels for the buffers of a [CpuMemory], run by a team of threads.
    public ScalarKernels(Parallel parallel) {
        this.parallel = parallel;
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void sideBySide(int pieces, IntConsumer piece) {
        parallel.run(pieces, piece::accept);
    }

    // ---- element by element

    @Override
    public void fill(float value, Buffer yBuffer) {
        float[] y = data(yBuffer);
        Split.run(parallel, y.length, 1, (from, to) -> Arrays.fill(y, from, to, value));
    }

    @Override
    public void add(Buffer xBuffer, Buffer yBuffer, Buffer zBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer), z = data(zBuffer);
        Split.run(parallel, z.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) z[i] = x[i] + y[i];
        });
    }

    @Override
    public void sub(Buffer xBuffer, Buffer yBuffer, Buffer zBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer), z = data(zBuffer);
        Split.run(parallel, z.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) z[i] = x[i] - y[i];
        });
    }

    @Override
    public void mul(Buffer xBuffer, Buffer yBuffer, Buffer zBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer), z = data(zBuffer);
        Split.run(parallel, z.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) z[i] = x[i] * y[i];
        });
    }

    @Override
    public void div(Buffer xBuffer, Buffer yBuffer, Buffer zBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer), z = data(zBuffer);
        Split.run(parallel, z.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) z[i] = x[i] / y[i];
        });
    }

    @Override
    public void affine(double by, Buffer xBuffer, double plus, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        float a = (float) by, b = (float) plus;
        Split.run(parallel, y.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) y[i] = Math.fma(a, x[i], b);
        });
    }

    @Override
    public void exp(Buffer xBuffer, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        Split.run(parallel, y.length, TRANSCENDENTAL, (from, to) -> {
            for (int i = from; i < to; i++) y[i] = Approximations.exp(x[i]);
        });
    }

    @Override
    public void log(Buffer xBuffer, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        Split.run(parallel, y.length, TRANSCENDENTAL, (from, to) -> {
            for (int i = from; i < to; i++) y[i] = (float) StrictMath.log(x[i]);
        });
    }

    @Override
    public void sqrt(Buffer xBuffer, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        Split.run(parallel, y.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) y[i] = (float) Math.sqrt(x[i]);
        });
    }

    @Override
    public void sin(Buffer xBuffer, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        Split.run(parallel, y.length, TRANSCENDENTAL, (from, to) -> {
            for (int i = from; i < to; i++) y[i] = Approximations.sin(x[i]);
        });
    }

    @Override
    public void cos(Buffer xBuffer, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        Split.run(parallel, y.length, TRANSCENDENTAL, (from, to) -> {
            for (int i = from; i < to; i++) y[i] = Approximations.cos(x[i]);
        });
    }

    @Override
    public void relu(Buffer xBuffer, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        Split.run(parallel, y.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) y[i] = Math.max(x[i], 0);
        });
    }

    @Override
    public void reluGrad(Buffer yBuffer, Buffer dyBuffer, Buffer dxBuffer) {
        float[] y = data(yBuffer), dy = data(dyBuffer), dx = data(dxBuffer);
        Split.run(parallel, dx.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
        });
    }

    @Override
    public void clamp(double low, double high, double slope, Buffer xBuffer, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        float least = (float) low, most = (float) high, beyond = (float) slope;
        Split.run(parallel, y.length, 1, (from, to) -> {
            if (beyond == 0) {
                for (int i = from; i < to; i++) y[i] = Math.min(Math.max(x[i], least), most);
                return;
            }
            for (int i = from; i < to; i++) {
                float c = Math.min(Math.max(x[i], least), most);
                y[i] = Math.fma(beyond, x[i] - c, c);
            }
        });
    }

    @Override
    public void clampGrad(double low, double high, double slope, Buffer xBuffer, Buffer dyBuffer, Buffer dxBuffer) {
        float[] x = data(xBuffer), dy = data(dyBuffer), dx = data(dxBuffer);
        float least = (float) low, most = (float) high, beyond = (float) slope;
        Split.run(parallel, dx.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) dx[i] = least < x[i] && x[i] < most ? dy[i] : beyond * dy[i];
        });
    }

    @Override
    public void gelu(Buffer xBuffer, Buffer yBuffer) {
        float[] x = data(xBuffer), y = data(yBuffer);
        Split.run(parallel, y.length, TRANSCENDENTAL, (from, to) -> {
            for (int i = from; i < to; i++) y[i] = Approximations.gelu(x[i]);
        });
    }

    @Override
    public void geluGrad(Buffer xBuffer, Buffer dyBuffer, Buffer dxBuffer) {
        float[] x = data(xBuffer), dy = data(dyBuffer), dx = data(dxBuffer);
        Split.run(parallel, dx.length, TRANSCENDENTAL, (from, to) -> {
            for (int i = from; i < to; i++) dx[i] = dy[i] * Approximations.geluSlope(x[i]);
        });
    }

    // ---- copying and summing

    @Override
    public void copy(int[] dims, Buffer x, int xOffset, int[] xStrides, Buffer y, int yOffset, int[] yStrides) {
        ScalarCopy.copy(parallel, dims, data(x), xOffset, xStrides, data(y), yOffset, yStrides);
    }

    @Override
    public void sum(int outer, int n, int inner, Buffer x, Buffer y) {
        ScalarNorm.sum(parallel, outer, n, inner, data(x), data(y));
    }

    // ---- matrices

    @Override
    public void matmul(int batch, int m, int n, int k, Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer c) {
        ScalarMatmul.matmul(parallel, batch, m, n, k, data(a), transposeA, data(b), transposeB, data(c));
    }

    @Override
    public void linear(int m, int n, int k, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y) {
        ScalarMatmul.linear(parallel, m, n, k, data(x), data(w), bias == null ? null : data(bias), data(y));
    }

    // ---- convolution

    @Override
    public void conv2d(Conv2dShape s, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y) {
        if (s.groups() > 1) GroupedConvolution.forward(parallel, s, data(x), data(w), bias == null ? null : data(bias), data(y));
        else ScalarConvolution.forward(parallel, s, data(x), data(w), bias == null ? null : data(bias), data(y));
    }

    @Override
    public void conv2dGradInput(Conv2dShape s, Buffer dy, Buffer w, @Nullable Buffer bias, Buffer dx) {
        if (s.groups() > 1) GroupedConvolution.gradInput(parallel, s, data(dy), data(w), bias == null ? null : data(bias), data(dx));
        else ScalarConvolution.gradInput(parallel, s, data(dy), data(w), bias == null ? null : data(bias), data(dx));
    }

    @Override
    public void conv2dGradWeight(Conv2dShape s, Buffer x, Buffer dy, Buffer dw) {
        if (s.groups() > 1) GroupedConvolution.gradWeight(parallel, s, data(x), data(dy), data(dw));
        else ScalarConvolution.gradWeight(parallel, s, data(x), data(dy), data(dw));
    }

    // ---- normalisation

    @Override
    public void layerNorm(int outer, int n, int inner, float eps, Buffer x, Buffer weight, Buffer bias, Buffer y, Buffer mean,
            Buffer rstd) {
        ScalarNorm.layerNorm(parallel, outer, n, inner, eps, data(x), data(weight), data(bias), data(y), data(mean), data(rstd));
    }

    @Override
    public void layerNormGrad(int outer, int n, int inner, Buffer x, Buffer weight, Buffer mean, Buffer rstd, Buffer dy, Buffer dx,
            Buffer dweight,
            Buffer dbias) {
        ScalarNorm.layerNormGrad(parallel, outer, n, inner, data(x), data(weight), data(mean), data(rstd), data(dy), data(dx), data(dweight),
                data(dbias));
    }

    @Override
    public void batchNorm(int outer, int n, int inner, float eps, Buffer x, Buffer weight, Buffer bias, Buffer y, Buffer mean,
            Buffer rstd) {
        ScalarBatchNorm.forward(parallel, outer, n, inner, eps, data(x), data(weight), data(bias), data(y), data(mean), data(rstd));
    }

    @Override
    public void batchNormGrad(int outer, int n, int inner, Buffer x, Buffer weight, Buffer mean, Buffer rstd, Buffer dy, Buffer dx,
            Buffer dweight, Buffer dbias) {
        ScalarBatchNorm.backward(parallel, outer, n, inner, data(x), data(weight), data(mean), data(rstd), data(dy), data(dx), data(dweight),
                data(dbias));
    }

    @Override
    public void softmax(int outer, int n, int inner, Buffer x, Buffer y) {
        ScalarNorm.softmax(parallel, outer, n, inner, data(x), data(y));
    }

    @Override
    public void softmaxGrad(int outer, int n, int inner, Buffer y, Buffer dy, Buffer dx) {
        ScalarNorm.softmaxGrad(parallel, outer, n, inner, data(y), data(dy), data(dx));
    }

    // ---- attention

    @Override
    public void relPosAttention(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp) {
        ScalarAttention.forward(parallel, s, data(qkv), data(relH), data(relW), data(out), data(logSumExp));
    }

    @Override
    public void relPosAttentionGrad(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp, Buffer dout,
            Buffer dqkv,
            Buffer drelH, Buffer drelW) {
        ScalarAttention.backward(parallel, s, data(qkv), data(relH), data(relW), data(out), data(logSumExp), data(dout), data(dqkv), data(drelH),
                data(drelW));
    }

    @Override
    public void multiHeadAttention(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats) {
        ScalarMultiHead.forward(parallel, s, data(q), data(k), data(v), data(out), data(stats));
    }

    @Override
    public void multiHeadAttentionGrad(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats, Buffer dout, Buffer dq,
            Buffer dk, Buffer dv) {
        ScalarMultiHead.backward(parallel, s, data(q), data(k), data(v), data(out), data(stats), data(dout), data(dq), data(dk), data(dv));
    }

    // ---- pictures

    @Override
    public void resizeBilinear(int planes, int h, int w, int toH, int toW, Buffer x, Buffer y) {
        ScalarPictures.resize(parallel, planes, h, w, toH, toW, data(x), data(y));
    }

    @Override
    public void resizeBilinearGrad(int planes, int h, int w, int toH, int toW, Buffer dy, Buffer dx) {
        ScalarPictures.resizeGrad(parallel, planes, h, w, toH, toW, data(dy), data(dx));
    }

    @Override
    public void maxPool(Conv2dShape s, Buffer x, Buffer y) {
        ScalarPictures.maxPool(parallel, s, data(x), data(y));
    }

    @Override
    public void maxPoolGrad(Conv2dShape s, Buffer x, Buffer dy, Buffer dx) {
        ScalarPictures.maxPoolGrad(parallel, s, data(x), data(dy), data(dx));
    }

    // ---- losses

    @Override
    public void crossEntropy(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer loss) {
        ScalarLosses.crossEntropy(parallel, batch, classes, pixels, data(logits), labels, data(loss));
    }

    @Override
    public void crossEntropyGrad(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer dloss, Buffer dlogits) {
        ScalarLosses.crossEntropyGrad(parallel, batch, classes, pixels, data(logits), labels, data(dloss), data(dlogits));
    }

    @Override
    public void softDice(int batch, int classes, int pixels, Buffer p, byte[] labels, Buffer sums, Buffer loss) {
        ScalarLosses.softDice(parallel, batch, classes, pixels, data(p), labels, data(sums), data(loss));
    }

    @Override
    public void softDiceGrad(int batch, int classes, int pixels, Buffer p, byte[] labels, Buffer sums, Buffer dloss, Buffer dp) {
        ScalarLosses.softDiceGrad(parallel, batch, classes, pixels, data(p), labels, data(sums), data(dloss), data(dp));
    }

    @Override
    public void crossEntropyAndDice(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer sums, Buffer losses) {
        ScalarLosses.crossEntropyAndDice(parallel, batch, classes, pixels, data(logits), labels, data(sums), data(losses));
    }

    @Override
    public void crossEntropyAndDiceGrad(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer sums, Buffer dlosses,
            Buffer dlogits) {
        ScalarLosses.crossEntropyAndDiceGrad(parallel, batch, classes, pixels, data(logits), labels, data(sums), data(dlosses), data(dlogits));
    }

    // ---- optimizer

    @Override
    public void adam(double lr, double beta1, double beta2, double eps, int step, List<AdamSlot> slots) {
        double rate = lr / (1 - StrictMath.pow(beta1, step)), spread = 1 / Math.sqrt(1 - StrictMath.pow(beta2, step));
        int all = slots.stream().mapToInt(AdamSlot::size).reduce(0, Math::addExact);
        Split.run(parallel, all, TRANSCENDENTAL, (from, to) -> {                   // over all parameters, laid end to end
            int start = 0;
            for (AdamSlot slot : slots) {
                adam(rate, beta1, beta2, spread, eps, slot, Math.max(from - start, 0), Math.min(to - start, slot.size()));
                start += slot.size();
            }
        });
    }

    private static void adam(double rate, double beta1, double beta2, double spread, double eps, AdamSlot slot, int from, int to) {
        float[] g = data(slot.g()), m = data(slot.m()), v = data(slot.v()), p = data(slot.p());
        for (int i = from; i < to; i++) {
            double mean = beta1 * m[i] + (1 - beta1) * g[i], square = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
            m[i] = (float) mean;
            v[i] = (float) square;
            p[i] = (float) (p[i] - rate * mean / (Math.sqrt(square) * spread + eps));
        }
    }
}
