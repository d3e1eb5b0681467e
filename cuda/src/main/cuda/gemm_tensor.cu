// Matrix products on tensor cores: c (m, n) = a · bᵀ + bias with a (m, k) and b (n, k), numbers of 2 bytes (bfloat16) or 4 (TF32, which lies as float32), sums in float32.
// Other orders, and rows that do not begin at a multiple of 16 bytes, are brought into this one first (`pack_…`).
//
// A block of 8 warps makes 128 × 128 values, a warp 64 × 32 of them. 128 bytes of every row at a time go through shared memory in three stages: while one is multiplied, the
// next two are on their way. The 16-byte pieces of row r are stored at piece ^ (r % 8), so that eight rows of one piece lie in different banks.
#include "mma.cuh"

constexpr int TILE = 128, ROW_BYTES = 128, PIECE = 16, STAGES = 3;

/// One operand's stage: 128 rows of 128 bytes, whose rows are `stride` bytes apart in global memory and have `bytes` of them there.
static __device__ __forceinline__ void fetch_tile(char* to, const char* from, int first_row, int rows, int first_byte, long long stride) {
#pragma unroll
    for (int i = 0; i < TILE * ROW_BYTES / PIECE / 256; i++) {
        int at = static_cast<int>(threadIdx.x) + 256 * i, row = at / 8, piece = at % 8, byte = first_byte + piece * PIECE;
        bool inside = first_row + row < rows && byte < stride;
        copy_async(to + row * ROW_BYTES + (piece ^ row % 8) * PIECE, from + (inside ? (first_row + row) * stride + byte : 0), inside);
    }
}

template <class Format>
static __device__ __forceinline__ void tensor_gemm(int m, int n, int row_bytes, const char* a, const char* b, const float* bias, float* c) {
    DYNAMIC_SHARED(shared);
    constexpr int STAGE = 2 * TILE * ROW_BYTES;
    char* stages = reinterpret_cast<char*>(shared);
    int lane = lane_id(), warp = static_cast<int>(threadIdx.x) / 32, row0 = static_cast<int>(blockIdx.y) * TILE, column0 = static_cast<int>(blockIdx.x) * TILE;
    int warp_row = warp / 4 * 64, warp_column = warp % 4 * 32, steps = (row_bytes + ROW_BYTES - 1) / ROW_BYTES;
    long long batch = blockIdx.z;
    a += batch * m * row_bytes;
    b += batch * n * row_bytes;
    c += batch * m * n;
    bool idle = row0 + warp_row >= m || column0 + warp_column >= n;                // this warp's part of the tile is not there: it only helps to fetch
    float sums[4][4][4] = {};

    auto fetch = [&](int step) {
        if (step < steps) {
            char* stage = stages + step % STAGES * STAGE;
            fetch_tile(stage, a, row0, m, step * ROW_BYTES, row_bytes);
            fetch_tile(stage + TILE * ROW_BYTES, b, column0, n, step * ROW_BYTES, row_bytes);
        }
        commit_copies();                                                           // an empty group, too, so that the count of groups is the count of steps
    };
    for (int step = 0; step < STAGES - 1; step++) fetch(step);
    for (int step = 0; step < steps; step++) {
        wait_for_copies<STAGES - 2>();
        __syncthreads();
        fetch(step + STAGES - 1);                                                  // into the stage that everybody has left
        if (idle) continue;
        const char *as = stages + step % STAGES * STAGE, *bs = as + TILE * ROW_BYTES;
#pragma unroll
        for (int half = 0; half < ROW_BYTES / 32; half++) {                        // 32 bytes of every row: one mma deep
            unsigned left[4][4], right[2][4];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int row = warp_row + 16 * i + lane % 16, piece = 2 * half + lane / 16;
                load_matrices(left[i], as + row * ROW_BYTES + (piece ^ row % 8) * PIECE);
            }
#pragma unroll
            for (int j = 0; j < 2; j++) {                                          // 16 columns each: registers 0, 1 of the first 8 and 2, 3 of the others
                int row = warp_column + 16 * j + lane % 8 + lane / 16 * 8, piece = 2 * half + lane / 8 % 2;
                load_matrices(right[j], bs + row * ROW_BYTES + (piece ^ row % 8) * PIECE);
            }
#pragma unroll
            for (int i = 0; i < 4; i++) {
#pragma unroll
                for (int r = 0; r < 4; r++) left[i][r] = Format::operand(left[i][r]);
            }
#pragma unroll
            for (int j = 0; j < 4; j++) {
                unsigned b0 = Format::operand(right[j / 2][j % 2 * 2]), b1 = Format::operand(right[j / 2][j % 2 * 2 + 1]);
#pragma unroll
                for (int i = 0; i < 4; i++) Format::multiply(sums[i][j], left[i], b0, b1);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
#pragma unroll
            for (int r = 0; r < 4; r++) {
                int row = row0 + warp_row + 16 * i + lane / 4 + r / 2 * 8, column = column0 + warp_column + 8 * j + lane % 4 * 2 + r % 2;
                if (row < m && column < n) c[static_cast<long long>(row) * n + column] = sums[i][j][r] + (bias ? bias[column] : 0);
            }
        }
    }
}

// Threads 256, grid (columns / 128, rows / 128, batch), shared memory 3 · 2 · 128 · 128 bytes. `row_bytes`, a multiple of 16, is a row of a and of b.
KERNEL __launch_bounds__(256) gemm_bf16(int m, int n, int row_bytes, const char* a, const char* b, const float* bias, float* c) {
    tensor_gemm<Bf16>(m, n, row_bytes, a, b, bias, c);
}

KERNEL __launch_bounds__(256) gemm_tf32(int m, int n, int row_bytes, const char* a, const char* b, const float* bias, float* c) {
    tensor_gemm<Tf32>(m, n, row_bytes, a, b, bias, c);
}

// ---- packing: x (batch, rows, k), or (batch, k, rows) if transposed, as (batch, rows, stride) with zeros behind k

static __device__ __forceinline__ float element_of(const float* x, int rows, int k, int transposed, int batch, int row, int at) {
    if (at >= k) return 0;
    const float* matrix = x + static_cast<long long>(batch) * rows * k;
    return transposed ? matrix[static_cast<long long>(at) * rows + row] : matrix[static_cast<long long>(row) * k + at];
}

// count = batch · rows · stride / 2: a thread makes two numbers
KERNEL pack_bf16_matrix(int count, int rows, int k, int stride, int transposed, const float* x, unsigned* y) {
    int i = element();
    if (i >= count) return;
    int half = stride / 2, at = i % half * 2, row = i / half % rows, batch = i / half / rows;
    y[i] = pack_bf16(element_of(x, rows, k, transposed, batch, row, at), element_of(x, rows, k, transposed, batch, row, at + 1));
}

// count = batch · rows · stride
KERNEL pack_tf32_matrix(int count, int rows, int k, int stride, int transposed, const float* x, float* y) {
    int i = element();
    if (i < count) y[i] = element_of(x, rows, k, transposed, i / stride / rows, i / stride % rows, i % stride);
}
