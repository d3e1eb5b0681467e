// Self-attention over a grid with SAM's decomposed relative positions, of *unscaled* queries:
// score = (q · k)/√dim + q · relH[h − h' + height − 1] + q · relW[w − w' + width − 1]
//
// qkv is (3, groups, tokens, dim). For each query there are only height + width different sums q · rel, which are its table.
#include "attention.cuh"
#include "block.cuh"

struct Grid {
    int groups, height, width, dim;
    float scale;
    __device__ int tokens() const { return height * width; }
    __device__ int table() const { return height + width; }
};

static __device__ __forceinline__ Tokens part(const Grid& s, const float* qkv, int which, int group) {
    return {qkv + (which * s.groups + group) * s.tokens() * s.dim, s.tokens(), s.dim, s.dim};
}

/// The vector for entry j of the table of query `query`: of relH if j < height, or else of relW.
static __device__ __forceinline__ const float* offset(const Grid& s, const float* rel_h, const float* rel_w, int query, int j) {
    return j < s.height ? rel_h + (query / s.width - j + s.height - 1) * s.dim : rel_w + (query % s.width - (j - s.height) + s.width - 1) * s.dim;
}

/// `part(which)` gives the queries (0), keys (1), values (2) of this block's group.
template <int D, class Part, class Put, class PutStats>
static __device__ __forceinline__ void forward(const Grid& s, Part part, const float* rel_h, const float* rel_w, Put put, PutStats put_stats) {
    DYNAMIC_SHARED(shared);
    auto& memory = *reinterpret_cast<ForwardMemory<D>*>(shared);
    float* tables = shared + sizeof(ForwardMemory<D>) / 4;
    int first = static_cast<int>(blockIdx.x) * QUERIES;
    attend<D>(
        part(0), part(1), part(2), s.scale, memory,
        [&](float (*q)[D + 1]) {
            for (int i = static_cast<int>(threadIdx.x); i < QUERIES * s.table(); i += 256) {
                int row = i / s.table(), j = i % s.table();
                float sum = 0;
                if (first + row < s.tokens()) {
                    const float* rel = offset(s, rel_h, rel_w, first + row, j);
                    for (int c = 0; c < s.dim; c++) sum = fmaf(q[row][c], rel[c], sum);
                }
                tables[i] = sum;
            }
        },
        [&](int row, int key) { return tables[row * s.table() + key / s.width] + tables[row * s.table() + s.height + key % s.width]; }, put, put_stats);
}

// Threads 256, grid (queries / 32, groups), shared memory: ForwardMemory and a table for each of 32 queries.
#define FORWARD_OF_DIM(D)                                                                                                                                     \
    KERNEL __launch_bounds__(256) rel_pos_attention_forward_##D(Grid s, const float* qkv, const float* rel_h, const float* rel_w, float* out, float* log_sum_exp) { \
        int group = static_cast<int>(blockIdx.y);                                                                                                             \
        forward<D>(                                                                                                                                           \
            s, [&](int which) { return part(s, qkv, which, group); }, rel_h, rel_w,                                                                           \
            [&](int query, int c, float value) { out[(group * s.tokens() + query) * s.dim + c] = value; },                                                    \
            [&](int query, float largest, float sum) { log_sum_exp[group * s.tokens() + query] = largest + logf(sum); });                                     \
    }
FOR_EACH_DIM(FORWARD_OF_DIM)

// ---- tokens in the layout of the encoder's block: qkv has a row for each token, all its heads side by side; all places beyond the picture are one row, `beyond`

/// The places of a window.
struct WindowTokens {
    const float *first, *beyond;
    const Window& window;
    int count, dim, width, line, stride; // `line` is the stride of the picture's lines
    __device__ float at(int token, int c) const {
        const float* x = window.here(token / width, token % width) ? first + token / width * line + token % width * stride : beyond;
        return x[c];
    }
};

