// y = x · Φ(x), also used at the end of a matrix product.
#pragma once
#include "common.cuh"

/// Φ(x) = ½ erfc(−x/√2): in this form it stays precise where it is small.
static __device__ __forceinline__ float normal_cdf(float x) { return 0.5f * erfcf(-0.70710678118654752f * x); }

static __device__ __forceinline__ float gelu(float x) { return x * normal_cdf(x); }
