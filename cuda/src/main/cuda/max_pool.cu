// The largest value of each window; the gradient goes back to where it was.
#include "conv.cuh"

/// The index in a plane of the largest value in the window of output (i, j), or of the first of several.
static __device__ __forceinline__ int taken(const Conv& s, const float* plane, int i, int j) {
    int top = i * s.stride - s.padding, left = j * s.stride - s.padding;
    int bottom = min(top + s.kernel, s.height), right = min(left + s.kernel, s.width), found = max(top, 0) * s.width + max(left, 0);
    for (int row = max(top, 0); row < bottom; row++) {
        for (int column = max(left, 0); column < right; column++) {
            float value = plane[row * s.width + column];
            if (value > plane[found] || value != value) found = row * s.width + column;
        }
    }
    return found;
}

KERNEL max_pool_forward(int n, Conv s, const float* x, float* y) {
    int at = element();
    if (at >= n) return;
    const float* plane = x + at / (s.out_height * s.out_width) * s.height * s.width;
    y[at] = plane[taken(s, plane, at / s.out_width % s.out_height, at % s.out_width)];
}

// A thread for each value of x, which checks for every window that contains it whether it was taken there.
KERNEL max_pool_backward(int n, Conv s, const float* x, const float* dy, float* dx) {
    int at = element();
    if (at >= n) return;
    int in = s.height * s.width, row = at / s.width % s.height, column = at % s.width;
    const float* plane = x + at / in * in;
    const float* from = dy + at / in * s.out_height * s.out_width;
    int top = max(row + s.padding - s.kernel + s.stride, 0) / s.stride, left = max(column + s.padding - s.kernel + s.stride, 0) / s.stride;
    int bottom = min((row + s.padding) / s.stride, s.out_height - 1), right = min((column + s.padding) / s.stride, s.out_width - 1);
    float sum = 0;
    for (int i = top; i <= bottom; i++) {
        for (int j = left; j <= right; j++) {
            if (taken(s, plane, i, j) == at % in) sum += from[i * s.out_width + j];
        }
    }
    dx[at] = sum;
}
