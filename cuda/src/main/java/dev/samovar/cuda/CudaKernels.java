package dev.samovar.cuda;

import dev.samovar.core.kernel.AdamSlot;
import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.MultiHeadShape;
import dev.samovar.cuda.CudaStream.Launch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The contract on a GPU: every method launches a kernel of `src/main/cuda` once or a few times; the file is the first argument.
///
/// Nothing waits for the device. Sums are taken in an order that depends on the shape alone, and there are no atomics: the same call gives the same bits.
/// More than 500 lines, because the contract is one interface.
final class CudaKernels implements Kernels, EncoderBlockKernel {
    private static final int MOST_AXES = 8;                                        // of copy.cu
    private static final int ROWS_PIECE = 16384, COLUMNS_PIECE = 512;              // what one block of sum.cu sums
    private static final int PIXELS_PIECE = 1024;                                  // what one block of conv2d_backward_weight sums
    private static final int ADAM_PIECE = 4096, ADAM_PIECE_BYTES = 40;             // what one block of adam.cu moves, and sizeof(AdamPiece)
    static final int QUERIES = 32, KEYS = 64, BACK = 32;                           // of attention.cuh
    private static final int[] DIMS = {16, 32, 64, 80, 128};

    private final CudaStream stream;
    private final CudaMemory memory;
    private final Format format;
    private final @Nullable TensorCores tensorCores;
    private final @Nullable CublasGemm cublas;
    private final @Nullable CudnnConvolution cudnn;
    private final CudaEncoderBlock encoderBlock;

    CudaKernels(CudaStream stream, CudaMemory memory, Settings settings) {
        this.stream = stream;
        this.memory = memory;
        format = settings.format();
        tensorCores = format == Format.FLOAT32 ? null : new TensorCores(stream, memory, format);
        encoderBlock = new CudaEncoderBlock(stream, memory, tensorCores);
        cublas = settings.cublas() ? new CublasGemm(stream, format) : null;
        cudnn = settings.cudnn() ? new CudnnConvolution(stream, memory, format) : null;
    }

    CudaStream stream() {
        return stream;
    }

    @Override
    public String name() {
        return "cuda " + format + (cublas == null ? "" : " with cuBLAS") + (cudnn == null
                ? ""
                : " with cuDNN")
                + " on " + stream.gpu().name();
    }

    // ---- element by element

    /// Launches a kernel whose first argument is the number of elements.
    private void each(String source, String kernel, int n, @Nullable Object... arguments) {
        var all = new @Nullable Object[arguments.length + 1];
        all[0] = n;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        stream.launch(source, kernel, Launch.each(n), all);
    }

    @Override
    public void fill(float value, Buffer y) {
        each("elementwise", "fill_forward", y.size(), value, y);
    }

    @Override
    public void add(Buffer x, Buffer y, Buffer z) {
        each("elementwise", "add_forward", z.size(), x, y, z);
    }

    @Override
    public void sub(Buffer x, Buffer y, Buffer z) {
        each("elementwise", "sub_forward", z.size(), x, y, z);
    }

    @Override
    public void mul(Buffer x, Buffer y, Buffer z) {
        each("elementwise", "mul_forward", z.size(), x, y, z);
    }

    @Override
    public void div(Buffer x, Buffer y, Buffer z) {
        each("elementwise", "div_forward", z.size(), x, y, z);
    }

    @Override
    public void affine(double a, Buffer x, double b, Buffer y) {
        each("elementwise", "affine_forward", y.size(), (float) a, x, (float) b, y);
    }

    @Override
    public void exp(Buffer x, Buffer y) {
        each("elementwise", "exp_forward", y.size(), x, y);
    }

    @Override
    public void log(Buffer x, Buffer y) {
        each("elementwise", "log_forward", y.size(), x, y);
    }

    @Override
    public void sqrt(Buffer x, Buffer y) {
        each("elementwise", "sqrt_forward", y.size(), x, y);
    }

