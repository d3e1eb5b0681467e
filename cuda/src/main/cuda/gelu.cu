// y = x · Φ(x): the exact GELU, by erf, not by tanh.
#include "gelu.cuh"

KERNEL gelu_forward(int n, const float* x, float* y) {
    int i = element();
    if (i < n) y[i] = gelu(x[i]);
}

// dy/dx = Φ(x) + x · φ(x), where φ(x) = exp(−x²/2) / √(2π)
KERNEL gelu_backward(int n, const float* x, const float* dy, float* dx) {
    int i = element();
    if (i < n) dx[i] = dy[i] * (normal_cdf(x[i]) + x[i] * (0.39894228040143268f * expf(-0.5f * x[i] * x[i])));
}
