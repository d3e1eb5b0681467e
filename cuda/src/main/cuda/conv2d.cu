// Convolution as a matrix product whose right operand is read from the picture in place (implicit GEMM). Pictures and channels are those of Conv2dShape.
#include "conv.cuh"
#include "tile.cuh"

// ---- y[b, o, pixel] = bias[o] + Σ w[o, (c,u,v)] · x[b, c, source(pixel, u, v)]

struct Weights {
    static constexpr bool along_k = true;
    const float* w;
    int fan_in;
    __device__ float at(int o, int k) const { return w[o * fan_in + k]; }
};

struct Patches {
    static constexpr bool along_k = false;
    const Conv& s;
    const float* x;
    __device__ float at(int k, int pixel) const {
        int c = k / s.taps(), tap = k % s.taps(), from = source(s, pixel, tap / s.kernel, tap % s.kernel);
        return from < 0 ? 0 : x[c * s.pixels() + from];
    }
};

struct Plane {
    const float* bias;
    float* y;
    int pixels;
    __device__ void put(int channel, int pixel, float sum) const { y[channel * pixels + pixel] = sum + (bias ? bias[channel] : 0); }
};

#define FORWARD                                                                                                                                               \
    int b = static_cast<int>(blockIdx.z), fan_in = s.channels * s.taps();                                                                                     \
    Weights weights{w, fan_in};                                                                                                                               \
    Patches patches{s, x + b * s.channels * s.pixels()};                                                                                                      \
    Plane plane{bias, y + b * s.out_channels * s.out_pixels(), s.out_pixels()}

KERNEL __launch_bounds__(256) conv2d_forward_large(Conv s, const float* x, const float* w, const float* bias, float* y) {
    FORWARD;
    LARGE_TILE(s.out_channels, s.out_pixels(), 0, fan_in, weights, patches, plane);
}

KERNEL __launch_bounds__(256) conv2d_forward_small(Conv s, const float* x, const float* w, const float* bias, float* y) {
    FORWARD;
    SMALL_TILE(s.out_channels, s.out_pixels(), 0, fan_in, weights, patches, plane);
}

// ---- dx[b, c, pixel] = bias[c] + Σ w[o, c, u, v] · dy[b, o, the output pixel that reads `pixel` with (u, v), if there is one]

struct WeightsByChannel {
    static constexpr bool along_k = false;
    const Conv& s;
    const float* w;
    __device__ float at(int c, int k) const {
        int o = k / s.taps(), tap = k % s.taps();
        return w[(o * s.channels + c) * s.taps() + tap];
    }
};

struct Readers {
    static constexpr bool along_k = false;
    const Conv& s;
    const float* dy;
    __device__ float at(int k, int pixel) const {
        int o = k / s.taps(), tap = k % s.taps();
        int row = pixel / s.width + s.padding - tap / s.kernel, column = pixel % s.width + s.padding - tap % s.kernel;
        if (row < 0 || column < 0 || row % s.stride != 0 || column % s.stride != 0) return 0;
        row /= s.stride;
        column /= s.stride;
        return row < s.out_height && column < s.out_width ? dy[o * s.out_pixels() + row * s.out_width + column] : 0;
    }
};

#define BACKWARD_INPUT                                                                                                                                        \
    int b = static_cast<int>(blockIdx.z), depth = s.out_channels * s.taps();                                                                                  \
    WeightsByChannel weights{s, w};                                                                                                                           \
    Readers readers{s, dy + b * s.out_channels * s.out_pixels()};                                                                                             \
    Plane plane{bias, dx + b * s.channels * s.pixels(), s.pixels()}

KERNEL __launch_bounds__(256) conv2d_backward_input_large(Conv s, const float* dy, const float* w, const float* bias, float* dx) {
    BACKWARD_INPUT;
    LARGE_TILE(s.channels, s.pixels(), 0, depth, weights, readers, plane);
}

KERNEL __launch_bounds__(256) conv2d_backward_input_small(Conv s, const float* dy, const float* w, const float* bias, float* dx) {
    BACKWARD_INPUT;
    SMALL_TILE(s.channels, s.pixels(), 0, depth, weights, readers, plane);
}

