// The forward pass of rel_pos_attention.cu on tensor cores: products of bfloat16 or TF32, sums and softmax in float32.
//
// A block of 4 warps has 64 queries, 16 for each warp, which stay in registers, and processes 64 keys at a time. Scores never leave the registers: the fragments that the first
// product makes are, after rounding, those that the second reads (Dao, 2023). Each lane has two queries, g = lane / 4 and g + 8 of its warp's, and shares them with three others.
//
// The grid's rows are padded to 8, 16, 32 or 64 places, so that 64 places are whole rows. Column c of every tile of scores is then the same column of the grid, and the terms
// that relW adds there stay in registers. relH adds one number for a query and a row of keys, from a table in shared memory. Both are −∞ where there is no key, so that
// no other code needs to check this. The tables are products, too: of the queries with 64 vectors at a time.
//
// The queries, the vectors of relW and of relH, and then alternately keys and values go through three slots of shared memory, 64 rows at a time: while one slot is multiplied,
// the next two are being loaded. The stride of rows is 16 bytes more than their length, an odd number of such pieces, so that one piece of eight rows is in different banks.
#include "block.cuh"
#include "mma.cuh"

constexpr int PLACES = 64, SLOTS = 3, BETWEEN = 16;
constexpr float LOG2_E = 1.44269504f, LN_2 = 0.693147181f;

/// A grid of packed tokens of `bytes` each. It may be a window of a picture, with its rows inside those of the picture: then `here_…` of its places are in the picture, and one
/// token, `beyond`, stands for all others.
struct Places {
    const char *first, *beyond;
    int height, width, here_height, here_width, line_bytes, place_bytes, bytes;
};

/// A grid without gaps.
static __device__ __forceinline__ Places whole(const char* first, int height, int width, int bytes) {
    return {first, first, height, width, height, width, width * bytes, bytes, bytes};
}

/// Copies places `first` … `first + 63` to shared memory, `BYTES` of each, as if every line were padded to 1 << shift places; zeros beyond the grid and beyond a token's end.
template <int BYTES> static __device__ __forceinline__ void fetch_places(char* to, const Places& from, int shift, int first) {
    int piece = static_cast<int>(threadIdx.x) % 8 * 16;                            // eight threads for each row
#pragma unroll
    for (int i = 0; i < PLACES / 16; i++) {
        int row = static_cast<int>(threadIdx.x) / 8 + 16 * i, line = (first + row) >> shift, column = (first + row) & ((1 << shift) - 1);
        bool there = line < from.height && column < from.width, here = line < from.here_height && column < from.here_width;
        const char* place = here ? from.first + line * from.line_bytes + column * from.place_bytes : from.beyond;
#pragma unroll
        for (int at = piece; at < BYTES; at += 128) {
            bool inside = there && at < from.bytes;
            copy_async(to + row * (BYTES + BETWEEN) + at, inside ? place + at : from.beyond, inside);
        }
    }
}

/// The largest of the four lanes that share a query, and their sum.
static __device__ __forceinline__ float quad_max(float x) {
    x = fmaxf(x, __shfl_xor_sync(~0u, x, 1));
    return fmaxf(x, __shfl_xor_sync(~0u, x, 2));
}

static __device__ __forceinline__ float quad_sum(float x) {
    x += __shfl_xor_sync(~0u, x, 1);
    return x + __shfl_xor_sync(~0u, x, 2);
}

