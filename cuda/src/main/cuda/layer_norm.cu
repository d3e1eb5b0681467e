// y = (x − μ) · r · weight + bias over the axis n of (outer, n, inner), r = 1/√(σ² + eps).
#include "common.cuh"

// inner = 1: a warp for each row. Threads 256.
KERNEL layer_norm_rows_forward(int outer, int n, float eps, const float* x, const float* weight, const float* bias, float* y, float* mean, float* rstd) {
    int row = element() / 32, lane = lane_id();
    if (row >= outer) return;
    const float* from = x + row * n;
    float sum = 0, squares = 0;
    for (int i = lane; i < n; i += 32) sum += from[i];
    float mu = warp_sum(sum) / n;
    for (int i = lane; i < n; i += 32) squares += (from[i] - mu) * (from[i] - mu);
    float r = 1 / sqrtf(warp_sum(squares) / n + eps);
    for (int i = lane; i < n; i += 32) y[row * n + i] = (from[i] - mu) * r * weight[i] + bias[i];
    if (lane != 0) return;
    mean[row] = mu;
    rstd[row] = r;
}

// inner > 1: a thread for each of (outer, inner); neighbouring threads read neighbours.
KERNEL layer_norm_columns_forward(int outer, int n, int inner, float eps, const float* x, const float* weight, const float* bias, float* y, float* mean, float* rstd) {
    int at = element();
    if (at >= outer * inner) return;
    int first = at / inner * n * inner + at % inner;
    float sum = 0, squares = 0;
    for (int i = 0; i < n; i++) sum += x[first + i * inner];
    float mu = sum / n;
    for (int i = 0; i < n; i++) squares += (x[first + i * inner] - mu) * (x[first + i * inner] - mu);
    float r = 1 / sqrtf(squares / n + eps);
    for (int i = 0; i < n; i++) y[first + i * inner] = (x[first + i * inner] - mu) * r * weight[i] + bias[i];
    mean[at] = mu;
    rstd[at] = r;
}

// dx = r · (g − mean(g) − x̂ · mean(g · x̂)) with x̂ = (x − μ) · r and g = dy · weight
KERNEL layer_norm_rows_backward(int outer, int n, const float* x, const float* weight, const float* mean, const float* rstd, const float* dy, float* dx) {
    int row = element() / 32, lane = lane_id();
    if (row >= outer) return;
    float mu = mean[row], r = rstd[row], sum_g = 0, sum_gx = 0;
    for (int i = lane; i < n; i += 32) {
        float g = dy[row * n + i] * weight[i];
        sum_g += g;
        sum_gx += g * (x[row * n + i] - mu) * r;
    }
    float mean_g = warp_sum(sum_g) / n, mean_gx = warp_sum(sum_gx) / n;
    for (int i = lane; i < n; i += 32) dx[row * n + i] = r * (dy[row * n + i] * weight[i] - mean_g - (x[row * n + i] - mu) * r * mean_gx);
}

KERNEL layer_norm_columns_backward(int outer, int n, int inner, const float* x, const float* weight, const float* mean, const float* rstd, const float* dy, float* dx) {
    int at = element();
    if (at >= outer * inner) return;
    int first = at / inner * n * inner + at % inner;
    float mu = mean[at], r = rstd[at], sum_g = 0, sum_gx = 0;
    for (int i = 0; i < n; i++) {
        float g = dy[first + i * inner] * weight[i];
        sum_g += g;
        sum_gx += g * (x[first + i * inner] - mu) * r;
    }
    float mean_g = sum_g / n, mean_gx = sum_gx / n;
    for (int i = 0; i < n; i++) dx[first + i * inner] = r * (dy[first + i * inner] * weight[i] - mean_g - (x[first + i * inner] - mu) * r * mean_gx);
}

// The terms of dweight = Σ dy · x̂, in the shape of x; those of dbias = Σ dy need no kernel.
KERNEL layer_norm_normalised(int count, int n, int inner, const float* x, const float* mean, const float* rstd, const float* dy, float* product) {
    int i = element();
    if (i >= count) return;
    int at = i / (n * inner) * inner + i % inner;
    product[i] = dy[i] * (x[i] - mean[at]) * rstd[at];
}