    @Override
    public void sin(Buffer x, Buffer y) {
        each("elementwise", "sin_forward", y.size(), x, y);
    }

    @Override
    public void cos(Buffer x, Buffer y) {
        each("elementwise", "cos_forward", y.size(), x, y);
    }

    @Override
    public void relu(Buffer x, Buffer y) {
        each("elementwise", "relu_forward", y.size(), x, y);
    }

    @Override
    public void reluGrad(Buffer y, Buffer dy, Buffer dx) {
        each("elementwise", "relu_backward", dx.size(), y, dy, dx);
    }

    @Override
    public void clamp(double low, double high, double slope, Buffer x, Buffer y) {
        each("elementwise", "clamp_forward", y.size(), (float) low, (float) high, (float) slope, x, y);
    }

    @Override
    public void clampGrad(double low, double high, double slope, Buffer x, Buffer dy, Buffer dx) {
        each("elementwise", "clamp_backward", dx.size(), (float) low, (float) high, (float) slope, x, dy, dx);
    }

    @Override
    public void gelu(Buffer x, Buffer y) {
        each("gelu", "gelu_forward", y.size(), x, y);
    }

    @Override
    public void geluGrad(Buffer x, Buffer dy, Buffer dx) {
        each("gelu", "gelu_backward", dx.size(), x, dy, dx);
    }

    // ---- moving and summing

    @Override
    public void copy(int[] dims, Buffer x, int xOffset, int[] xStrides, Buffer y, int yOffset, int[] yStrides) {
        if (dims.length > MOST_AXES)
            throw new IllegalArgumentException("a copy of " + dims.length + " axes; at most " + MOST_AXES
                    + " are supported on a GPU");
        int[] strides = new int[1 + 3 * MOST_AXES];
        strides[0] = dims.length;
        int n = 1;
        for (int axis = 0; axis < dims.length; axis++) {
            strides[1 + axis] = dims[axis];
            strides[1 + MOST_AXES + axis] = xStrides[axis];
            strides[1 + 2 * MOST_AXES + axis] = yStrides[axis];
            n *= dims[axis];
        }
        each("copy", "copy_forward", n, strides, x, xOffset, y, yOffset);
    }

    @Override
    public void sum(int outer, int n, int inner, Buffer x, Buffer y) {
        boolean columns = inner >= 16;
        int length = columns ? COLUMNS_PIECE : ROWS_PIECE, pieces = Math.max(1, Math.ceilDiv(n, length));
        if (pieces == 1) {
            sum(columns, outer, n, inner, length, 1, x, y);
            return;
        }
        try (var scratch = memory.scratch()) {
            CudaBuffer partial = scratch.allocate(outer * pieces * inner);
            sum(columns, outer, n, inner, length, pieces, x, partial);
            sum(outer, pieces, inner, partial, y);
        }
    }

    private void sum(boolean columns, int outer, int n, int inner, int length, int pieces, Buffer x, Buffer y) {
        if (columns)
            stream.launch("sum", "sum_columns", Launch.blocks(outer * Math.ceilDiv(inner, 32), pieces, 1).threads(32, 8), n, inner,
                    length, x, y);
        else
            stream.launch("sum", "sum_rows", Launch.blocks(outer * inner, pieces, 1), n, inner, length, x, y);
    }

    // ---- matrices

    @Override
    public void matmul(int batch, int m, int n, int k, Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer c) {
        gemm(batch, m, n, k, a, transposeA, b, transposeB, null, c);
    }

    @Override
    public void linear(int m, int n, int k, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y) {
        gemm(1, m, n, k, x, false, w, true, bias, y);
    }

