package dev.samovar.cuda;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.cuda.CudaStream.Launch;
import org.jspecify.annotations.Nullable;

/// What runs on tensor cores: matrix products and the encoder's attention, forward. Operands are rounded to the device's format and laid out on the way, weights once for all;
/// sums and results are float32.
final class TensorCores {
    private static final int TILE = 128, STAGES_MEMORY = 3 * 2 * 128 * 128; // of gemm_tensor.cu: a tile's side, and bytes of its three stages

    private final CudaStream stream;
    private final CudaMemory memory;
    private final Format format;

    TensorCores(CudaStream stream, CudaMemory memory, Format format) {
        this.stream = stream;
        this.memory = memory;
        this.format = format;
    }

    // ---- gemm_tensor.cu

    /// `c (batch, m, n) = a · b + bias`. Both operands are brought into rows along k that begin at multiples of 16 bytes, in the device's format, unless they lie like that already.
    void multiply(int batch, int m, int n, int k, CudaBuffer a, boolean transposeA, CudaBuffer b, boolean transposeB,
            @Nullable Buffer bias, Buffer c) {
        int bytes = format == Format.BF16 ? 2 : 4, stride = CudaKernels.lots(k, 16 / bytes) * (16 / bytes);
        try (var scratch = memory.scratch()) {
            CudaBuffer left = packed(scratch, batch, m, k, stride, transposeA, a), right = packed(scratch, batch, n, k, stride, !transposeB,
                    b);
            stream.launch("gemm_tensor", format == Format.BF16 ? "gemm_bf16" : "gemm_tf32", Launch.blocks(CudaKernels.lots(n, TILE),
                    CudaKernels.lots(m,
                            TILE), batch).shared(STAGES_MEMORY), m, n, stride * bytes, left, right, bias, c);
        }
    }

    private CudaBuffer packed(CudaMemory.Scratch scratch, int batch, int rows, int k, int stride, boolean transposed, CudaBuffer x) {
        if (format == Format.TF32 && stride == k && !transposed) return x;
        int floats = format == Format.BF16 ? batch * rows * stride / 2 : batch * rows * stride;
        if (x.isConstant() && batch == 1 && !transposed)
            return x.packed(() -> pack(memory.allocate(floats), rows, k, stride, false,
                    x));
        return pack(scratch.allocate(floats), rows, k, stride, transposed, x);
    }

    private CudaBuffer pack(CudaBuffer to, int rows, int k, int stride, boolean transposed, CudaBuffer x) {
        stream.launch("gemm_tensor", format == Format.BF16 ? "pack_bf16_matrix" : "pack_tf32_matrix", Launch.each(to.size()), to.size(),
                rows, k, stride, transposed ? 1 : 0,
                x, to);
        return to;
    }

    // ---- attention_tensor.cu

    /// How attention_tensor.cu is to be launched: its compiled `d`, the binary logarithm of a row of the grid filled up, the pieces of 16 bytes that are a packed token, blocks
    /// and bytes of shared memory.
    private record Attention(int d, int shift, int pieces, int blocks, int sharedBytes) {
        private static final int PLACES = 64, SLOTS = 3, MOST_SHARED = 99 << 10;   // what every device of compute capability 8.0 or newer has for a block

        /// Null where the float32 kernels are to be taken: for rows of more than 64 tokens, and where a device might not have the shared memory, which is for grids
        /// of hundreds of rows and for TF32 of more than 80 values.
        static @Nullable Attention of(AttentionShape s, Format format) {
            if (s.width() > PLACES) return null;
            int d = CudaKernels.compiledDim(s.dim()), shift = Math.max(3, 32 - Integer.numberOfLeadingZeros(s.width() - 1)),
                    lines = PLACES >> shift;
            int pieces = (format == Format.BF16 ? d / 8 : d / 4), blocks = CudaKernels.lots(s.height(), lines);
            long shared = 16L * SLOTS * PLACES * (pieces + 1) + 4L * PLACES * (Math.max(blocks * lines, PLACES) + 1);
            return shared > MOST_SHARED ? null : new Attention(d, shift, pieces, blocks, (int) shared);
        }
    }

    /// [dev.samovar.core.kernel.Kernels#relPosAttention], if the shape allows.
    ///
    /// @return whether it was done; if not, the float32 kernels have to
    boolean attend(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp) {
        Attention t = Attention.of(s, format);
        if (t == null) return false;
        try (var scratch = memory.scratch()) {
            CudaBuffer tokens = packTokens(scratch, t, s, qkv), h = packTokens(scratch, t, s, relH), w = packTokens(scratch, t, s, relW);
            stream.launch("attention_tensor", "rel_pos_attention_" + (format == Format.BF16 ? "bf16_" : "tf32_") + t.d, Launch.blocks(
                    t.blocks, s.groups(), 1).threads(128, 1).shared(t.sharedBytes), s.height(), s.width(), t.shift, s.dim(), (float) s
                            .scale(), tokens, h, w, out, logSumExp);
        }
        return true;
    }

    private CudaBuffer packTokens(CudaMemory.Scratch scratch, Attention t, AttentionShape s, Buffer x) {
        int pieces = x.size() / s.dim() * t.pieces;
        CudaBuffer packed = scratch.allocate(4 * pieces);
        stream.launch("attention_tensor", format == Format.BF16 ? "pack_bf16_tokens" : "pack_tf32_tokens", Launch.each(pieces), pieces, s
                .dim(), t.pieces, x, packed);
        return packed;
    }
}
