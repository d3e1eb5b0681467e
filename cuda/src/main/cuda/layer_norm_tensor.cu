// The layer norm of layer_norm.cu, with the result as the operand of a product on tensor cores: rounded, in rows of `row_bytes`, zeros beyond n.
#include "mma.cuh"

/// Four neighbours in a row, zeros beyond its end.
static __device__ __forceinline__ float4 four_at(const float* row, int n, int at) {
    if (n % 4 == 0) return *reinterpret_cast<const float4*>(row + at);
    return make_float4(row[at], at + 1 < n ? row[at + 1] : 0, at + 2 < n ? row[at + 2] : 0, at + 3 < n ? row[at + 3] : 0);
}

/// The sum of f(x) over the first `left` of four neighbours.
template <class F> static __device__ __forceinline__ float sum_of_four(float4 x, int left, F f) {
    return f(x.x) + (left > 1 ? f(x.y) : 0) + (left > 2 ? f(x.z) : 0) + (left > 3 ? f(x.w) : 0);
}

// A warp for each row. Threads 256.
template <class Format>
static __device__ __forceinline__ void layer_norm(int outer, int n, float eps, const float* x, const float* weight, const float* bias, char* y, int row_bytes) {
    int row = element() / 32, first = 4 * lane_id();
    if (row >= outer) return;
    const float* from = x + static_cast<long long>(row) * n;
    float sum = 0, squares = 0;
    for (int i = first; i < n; i += 128) sum += sum_of_four(four_at(from, n, i), n - i, [](float v) { return v; });
    float mu = warp_sum(sum) / n;
    for (int i = first; i < n; i += 128) squares += sum_of_four(four_at(from, n, i), n - i, [&](float v) { return (v - mu) * (v - mu); });
    float r = 1 / sqrtf(warp_sum(squares) / n + eps);
    for (int i = first; i < row_bytes / Format::BYTES; i += 128) {
        float4 v = make_float4(0, 0, 0, 0);
        if (i < n) {
            float4 a = four_at(from, n, i), w = four_at(weight, n, i), b = four_at(bias, n, i);
            v = make_float4((a.x - mu) * r * w.x + b.x, (a.y - mu) * r * w.y + b.y, (a.z - mu) * r * w.z + b.z, (a.w - mu) * r * w.w + b.w); // w and b are 0 beyond n
        }
        Format::store(y + static_cast<long long>(row) * row_bytes + i * Format::BYTES, v);
    }
}

KERNEL layer_norm_bf16(int outer, int n, float eps, const float* x, const float* weight, const float* bias, char* y, int row_bytes) {
    layer_norm<Bf16>(outer, n, eps, x, weight, bias, y, row_bytes);
}

KERNEL layer_norm_tf32(int outer, int n, float eps, const float* x, const float* weight, const float* bias, char* y, int row_bytes) {
    layer_norm<Tf32>(outer, n, eps, x, weight, bias, y, row_bytes);
}
