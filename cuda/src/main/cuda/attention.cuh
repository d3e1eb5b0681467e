// Attention without its score matrix (Dao et al., 2022), for the blocks of the encoder and of the decoder, which differ in the layout of tokens and in what is added to a score.
//
// A block of 256 threads has 32 queries. The threads form a grid of 16 × 16: thread (ty, tx) has queries 2·ty and 2·ty + 1, and every 16th key, or value of a token, from tx
// on. The 16 threads of a query are half a warp, so sums over keys use shuffles. D, the number of values of a token rounded up to a multiple of 16, is fixed at compile time.
//
// In the backward pass, one kernel sums over queries for each key (dk, dv) and another over keys for each query (dq): scores are computed twice, but no atomics are needed.
#pragma once
#include "common.cuh"

constexpr int QUERIES = 32, KEYS = 64, BACK = 32; // queries of a block; keys at a time, forward and backward

/// The tokens of one group: `count` tokens of `dim` values, `stride` apart.
struct Tokens {
    const float* x;
    int count, dim, stride;
    __device__ float at(int token, int c) const { return x[token * stride + c]; }
};

/// Copies tokens `first` … `first + ROWS − 1` to shared memory; missing tokens are zero.
template <int ROWS, int D, class Source> static __device__ __forceinline__ void fetch(const Source& tokens, int first, float (*to)[D + 1]) {
    for (int i = static_cast<int>(threadIdx.x); i < ROWS * D; i += 256) {
        int row = i / D, c = i % D;
        to[row][c] = first + row < tokens.count && c < tokens.dim ? tokens.at(first + row, c) : 0;
    }
}

/// The sum over the 16 threads of a query, returned in each of them.
static __device__ __forceinline__ float query_sum(float x) {
    for (int distance = 8; distance > 0; distance /= 2) x += __shfl_xor_sync(~0u, x, distance);
    return x;
}

static __device__ __forceinline__ float query_max(float x) {
    for (int distance = 8; distance > 0; distance /= 2) x = fmaxf(x, __shfl_xor_sync(~0u, x, distance));
    return x;
}

template <int D> struct ForwardMemory {
    float q[QUERIES][D + 1], kv[KEYS][D + 1], p[QUERIES][KEYS + 1];
};

