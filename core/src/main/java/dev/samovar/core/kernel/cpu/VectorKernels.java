package dev.samovar.core.kernel.cpu;

import static dev.samovar.core.kernel.cpu.CpuBuffer.data;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.kernel.ImageToTokensWeights;
import dev.samovar.core.kernel.InvertedBottleneckShape;
import dev.samovar.core.kernel.InvertedBottleneckWeights;
import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.kernel.MaskUpscalingShape;
import dev.samovar.core.kernel.MaskUpscalingWeights;
import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.kernel.MultiHeadShape;
import dev.samovar.core.kernel.TokensToImageWeights;
import dev.samovar.core.kernel.TwoWayShape;
import dev.samovar.core.kernel.WindowBlockShape;
import dev.samovar.core.kernel.WindowBlockWeights;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/// Kernels on the processor's vector registers. Kernels that are not overridden are bound by memory, where the plain loop is as fast.
public final class VectorKernels extends ScalarKernels implements EncoderBlockKernel, MobileBlockKernels, MaskDecoderKernels {
    /// The vectors that all of them use.
    public static final VectorSpecies<Float> SPECIES = VectorGemm.SPECIES;

    private final Parallel parallel;
    private final VectorMatmul matmul;
    private final VectorConv conv;
    private final VectorStrips strips;
    private final VectorAttention attention;
    private final VectorMultiHead multiHead;
    private final VectorFewTokens fewTokens;
    private final VectorEncoderBlock encoderBlock;
    private final VectorBottleneck bottleneck;
    private final VectorWindowBlock windowBlock;
    private final VectorMaskUpscaling maskUpscaling;
    private final VectorTwoWay twoWay;

    /// Kernels that run on a team of threads and take working space from a pool.
    VectorKernels(Parallel parallel, CpuMemory pool) {
        super(parallel);
        this.parallel = parallel;
        matmul = new VectorMatmul(parallel, pool);
        conv = new VectorConv(parallel, pool);
        strips = new VectorStrips(parallel, pool);
        attention = new VectorAttention(parallel, pool);
        multiHead = new VectorMultiHead(parallel, pool);
        fewTokens = new VectorFewTokens(parallel, pool);
        encoderBlock = new VectorEncoderBlock(parallel, pool);
        bottleneck = new VectorBottleneck(parallel);
        windowBlock = new VectorWindowBlock(parallel, pool);
        maskUpscaling = new VectorMaskUpscaling(parallel);
        twoWay = new VectorTwoWay(parallel, pool);
    }

    @Override
    public String name() {
        return "vector " + VectorGemm.SPECIES.vectorBitSize() + "-bit";
    }

    @Override
    public void prepare(Class<?> piece) {
        VectorWarmUp.start(piece);
    }

    @Override
    public void exp(Buffer x, Buffer y) {
        float[] from = data(x), to = data(y);
        Split.run(parallel, x.size(), 8, (a, b) -> VectorMath.exp(from, a, to, a, b - a));
    }

    @Override
    public void relu(Buffer x, Buffer y) {
        float[] from = data(x), to = data(y);
        Split.run(parallel, x.size(), 1, (a, b) -> VectorMath.relu(from, to, a, b));
    }

    @Override
    public void reluGrad(Buffer y, Buffer dy, Buffer dx) {
        float[] of = data(y), by = data(dy), to = data(dx);
        Split.run(parallel, dx.size(), 1, (a, b) -> VectorMath.reluGrad(of, by, to, a, b));
    }

    @Override
    public void clampGrad(double low, double high, double slope, Buffer x, Buffer dy, Buffer dx) {
        float[] of = data(x), by = data(dy), to = data(dx);
        Split.run(parallel, dx.size(), 1, (a, b) -> VectorMath.clampGrad((float) low, (float) high, (float) slope, of, by, to, a, b));
    }

