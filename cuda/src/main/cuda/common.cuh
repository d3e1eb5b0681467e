// Shared by all kernels. They read and write float32, contiguous and row-major, as `Kernels` specifies; sizes fit in an int.
//
// This source is compiled by nvcc, by NVRTC (which has no standard headers, so none is included), and by g++ against an emulation of CUDA. Launches are in
// CudaKernels.java; what it must know about a kernel's launch, such as the number of threads, is stated above the kernel.
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

/// The index of this thread's element, if each thread has only one.
static __device__ __forceinline__ int element() { return static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); }

static __device__ __forceinline__ int lane_id() { return static_cast<int>(threadIdx.x % 32); }

/// The sum over a warp, returned in every lane; the order is always the same.
static __device__ __forceinline__ float warp_sum(float x) {
    for (int distance = 16; distance > 0; distance /= 2) x += __shfl_xor_sync(~0u, x, distance);
    return x;
}

static __device__ __forceinline__ float warp_max(float x) {
    for (int distance = 16; distance > 0; distance /= 2) x = fmaxf(x, __shfl_xor_sync(~0u, x, distance));
    return x;
}

/// The sum over a one-dimensional block of at most 1024 threads, returned in every thread. `shared` holds 32 numbers.
static __device__ __forceinline__ float block_sum(float x, float* shared) {
    x = warp_sum(x);
    __syncthreads();
    if (lane_id() == 0) shared[threadIdx.x / 32] = x;
    __syncthreads();
    return warp_sum(lane_id() < static_cast<int>(blockDim.x / 32) ? shared[lane_id()] : 0);
}
