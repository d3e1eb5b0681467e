// Matrix products on tensor cores: c (m, n) = a · bᵀ with a (m, k) and b (n, k), numbers of 2 bytes (bfloat16) or 4 (TF32, stored as float32), sums in float32, then the
// ending of ending.cuh. Other layouts, and rows that do not begin at a multiple of 16 bytes, are first converted to this one (`pack_…`).
//
// A block computes 128 × 128 values with 8 warps, or 64 × 128 with 4; a warp computes 64 × 32. 128 bytes of every row at a time go through shared memory in three stages: while one is
// multiplied, the next two are being loaded. The 16-byte pieces of row r are stored at piece ^ (r % 8), so that one piece of eight rows is in different banks.
//
// At the end the tile is stored in shared memory, row by row, so that neighbouring threads read and write 16 neighbouring bytes.
#include "ending.cuh"
#include "mma.cuh"

constexpr int COLUMNS = 128, ROW_BYTES = 128, PIECE = 16, STAGES = 3;
constexpr int TILE_STRIDE = COLUMNS + 8;                                           // of a finished tile: the pairs of half a warp are in different banks

/// Loads one operand's stage: `ROWS` rows of 128 bytes, `stride` bytes apart in global memory. `from` is this thread's piece of its first row, from which `rows` rows are left;
/// missing rows are zero.
template <int ROWS, int THREADS> static __device__ __forceinline__ void fetch_tile(char* to, const char* from, int rows, bool inside, int stride) {
    int first = static_cast<int>(threadIdx.x) / 8, piece = static_cast<int>(threadIdx.x) % 8 ^ first % 8;
#pragma unroll
    for (int row = 0; row < ROWS; row += THREADS / 8) {
        bool there = inside && row < rows;
        copy_async(to + (first + row) * ROW_BYTES + piece * PIECE, there ? from + row * stride : from, there);
    }
}

template <class Format, int ROWS>
static __device__ __forceinline__ void tensor_gemm(int m, int n, int row_bytes, const char* a, const char* b, const Ending& ending, int weights, char* c, int c_row_bytes) {
    DYNAMIC_SHARED(shared);
    constexpr int THREADS = 2 * ROWS, STAGE = (ROWS + COLUMNS) * ROW_BYTES;
    char* stages = reinterpret_cast<char*>(shared);
    int lane = lane_id(), t = static_cast<int>(threadIdx.x), warp = t / 32, row0 = static_cast<int>(blockIdx.y) * ROWS, column0 = static_cast<int>(blockIdx.x) * COLUMNS;
    int warp_row = warp / 4 * 64, warp_column = warp % 4 * 32, steps = (row_bytes + ROW_BYTES - 1) / ROW_BYTES;
    bool idle = row0 + warp_row >= m || column0 + warp_column >= n;                // this warp's part of the tile is outside c: it only helps to fetch
    float sums[4][4][4] = {};

    int byte = t % 8 * PIECE, a_rows = m - row0 - t / 8, b_rows = n - column0 - t / 8; // this thread's piece of a row, and the number of rows from its first on
    a += ((weights ? 0 : static_cast<long long>(blockIdx.z) * m) + (a_rows > 0 ? row0 + t / 8 : 0)) * row_bytes + byte;
    b += (static_cast<long long>(blockIdx.z) * n + (b_rows > 0 ? column0 + t / 8 : 0)) * row_bytes + byte;
    auto fetch = [&](char* stage) {
        if (byte / ROW_BYTES < steps) {                                            // 128 bytes of every row, and the next ones at the next call
            bool inside = byte < row_bytes;
            fetch_tile<ROWS, THREADS>(stage, inside ? a : a - byte, a_rows, inside, row_bytes);
            fetch_tile<COLUMNS, THREADS>(stage + ROWS * ROW_BYTES, inside ? b : b - byte, b_rows, inside, row_bytes);
            byte += ROW_BYTES;
            a += ROW_BYTES;
            b += ROW_BYTES;
        }
        commit_copies();                                                           // an empty group, too, so that the number of groups is the number of steps
    };
    for (int step = 0; step < STAGES - 1; step++) fetch(stages + step * STAGE);
    int at = 0;
    for (int step = 0; step < steps; step++) {
        wait_for_copies<STAGES - 2>();
        __syncthreads();
        fetch(stages + (at == 0 ? STAGES - 1 : at - 1) * STAGE);                   // into the stage that no thread uses any more
        const char *as = stages + at * STAGE, *bs = as + ROWS * ROW_BYTES;
        at = at == STAGES - 1 ? 0 : at + 1;
        if (idle) continue;
#pragma unroll
        for (int half = 0; half < ROW_BYTES / 32; half++) {                        // 32 bytes of every row: one mma deep
            unsigned right[2][4];
#pragma unroll
            for (int j = 0; j < 2; j++) {                                          // 16 columns each: registers 0, 1 for the first 8 and 2, 3 for the others
                int row = warp_column + 16 * j + lane % 8 + lane / 16 * 8, piece = 2 * half + lane / 8 % 2;
                load_matrices(right[j], bs + row * ROW_BYTES + (piece ^ row % 8) * PIECE);
#pragma unroll
                for (int r = 0; r < 4; r++) right[j][r] = Format::operand(right[j][r]);
            }
#pragma unroll
            for (int i = 0; i < 4; i++) {
                unsigned left[4];
                int row = warp_row + 16 * i + lane % 16, piece = 2 * half + lane / 16;
                load_matrices(left, as + row * ROW_BYTES + (piece ^ row % 8) * PIECE);
#pragma unroll
                for (int r = 0; r < 4; r++) left[r] = Format::operand(left[r]);
#pragma unroll
                for (int j = 0; j < 4; j++) Format::multiply(sums[i][j], left, right[j / 2][j % 2 * 2], right[j / 2][j % 2 * 2 + 1]);
            }
        }
    }

    // ---- the end
    __syncthreads();                                                               // no thread uses the stages any more
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            float* to = shared + (warp_row + 16 * i + lane / 4) * TILE_STRIDE + warp_column + 8 * j + lane % 4 * 2;
            *reinterpret_cast<float2*>(to) = make_float2(sums[i][j][0], sums[i][j][1]);
            *reinterpret_cast<float2*>(to + 8 * TILE_STRIDE) = make_float2(sums[i][j][2], sums[i][j][3]);
        }
    }
    __syncthreads();
    int column = column0 + t % 32 * 4;                                             // the first of the four that this thread ends in every row
    bool operand = c_row_bytes != 0;
    if (column >= (operand ? c_row_bytes / Format::BYTES : n)) return;
    float bias[4];