/// sums += p · values, over 64 keys. Both have the layout of their fragments: p has 8 keys in each fragment of C, values a row for each key.
template <int D> static __device__ __forceinline__ void add_values(Bf16, const float (&p)[8][4], const char* values, float (&sums)[D / 8][4]) {
    int lane = lane_id();
#pragma unroll
    for (int step = 0; step < PLACES / 16; step++) {
        const float(&low)[4] = p[2 * step], (&high)[4] = p[2 * step + 1];
        unsigned a[4] = {pack_bf16(low[0], low[1]), pack_bf16(low[2], low[3]), pack_bf16(high[0], high[1]), pack_bf16(high[2], high[3])};
#pragma unroll
        for (int c = 0; c < D / 16; c++) {
            unsigned b[4];
            load_matrices_transposed(b, values + (16 * step + lane % 16) * (2 * D + BETWEEN) + (2 * c + lane / 16) * 16);
            Bf16::multiply(sums[2 * c], a, b[0], b[1]);
            Bf16::multiply(sums[2 * c + 1], a, b[2], b[3]);
        }
    }
}

/// In TF32, lane t has keys 2t and 2t + 1 of 8 in C, but t and t + 4 in A. Any order of keys is right if the values have the same order.
template <int D> static __device__ __forceinline__ void add_values(Tf32, const float (&p)[8][4], const char* values, float (&sums)[D / 8][4]) {
    constexpr int STRIDE = D + BETWEEN / 4;
    const unsigned* mine = reinterpret_cast<const unsigned*>(values) + lane_id() % 4 * 2 * STRIDE + lane_id() / 4;
#pragma unroll
    for (int step = 0; step < PLACES / 8; step++) {
        unsigned a[4];
#pragma unroll
        for (int r = 0; r < 4; r++) a[r] = Tf32::operand(__float_as_uint(p[step][r % 2 * 2 + r / 2]));
#pragma unroll
        for (int c = 0; c < D / 8; c++) Tf32::multiply(sums[c], a, mine[8 * step * STRIDE + 8 * c], mine[(8 * step + 1) * STRIDE + 8 * c]);
    }
}

