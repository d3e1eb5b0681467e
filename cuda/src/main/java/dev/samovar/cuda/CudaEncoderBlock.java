package dev.samovar.cuda;

import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.cuda.CudaStream.Launch;
import org.jspecify.annotations.Nullable;

/// A block of the image encoder in seven launches, each of which reads the output of the one before in its layout.
///
/// Tokens stay in the pictures' order throughout. Attention finds a window's places among them (block.cuh); for places beyond the picture it uses the
/// bias of qkv. Values that only products read are rounded to the device's format when they are written; the residual is float32. Weights, relative
/// positions and that bias are packed once.
final class CudaEncoderBlock {
    private final CudaStream stream;
    private final CudaMemory memory;
    private final @Nullable TensorCores tensorCores;

    CudaEncoderBlock(CudaStream stream, CudaMemory memory, @Nullable TensorCores tensorCores) {
        this.stream = stream;
        this.memory = memory;
        this.tensorCores = tensorCores;
    }

    /// [dev.samovar.core.kernel.EncoderBlockKernel]; in float32 where the attention does not fit the tensor cores.
    void run(EncoderBlockShape s, CudaBuffer x, EncoderBlockWeights<CudaBuffer> w, CudaBuffer y) {
        int c = s.channels(), tokens = s.batch() * s.height() * s.width(), hidden = s.hidden();
        try (var scratch = memory.scratch()) {
            Steps step = tensorCores != null && tensorCores.canAttend(s) ? tensorCores.steps(scratch) : new InFloat32(scratch);
            CudaBuffer operand = step.rows(tokens, c), qkv = step.rows(tokens, 3 * c), z = scratch.allocate(tokens * c);
            step.layerNorm(tokens, c, s.eps(), x, w.norm1(), operand);
            step.product(tokens, 3 * c, c, operand, w.qkv(), null, false, qkv, true);
            step.attend(s, qkv, w.qkv().bias(), w.relPosH(), w.relPosW(), operand);
            step.product(tokens, c, c, operand, w.proj(), x, false, z, false);
            step.layerNorm(tokens, c, s.eps(), z, w.norm2(), operand);
            CudaBuffer between = step.rows(tokens, hidden);
            step.product(tokens, hidden, c, operand, w.lin1(), null, true, between, true);
            step.product(tokens, c, hidden, between, w.lin2(), z, false, y, false);
        }
    }

    /// What a block is made of, in one format. `rows` are the operands of products: `n` numbers each, as [Format#rowBytes] says.
    interface Steps {
        CudaBuffer rows(int count, int n);

        /// `y = layerNorm(x)`, rows.
        void layerNorm(int count, int n, float eps, CudaBuffer x, WeightAndBias<CudaBuffer> norm, CudaBuffer y);

        /// `c = residual + f(a · wᵀ + bias)` with `a (m, k)` rows, `w (n, k)` and `bias` the parameters of a layer, and `f` GELU if it is to `bend`; `c` is rows, or float32.
        void product(int m, int n, int k, CudaBuffer a, WeightAndBias<CudaBuffer> layer, @Nullable CudaBuffer residual, boolean bend,
                CudaBuffer c,
                boolean asRows);

        /// The attention of rows `qkv`; for tokens beyond the picture, the rows are the `bias`.
        void attend(EncoderBlockShape s, CudaBuffer qkv, CudaBuffer bias, CudaBuffer relH, CudaBuffer relW, CudaBuffer out);
    }

    /// `Block` of block.cuh.
    static int[] structure(EncoderBlockShape s) {
        var a = s.attention();
        return new int[]{a.height(), a.width(), s.windowsDown(), s.windowsAcross(), s.height(), s.width(), s.heads(), a.dim(),
            Float.floatToRawIntBits((float) a.scale())};
    }

    private final class InFloat32 implements Steps {
        private final CudaMemory.Scratch scratch;

        InFloat32(CudaMemory.Scratch scratch) {
            this.scratch = scratch;
        }

        @Override
        public CudaBuffer rows(int count, int n) {
            return scratch.allocate(Math.multiplyExact(count, n));
        }

        @Override
        public void layerNorm(int count, int n, float eps, CudaBuffer x, WeightAndBias<CudaBuffer> norm, CudaBuffer y) {
            CudaBuffer mean = scratch.allocate(count), rstd = scratch.allocate(count);
            stream.launch("layer_norm", "layer_norm_rows_forward", Launch.each(32 * count), count, n, eps, x, norm.weight(), norm.bias(), y,
                    mean, rstd);
        }

        @Override
        public void product(int m, int n, int k, CudaBuffer a, WeightAndBias<CudaBuffer> layer, @Nullable CudaBuffer residual, boolean bend,
                CudaBuffer c,
                boolean asRows) {
            Tiles tiles = Tiles.of(stream, m, n, 1);
            stream.launch("gemm", "gemm_nt" + tiles.suffix(), tiles.launch(), m, n, k, a, layer.weight(), layer.bias(), residual, bend
                    ? 1
                    : 0, c);
        }

        @Override
        public void attend(EncoderBlockShape s, CudaBuffer qkv, CudaBuffer bias, CudaBuffer relH, CudaBuffer relW, CudaBuffer out) {
            var a = s.attention();
            int d = CudaKernels.compiledDim(a.dim()), tables = 4 * CudaKernels.QUERIES * (a.height() + a.width());
            stream.launch("rel_pos_attention", "block_attention_float32_" + d, Launch.blocks(Math.ceilDiv(a.tokens(),
                    CudaKernels.QUERIES), a.groups(), 1).shared(CudaKernels.forwardMemory(d) + tables), structure(s), qkv, bias, relH, relW, out);
        }
    }
}
