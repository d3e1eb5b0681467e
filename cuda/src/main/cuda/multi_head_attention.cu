// Attention between two sequences of tokens whose heads lie side by side: q and out (batch, queries, heads·dim), k and v (batch, keys, heads·dim).
#include "attention.cuh"

struct Heads {
    int batch, heads, queries, keys, dim;
    float scale;
    __device__ int width() const { return heads * dim; }
    __device__ int groups() const { return batch * heads; }
    __device__ int query(int group) const { return group / heads * queries * width() + group % heads * dim; }
    __device__ int key(int group) const { return group / heads * keys * width() + group % heads * dim; }
};

static __device__ __forceinline__ Tokens of_queries(const Heads& s, const float* x, int group) { return {x + s.query(group), s.queries, s.dim, s.width()}; }
static __device__ __forceinline__ Tokens of_keys(const Heads& s, const float* x, int group) { return {x + s.key(group), s.keys, s.dim, s.width()}; }

// stats (2, groups, queries): the largest score, and Σ exp(score − largest). Threads 256, grid (queries / 32, groups), shared memory: ForwardMemory.
template <int D> static __device__ __forceinline__ void heads_forward(const Heads& s, const float* q, const float* k, const float* v, float* out, float* stats) {
    DYNAMIC_SHARED(shared);
    int group = static_cast<int>(blockIdx.y);
    attend<D>(
        of_queries(s, q, group), of_keys(s, k, group), of_keys(s, v, group), s.scale, *reinterpret_cast<ForwardMemory<D>*>(shared), [](float (*)[D + 1]) {},
        [](int, int) { return 0.0f; }, [&](int query, int c, float value) { out[s.query(group) + query * s.width() + c] = value; },
        [&](int query, float largest, float sum) {
            stats[group * s.queries + query] = largest;
            stats[(s.groups() + group) * s.queries + query] = sum;
        });
}

// delta (groups, queries) = Σ dout · out. A warp for each. Threads 256.
KERNEL multi_head_attention_delta(Heads s, const float* out, const float* dout, float* delta) {
    int row = element() / 32, rows = s.groups() * s.queries;
    float sum = 0;
    if (row < rows) {
        int at = s.query(row / s.queries) + row % s.queries * s.width();
        for (int c = lane_id(); c < s.dim; c += 32) sum += out[at + c] * dout[at + c];
    }
    sum = warp_sum(sum);
    if (row < rows && lane_id() == 0) delta[row] = sum;
}

static __device__ __forceinline__ Known known(const Heads& s, const float* stats, const float* delta, int group, int query) {
    int row = group * s.queries + query;
    return {stats[row], 1 / stats[s.groups() * s.queries + row], delta[row]};
}

// Threads 256, grid (keys / 32, groups), shared memory: BackwardMemory.
template <int D>
static __device__ __forceinline__ void heads_backward_to_keys(const Heads& s, const float* q, const float* k, const float* v, const float* stats, const float* delta,
                                                              const float* dout, float* dk, float* dv) {
    DYNAMIC_SHARED(shared);
    int group = static_cast<int>(blockIdx.y);
    attend_back_to_keys<D>(
        of_queries(s, q, group), of_keys(s, k, group), of_keys(s, v, group), of_queries(s, dout, group), s.scale, *reinterpret_cast<BackwardMemory<D>*>(shared),
        [](int, int) { return 0.0f; }, [&](int query) { return known(s, stats, delta, group, query); },
        [&](int key, int c, float of_key, float of_value) {
            dk[s.key(group) + key * s.width() + c] = of_key;
            dv[s.key(group) + key * s.width() + c] = of_value;
        });
}

// Threads 256, grid (queries / 32, groups), shared memory: BackwardMemory.
template <int D>
static __device__ __forceinline__ void heads_backward_to_queries(const Heads& s, const float* q, const float* k, const float* v, const float* stats, const float* delta,
                                                                 const float* dout, float* dq) {
    DYNAMIC_SHARED(shared);
    int group = static_cast<int>(blockIdx.y);
    attend_back_to_queries<D>(
        of_queries(s, q, group), of_keys(s, k, group), of_keys(s, v, group), of_queries(s, dout, group), s.scale, *reinterpret_cast<BackwardMemory<D>*>(shared),
        [](int, int) { return 0.0f; }, [&](int query) { return known(s, stats, delta, group, query); }, [](int) {},
        [&](int query, int c, float of_query) { dq[s.query(group) + query * s.width() + c] = of_query; });
}

#define HEADS_OF_DIM(D)                                                                                                                                       \
    KERNEL __launch_bounds__(256) multi_head_attention_forward_##D(Heads s, const float* q, const float* k, const float* v, float* out, float* stats) {       \
        heads_forward<D>(s, q, k, v, out, stats);                                                                                                             \
    }                                                                                                                                                         \
    KERNEL __launch_bounds__(256) multi_head_attention_backward_to_keys_##D(Heads s, const float* q, const float* k, const float* v, const float* stats,      \
                                                                            const float* delta, const float* dout, float* dk, float* dv) {                    \
        heads_backward_to_keys<D>(s, q, k, v, stats, delta, dout, dk, dv);                                                                                    \
    }                                                                                                                                                         \
    KERNEL __launch_bounds__(256) multi_head_attention_backward_to_queries_##D(Heads s, const float* q, const float* k, const float* v, const float* stats,   \
                                                                               const float* delta, const float* dout, float* dq) {                            \
        heads_backward_to_queries<D>(s, q, k, v, stats, delta, dout, dq);                                                                                     \
    }
FOR_EACH_DIM(HEADS_OF_DIM)