    private void gemm(int batch, int m, int n, int k, Buffer a, boolean transposeA, Buffer b, boolean transposeB, @Nullable Buffer bias,
            Buffer c) {
        if (cublas != null) {
            cublas.multiply(batch, m, n, k, (CudaBuffer) a, transposeA, (CudaBuffer) b, transposeB, (CudaBuffer) c);
            if (bias != null) each("gemm", "add_bias", c.size(), n, 1, bias, c);
            return;
        }
        if (tensorCores != null) {
            tensorCores.multiply(batch, m, n, k, (CudaBuffer) a, transposeA, (CudaBuffer) b, transposeB, bias, c);
            return;
        }
        Tiles tiles = Tiles.of(stream, m, n, batch);
        stream.launch("gemm", "gemm_" + (transposeA ? "t" : "n") + (transposeB ? "t" : "n") + tiles.suffix(), tiles.launch(), m, n, k, a,
                b, bias, null, 0, c);
    }

    // ---- convolution

    static int[] structure(Conv2dShape s) {
        return new int[]{s.batch(), s.inChannels(), s.height(), s.width(), s.outChannels(), s.kernel(), s.stride(), s.padding(), s.outHeight(),
            s.outWidth(), s.groups()};
    }

    @Override
    public void conv2d(Conv2dShape s, Buffer x, Buffer w, @Nullable Buffer bias, Buffer y) {
        if (s.groups() > 1) {
            each("conv2d_grouped", "conv2d_grouped_forward", y.size(), structure(s), x, w, bias, y);
            return;
        }
        if (cudnn != null) {
            cudnn.forward(s, (CudaBuffer) x, (CudaBuffer) w, (CudaBuffer) y);
            if (bias != null) each("gemm", "add_bias", y.size(), s.outChannels(), s.outPixels(), bias, y);
            return;
        }
        if (tensorCores != null && w.isConstant()) {                               // weights that learn are used in float32
            tensorCores.convolve(s, (CudaBuffer) x, (CudaBuffer) w, bias, y);
            return;
        }
        Tiles tiles = Tiles.of(stream, s.outChannels(), s.outPixels(), s.batch());
        stream.launch("conv2d", "conv2d_forward" + tiles.suffix(), tiles.launch(), structure(s), x, w, bias, y);
    }

    @Override
    public void conv2dGradInput(Conv2dShape s, Buffer dy, Buffer w, @Nullable Buffer bias, Buffer dx) {
        if (s.groups() > 1) {
            each("conv2d_grouped", "conv2d_grouped_backward_input", dx.size(), structure(s), dy, w, bias, dx);
            return;
        }
        if (cudnn != null) {
            cudnn.backwardInput(s, (CudaBuffer) dy, (CudaBuffer) w, (CudaBuffer) dx);
            if (bias != null) each("gemm", "add_bias", dx.size(), s.inChannels(), s.height() * s.width(), bias, dx);
            return;
        }
        if (s.stride() == s.kernel() && s.padding() == 0) {
            Tiles tiles = Tiles.of(stream, s.fanIn(), s.outPixels(), s.batch());
            stream.launch("conv2d", "conv2d_backward_apart" + tiles.suffix(), tiles.launch(), structure(s), dy, w, bias, dx);
            if (s.outHeight() * s.kernel() < s.height() || s.outWidth() * s.kernel() < s.width())
                each("conv2d", "conv2d_rest", dx.size(), structure(s), bias, dx);
            return;
        }
        Tiles tiles = Tiles.of(stream, s.inChannels(), s.height() * s.width(), s.batch());
        stream.launch("conv2d", "conv2d_backward_input" + tiles.suffix(), tiles.launch(), structure(s), dy, w, bias, dx);
    }

    @Override
    public void conv2dGradWeight(Conv2dShape s, Buffer x, Buffer dy, Buffer dw) {
        if (s.groups() > 1) {
            stream.launch("conv2d_grouped", "conv2d_grouped_backward_weight", Launch.blocks(dw.size(), 1, 1), structure(s), x, dy, dw);
            return;
        }
        if (cudnn != null) {
            cudnn.backwardWeight(s, (CudaBuffer) x, (CudaBuffer) dy, (CudaBuffer) dw);
            return;
        }
        int all = s.batch() * s.outPixels(), pieces = Math.max(1, Math.ceilDiv(all, PIXELS_PIECE)), weights = s.outChannels() * s.fanIn();
        try (var scratch = memory.scratch()) {
            CudaBuffer partial = scratch.allocate(pieces * weights);
            stream.launch("conv2d", "conv2d_backward_weight", Launch.blocks(Math.ceilDiv(s.fanIn(), 64), Math.ceilDiv(s.outChannels(), 64),
                    pieces),
                    structure(s), PIXELS_PIECE, x, dy, partial);
            sum(1, pieces, weights, partial, dw);
        }
    }

