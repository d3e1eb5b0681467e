package dev.samovar.cuda;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.cuda.CudaStream.Launch;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Computations on tensor cores: matrix products and, forward only, the encoder's convolutions, attention and blocks. Operands are rounded to the
/// device's format and rearranged before use, weights only once; sums and results are float32.
final class TensorCores {
    private final CudaStream stream;
    private final CudaMemory memory;
    private final Format format;

    TensorCores(CudaStream stream, CudaMemory memory, Format format) {
        this.stream = stream;
        this.memory = memory;
        this.format = format;
    }

    // ---- gemm_tensor.cu

    private static final int COLUMNS = 128, STAGE_ROW = 3 * 128;                   // of a tile, and bytes of shared memory for each of its rows and columns

    /// `c (batch, m, n) = a · b + bias`. Both operands are brought into rows along k that begin at multiples of 16 bytes, in the device's format,
    /// unless they are in that layout already.
    void multiply(int batch, int m, int n, int k, CudaBuffer a, boolean transposeA, CudaBuffer b, boolean transposeB,
            @Nullable Buffer bias, Buffer c) {
        try (var scratch = memory.scratch()) {
            CudaBuffer left = packed(scratch, batch, m, k, transposeA, a), right = packed(scratch, batch, n, k, !transposeB, b);
            multiply(batch, m, n, k, left, right, bias, null, false, false, c, false);
        }
    }

    private void multiply(int batch, int m, int n, int k, CudaBuffer a, CudaBuffer b, @Nullable Buffer bias, @Nullable Buffer residual,
            boolean bend, boolean weights, Buffer c, boolean asRows) {
        int across = Math.ceilDiv(n, COLUMNS), rows = rowsOfATile(across * (long) batch, m);
        stream.launch("gemm_tensor", "gemm_" + format + (rows == 64 ? "_small" : "_large"), Launch.blocks(across, Math.ceilDiv(m, rows),
                batch).threads(2 * rows, 1).shared((long) STAGE_ROW * (rows + COLUMNS)), m, n, format.rowBytes(k), a, b, bias, residual,
                bend ? 1 : 0, weights ? 1 : 0, c,
                asRows ? format.rowBytes(n) : 0);
    }

    /// 128 or 64, whichever gives the busiest multiprocessor fewer rows; small tiles count a tenth more, because they take longer.
    private int rowsOfATile(long across, int m) {
        long large = 128 * Math.ceilDiv(across * Math.ceilDiv(m, 128), stream.multiprocessors());
        long small = 64 * Math.ceilDiv(across * Math.ceilDiv(m, 64), stream.multiprocessors());
        return 11 * small < 10 * large ? 64 : 128;
    }

    private CudaBuffer packed(CudaMemory.Scratch scratch, int batch, int rows, int k, boolean transposed, CudaBuffer x) {
        if (format == Format.TF32 && k % 4 == 0 && !transposed) return x;
        return packed(scratch, batch, rows, k, format.rowBytes(k), transposed, x);
    }

    /// `x (batch, rows, k)`, or `(batch, k, rows)` if transposed, as rows of so many bytes. For a constant, this is done only once.
    private CudaBuffer packed(CudaMemory.Scratch scratch, int batch, int rows, int k, int rowBytes, boolean transposed, CudaBuffer x) {
        int floats = Math.multiplyExact(batch * rows, rowBytes / 4);
        if (x.isConstant() && batch == 1 && !transposed)
            return x.packed(() -> pack(memory.allocate(floats), rows, k, rowBytes, false, x));
        return pack(scratch.allocate(floats), rows, k, rowBytes, transposed, x);
    }

    private CudaBuffer pack(CudaBuffer to, int rows, int k, int rowBytes, boolean transposed, CudaBuffer x) {
        int pieces = to.size() / 4;
        stream.launch("gemm_tensor", "pack_" + format + "_rows", Launch.each(pieces), pieces, rows, k, rowBytes / 16, transposed ? 1 : 0, x, to);
        return to;
    }

    // ---- conv2d_tensor.cu

    /// [dev.samovar.core.kernel.Kernels#conv2d] as a product of the weights and all patches, which are copied into rows for it.
    void convolve(Conv2dShape s, CudaBuffer x, CudaBuffer w, @Nullable Buffer bias, Buffer y) {
        int k = s.fanIn(), rows = Math.multiplyExact(s.batch(), s.outPixels()), pieces = format.rowBytes(k) / 16;
        try (var scratch = memory.scratch()) {
            CudaBuffer weights = packed(scratch, 1, s.outChannels(), k, false, w), patches = scratch.allocate(Math.multiplyExact(rows, 4
                    * pieces));
            stream.launch("conv2d_tensor", "pack_" + format + "_patches", Launch.each(rows * pieces), rows * pieces, CudaKernels.structure(s), pieces,
                    x, patches);
            multiply(s.batch(), s.outChannels(), s.outPixels(), k, weights, patches, bias, null, false, true, y, false);
        }
    }

