// y = exp(x − max x) / Σ exp(x − max x) over the axis n of (outer, n, inner).
#include "common.cuh"

// inner = 1: a warp for each row. Threads 256.
KERNEL softmax_rows_forward(int outer, int n, const float* x, float* y) {
    int row = element() / 32, lane = lane_id();
    if (row >= outer) return;
    float largest = -INFINITY_F, sum = 0;
    for (int i = lane; i < n; i += 32) largest = fmaxf(largest, x[row * n + i]);
    largest = warp_max(largest);
    for (int i = lane; i < n; i += 32) sum += expf(x[row * n + i] - largest);
    sum = warp_sum(sum);
    for (int i = lane; i < n; i += 32) y[row * n + i] = expf(x[row * n + i] - largest) / sum;
}

// inner > 1: a thread for each of (outer, inner).
KERNEL softmax_columns_forward(int outer, int n, int inner, const float* x, float* y) {
    int at = element();
    if (at >= outer * inner) return;
    int first = at / inner * n * inner + at % inner;
    float largest = -INFINITY_F, sum = 0;
    for (int i = 0; i < n; i++) largest = fmaxf(largest, x[first + i * inner]);
    for (int i = 0; i < n; i++) sum += expf(x[first + i * inner] - largest);
    for (int i = 0; i < n; i++) y[first + i * inner] = expf(x[first + i * inner] - largest) / sum;
}

// dx = y · (dy − Σ dy · y)
KERNEL softmax_rows_backward(int outer, int n, const float* y, const float* dy, float* dx) {
    int row = element() / 32, lane = lane_id();
    if (row >= outer) return;
    float dot = 0;
    for (int i = lane; i < n; i += 32) dot += y[row * n + i] * dy[row * n + i];
    dot = warp_sum(dot);
    for (int i = lane; i < n; i += 32) dx[row * n + i] = y[row * n + i] * (dy[row * n + i] - dot);
}

KERNEL softmax_columns_backward(int outer, int n, int inner, const float* y, const float* dy, float* dx) {
    int at = element();
    if (at >= outer * inner) return;
    int first = at / inner * n * inner + at % inner;
    float dot = 0;
    for (int i = 0; i < n; i++) dot += y[first + i * inner] * dy[first + i * inner];
    for (int i = 0; i < n; i++) dx[first + i * inner] = y[first + i * inner] * (dy[first + i * inner] - dot);
}