// ---- the same where stride = kernel and nothing is padded, as in transposed convolutions and patch embeddings: every pixel has one reader, so that
// dx[b, c, (i·kernel + u, j·kernel + v)] = bias[c] + Σ w[o, (c,u,v)] · dy[b, o, (i, j)]. Pixels beyond the last whole patch are filled by `conv2d_rest`.

struct WeightsByTap {
    static constexpr bool along_k = false;
    const float* w;
    int fan_in;
    __device__ float at(int row, int o) const { return w[o * fan_in + row]; }
};

struct Gradient {
    static constexpr bool along_k = false;
    const float* dy;
    int pixels;
    __device__ float at(int o, int pixel) const { return dy[o * pixels + pixel]; }
};

struct Scattered {
    const Conv& s;
    const float* bias;
    float* dx;
    __device__ void put(int row, int pixel, float sum) const {
        int c = row / s.taps(), tap = row % s.taps(), i = pixel / s.out_width * s.kernel + tap / s.kernel, j = pixel % s.out_width * s.kernel + tap % s.kernel;
        dx[c * s.pixels() + i * s.width + j] = sum + (bias ? bias[c] : 0);
    }
};

#define BACKWARD_APART                                                                                                                                        \
    int b = static_cast<int>(blockIdx.z), fan_in = s.channels * s.taps();                                                                                     \
    WeightsByTap weights{w, fan_in};                                                                                                                          \
    Gradient gradient{dy + b * s.out_channels * s.out_pixels(), s.out_pixels()};                                                                              \
    Scattered scattered{s, bias, dx + b * s.channels * s.pixels()}

KERNEL __launch_bounds__(256) conv2d_backward_apart_large(Conv s, const float* dy, const float* w, const float* bias, float* dx) {
    BACKWARD_APART;
    LARGE_TILE(fan_in, s.out_pixels(), 0, s.out_channels, weights, gradient, scattered);
}

KERNEL __launch_bounds__(256) conv2d_backward_apart_small(Conv s, const float* dy, const float* w, const float* bias, float* dx) {
    BACKWARD_APART;
    SMALL_TILE(fan_in, s.out_pixels(), 0, s.out_channels, weights, gradient, scattered);
}

// A thread for each pixel of dx.
KERNEL conv2d_rest(int count, Conv s, const float* bias, float* dx) {
    int i = element();
    if (i >= count) return;
    if (i / s.width % s.height >= s.out_height * s.kernel || i % s.width >= s.out_width * s.kernel) dx[i] = bias ? bias[i / s.pixels() % s.channels] : 0;
}

// ---- dw[o, (c,u,v)] = Σ dy[b, o, pixel] · x[b, c, source(pixel, u, v)] over all pictures and pixels. These are many and the result is small: each blockIdx.z has
// `length` of them, and another launch adds up the partial sums, dw (pieces, o, (c,u,v)).

struct OutputGradient {
    static constexpr bool along_k = true;
    const Conv& s;
    const float* dy;
    __device__ float at(int o, int k) const {
        int b = k / s.out_pixels(), pixel = k % s.out_pixels();
        return dy[(b * s.out_channels + o) * s.out_pixels() + pixel];
    }
};

struct PatchesOfAll {
    static constexpr bool along_k = true;
    const Conv& s;
    const float* x;
    __device__ float at(int k, int weight) const {
        int b = k / s.out_pixels(), pixel = k % s.out_pixels(), c = weight / s.taps(), tap = weight % s.taps();
        int from = source(s, pixel, tap / s.kernel, tap % s.kernel);
        return from < 0 ? 0 : x[(b * s.channels + c) * s.pixels() + from];
    }
};

KERNEL __launch_bounds__(256) conv2d_backward_weight(Conv s, int length, const float* x, const float* dy, float* dw) {
    int piece = static_cast<int>(blockIdx.z), fan_in = s.channels * s.taps(), all = s.batch * s.out_pixels();
    OutputGradient left{s, dy};
    PatchesOfAll right{s, x};
    Plane out{nullptr, dw + piece * s.out_channels * fan_in, fan_in};
    SMALL_TILE(s.out_channels, fan_in, piece * length, min(all, (piece + 1) * length), left, right, out);
}