/// `part(which)` gives the places of the queries (0), keys (1), values (2) of this block's group. `put(sums, largest, sum, mine, slot)` gets, for this lane's queries `mine` and `mine` + 8, the
/// weighted sums of the values in fragments of C, the largest score, and the sum of the weights of its own keys; `slot` is shared memory for 64 rows that is not used otherwise.
template <class Format, int D, class Part, class Put>
static __device__ __forceinline__ void tensor_attention(int height, int width, int shift, float scale, Part part, const char* rel_h, const char* rel_w, Put put) {
    DYNAMIC_SHARED(shared);
    constexpr int BYTES = D * Format::BYTES, STRIDE = BYTES + BETWEEN, SLOT = PLACES * STRIDE;
    int lane = lane_id(), warp = static_cast<int>(threadIdx.x) / 32, first = static_cast<int>(blockIdx.x) * PLACES, mine = first + 16 * warp + lane / 4;
    int lines = PLACES >> shift, tiles = (height + lines - 1) / lines, last_column = (1 << shift) - 1, table_stride = max(tiles * lines, PLACES) + 1;
    char* slots = reinterpret_cast<char*>(shared);
    float* table = shared + SLOTS * SLOT / 4 + (16 * warp + lane / 4) * table_stride;  // of this lane's first query; that of its second is 8 rows further on

    // ---- loads, in this order: the queries, relW, the part of relH that these queries need, then keys and values alternately
    int first_line = first >> shift, parts_w = (2 * width - 1 + PLACES - 1) / PLACES, parts_h = (lines - 1 + height + PLACES - 1) / PLACES;
    int at_h = 1 + parts_w, at_keys = at_h + parts_h, end = at_keys + 2 * tiles;
    auto fetch = [&](int n) {
        char* to = slots + n % SLOTS * SLOT;
        if (n < end) {
            bool vectors = n > 0 && n < at_keys, of_rows = n >= at_h;
            Places from = vectors ? whole(of_rows ? rel_h : rel_w, 2 * (of_rows ? height : width) - 1, 1, BYTES) : part(n == 0 ? 0 : 1 + (n - at_keys) % 2);
            int at = n == 0 ? first : vectors ? (of_rows ? first_line + (n - at_h) * PLACES : (n - 1) * PLACES) : (n - at_keys) / 2 * PLACES;
            fetch_places<BYTES>(to, from, vectors ? 0 : shift, at);
        }
        commit_copies();                                                           // an empty group, too, so that the number of groups is the number of loads
    };
    auto receive = [&](int n) -> const char* {
        wait_for_copies<SLOTS - 2>();
        __syncthreads();
        fetch(n + SLOTS - 1);                                                      // into the slot that no thread uses any more
        return slots + n % SLOTS * SLOT;
    };
    for (int n = 0; n < SLOTS - 1; n++) fetch(n);

    // ---- queries · keysᵀ, or · relᵀ
    unsigned q[BYTES / 32][4];
    const char* queries = receive(0);
#pragma unroll
    for (int step = 0; step < BYTES / 32; step++) load_matrices(q[step], queries + (16 * warp + lane % 16) * STRIDE + (2 * step + lane / 16) * 16);
    auto multiply = [&](const char* keys, float (&products)[8][4]) {
#pragma unroll
        for (int step = 0; step < BYTES / 32; step++) {
#pragma unroll
            for (int j = 0; j < 8; j += 2) {                                       // 16 keys: registers 0, 1 for the first 8 and 2, 3 for the others
                unsigned b[4];
                load_matrices(b, keys + (8 * j + lane % 8 + lane / 16 * 8) * STRIDE + (2 * step + lane / 8 % 2) * 16);
                Format::multiply(products[j], q[step], b[0], b[1]);
                Format::multiply(products[j + 1], q[step], b[2], b[3]);
            }
        }
    };

    // ---- relative positions, times log₂e, because the scores become exponents of 2
    // Writes to the table, for each of `length` places, the query's product with the vector for it and a key at that place. The vectors begin at `offset`.
    auto tabulate = [&](int n, int parts, int offset, int length, int place, int place8) {
        for (int i = 0; i < parts; i++) {
            float products[8][4] = {};
            multiply(receive(n + i), products);
#pragma unroll
            for (int j = 0; j < 8; j++) {
#pragma unroll
                for (int r = 0; r < 4; r++) {
                    int key = (r < 2 ? place : place8) + length - 1 - (offset + PLACES * i + 8 * j + lane % 4 * 2 + r % 2);
                    if (key >= 0 && key < length) table[r / 2 * 8 * table_stride + key] = products[j][r] * LOG2_E;
                }
            }
        }
        __syncwarp();
    };
    float of_column[8][4];
    tabulate(1, parts_w, 0, width, mine & last_column, (mine + 8) & last_column);
#pragma unroll
    for (int j = 0; j < 8; j++) {
#pragma unroll
        for (int r = 0; r < 4; r++) {
            int column = (8 * j + lane % 4 * 2 + r % 2) & last_column;
            of_column[j][r] = column < width ? table[r / 2 * 8 * table_stride + column] : -INFINITY_F;
        }
    }
    __syncwarp();
    for (int line = height + lane % 4; line < tiles * lines; line += 4) table[line] = table[8 * table_stride + line] = -INFINITY_F;
    tabulate(at_h, parts_h, first_line, height, mine >> shift, (mine + 8) >> shift);

    // ---- softmax(scores) · values
    float largest[2] = {-INFINITY_F, -INFINITY_F}, sum[2] = {}, sums[D / 8][4] = {};
    scale *= LOG2_E;
    const float* of_lines = table;
    for (int n = at_keys; n < end; n += 2) {
        float score[8][4] = {};
        multiply(receive(n), score);
#pragma unroll
        for (int i = 0; i < 2; i++) {                                              // this lane's two queries
            const float* of_line = of_lines + 8 * i * table_stride;
            float most = largest[i];
#pragma unroll
            for (int j = 0; j < 8; j++) {
                float more = of_line[8 * j >> shift];
#pragma unroll
                for (int r = 2 * i; r < 2 * i + 2; r++) most = fmaxf(most, score[j][r] = fmaf(score[j][r], scale, more + of_column[j][r]));
            }
            most = quad_max(most);
            float shrink = fast_exp2(largest[i] - most);
            largest[i] = most;
            sum[i] *= shrink;
#pragma unroll
            for (int j = 0; j < 8; j++) {
#pragma unroll
                for (int r = 2 * i; r < 2 * i + 2; r++) sum[i] += score[j][r] = fast_exp2(score[j][r] - most);
            }
#pragma unroll
            for (int c = 0; c < D / 8; c++) {
                sums[c][2 * i] *= shrink;
                sums[c][2 * i + 1] *= shrink;
            }
        }
        add_values<D>(Format{}, score, receive(n + 1), sums);
        of_lines += lines;
    }
    put(sums, largest, sum, mine, slots + end % SLOTS * SLOT);                     // a slot that no thread uses any more
}

