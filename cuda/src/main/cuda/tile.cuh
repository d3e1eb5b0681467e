// C = A · B for sources that return their elements by row and column: matrices, transposed or not, and the pictures of a convolution (which are never unfolded in memory).
//
// A block of 256 threads computes BM × BN values of C, and each thread TM × TN of them in registers. BK columns of A and BK rows of B at a time go through shared memory; while
// they are multiplied, the next ones are read into registers. A is stored transposed there, so that a thread's TM values are neighbours.
//
// A source has `at(row, column)` and `along_k`, which says whether neighbours in memory are neighbours in k, so that neighbouring threads read neighbours.
#pragma once
#include "common.cuh"

template <int BM, int BN, int BK, int TM, int TN, class A, class B, class C>
static __device__ __forceinline__ void multiply(int m, int n, int k_begin, int k_end, const A& a, const B& b, const C& c, float (*as)[BM + 4], float (*bs)[BN + 4]) {
    constexpr int THREADS = 256, A_EACH = BM * BK / THREADS, B_EACH = BN * BK / THREADS;
    static_assert((BM / TM) * (BN / TN) == THREADS, "a thread for each TM x TN values");
    int t = static_cast<int>(threadIdx.x), row0 = static_cast<int>(blockIdx.y) * BM, column0 = static_cast<int>(blockIdx.x) * BN;
    int ty = t / (BN / TN), tx = t % (BN / TN);
    float sums[TM][TN] = {}, a_next[A_EACH], b_next[B_EACH];

    auto read = [&](int k0) {
#pragma unroll
        for (int i = 0; i < A_EACH; i++) {
            int at = t + i * THREADS, k = k0 + (A::along_k ? at % BK : at / BM), row = row0 + (A::along_k ? at / BK : at % BM);
            a_next[i] = k < k_end && row < m ? a.at(row, k) : 0;
        }
#pragma unroll
        for (int i = 0; i < B_EACH; i++) {
            int at = t + i * THREADS, k = k0 + (B::along_k ? at % BK : at / BN), column = column0 + (B::along_k ? at / BK : at % BN);
            b_next[i] = k < k_end && column < n ? b.at(k, column) : 0;
        }
    };
    read(k_begin);
    for (int k0 = k_begin; k0 < k_end; k0 += BK) {
        __syncthreads();
#pragma unroll
        for (int i = 0; i < A_EACH; i++) {
            int at = t + i * THREADS;
            as[A::along_k ? at % BK : at / BM][A::along_k ? at / BK : at % BM] = a_next[i];
        }
#pragma unroll
        for (int i = 0; i < B_EACH; i++) {
            int at = t + i * THREADS;
            bs[B::along_k ? at % BK : at / BN][B::along_k ? at / BK : at % BN] = b_next[i];
        }
        __syncthreads();
        if (k0 + BK < k_end) read(k0 + BK);
#pragma unroll
        for (int k = 0; k < BK; k++) {
            float left[TM], right[TN];
#pragma unroll
            for (int i = 0; i < TM; i++) left[i] = as[k][ty * TM + i];
#pragma unroll
            for (int j = 0; j < TN; j++) right[j] = bs[k][tx + j * (BN / TN)];
#pragma unroll
            for (int i = 0; i < TM; i++) {
#pragma unroll
                for (int j = 0; j < TN; j++) sums[i][j] = fmaf(left[i], right[j], sums[i][j]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < TM; i++) {
#pragma unroll
        for (int j = 0; j < TN; j++) {
            int row = row0 + ty * TM + i, column = column0 + tx + j * (BN / TN);
            if (row < m && column < n) c.put(row, column, sums[i][j]);
        }
    }
}

/// Large tiles, for work that fills the device, and small ones: a kernel for each, both with 256 threads and a grid of (columns / BN, rows / BM, anything).
#define LARGE_TILE(m, n, k_begin, k_end, a, b, c)                                                                                                             \
    __shared__ float as[8][128 + 4], bs[8][128 + 4];                                                                                                          \
    multiply<128, 128, 8, 8, 8>(m, n, k_begin, k_end, a, b, c, as, bs)
#define SMALL_TILE(m, n, k_begin, k_end, a, b, c)                                                                                                             \
    __shared__ float as[16][64 + 4], bs[16][64 + 4];                                                                                                          \
    multiply<64, 64, 16, 4, 4>(m, n, k_begin, k_end, a, b, c, as, bs)