    // ---- normalisation

    @Override
    public void layerNorm(int outer, int n, int inner, float eps, Buffer x, Buffer weight, Buffer bias, Buffer y, Buffer mean,
            Buffer rstd) {
        if (inner == 1)
            stream.launch("layer_norm", "layer_norm_rows_forward", Launch.each(32 * outer), outer, n, eps, x, weight, bias, y, mean, rstd);
        else
            stream.launch("layer_norm", "layer_norm_columns_forward", Launch.each(outer * inner), outer, n, inner, eps, x, weight, bias, y,
                    mean, rstd);
    }

    @Override
    public void layerNormGrad(int outer, int n, int inner, Buffer x, Buffer weight, Buffer mean, Buffer rstd, Buffer dy, Buffer dx,
            Buffer dweight, Buffer dbias) {
        if (inner == 1)
            stream.launch("layer_norm", "layer_norm_rows_backward", Launch.each(32 * outer), outer, n, x, weight, mean, rstd, dy, dx);
        else
            stream.launch("layer_norm", "layer_norm_columns_backward", Launch.each(outer * inner), outer, n, inner, x, weight, mean, rstd,
                    dy, dx);
        try (var scratch = memory.scratch()) {
            CudaBuffer product = scratch.allocate(x.size()), rows = scratch.allocate(outer * n);
            each("layer_norm", "layer_norm_normalised", x.size(), n, inner, x, mean, rstd, dy, product);
            sumAllButMiddle(outer, n, inner, product, rows, dweight);
            sumAllButMiddle(outer, n, inner, dy, rows, dbias);
        }
    }

    /// `y (n) = Σ x (outer, n, inner)`
    private void sumAllButMiddle(int outer, int n, int inner, Buffer x, CudaBuffer rows, Buffer y) {
        if (inner == 1) {
            sum(1, outer, n, x, y);
            return;
        }
        sum(outer * n, inner, 1, x, rows);
        sum(1, outer, n, rows, y);
    }

    @Override
    public void batchNorm(int outer, int n, int inner, float eps, Buffer x, Buffer weight, Buffer bias, Buffer y, Buffer mean,
            Buffer rstd) {
        stream.launch("batch_norm", "batch_norm_forward", Launch.blocks(n, 1, 1), outer, inner, eps, x, weight, bias, y, mean, rstd);
    }

    @Override
    public void batchNormGrad(int outer, int n, int inner, Buffer x, Buffer weight, Buffer mean, Buffer rstd, Buffer dy, Buffer dx,
            Buffer dweight, Buffer dbias) {
        stream.launch("batch_norm", "batch_norm_backward", Launch.blocks(n, 1, 1), outer, inner, x, weight, mean, rstd, dy, dx, dweight, dbias);
    }

    @Override
    public void softmax(int outer, int n, int inner, Buffer x, Buffer y) {
        if (inner == 1) stream.launch("softmax", "softmax_rows_forward", Launch.each(32 * outer), outer, n, x, y);
        else stream.launch("softmax", "softmax_columns_forward", Launch.each(outer * inner), outer, n, inner, x, y);
    }

    @Override
    public void softmaxGrad(int outer, int n, int inner, Buffer y, Buffer dy, Buffer dx) {
        if (inner == 1) stream.launch("softmax", "softmax_rows_backward", Launch.each(32 * outer), outer, n, y, dy, dx);
        else stream.launch("softmax", "softmax_columns_backward", Launch.each(outer * inner), outer, n, inner, y, dy, dx);
    }