#define BLOCK_OF_DIM(D)                                                                                                                                       \
    KERNEL __launch_bounds__(256) block_attention_float32_##D(Block s, const float* qkv, const float* beyond, const float* rel_h, const float* rel_w, float* out) { \
        Window w = window_of(s);                                                                                                                              \
        int c = s.heads * s.dim, head = w.head * s.dim;                                                                                                       \
        forward<D>(                                                                                                                                           \
            Grid{0, s.height, s.width, s.dim, s.scale},                                                                                                       \
            [&](int which) {                                                                                                                                  \
                int at = which * c + head;                                                                                                                    \
                return WindowTokens{qkv + w.first * 3 * c + at, beyond + at, w, s.height * s.width, s.dim, s.width, s.picture_width * 3 * c, 3 * c};          \
            },                                                                                                                                                \
            rel_h, rel_w,                                                                                                                                     \
            [&](int query, int i, float value) {                                                                                                              \
                int line = query / s.width, column = query % s.width;                                                                                         \
                if (w.here(line, column)) out[(w.first + line * s.picture_width + column) * c + head + i] = value;                                            \
            },                                                                                                                                                \
            [](int, float, float) {});                                                                                                                        \
    }
FOR_EACH_DIM(BLOCK_OF_DIM)

// ---- backward

// tables (groups, tokens, height + width): the sums q · rel, computed again. A thread for each.
KERNEL rel_pos_attention_tables(int count, Grid s, const float* qkv, const float* rel_h, const float* rel_w, float* tables) {
    int i = element();
    if (i >= count) return;
    int row = i / s.table();
    const float *q = qkv + row * s.dim, *rel = offset(s, rel_h, rel_w, row % s.tokens(), i % s.table());
    float sum = 0;
    for (int c = 0; c < s.dim; c++) sum = fmaf(q[c], rel[c], sum);
    tables[i] = sum;
}

// delta (groups, tokens) = Σ dout · out. A warp for each. Threads 256.
KERNEL rel_pos_attention_delta(int rows, int dim, const float* out, const float* dout, float* delta) {
    int row = element() / 32;
    float sum = 0;
    if (row < rows) {
        for (int c = lane_id(); c < dim; c += 32) sum += out[row * dim + c] * dout[row * dim + c];
    }
    sum = warp_sum(sum);
    if (row < rows && lane_id() == 0) delta[row] = sum;
}

// Threads 256, grid (keys / 32, groups), shared memory: BackwardMemory.
template <int D>
static __device__ __forceinline__ void backward_to_keys(const Grid& s, const float* qkv, const float* tables, const float* log_sum_exp, const float* delta, const float* dout,
                                                        float* dqkv) {
    DYNAMIC_SHARED(shared);
    int group = static_cast<int>(blockIdx.y), before = group * s.tokens();
    float *dk = dqkv + (s.groups + group) * s.tokens() * s.dim, *dv = dk + s.groups * s.tokens() * s.dim;
    attend_back_to_keys<D>(
        part(s, qkv, 0, group), part(s, qkv, 1, group), part(s, qkv, 2, group), part(s, dout, 0, group), s.scale, *reinterpret_cast<BackwardMemory<D>*>(shared),
        [&](int query, int key) {
            const float* table = tables + (before + query) * s.table();
            return table[key / s.width] + table[s.height + key % s.width];
        },
        [&](int query) { return Known{log_sum_exp[before + query], 1, delta[before + query]}; },
        [&](int key, int c, float of_key, float of_value) {
            dk[key * s.dim + c] = of_key;
            dv[key * s.dim + c] = of_value;
        });
}

