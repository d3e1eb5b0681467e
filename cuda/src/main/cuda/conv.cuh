// The sizes of a convolution, as in Conv2dShape, and the pixels that it reads.
#pragma once
#include "common.cuh"

struct Conv {
    int batch, channels, height, width, out_channels, kernel, stride, padding, out_height, out_width, groups;
    __device__ int pixels() const { return height * width; }
    __device__ int out_pixels() const { return out_height * out_width; }
    __device__ int taps() const { return kernel * kernel; }
    __device__ int group_in() const { return channels / groups; }
    __device__ int group_out() const { return out_channels / groups; }
};

/// The input pixel that output pixel `pixel` reads with tap (u, v), or −1 if it is outside the picture.
static __device__ __forceinline__ int source(const Conv& s, int pixel, int u, int v) {
    int row = pixel / s.out_width * s.stride + u - s.padding, column = pixel % s.out_width * s.stride + v - s.padding;
    return row >= 0 && row < s.height && column >= 0 && column < s.width ? row * s.width + column : -1;
}
