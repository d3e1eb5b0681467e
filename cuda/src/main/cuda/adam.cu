// A step of Adam, in place, over all parameters in one launch.
#include "common.cuh"

/// A part of a parameter, with its gradient and its moments, which one block updates.
struct AdamPiece {
    const float* g;
    float *m, *v, *p;
    long long n;
};

/// m = β₁·m + (1−β₁)·g,  v = β₂·v + (1−β₂)·g²,  p −= rate · m / (√v · second + eps), with rate = lr/(1−β₁ᵗ) and second = 1/√(1−β₂ᵗ). A block for each piece.
KERNEL adam_step(const AdamPiece* pieces, float rate, float beta1, float one_less_beta1, float beta2, float one_less_beta2, float second, float eps) {
    AdamPiece piece = pieces[blockIdx.x];
    for (int i = static_cast<int>(threadIdx.x); i < piece.n; i += static_cast<int>(blockDim.x)) {
        float g = piece.g[i], m = beta1 * piece.m[i] + one_less_beta1 * g, v = beta2 * piece.v[i] + one_less_beta2 * g * g;
        piece.m[i] = m;
        piece.v[i] = v;
        piece.p[i] -= rate * m / (sqrtf(v) * second + eps);
    }
}
