package dev.samovar.cuda;

import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import org.jspecify.annotations.Nullable;

/// Matrix products by NVIDIA's cuBLAS, where it is installed. It stores matrices by columns: our `c = a · b` is its `cᵀ = bᵀ · aᵀ`, so the operands
/// change places and nothing is transposed.
final class CublasGemm {
    private static final class Library {
        static final @Nullable String PROBLEM = Natives.load("JCublas2", "12.6.0", () -> JCublas2.setExceptionsEnabled(false));
    }

    private final CudaStream stream;
    private final cublasHandle handle = new cublasHandle();
    private final int computeType;
    private final Pointer one = CudaDriver.number(1), zero = CudaDriver.number(0);

    /// Opens cuBLAS on a stream.
    ///
    /// @throws CudaException if it is not installed
    CublasGemm(CudaStream stream, Format format) {
        String problem = whyNot();
        if (problem != null) throw new CudaException(problem);
        this.stream = stream;
        check(JCublas2.cublasCreate(handle), "starting");
        check(JCublas2.cublasSetStream(handle, stream.forLibraries()), "taking our stream");
        computeType = switch (format) {
            case FLOAT32 -> cublasComputeType.CUBLAS_COMPUTE_32F;
            case TF32 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32;
            case BF16 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF;
        };
    }

    /// Why it cannot be used, null if it can.
    static @Nullable String whyNot() {
        return Library.PROBLEM == null ? null : "cuBLAS is not there: " + Library.PROBLEM;
    }

    /// `c (batch, m, n) = a · b`, operands as in [dev.samovar.core.kernel.Kernels#matmul].
    void multiply(int batch, int m, int n, int k, CudaBuffer a, boolean transposeA, CudaBuffer b, boolean transposeB, CudaBuffer c) {
        stream.enter();
        check(JCublas2.cublasGemmStridedBatchedEx_new(handle, operation(transposeB), operation(transposeA), n, m, k, one, b.pointer(),
                cudaDataType.CUDA_R_32F, transposeB ? k : n, (long) n * k, a.pointer(), cudaDataType.CUDA_R_32F, transposeA ? m : k,
                (long) m
                        * k,
                zero, c.pointer(), cudaDataType.CUDA_R_32F, n, (long) m * n, batch, computeType, cublasGemmAlgo.CUBLAS_GEMM_DEFAULT),
                "multiplying " + m + " × " + k + " by " + k + " × " + n);
    }

    private static int operation(boolean transpose) {
        return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    private static void check(int status, String doing) {
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS)
            throw new CudaException("cuBLAS failed while " + doing + ": " + cublasStatus.stringFor(status));
    }
}
