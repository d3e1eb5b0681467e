// What all kernels share. They read and write float32, contiguous and row-major, as `Kernels` says; sizes fit in an int.
//
// This source is compiled by nvcc, by NVRTC (which has no standard headers, so none is included), and by g++ against an emulation of CUDA. Launches are in
// CudaKernels.java; what it has to know of a kernel's shape, such as the number of threads, is said above the kernel.
#pragma once

#ifndef SAMOVAR_EMULATION
#define DYNAMIC_SHARED(name)                                                                                                                                  \
    extern __shared__ float4 dynamic_shared_memory[];                                                                                                         \
    float* name = reinterpret_cast<float*>(dynamic_shared_memory)
#define INFINITY_F __int_as_float(0x7f800000)
#else
#define INFINITY_F INFINITY
#endif

#define KERNEL extern "C" __global__ void

/// The only one of this thread, where each has one element to do.
static __device__ __forceinline__ int element() { return static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); }

static __device__ __forceinline__ int lane_id() { return static_cast<int>(threadIdx.x % 32); }

/// The sum over a warp, in every lane: always in the same order.
static __device__ __forceinline__ float warp_sum(float x) {
    for (int distance = 16; distance > 0; distance /= 2) x += __shfl_xor_sync(~0u, x, distance);
    return x;
}

static __device__ __forceinline__ float warp_max(float x) {
    for (int distance = 16; distance > 0; distance /= 2) x = fmaxf(x, __shfl_xor_sync(~0u, x, distance));
    return x;
}

/// The sum over a block of one dimension and at most 1024 threads, in every thread. `shared` holds 32 numbers.
static __device__ __forceinline__ float block_sum(float x, float* shared) {
    x = warp_sum(x);
    __syncthreads();
    if (lane_id() == 0) shared[threadIdx.x / 32] = x;
    __syncthreads();
    return warp_sum(lane_id() < static_cast<int>(blockDim.x / 32) ? shared[lane_id()] : 0);
}
