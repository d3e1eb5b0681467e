// Elementwise operations: a thread for each element.
#include "common.cuh"

KERNEL fill_forward(int n, float value, float* y) {
    int i = element();
    if (i < n) y[i] = value;
}

KERNEL add_forward(int n, const float* x, const float* y, float* z) {
    int i = element();
    if (i < n) z[i] = x[i] + y[i];
}

KERNEL sub_forward(int n, const float* x, const float* y, float* z) {
    int i = element();
    if (i < n) z[i] = x[i] - y[i];
}

KERNEL mul_forward(int n, const float* x, const float* y, float* z) {
    int i = element();
    if (i < n) z[i] = x[i] * y[i];
}

KERNEL div_forward(int n, const float* x, const float* y, float* z) {
    int i = element();
    if (i < n) z[i] = x[i] / y[i];
}

KERNEL affine_forward(int n, float a, const float* x, float b, float* y) {
    int i = element();
    if (i < n) y[i] = fmaf(a, x[i], b);
}

KERNEL exp_forward(int n, const float* x, float* y) {
    int i = element();
    if (i < n) y[i] = expf(x[i]);
}

KERNEL log_forward(int n, const float* x, float* y) {
    int i = element();
    if (i < n) y[i] = logf(x[i]);
}

KERNEL sqrt_forward(int n, const float* x, float* y) {
    int i = element();
    if (i < n) y[i] = sqrtf(x[i]);
}

KERNEL sin_forward(int n, const float* x, float* y) {
    int i = element();
    if (i < n) y[i] = sinf(x[i]);
}

KERNEL cos_forward(int n, const float* x, float* y) {
    int i = element();
    if (i < n) y[i] = cosf(x[i]);
}

KERNEL relu_forward(int n, const float* x, float* y) {
    int i = element();
    if (i < n) y[i] = x[i] > 0 ? x[i] : 0;
}

KERNEL relu_backward(int n, const float* y, const float* dy, float* dx) {
    int i = element();
    if (i < n) dx[i] = y[i] > 0 ? dy[i] : 0;
}

KERNEL clamp_forward(int n, float low, float high, float slope, const float* x, float* y) {
    int i = element();
    if (i >= n) return;
    float c = x[i] < low ? low : x[i] > high ? high : x[i];
    y[i] = slope == 0 ? c : fmaf(slope, x[i] - c, c);
}

KERNEL clamp_backward(int n, float low, float high, float slope, const float* x, const float* dy, float* dx) {
    int i = element();
    if (i < n) dx[i] = low < x[i] && x[i] < high ? dy[i] : slope * dy[i];
}
