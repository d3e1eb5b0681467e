// Grouped convolution, above all depthwise: an output channel reads only the input channels of its own group, which are too few for a matrix product.
#include "conv.cuh"

// ---- y[b, o, pixel] = bias[o] + Σ w[o, (c,u,v)] · x[b, c-th of o's group, source(pixel, u, v)]: a thread for each value

KERNEL conv2d_grouped_forward(int count, Conv s, const float* x, const float* w, const float* bias, float* y) {
    int i = element();
    if (i >= count) return;
    int pixel = i % s.out_pixels(), o = i / s.out_pixels() % s.out_channels, b = i / s.out_pixels() / s.out_channels;
    const float* plane = x + (b * s.channels + o / s.group_out() * s.group_in()) * s.pixels();
    float sum = bias ? bias[o] : 0;
    for (int c = 0; c < s.group_in(); c++, plane += s.pixels()) {
        for (int tap = 0; tap < s.taps(); tap++) {
            int from = source(s, pixel, tap / s.kernel, tap % s.kernel);
            if (from >= 0) sum += w[(o * s.group_in() + c) * s.taps() + tap] * plane[from];
        }
    }
    y[i] = sum;
}

// ---- dx[b, c, pixel] = bias[c] + Σ w[o, c, u, v] · dy[b, o, the output pixel that reads `pixel` with (u, v), if there is one]: a thread for each value

KERNEL conv2d_grouped_backward_input(int count, Conv s, const float* dy, const float* w, const float* bias, float* dx) {
    int i = element();
    if (i >= count) return;
    int pixel = i % s.pixels(), channel = i / s.pixels() % s.channels, b = i / s.pixels() / s.channels;
    int first = channel / s.group_in() * s.group_out(), c = channel % s.group_in();
    float sum = bias ? bias[channel] : 0;
    for (int o = first; o < first + s.group_out(); o++) {
        const float* plane = dy + (b * s.out_channels + o) * s.out_pixels();
        for (int tap = 0; tap < s.taps(); tap++) {
            int row = pixel / s.width + s.padding - tap / s.kernel, column = pixel % s.width + s.padding - tap % s.kernel;
            if (row < 0 || column < 0 || row % s.stride != 0 || column % s.stride != 0) continue;
            row /= s.stride;
            column /= s.stride;
            if (row < s.out_height && column < s.out_width)
                sum += w[(o * s.group_in() + c) * s.taps() + tap] * plane[row * s.out_width + column];
        }
    }
    dx[i] = sum;
}

// ---- dw[o, (c,u,v)] = Σ dy[b, o, pixel] · x[b, c-th of o's group, source(pixel, u, v)] over all pictures and pixels: a block for each weight

KERNEL __launch_bounds__(256) conv2d_grouped_backward_weight(Conv s, const float* x, const float* dy, float* dw) {
    __shared__ float shared[32];
    int weight = static_cast<int>(blockIdx.x), tap = weight % s.taps(), c = weight / s.taps() % s.group_in(), o = weight / s.taps() / s.group_in();
    int channel = o / s.group_out() * s.group_in() + c, all = s.batch * s.out_pixels();
    float sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < all; i += static_cast<int>(blockDim.x)) {
        int b = i / s.out_pixels(), pixel = i % s.out_pixels(), from = source(s, pixel, tap / s.kernel, tap % s.kernel);
        if (from >= 0) sum += dy[(b * s.out_channels + o) * s.out_pixels() + pixel] * x[(b * s.channels + channel) * s.pixels() + from];
    }
    sum = block_sum(sum, shared);
    if (threadIdx.x == 0) dw[weight] = sum;
}
