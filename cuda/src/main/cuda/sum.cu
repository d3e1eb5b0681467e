// y (outer, pieces, inner) = Σ x (outer, n, inner), where n is cut into `pieces` of `length`. A second launch sums the pieces, so that the order is always the same.
#include "common.cuh"

// For a large `inner`: 32 columns side by side and 8 rows at a time. Threads (32, 8), grid (outer · columns / 32, pieces).
KERNEL sum_columns(int n, int inner, int length, const float* x, float* y) {
    __shared__ float partial[8][32];
    int across = (inner + 31) / 32, o = static_cast<int>(blockIdx.x) / across, column = static_cast<int>(blockIdx.x) % across * 32 + static_cast<int>(threadIdx.x);
    int piece = static_cast<int>(blockIdx.y), row = static_cast<int>(threadIdx.y), end = min(n, (piece + 1) * length);
    float sum = 0;
    if (column < inner) {
        for (int i = piece * length + row; i < end; i += 8) sum += x[(o * n + i) * inner + column];
    }
    partial[row][threadIdx.x] = sum;
    __syncthreads();
    if (row != 0 || column >= inner) return;
    for (int i = 1; i < 8; i++) sum += partial[i][threadIdx.x];
    y[(o * static_cast<int>(gridDim.y) + piece) * inner + column] = sum;
}

// For a small `inner`: a block for each sum. Threads 256, grid (outer · inner, pieces).
KERNEL sum_rows(int n, int inner, int length, const float* x, float* y) {
    __shared__ float shared[32];
    int o = static_cast<int>(blockIdx.x) / inner, column = static_cast<int>(blockIdx.x) % inner, piece = static_cast<int>(blockIdx.y), end = min(n, (piece + 1) * length);
    float sum = 0;
    for (int i = piece * length + static_cast<int>(threadIdx.x); i < end; i += static_cast<int>(blockDim.x)) sum += x[(o * n + i) * inner + column];
    sum = block_sum(sum, shared);
    if (threadIdx.x == 0) y[(o * static_cast<int>(gridDim.y) + piece) * inner + column] = sum;
}
