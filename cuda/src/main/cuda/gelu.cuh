// y = x · Φ(x), also where a matrix product ends in it.
#pragma once
#include "common.cuh"

/// Φ(x) = ½ erfc(−x/√2): this way round it keeps its digits where it is small.
static __device__ __forceinline__ float normal_cdf(float x) { return 0.5f * erfcf(-0.70710678118654752f * x); }

static __device__ __forceinline__ float gelu(float x) { return x * normal_cdf(x); }