// ---- tokens with each group by itself: qkv (3, groups, tokens, D) packed; the output is float32

template <class Format, int D>
static __device__ __forceinline__ void attention_apart(int height, int width, int shift, int dim, float scale, const char* qkv, const char* rel_h, const char* rel_w,
                                                       float* out, float* log_sum_exp) {
    constexpr int BYTES = D * Format::BYTES;
    long long group = static_cast<long long>(height) * width * BYTES;
    auto part = [&](int which) { return whole(qkv + (which * static_cast<long long>(gridDim.y) + blockIdx.y) * group, height, width, BYTES); };
    tensor_attention<Format, D>(height, width, shift, scale, part, rel_h, rel_w, [&](const float (&sums)[D / 8][4], const float (&largest)[2], const float (&sum)[2], int mine, char*) {
#pragma unroll
        for (int i = 0; i < 2; i++) {
            float all = quad_sum(sum[i]);
            int line = (mine + 8 * i) >> shift, column = (mine + 8 * i) & ((1 << shift) - 1);
            if (line >= height || column >= width) continue;
            int token = (static_cast<int>(blockIdx.y) * height + line) * width + column;
#pragma unroll
            for (int c = 0; c < D / 8; c++) {
#pragma unroll
                for (int r = 0; r < 2; r++) {
                    int value = 8 * c + lane_id() % 4 * 2 + r;
                    if (value < dim) out[token * dim + value] = sums[c][2 * i + r] / all;
                }
            }
            if (lane_id() % 4 == 0) log_sum_exp[token] = largest[i] * LN_2 + logf(all);
        }
    });
}

// Threads 128, grid (height / (64 >> shift), groups), shared memory: three slots of 64 rows of D numbers and 16 bytes, and for each of 64 queries a table with a place for each
// row of the grid, padded to a multiple of 64 >> shift and at least 64, and one more. `1 << shift`, 8 … 64, is the padded length of a row of the grid. rel_h and rel_w are packed.
// The last number is how many blocks a multiprocessor can hold at once with the registers that they need (nvcc 13, 8.0 to 9.0, no spills).
#define TENSOR_ATTENTION(NAME, FORMAT, D, BLOCKS)                                                                                                             \
    KERNEL __launch_bounds__(128, BLOCKS) rel_pos_attention_##NAME##_##D(int height, int width, int shift, int dim, float scale, const char* qkv,             \
                                        const char* rel_h, const char* rel_w, float* out, float* log_sum_exp) {                                               \
        attention_apart<FORMAT, D>(height, width, shift, dim, scale, qkv, rel_h, rel_w, out, log_sum_exp);                                                    \
    }
TENSOR_ATTENTION(bf16, Bf16, 16, 3)
TENSOR_ATTENTION(bf16, Bf16, 32, 3)
TENSOR_ATTENTION(bf16, Bf16, 64, 3)
TENSOR_ATTENTION(bf16, Bf16, 80, 3)
TENSOR_ATTENTION(bf16, Bf16, 128, 2)
TENSOR_ATTENTION(tf32, Tf32, 16, 3)
TENSOR_ATTENTION(tf32, Tf32, 32, 3)
TENSOR_ATTENTION(tf32, Tf32, 64, 2)
TENSOR_ATTENTION(tf32, Tf32, 80, 2)

