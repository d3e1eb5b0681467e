// Matrix products in float32, without tensor cores. One batch entry for each blockIdx.z; a residual is for a batch of one.
#include "ending.cuh"
#include "tile.cuh"

/// a (m, k), transposed or not.
template <bool TRANSPOSED> struct Left {
    static constexpr bool along_k = !TRANSPOSED;
    const float* a;
    int m, k;
    __device__ float at(int row, int column) const { return TRANSPOSED ? a[column * m + row] : a[row * k + column]; }
};

/// b (k, n), transposed or not.
template <bool TRANSPOSED> struct Right {
    static constexpr bool along_k = TRANSPOSED;
    const float* b;
    int n, k;
    __device__ float at(int row, int column) const { return TRANSPOSED ? b[column * k + row] : b[row * n + column]; }
};

/// c (m, n), with its ending.
struct Out {
    Ending ending;
    float* c;
    int n;
    __device__ void put(int row, int column, float sum) const { c[row * n + column] = ending.of(sum, column, row * n + column); }
};

#define OPERANDS(TRANSPOSE_A, TRANSPOSE_B)                                                                                                                    \
    int batch = static_cast<int>(blockIdx.z);                                                                                                                 \
    Left<TRANSPOSE_A> left{a + batch * m * k, m, k};                                                                                                          \
    Right<TRANSPOSE_B> right{b + batch * k * n, n, k};                                                                                                        \
    Out out{{bias, residual, bend}, c + batch * m * n, n}

#define GEMM(ORDER, TRANSPOSE_A, TRANSPOSE_B)                                                                                                                 \
    KERNEL __launch_bounds__(256) gemm_##ORDER##_large(int m, int n, int k, const float* a, const float* b, const float* bias, const float* residual, int bend, float* c) { \
        OPERANDS(TRANSPOSE_A, TRANSPOSE_B);                                                                                                                   \
        LARGE_TILE(m, n, 0, k, left, right, out);                                                                                                             \
    }                                                                                                                                                         \
    KERNEL __launch_bounds__(256) gemm_##ORDER##_small(int m, int n, int k, const float* a, const float* b, const float* bias, const float* residual, int bend, float* c) { \
        OPERANDS(TRANSPOSE_A, TRANSPOSE_B);                                                                                                                   \
        SMALL_TILE(m, n, 0, k, left, right, out);                                                                                                             \
    }

GEMM(nn, false, false)
GEMM(nt, false, true)
GEMM(tn, true, false)
GEMM(tt, true, true)

// y[…, i, …] += bias[i] along an axis of length `n` and stride `inner`, after a library's product or convolution.
KERNEL add_bias(int count, int n, int inner, const float* bias, float* y) {
    int i = element();
    if (i < count) y[i] += bias[i / inner % n];
}