    @Override
    public void gelu(Buffer x, Buffer y) {
        float[] from = data(x), to = data(y);
        Split.run(parallel, x.size(), 4, (a, b) -> VectorMath.gelu(from, to, a, b));
    }

    @Override
    public void geluGrad(Buffer x, Buffer dy, Buffer dx) {
        float[] from = data(x), by = data(dy), to = data(dx);
        Split.run(parallel, x.size(), 4, (a, b) -> VectorMath.geluGrad(from, by, to, a, b));
    }

    @Override
    public void matmul(int batch, int m, int n, int k, Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer c) {
        matmul.matmul(batch, m, n, k, data(a), transposeA, data(b), transposeB, data(c));
    }

    @Override
    public void linear(int m, int n, int k, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y) {
        matmul.linear(m, n, k, data(x), (CpuBuffer) w, bias == null ? null : data(bias), data(y));
    }

    @Override
    public void conv2d(Conv2dShape s, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y) {
        if (s.groups() > 1) super.conv2d(s, x, w, bias, y);
        else conv.forward(s, data(x), data(w), bias == null ? null : data(bias), data(y));
    }

    @Override
    public void conv2dGradInput(Conv2dShape s, Buffer dy, Buffer w, @Nullable Buffer bias, Buffer dx) {
        if (s.groups() == 1 && VectorConv.handlesGradInput(s))
            conv.gradInput(s, data(dy), data(w), bias == null ? null : data(bias), data(dx));
        else
            super.conv2dGradInput(s, dy, w, bias, dx);
    }

    @Override
    public void conv2dGradWeight(Conv2dShape s, Buffer x, Buffer dy, Buffer dw) {
        if (s.groups() > 1) super.conv2dGradWeight(s, x, dy, dw);
        else conv.gradWeight(s, data(x), data(dy), data(dw));
    }

    @Override
    public void layerNorm(int outer, int n, int inner, float eps, Buffer x, Buffer weight, Buffer bias, Buffer y, Buffer mean,
            Buffer rstd) {
        if (VectorStrips.handles(n, inner)) {
            strips.layerNorm(outer, n, inner, eps, data(x), data(weight), data(bias), data(y), data(mean), data(rstd));
            return;
        }
        if (inner != 1) {
            super.layerNorm(outer, n, inner, eps, x, weight, bias, y, mean, rstd);
            return;
        }
        float[] from = data(x), w = data(weight), b = data(bias), to = data(y), mu = data(mean), r = data(rstd);
        Split.run(parallel, outer, n, (first, end) -> {
            for (int i = first; i < end; i++) VectorMath.layerNorm(from, i * n, n, eps, w, b, to, mu, r, i);
        });
    }

    @Override
    public void layerNormGrad(int outer, int n, int inner, Buffer x, Buffer weight, Buffer mean, Buffer rstd, Buffer dy, Buffer dx,
            Buffer dweight,
            Buffer dbias) {
        if (VectorStrips.handles(n, inner)) {
            strips.layerNormGrad(outer, n, inner, data(x), data(weight), data(mean), data(rstd), data(dy), data(dx), data(dweight), data(dbias));
        } else {
            super.layerNormGrad(outer, n, inner, x, weight, mean, rstd, dy, dx, dweight, dbias);
        }
    }

    @Override
    public void softmax(int outer, int n, int inner, Buffer x, Buffer y) {
        if (VectorStrips.handles(n, inner)) {
            strips.softmax(outer, n, inner, data(x), data(y));
            return;
        }
        if (inner != 1) {
            super.softmax(outer, n, inner, x, y);
            return;
        }
        float[] from = data(x), to = data(y);
        Split.run(parallel, outer, 4L * n, (first, end) -> {
            for (int i = first; i < end; i++) {
                int at = i * n;
                float max = VectorMath.max(from, at, n);
                System.arraycopy(from, at, to, at, n);
                float scale = 1 / VectorMath.expMinus(to, at, n, max);
                for (int j = at; j < at + n; j++) to[j] *= scale;
            }
        });
    }