    // ---- attention

    /// The smallest D of attention.cuh that a token of `dim` values fits into.
    static int compiledDim(int dim) {
        for (int d : DIMS) if (dim <= d) return d;
        throw new IllegalArgumentException("attention over tokens of " + dim + " values; at most " + DIMS[DIMS.length - 1]
                + " are supported on a GPU");
    }

    /// Bytes of `ForwardMemory<D>`.
    static int forwardMemory(int d) {
        return 4 * ((QUERIES + KEYS) * (d + 1) + QUERIES * (KEYS + 1));
    }

    /// Bytes of `BackwardMemory<D>`.
    private static int backwardMemory(int d) {
        return 4 * (2 * (QUERIES + BACK) * (d + 1) + 2 * QUERIES * (BACK + 1));
    }

    private static int[] structure(AttentionShape s) {
        return new int[]{s.groups(), s.height(), s.width(), s.dim(), Float.floatToRawIntBits((float) s.scale())};
    }

    @Override
    public void relPosAttention(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp) {
        if (tensorCores != null && tensorCores.attend(s, qkv, relH, relW, out, logSumExp)) return;
        int d = compiledDim(s.dim()), tables = 4 * QUERIES * (s.height() + s.width());
        stream.launch("rel_pos_attention", "rel_pos_attention_forward_" + d,
                Launch.blocks(Math.ceilDiv(s.tokens(), QUERIES), s.groups(), 1).shared(forwardMemory(d) + tables), structure(s), qkv, relH, relW, out,
                logSumExp);
    }

    @Override
    public void relPosAttentionGrad(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp, Buffer dout,
            Buffer dqkv, Buffer drelH, Buffer drelW) {
        int d = compiledDim(s.dim()), rows = s.groups() * s.tokens(), table = s.height() + s.width();
        try (var scratch = memory.scratch()) {
            CudaBuffer tables = scratch.allocate(rows * table), dtables = scratch.allocate(rows * table), delta = scratch.allocate(rows);
            each("rel_pos_attention", "rel_pos_attention_tables", rows * table, structure(s), qkv, relH, relW, tables);
            stream.launch("rel_pos_attention", "rel_pos_attention_delta", Launch.each(32 * rows), rows, s.dim(), out, dout, delta);
            stream.launch("rel_pos_attention", "rel_pos_attention_backward_to_keys_" + d, Launch.blocks(Math.ceilDiv(s.tokens(), BACK), s.groups(),
                    1).shared(backwardMemory(d)), structure(s), qkv, tables, logSumExp, delta, dout, dqkv);
            stream.launch("rel_pos_attention", "rel_pos_attention_backward_to_queries_" + d, Launch.blocks(Math.ceilDiv(s.tokens(),
                    QUERIES), s.groups(), 1).shared(backwardMemory(d) + 4 * QUERIES * table), structure(s), qkv, relH, relW, tables, logSumExp,
                    delta,
                    dout, dqkv, dtables);
            offsets(s, s.height(), 1, qkv, dtables, drelH);
            offsets(s, s.width(), 0, qkv, dtables, drelW);
        }
    }

    private void offsets(AttentionShape s, int length, int ofRows, Buffer qkv, Buffer dtables, Buffer drel) {
        try (var scratch = memory.scratch()) {
            CudaBuffer partial = scratch.allocate(s.groups() * drel.size());
            stream.launch("rel_pos_attention", "rel_pos_attention_backward_to_offsets",
                    Launch.blocks(2 * length - 1, s.groups(), Math.ceilDiv(s.dim(), 32)).threads(32, 8), structure(s), ofRows, qkv, dtables, partial);
            sum(1, s.groups(), drel.size(), partial, drel);
        }
    }

    private static int[] structure(MultiHeadShape s) {
        return new int[]{s.batch(), s.heads(), s.queries(), s.keys(), s.dim(), Float.floatToRawIntBits((float) s.scale())};
    }