#pragma unroll
    for (int r = 0; r < 4; r++) bias[r] = ending.bias && !weights && column + r < n ? ending.bias[column + r] : 0;
    for (int row = t / 32; row < ROWS && row0 + row < m; row += THREADS / 32) {
        float4 sum = *reinterpret_cast<const float4*>(shared + row * TILE_STRIDE + t % 32 * 4);
        if (weights && ending.bias) bias[0] = bias[1] = bias[2] = bias[3] = ending.bias[row0 + row];
        long long at = (static_cast<long long>(blockIdx.z) * m + row0 + row) * n + column;
        float4 y = ending.of_four(sum, bias, at, n - column);
        if (operand) Format::store(c + static_cast<long long>(row0 + row) * c_row_bytes + column * Format::BYTES, y);
        else store_four(reinterpret_cast<float*>(c) + at, y, at % 4 == 0, n - column);
    }
}

// Threads 2 · rows of a tile, grid (columns / 128, rows / 128 or / 64, batch), shared memory 3 · (rows + 128) · 128 bytes. `row_bytes`, a multiple of 16, is a row of a or b;
// `c_row_bytes` is a row of c if c becomes the operand of another product (rounded, zeros beyond n; batch 1), or 0 if c is float32, without gaps.
// With `weights`, a is one matrix for the whole batch, and the bias belongs to its rows: a convolution.
#define TENSOR_GEMM(NAME, FORMAT, ROWS, BLOCKS)                                                                                                               \
    KERNEL __launch_bounds__(2 * ROWS, BLOCKS) gemm_##NAME(int m, int n, int row_bytes, const char* a, const char* b, const float* bias, const float* residual, int bend, \
                                                           int weights, char* c, int c_row_bytes) {                                                          \
        tensor_gemm<FORMAT, ROWS>(m, n, row_bytes, a, b, Ending{bias, residual, bend}, weights, c, c_row_bytes);                                              \
    }
TENSOR_GEMM(bf16_large, Bf16, 128, 2)
TENSOR_GEMM(bf16_small, Bf16, 64, 3)
TENSOR_GEMM(tf32_large, Tf32, 128, 2)
TENSOR_GEMM(tf32_small, Tf32, 64, 3)

// ---- packing: x (batch, rows, k), or (batch, k, rows) if transposed, as (batch, rows, stride), rounded, with zeros beyond k

static __device__ __forceinline__ float4 four_of(const float* matrix, int rows, int k, int transposed, int row, int at) {
    if (!transposed && k % 4 == 0) return at < k ? *reinterpret_cast<const float4*>(matrix + static_cast<long long>(row) * k + at) : make_float4(0, 0, 0, 0);
    float x[4];
#pragma unroll
    for (int r = 0; r < 4; r++) x[r] = at + r >= k ? 0 : matrix[transposed ? static_cast<long long>(at + r) * rows + row : static_cast<long long>(row) * k + at + r];
    return make_float4(x[0], x[1], x[2], x[3]);
}

/// A thread writes 16 bytes; neighbouring threads read neighbours.
template <class Format> static __device__ __forceinline__ void pack_matrix(int count, int rows, int k, int pieces, int transposed, const float* x, char* y) {
    int i = element();
    if (i >= count) return;
    int piece = transposed ? i / rows % pieces : i % pieces, row = transposed ? i % rows : i / pieces % rows, batch = i / pieces / rows;
    const float* matrix = x + static_cast<long long>(batch) * rows * k;
    char* to = y + ((static_cast<long long>(batch) * rows + row) * pieces + piece) * PIECE;
#pragma unroll
    for (int at = 0; at < PIECE / Format::BYTES; at += 4)
        Format::store(to + at * Format::BYTES, four_of(matrix, rows, k, transposed, row, piece * (PIECE / Format::BYTES) + at));
}

// count = batch · rows · pieces, where a row has `pieces` pieces of 16 bytes
KERNEL pack_bf16_rows(int count, int rows, int k, int pieces, int transposed, const float* x, char* y) { pack_matrix<Bf16>(count, rows, k, pieces, transposed, x, y); }

KERNEL pack_tf32_rows(int count, int rows, int k, int pieces, int transposed, const float* x, char* y) { pack_matrix<Tf32>(count, rows, k, pieces, transposed, x, y); }