// ---- tokens in the layout of the encoder's block: qkv and out have a packed row for each token, all its heads side by side; all places beyond the picture are one row, `beyond`

template <class Format, int D>
static __device__ __forceinline__ void attention_in_block(const Block& s, int shift, const char* qkv, int row_bytes, const char* beyond, const char* rel_h, const char* rel_w,
                                                          char* out, int out_row_bytes) {
    constexpr int BYTES = D * Format::BYTES, STRIDE = BYTES + BETWEEN;
    Window w = window_of(s);
    int token_bytes = s.dim * Format::BYTES;
    if (static_cast<int>(blockIdx.x) * (PLACES >> shift) >= w.here_height) return; // all these queries are beyond the picture
    auto part = [&](int which) {
        int at = (which * s.heads + w.head) * token_bytes;
        return Places{qkv + w.first * row_bytes + at, beyond + at, s.height, s.width, w.here_height, w.here_width, s.picture_width * row_bytes, row_bytes, token_bytes};
    };
    tensor_attention<Format, D>(s.height, s.width, shift, s.scale, part, rel_h, rel_w, [&](const float (&sums)[D / 8][4], const float (&)[2], const float (&sum)[2], int, char* slot) {
        // Through shared memory, so that a token's values are written in pieces of 16 bytes; every warp has its own 16 rows.
        int lane = lane_id(), warp = static_cast<int>(threadIdx.x) / 32;
        slot += 16 * warp * STRIDE;
#pragma unroll
        for (int i = 0; i < 2; i++) {
            float share = 1 / quad_sum(sum[i]);
#pragma unroll
            for (int c = 0; c < D / 8; c++)
                Format::store_two(slot + (lane / 4 + 8 * i) * STRIDE + (8 * c + lane % 4 * 2) * Format::BYTES, sums[c][2 * i] * share, sums[c][2 * i + 1] * share);
        }
        __syncwarp();
        int pieces = token_bytes / 16;
        for (int i = lane; i < 16 * pieces; i += 32) {
            int row = i / pieces, place = static_cast<int>(blockIdx.x) * PLACES + 16 * warp + row, line = place >> shift, column = place & ((1 << shift) - 1);
            if (!w.here(line, column)) continue;
            *reinterpret_cast<float4*>(out + (w.first + line * s.picture_width + column) * out_row_bytes + w.head * token_bytes + i % pieces * 16) =
                *reinterpret_cast<const float4*>(slot + row * STRIDE + i % pieces * 16);
        }
    });
}

// As above, grid (height / (64 >> shift), windows · heads). A token of a head is a multiple of 16 bytes.
#define BLOCK_ATTENTION(NAME, FORMAT, D, BLOCKS)                                                                                                              \
    KERNEL __launch_bounds__(128, BLOCKS) block_attention_##NAME##_##D(Block s, int shift, const char* qkv, int row_bytes, const char* beyond,                \
                                                                       const char* rel_h, const char* rel_w, char* out, int out_row_bytes) {                  \
        attention_in_block<FORMAT, D>(s, shift, qkv, row_bytes, beyond, rel_h, rel_w, out, out_row_bytes);                                             \
    }
BLOCK_ATTENTION(bf16, Bf16, 16, 3)
BLOCK_ATTENTION(bf16, Bf16, 32, 3)
BLOCK_ATTENTION(bf16, Bf16, 64, 3)
BLOCK_ATTENTION(bf16, Bf16, 80, 3)
BLOCK_ATTENTION(bf16, Bf16, 128, 2)
BLOCK_ATTENTION(tf32, Tf32, 16, 3)
BLOCK_ATTENTION(tf32, Tf32, 32, 3)
BLOCK_ATTENTION(tf32, Tf32, 64, 2)
BLOCK_ATTENTION(tf32, Tf32, 80, 2)