    @Override
    public void multiHeadAttention(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats) {
        int d = compiledDim(s.dim());
        stream.launch("multi_head_attention", "multi_head_attention_forward_" + d, Launch.blocks(Math.ceilDiv(s.queries(), QUERIES), s.groups(), 1)
                .shared(forwardMemory(d)), structure(s), q, k, v, out, stats);
    }

    @Override
    public void multiHeadAttentionGrad(MultiHeadShape s, Buffer q, Buffer k, Buffer v, Buffer out, Buffer stats, Buffer dout, Buffer dq,
            Buffer dk, Buffer dv) {
        int d = compiledDim(s.dim()), rows = s.groups() * s.queries();
        try (var scratch = memory.scratch()) {
            CudaBuffer delta = scratch.allocate(rows);
            stream.launch("multi_head_attention", "multi_head_attention_delta", Launch.each(32 * rows), structure(s), out, dout, delta);
            stream.launch("multi_head_attention", "multi_head_attention_backward_to_keys_" + d, Launch.blocks(Math.ceilDiv(s.keys(), BACK),
                    s.groups(), 1).shared(backwardMemory(d)), structure(s), q, k, v, stats, delta, dout, dk, dv);
            stream.launch("multi_head_attention", "multi_head_attention_backward_to_queries_" + d, Launch.blocks(Math.ceilDiv(s.queries(),
                    QUERIES),
                    s.groups(), 1).shared(backwardMemory(d)), structure(s), q, k, v, stats, delta, dout, dq);
        }
    }

    /// With cuBLAS, blocks are composed of other kernels, because its products cannot be fused with what follows.
    @Override
    public <T> @Nullable T fused(Class<T> piece) {
        return piece == EncoderBlockKernel.class && cublas != null ? null : Kernels.super.fused(piece);
    }

    @Override
    public void encoderBlock(EncoderBlockShape s, Buffer x, EncoderBlockWeights<Buffer> weights, Buffer y) {
        encoderBlock.run(s, (CudaBuffer) x, weights.map(CudaBuffer.class::cast), (CudaBuffer) y);
    }

    // ---- pictures

    @Override
    public void resizeBilinear(int planes, int h, int w, int toH, int toW, Buffer x, Buffer y) {
        each("resize", "resize_bilinear_forward", planes * toH * toW, h, w, toH, toW, x, y);
    }

    @Override
    public void resizeBilinearGrad(int planes, int h, int w, int toH, int toW, Buffer dy, Buffer dx) {
        each("resize", "resize_bilinear_backward", planes * h * w, h, w, toH, toW, dy, dx);
    }

    @Override
    public void maxPool(Conv2dShape s, Buffer x, Buffer y) {
        each("max_pool", "max_pool_forward", y.size(), structure(s), x, y);
    }

    @Override
    public void maxPoolGrad(Conv2dShape s, Buffer x, Buffer dy, Buffer dx) {
        each("max_pool", "max_pool_backward", dx.size(), structure(s), x, dy, dx);
    }

    // ---- losses

    /// Brings bytes to the device for a launch or two.
    private void upload(byte[] bytes, Consumer<CudaBuffer> then) {
        try (var scratch = memory.scratch()) {
            CudaBuffer there = scratch.allocate((bytes.length + 3) / 4);
            memory.write(bytes, there);
            then.accept(there);
        }
    }

    /// A launch with sums of `columns` numbers for each block of the launch.
    private void upload(byte[] labels, int columns, BiConsumer<CudaBuffer, CudaBuffer> then) {
        try (var scratch = memory.scratch()) {
            CudaBuffer partial = scratch.allocate(Launch.each(labels.length).blocksX() * columns);
            upload(labels, bytes -> then.accept(bytes, partial));
        }
    }

    private static final Launch ONE_BLOCK = Launch.blocks(1, 1, 1);