    // ---- attention_tensor.cu

    /// How attention_tensor.cu is launched: its compiled `d`, the binary logarithm of a padded row of the grid, the number of 16-byte pieces in a
    /// packed token, blocks and bytes of shared memory.
    private record Attention(int d, int shift, int pieces, int blocks, int sharedBytes) {
        private static final int PLACES = 64, SLOTS = 3, MOST_SHARED = 99 << 10;   // what a block has on any device of compute capability 8.0

        /// Null if the float32 kernels must be used: for rows of more than 64 tokens, and where a device might not have enough shared memory, that
        /// is, for grids of hundreds of rows and for TF32 of more than 80 values.
        static @Nullable Attention of(AttentionShape s, Format format) {
            if (s.width() > PLACES) return null;
            int d = CudaKernels.compiledDim(s.dim()), shift = Math.max(3, 32 - Integer.numberOfLeadingZeros(s.width() - 1)),
                    lines = PLACES >> shift;
            int pieces = (format == Format.BF16 ? d / 8 : d / 4), blocks = Math.ceilDiv(s.height(), lines);
            long shared = 16L * SLOTS * PLACES * (pieces + 1) + 4L * PLACES * (Math.max(blocks * lines, PLACES) + 1);
            return shared > MOST_SHARED ? null : new Attention(d, shift, pieces, blocks, (int) shared);
        }

        Launch launch(AttentionShape s) {
            return Launch.blocks(blocks, s.groups(), 1).threads(128, 1).shared(sharedBytes);
        }
    }

    /// [dev.samovar.core.kernel.Kernels#relPosAttention], if the shape allows.
    ///
    /// @return whether it was done; if not, use the float32 kernels
    boolean attend(AttentionShape s, Buffer qkv, Buffer relH, Buffer relW, Buffer out, Buffer logSumExp) {
        Attention t = Attention.of(s, format);
        if (t == null) return false;
        try (var scratch = memory.scratch()) {
            stream.launch("attention_tensor", "rel_pos_attention_" + format + "_" + t.d, t.launch(s), s.height(), s.width(), t.shift, s.dim(),
                    (float) s.scale(), tokens(scratch, t, s, qkv), tokens(scratch, t, s, relH), tokens(scratch, t, s, relW), out, logSumExp);
        }
        return true;
    }

    private CudaBuffer tokens(CudaMemory.Scratch scratch, Attention t, AttentionShape s, Buffer x) {
        return packed(scratch, 1, x.size() / s.dim(), s.dim(), 16 * t.pieces, false, (CudaBuffer) x);
    }

    // ---- the encoder's block

    /// Whether its attention runs on tensor cores: a head's part of a token must consist of whole pieces of 16 bytes, in addition to the conditions
    /// of [Attention].
    boolean canAttend(EncoderBlockShape s) {
        return format.bytes() * s.attention().dim() % 16 == 0 && Attention.of(s.attention(), format) != null;
    }

    /// The steps of a block, with buffers from `scratch`.
    CudaEncoderBlock.Steps steps(CudaMemory.Scratch scratch) {
        return new CudaEncoderBlock.Steps() {
            @Override
            public CudaBuffer rows(int count, int n) {
                return scratch.allocate(Math.multiplyExact(count, format.rowBytes(n) / 4));
            }

            @Override
            public void layerNorm(int count, int n, float eps, CudaBuffer x, WeightAndBias<CudaBuffer> norm, CudaBuffer y) {
                stream.launch("layer_norm_tensor", "layer_norm_" + format, Launch.each(32 * count), count, n, eps, x, norm.weight(), norm.bias(), y,
                        format.rowBytes(n));
            }

            @Override
            public void product(int m, int n, int k, CudaBuffer a, WeightAndBias<CudaBuffer> layer, @Nullable CudaBuffer residual,
                    boolean bend,
                    CudaBuffer c, boolean asRows) {
                multiply(1, m, n, k, a, packed(scratch, 1, n, k, false, layer.weight()), layer.bias(), residual, bend, false, c, asRows);
            }

            @Override
            public void attend(EncoderBlockShape s, CudaBuffer qkv, CudaBuffer bias, CudaBuffer relH, CudaBuffer relW, CudaBuffer out) {
                AttentionShape a = s.attention();
                Attention t = Objects.requireNonNull(Attention.of(a, format));
                int rowBytes = format.rowBytes(3 * s.channels());
                stream.launch("attention_tensor", "block_attention_" + format + "_" + t.d, t.launch(a), CudaEncoderBlock.structure(s), t.shift, qkv,
                        rowBytes, packed(scratch, 1, 1, 3 * s.channels(), rowBytes, false, bias), tokens(scratch, t, a, relH),
                        tokens(scratch, t, a, relW), out, format.rowBytes(s.channels()));
            }
        };
    }
}
