// The end of a matrix product: y = residual + f(sum + bias), where f is GELU or nothing.
#pragma once
#include "gelu.cuh"

struct Ending {
    const float *bias, *residual; // null if there is none
    int bend;                     // whether f is GELU

    __device__ float bent(float x) const { return bend ? gelu(x) : x; }

    /// Ends the value in `column`, at index `at` of the result.
    __device__ float of(float sum, int column, int at) const { return bent(sum + (bias ? bias[column] : 0)) + (residual ? residual[at] : 0); }

    /// Ends four neighbours, of which the first `left` are in the row, with the biases `add`; they begin at index `at` of the result.
    __device__ float4 of_four(float4 sum, const float (&add)[4], long long at, int left) const {
        float4 more = make_float4(0, 0, 0, 0);
        if (residual && left >= 4 && at % 4 == 0) {
            more = *reinterpret_cast<const float4*>(residual + at);
        } else if (residual && left > 0) {
            more.x = residual[at];
            if (left > 1) more.y = residual[at + 1];
            if (left > 2) more.z = residual[at + 2];
            if (left > 3) more.w = residual[at + 3];
        }
        return make_float4(bent(sum.x + add[0]) + more.x, bent(sum.y + add[1]) + more.y, bent(sum.z + add[2]) + more.z, bent(sum.w + add[3]) + more.w);
    }
};

/// Stores the first `left` of four neighbours.
static __device__ __forceinline__ void store_four(float* to, float4 y, bool aligned, int left) {
    if (left >= 4 && aligned) {
        *reinterpret_cast<float4*>(to) = y;
        return;
    }
    to[0] = y.x;
    if (left > 1) to[1] = y.y;
    if (left > 2) to[2] = y.z;
    if (left > 3) to[3] = y.w;
}