    @Override
    public void crossEntropy(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer loss) {
        Launch each = Launch.each(batch * pixels);
        upload(labels, 1, (bytes, partial) -> {
            stream.launch("losses", "cross_entropy_forward", each, batch, classes, pixels, logits, bytes, partial);
            stream.launch("losses", "cross_entropy_total", ONE_BLOCK, each.blocksX(), counted(labels), partial, loss);
        });
    }

    @Override
    public void crossEntropyGrad(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer dloss, Buffer dlogits) {
        upload(labels, bytes -> stream.launch("losses", "cross_entropy_backward", Launch.each(batch * pixels), batch, classes, pixels,
                counted(labels), logits, bytes, dloss, dlogits));
    }

    @Override
    public void softDice(int batch, int classes, int pixels, Buffer p, byte[] labels, Buffer sums, Buffer loss) {
        Launch each = Launch.each(batch * pixels);
        upload(labels, 3 * classes, (bytes, partial) -> {
            stream.launch("losses", "soft_dice_forward", each, batch, classes, pixels, p, bytes, partial);
            stream.launch("losses", "soft_dice_total", ONE_BLOCK, each.blocksX(), classes, partial, sums, loss);
        });
    }

    @Override
    public void softDiceGrad(int batch, int classes, int pixels, Buffer p, byte[] labels, Buffer sums, Buffer dloss, Buffer dp) {
        upload(labels, bytes -> stream.launch("losses", "soft_dice_backward", Launch.each(batch * pixels), batch, classes, pixels, p, bytes,
                sums, dloss, dp));
    }

    @Override
    public void crossEntropyAndDice(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer sums, Buffer losses) {
        Launch each = Launch.each(batch * pixels);
        upload(labels, 3 * classes + 1, (bytes, partial) -> {
            stream.launch("losses", "cross_entropy_and_dice_forward", each, batch, classes, pixels, logits, bytes, partial);
            stream.launch("losses", "cross_entropy_and_dice_total", ONE_BLOCK, each.blocksX(), classes, counted(labels), partial, sums, losses);
        });
    }

    @Override
    public void crossEntropyAndDiceGrad(int batch, int classes, int pixels, Buffer logits, byte[] labels, Buffer sums, Buffer dlosses,
            Buffer dlogits) {
        upload(labels, bytes -> stream.launch("losses", "cross_entropy_and_dice_backward", Launch.each(batch * pixels), batch, classes,
                pixels, counted(labels), logits, bytes, sums, dlosses, dlogits));
    }

    /// The number of pixels that are not labelled 255, at least 1: the divisor of a mean over them.
    private static int counted(byte[] labels) {
        int count = 0;
        for (byte label : labels) if (label != (byte) 255) count++;
        return Math.max(1, count);
    }

    // ---- optimizer

    @Override
    public void adam(double lr, double beta1, double beta2, double eps, int step, List<AdamSlot> slots) {
        int blocks = slots.stream().mapToInt(slot -> Math.ceilDiv(slot.size(), ADAM_PIECE)).sum();
        ByteBuffer pieces = ByteBuffer.allocate(blocks * ADAM_PIECE_BYTES).order(ByteOrder.nativeOrder());
        for (AdamSlot slot : slots)
            for (int first = 0; first < slot.size(); first += ADAM_PIECE) {
                for (Buffer part : List.of(slot.g(), slot.m(), slot.v(), slot.p()))
                    pieces.putLong(((CudaBuffer) part).pointer().address() + 4L * first);
                pieces.putLong(Math.min(ADAM_PIECE, slot.size() - first));
            }
        float rate = (float) (lr / (1 - Math.pow(beta1, step))), second = (float) (1 / Math.sqrt(1 - Math.pow(beta2, step)));
        upload(pieces.array(), table -> stream.launch("adam", "adam_step", Launch.blocks(blocks, 1, 1), table, rate, (float) beta1,
                (float) (1 - beta1), (float) beta2, (float) (1 - beta2), second, (float) eps));
    }
}