// Threads 256, grid (queries / 32, groups), shared memory: BackwardMemory and a table for each of 32 queries. dtables (groups, tokens, height + width) receives the
// gradients of the sums q · rel: those of all keys in a row, or in a column.
template <int D>
static __device__ __forceinline__ void backward_to_queries(const Grid& s, const float* qkv, const float* rel_h, const float* rel_w, const float* tables, const float* log_sum_exp,
                                                           const float* delta, const float* dout, float* dqkv, float* dtables) {
    DYNAMIC_SHARED(shared);
    auto& memory = *reinterpret_cast<BackwardMemory<D>*>(shared);
    float* sums = shared + sizeof(BackwardMemory<D>) / 4;
    int group = static_cast<int>(blockIdx.y), before = group * s.tokens(), first = static_cast<int>(blockIdx.x) * QUERIES, t = static_cast<int>(threadIdx.x);
    for (int i = t; i < QUERIES * s.table(); i += 256) sums[i] = 0;
    attend_back_to_queries<D>(
        part(s, qkv, 0, group), part(s, qkv, 1, group), part(s, qkv, 2, group), part(s, dout, 0, group), s.scale, memory,
        [&](int query, int key) {
            const float* table = tables + (before + query) * s.table();
            return table[key / s.width] + table[s.height + key % s.width];
        },
        [&](int query) { return Known{log_sum_exp[before + query], 1, delta[before + query]}; },
        [&](int k0) {
            if (t >= 2 * QUERIES) return;                                       // a thread for each query's rows, and one for its columns
            int row = t % QUERIES;
            float* table = sums + row * s.table();
            for (int key = k0; key < min(k0 + BACK, s.tokens()); key++) table[t < QUERIES ? key / s.width : s.height + key % s.width] += memory.ds[row][key - k0];
        },
        [&](int query, int c, float dq) {
            // In the forward pass entry j of the table was q · rel, so dq receives the gradient of each entry times its rel.
            const float* table = sums + (query - first) * s.table();
            for (int j = 0; j < s.table(); j++) dq = fmaf(table[j], offset(s, rel_h, rel_w, query, j)[c], dq);
            dqkv[(before + query) * s.dim + c] = dq;
        });
    for (int i = t; i < QUERIES * s.table(); i += 256) {
        if (first + i / s.table() < s.tokens()) dtables[(before + first) * s.table() + i] = sums[i];
    }
}

#define BACKWARD_OF_DIM(D)                                                                                                                                    \
    KERNEL __launch_bounds__(256) rel_pos_attention_backward_to_keys_##D(Grid s, const float* qkv, const float* tables, const float* log_sum_exp, const float* delta, \
                                                                         const float* dout, float* dqkv) {                                                    \
        backward_to_keys<D>(s, qkv, tables, log_sum_exp, delta, dout, dqkv);                                                                                  \
    }                                                                                                                                                         \
    KERNEL __launch_bounds__(256) rel_pos_attention_backward_to_queries_##D(Grid s, const float* qkv, const float* rel_h, const float* rel_w, const float* tables, \
                                                                            const float* log_sum_exp, const float* delta, const float* dout, float* dqkv,     \
                                                                            float* dtables) {                                                                 \
        backward_to_queries<D>(s, qkv, rel_h, rel_w, tables, log_sum_exp, delta, dout, dqkv, dtables);                                                        \
    }
FOR_EACH_DIM(BACKWARD_OF_DIM)

// drel (groups, 2·length − 1, dim), to be summed over groups: of the rows (length = height) or of the columns. In the forward pass vector r was multiplied by every query whose place differs
// from the key's by r − (length − 1). Threads (32, 8): 8 queries at a time; grid (2·length − 1, groups, dim / 32).
KERNEL rel_pos_attention_backward_to_offsets(Grid s, int of_rows, const float* qkv, const float* dtables, float* drel) {
    __shared__ float partial[8][32];
    int length = of_rows ? s.height : s.width, r = static_cast<int>(blockIdx.x), group = static_cast<int>(blockIdx.y);
    int c = static_cast<int>(blockIdx.z * 32 + threadIdx.x), y = static_cast<int>(threadIdx.y);
    float sum = 0;
    if (c < s.dim) {
        for (int query = y; query < s.tokens(); query += 8) {
            int key = (of_rows ? query / s.width : query % s.width) - (r - (length - 1));
            if (key < 0 || key >= length) continue;
            int row = group * s.tokens() + query;
            sum = fmaf(dtables[row * s.table() + (of_rows ? key : s.height + key)], qkv[row * s.dim + c], sum);
        }
    }
    partial[y][threadIdx.x] = sum;
    __syncthreads();
    if (y != 0 || c >= s.dim) return;
    for (int i = 1; i < 8; i++) sum += partial[i][threadIdx.x];
    drel[(group * (2 * length - 1) + r) * s.dim + c] = sum;
}
