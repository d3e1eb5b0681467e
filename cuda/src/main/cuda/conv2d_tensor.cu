// The patches by which a convolution on tensor cores multiplies its weights: those that its output pixels read, rounded, as rows (batch, out_pixels, channels · taps) padded with zeros.
#include "conv.cuh"
#include "mma.cuh"

/// A thread writes 16 bytes. Neighbouring threads have neighbouring pixels, because these are neighbours in x; if patches are further apart, they have neighbours in a patch.
template <class Format> static __device__ __forceinline__ void pack_patches(int count, const Conv& s, int pieces, const float* x, char* y) {
    constexpr int EACH = 16 / Format::BYTES;
    int i = element();
    if (i >= count) return;
    int rest = i / pieces, piece = i % pieces, pixel = rest % s.out_pixels(), b = rest / s.out_pixels(), depth = s.channels * s.taps();
    if (s.stride == 1) {
        rest = i / s.out_pixels();
        piece = rest % pieces;
        pixel = i % s.out_pixels();
        b = rest / pieces;
    }
    const float* picture = x + static_cast<long long>(b) * s.channels * s.pixels();
    float values[EACH];
#pragma unroll
    for (int j = 0; j < EACH; j++) {
        int k = piece * EACH + j, c = k / s.taps(), tap = k % s.taps(), from = k < depth ? source(s, pixel, tap / s.kernel, tap % s.kernel) : -1;
        values[j] = from < 0 ? 0 : picture[c * s.pixels() + from];
    }
    char* to = y + ((static_cast<long long>(b) * s.out_pixels() + pixel) * pieces + piece) * 16;
#pragma unroll
    for (int j = 0; j < EACH; j += 4) Format::store(to + j * Format::BYTES, make_float4(values[j], values[j + 1], values[j + 2], values[j + 3]));
}

// count = batch · out_pixels · pieces, where a row has `pieces` pieces of 16 bytes
KERNEL pack_bf16_patches(int count, Conv s, int pieces, const float* x, char* y) { pack_patches<Bf16>(count, s, pieces, x, y); }

KERNEL pack_tf32_patches(int count, Conv s, int pieces, const float* x, char* y) { pack_patches<Tf32>(count, s, pieces, x, y); }
