// y = (x − μ) · r · weight + bias, where μ and r = 1/√(σ² + eps) are those of a channel of (outer, n, inner). A block for each channel.
#include "common.cuh"

/// The index of value i of this block's channel.
static __device__ __forceinline__ int of_channel(int i, int inner) { return (i / inner * static_cast<int>(gridDim.x) + static_cast<int>(blockIdx.x)) * inner + i % inner; }

// Threads 256, grid n.
KERNEL batch_norm_forward(int outer, int inner, float eps, const float* x, const float* weight, const float* bias, float* y, float* mean, float* rstd) {
    __shared__ float shared[32];
    int c = static_cast<int>(blockIdx.x), first = static_cast<int>(threadIdx.x), step = static_cast<int>(blockDim.x), all = outer * inner;
    float sum = 0, squares = 0;
    for (int i = first; i < all; i += step) sum += x[of_channel(i, inner)];
    float mu = block_sum(sum, shared) / all;
    for (int i = first; i < all; i += step) {
        float d = x[of_channel(i, inner)] - mu;
        squares += d * d;
    }
    float r = 1 / sqrtf(block_sum(squares, shared) / all + eps), scale = r * weight[c], shift = bias[c];
    for (int i = first; i < all; i += step) y[of_channel(i, inner)] = (x[of_channel(i, inner)] - mu) * scale + shift;
    if (first != 0) return;
    mean[c] = mu;
    rstd[c] = r;
}

// dx = weight · r · (dy − mean(dy) − x̂ · mean(dy · x̂)) with x̂ = (x − μ) · r; dweight = Σ dy · x̂, dbias = Σ dy. Threads 256, grid n.
KERNEL batch_norm_backward(int outer, int inner, const float* x, const float* weight, const float* mean, const float* rstd, const float* dy, float* dx, float* dweight, float* dbias) {
    __shared__ float shared[32];
    int c = static_cast<int>(blockIdx.x), first = static_cast<int>(threadIdx.x), step = static_cast<int>(blockDim.x), all = outer * inner;
    float mu = mean[c], r = rstd[c], sum = 0, product = 0;
    for (int i = first; i < all; i += step) {
        int at = of_channel(i, inner);
        sum += dy[at];
        product += dy[at] * (x[at] - mu) * r;
    }
    sum = block_sum(sum, shared);
    product = block_sum(product, shared);
    for (int i = first; i < all; i += step) {
        int at = of_channel(i, inner);
        dx[at] = weight[c] * r * (dy[at] - sum / all - (x[at] - mu) * r * product / all);
    }
    if (first != 0) return;
    dweight[c] = product;
    dbias[c] = sum;
}
