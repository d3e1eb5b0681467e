// One step of Adam, in place.
#include "common.cuh"

/// m = β₁·m + (1−β₁)·g,  v = β₂·v + (1−β₂)·g²,  p −= rate · m / (√v · second + eps), with rate = lr/(1−β₁ᵗ) and second = 1/√(1−β₂ᵗ)
KERNEL adam_step(int n, float rate, float beta1, float one_less_beta1, float beta2, float one_less_beta2, float second, float eps, const float* g, float* m, float* v, float* p) {
    int i = element();
    if (i >= n) return;
    float mi = beta1 * m[i] + one_less_beta1 * g[i], vi = beta2 * v[i] + one_less_beta2 * g[i] * g[i];
    m[i] = mi;
    v[i] = vi;
    p[i] -= rate * mi / (sqrtf(vi) * second + eps);
}