    @Override
    public void relPosAttention(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp) {
        attention.forward(s, data(qkv), data(relH), data(relW), data(out), data(logSumExp));
    }

    @Override
    public void relPosAttentionGrad(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp, Buffer dout,
            Buffer dqkv,
            Buffer drelH, Buffer drelW) {
        attention.backward(s, data(qkv), data(relH), data(relW), data(out), data(logSumExp), data(dout), data(dqkv), data(drelH), data(drelW));
    }

    @Override
    public void multiHeadAttention(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats) {
        if (VectorFewTokens.handles(s)) fewTokens.forward(s, data(q), data(k), data(v), data(out), data(stats));
        else multiHead.forward(s, data(q), data(k), data(v), data(out), data(stats));
    }

    @Override
    public void multiHeadAttentionGrad(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats, Buffer dout, Buffer dq,
            Buffer dk, Buffer dv) {
        if (VectorFewTokens.handles(s))
            fewTokens.backward(s, data(q), data(k), data(v), data(out), data(stats), data(dout), data(dq), data(dk), data(dv));
        else
            multiHead.backward(s, data(q), data(k), data(v), data(out), data(stats), data(dout), data(dq), data(dk), data(dv));
    }

    @Override
    public void resizeBilinear(int planes, int h, int w, int toH, int toW, Buffer x, Buffer y) {
        if (VectorPictures.handles(h, w, toH, toW)) VectorPictures.resize(parallel, planes, h, w, toH, toW, data(x), data(y));
        else super.resizeBilinear(planes, h, w, toH, toW, x, y);
    }

    @Override
    public void resizeBilinearGrad(int planes, int h, int w, int toH, int toW, Buffer dy, Buffer dx) {
        if (VectorPictures.handles(h, w, toH, toW)) VectorPictures.resizeGrad(parallel, planes, h, w, toH, toW, data(dy), data(dx));
        else super.resizeBilinearGrad(planes, h, w, toH, toW, dy, dx);
    }

    @Override
    public void encoderBlock(EncoderBlockShape s, Buffer x, EncoderBlockWeights<Buffer> weights, Buffer y) {
        encoderBlock.run(s, data(x), weights.map(CpuBuffer.class::cast), data(y));
    }

    @Override
    public int positionPanel() {
        return VectorGemm.NR;
    }

    @Override
    public void tokensToImage(TwoWayShape s, Buffer q, Buffer x, Buffer pe, TokensToImageWeights<Buffer> weights, Buffer out) {
        twoWay.tokensToImage(s, data(q), data(x), data(pe), weights.map(CpuBuffer::data), data(out));
    }

    @Override
    public void imageToTokens(TwoWayShape s, Buffer x, Buffer pe, Buffer k, Buffer v, ImageToTokensWeights<Buffer> weights, Buffer y) {
        twoWay.imageToTokens(s, data(x), data(pe), data(k), data(v), weights.map(CpuBuffer::data), data(y));
    }

    @Override
    public void maskUpscaling(MaskUpscalingShape s, Buffer x, Buffer classifiers, MaskUpscalingWeights<Buffer> weights, Buffer masks) {
        maskUpscaling.run(s, data(x), data(classifiers), weights.map(CpuBuffer.class::cast), data(masks));
    }

    @Override
    public void invertedBottleneck(InvertedBottleneckShape s, Buffer x, InvertedBottleneckWeights<Buffer> weights, Buffer y) {
        bottleneck.run(s, data(x), weights.map(CpuBuffer.class::cast), data(y));
    }

    @Override
    public void windowBlock(WindowBlockShape s, Buffer x, WindowBlockWeights<Buffer> weights, Buffer y) {
        windowBlock.run(s, data(x), weights.map(CpuBuffer.class::cast), data(y));
    }
}