/// `put(query, c, value)` receives softmax(q·kᵀ·scale + more(query in block, key)) · v, and `put_stats(query, largest, sum)` the largest score and Σ exp(score − largest).
/// `prepare(queries in shared memory)` is called once they are loaded.
template <int D, class Source, class Prepare, class More, class Put, class PutStats>
static __device__ __forceinline__ void attend(const Source& q, const Source& k, const Source& v, float scale, ForwardMemory<D>& memory, Prepare prepare, More more, Put put,
                                              PutStats put_stats) {
    constexpr int EACH = D / 16, COLUMNS = KEYS / 16;
    int first = static_cast<int>(blockIdx.x) * QUERIES, ty = static_cast<int>(threadIdx.x) / 16, tx = static_cast<int>(threadIdx.x) % 16;
    float largest[2] = {-INFINITY_F, -INFINITY_F}, sum[2] = {}, out[2][EACH] = {};
    fetch<QUERIES, D>(q, first, memory.q);
    __syncthreads();
    prepare(memory.q);
    for (int k0 = 0; k0 < k.count; k0 += KEYS) {
        __syncthreads();
        fetch<KEYS, D>(k, k0, memory.kv);
        __syncthreads();
        float score[2][COLUMNS] = {};
        for (int c = 0; c < D; c++) {
#pragma unroll
            for (int j = 0; j < COLUMNS; j++) {
                float key = memory.kv[tx + 16 * j][c];
                score[0][j] = fmaf(memory.q[2 * ty][c], key, score[0][j]);
                score[1][j] = fmaf(memory.q[2 * ty + 1][c], key, score[1][j]);
            }
        }
#pragma unroll
        for (int i = 0; i < 2; i++) {
            float block_largest = largest[i], block_sum = 0;
#pragma unroll
            for (int j = 0; j < COLUMNS; j++) {
                int key = k0 + tx + 16 * j;
                score[i][j] = key < k.count ? score[i][j] * scale + more(2 * ty + i, key) : -INFINITY_F;
                block_largest = fmaxf(block_largest, score[i][j]);
            }
            block_largest = query_max(block_largest);
            float shrink = expf(largest[i] - block_largest);
#pragma unroll
            for (int j = 0; j < COLUMNS; j++) {
                float p = expf(score[i][j] - block_largest);
                memory.p[2 * ty + i][tx + 16 * j] = p;
                block_sum += p;
            }
            sum[i] = sum[i] * shrink + query_sum(block_sum);
            largest[i] = block_largest;
#pragma unroll
            for (int c = 0; c < EACH; c++) out[i][c] *= shrink;
        }
        __syncthreads();
        fetch<KEYS, D>(v, k0, memory.kv);
        __syncthreads();
        for (int key = 0; key < KEYS; key++) {
#pragma unroll
            for (int c = 0; c < EACH; c++) {
                float value = memory.kv[key][tx + 16 * c];
                out[0][c] = fmaf(memory.p[2 * ty][key], value, out[0][c]);
                out[1][c] = fmaf(memory.p[2 * ty + 1][key], value, out[1][c]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int query = first + 2 * ty + i;
        if (query >= q.count) continue;
#pragma unroll
        for (int c = 0; c < EACH; c++) {
            if (tx + 16 * c < q.dim) put(query, tx + 16 * c, out[i][c] / sum[i]);
        }
        if (tx == 0) put_stats(query, largest[i], sum[i]);
    }
}

/// What the backward pass needs from the forward pass for a query: p = exp(score − shift) · factor, and delta = Σ dout · out.
struct Known {
    float shift, factor, delta;
};

template <int D> struct BackwardMemory {
    float q[QUERIES][D + 1], dout[QUERIES][D + 1], k[BACK][D + 1], v[BACK][D + 1], p[QUERIES][BACK + 1], ds[QUERIES][BACK + 1];
};

/// p and ds = p · (dp − delta) of the queries and keys in shared memory, with dp = dout · vᵀ; 0 where there is no query or no key.
template <int D, class More, class KnownOf>
static __device__ __forceinline__ void scores_again(int first_query, int queries, int first_key, int keys, float scale, BackwardMemory<D>& memory, More more, KnownOf known_of) {
    int ty = static_cast<int>(threadIdx.x) / 16, tx = static_cast<int>(threadIdx.x) % 16;
    float score[2][2] = {}, dp[2][2] = {};
    for (int c = 0; c < D; c++) {
#pragma unroll
        for (int i = 0; i < 2; i++) {
#pragma unroll
            for (int j = 0; j < 2; j++) {
                score[i][j] = fmaf(memory.q[2 * ty + i][c], memory.k[tx + 16 * j][c], score[i][j]);
                dp[i][j] = fmaf(memory.dout[2 * ty + i][c], memory.v[tx + 16 * j][c], dp[i][j]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int query = first_query + 2 * ty + i;
#pragma unroll
        for (int j = 0; j < 2; j++) {
            int key = first_key + tx + 16 * j;
            float p = 0, ds = 0;
            if (query < queries && key < keys) {
                Known known = known_of(query);
                p = expf(score[i][j] * scale + more(query, key) - known.shift) * known.factor;
                ds = p * (dp[i][j] - known.delta);
            }
            memory.p[2 * ty + i][tx + 16 * j] = p;
            memory.ds[2 * ty + i][tx + 16 * j] = ds;
        }
    }
}

/// For the keys of this block: `put(key, c, dk, dv)` with dv = pᵀ · dout and dk = dsᵀ · q · scale.
template <int D, class More, class KnownOf, class Put>
static __device__ __forceinline__ void attend_back_to_keys(const Tokens& q, const Tokens& k, const Tokens& v, const Tokens& dout, float scale, BackwardMemory<D>& memory,
                                                           More more, KnownOf known_of, Put put) {
    constexpr int EACH = D / 16;
    int first = static_cast<int>(blockIdx.x) * BACK, ty = static_cast<int>(threadIdx.x) / 16, tx = static_cast<int>(threadIdx.x) % 16;
    float dk[2][EACH] = {}, dv[2][EACH] = {};
    fetch<BACK, D>(k, first, memory.k);
    fetch<BACK, D>(v, first, memory.v);
    for (int q0 = 0; q0 < q.count; q0 += QUERIES) {
        __syncthreads();
        fetch<QUERIES, D>(q, q0, memory.q);
        fetch<QUERIES, D>(dout, q0, memory.dout);
        __syncthreads();
        scores_again<D>(q0, q.count, first, k.count, scale, memory, more, known_of);
        __syncthreads();
        for (int query = 0; query < QUERIES; query++) {
#pragma unroll
            for (int i = 0; i < 2; i++) {
                float p = memory.p[query][2 * ty + i], ds = memory.ds[query][2 * ty + i];
#pragma unroll
                for (int c = 0; c < EACH; c++) {
                    dv[i][c] = fmaf(p, memory.dout[query][tx + 16 * c], dv[i][c]);
                    dk[i][c] = fmaf(ds, memory.q[query][tx + 16 * c], dk[i][c]);
                }
            }
        }
    }
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int key = first + 2 * ty + i;
        if (key >= k.count) continue;
#pragma unroll
        for (int c = 0; c < EACH; c++) {
            if (tx + 16 * c < k.dim) put(key, tx + 16 * c, dk[i][c] * scale, dv[i][c]);
        }
    }
}

/// For the queries of this block: `put(query, c, dq)` with dq = ds · k · scale. `see(first key)` is called for every batch of keys while their ds is in shared memory.
template <int D, class More, class KnownOf, class See, class Put>
static __device__ __forceinline__ void attend_back_to_queries(const Tokens& q, const Tokens& k, const Tokens& v, const Tokens& dout, float scale, BackwardMemory<D>& memory,
                                                              More more, KnownOf known_of, See see, Put put) {
    constexpr int EACH = D / 16;
    int first = static_cast<int>(blockIdx.x) * QUERIES, ty = static_cast<int>(threadIdx.x) / 16, tx = static_cast<int>(threadIdx.x) % 16;
    float dq[2][EACH] = {};
    fetch<QUERIES, D>(q, first, memory.q);
    fetch<QUERIES, D>(dout, first, memory.dout);
    for (int k0 = 0; k0 < k.count; k0 += BACK) {
        __syncthreads();
        fetch<BACK, D>(k, k0, memory.k);
        fetch<BACK, D>(v, k0, memory.v);
        __syncthreads();
        scores_again<D>(first, q.count, k0, k.count, scale, memory, more, known_of);
        __syncthreads();
        see(k0);
        for (int key = 0; key < BACK; key++) {
#pragma unroll
            for (int c = 0; c < EACH; c++) {
                float value = memory.k[key][tx + 16 * c];
                dq[0][c] = fmaf(memory.ds[2 * ty][key], value, dq[0][c]);
                dq[1][c] = fmaf(memory.ds[2 * ty + 1][key], value, dq[1][c]);
            }
        }
    }
    __syncthreads();
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int query = first + 2 * ty + i;
        if (query >= q.count) continue;
#pragma unroll
        for (int c = 0; c < EACH; c++) {
            if (tx + 16 * c < q.dim) put(query, tx + 16 * c, dq[i][c] * scale);
        }
    }
}

/// A kernel for each D. The host takes the smallest D that a token fits into, and gives the kernel `sizeof(MEMORY<D>)` bytes of shared memory, and more if it needs more.
#define FOR_EACH_DIM(KERNEL_OF_DIM) KERNEL_OF_DIM(16) KERNEL_OF_DIM(32) KERNEL_OF_DIM(64) KERNEL_OF_DIM(80) KERNEL_OF_DIM(128)
