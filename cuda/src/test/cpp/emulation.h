// The part of CUDA's language that our kernels use, on an ordinary processor, so that they can be tested without a GPU.
//
// Blocks run side by side on the cores of this machine. A block's threads are fibers, resumed one at a time in a seeded random order; as on the device, no order is
// guaranteed between two barriers. Shared memory is full of NaN when a block begins. An asynchronous copy arrives at its wait and not before: until then its destination
// holds NaN.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#define SAMOVAR_EMULATION 1
#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static thread_local // a block runs on one thread of this machine
#define DYNAMIC_SHARED(name) float* name = static_cast<float*>(emulation::dynamic_shared())

namespace emulation {

struct Dim {
    unsigned x, y, z;
};

/// All threads of the block wait for each other.
void barrier();

/// All lanes of the warp wait for each other.
void warp_barrier();

/// This thread's lane, 0 … 31.
int lane();

/// Eight words that `lane` shows to its warp: those of this turn, or of the turn before. A turn ends with a barrier of the warp, so no lane can be two turns ahead.
std::uint64_t* slot(int lane);
void next_turn();

void* dynamic_shared();

void copy_later(void* to, const void* from, std::size_t bytes);
void commit_copies();
void wait_for_copies(int groups_still_under_way);

/// Tensor cores, with the fragments of mma.cuh: products of rounded numbers are exact in float32, sums are rounded at every addition.
unsigned bf16(float x);
unsigned tf32(unsigned bits);
void load_matrices(unsigned (&to)[4], const void* row);
void load_matrices_transposed(unsigned (&to)[4], const void* row);
void mma_bf16(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1);
void mma_tf32(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1);

/// Makes the launch fail because a kernel did something that is undefined on a device.
void fail(const char* why);

template <typename T> T from_lane(T value, int source) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t));
    next_turn();
    std::memcpy(slot(lane()), &value, sizeof(T));
    warp_barrier();
    T result;
    std::memcpy(&result, slot(source & 31), sizeof(T));
    return result;
}

} // namespace emulation

inline constinit thread_local emulation::Dim threadIdx{}, blockIdx{}, blockDim{}, gridDim{};

struct alignas(8) float2 {
    float x, y;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
struct alignas(16) float4 {
    float x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

using std::max;
using std::min;
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline float __uint_as_float(unsigned bits) { float x; std::memcpy(&x, &bits, 4); return x; }
inline unsigned __float_as_uint(float x) { unsigned bits; std::memcpy(&bits, &x, 4); return bits; }

inline void __syncthreads() { emulation::barrier(); }
inline void __syncwarp() { emulation::warp_barrier(); }

inline void all_lanes(unsigned mask) { if (mask != ~0u) emulation::fail("a shuffle among some lanes only"); }
template <typename T> T __shfl_sync(unsigned mask, T value, int source) {
    all_lanes(mask);
    return emulation::from_lane(value, source);
}
template <typename T> T __shfl_xor_sync(unsigned mask, T value, int difference) {
    all_lanes(mask);
    return emulation::from_lane(value, emulation::lane() ^ difference);
}
