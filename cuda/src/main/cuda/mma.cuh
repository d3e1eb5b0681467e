// Tensor cores and asynchronous copies: PTX on a device (compute capability 8.0 or newer), emulated with the same contracts elsewhere.
//
// How fragments are spread over a warp, with g = lane / 4 and t = lane % 4: of A, 16 rows by 32 bytes, register i has row g + 8·(i % 2) and the four bytes at 4t of its half i / 2;
// of B, 8 columns by 32 bytes, register i has column g and the four bytes at 4t of half i; of C, 16 × 8 float32, number i has row g + 8·(i / 2) and column 2t + i % 2.
// 32 bytes are 16 numbers of bfloat16 or 8 of TF32, so that the same code moves both.
#pragma once
#include "common.cuh"

#ifndef SAMOVAR_EMULATION

static __device__ __forceinline__ unsigned shared_address(const void* p) { return static_cast<unsigned>(__cvta_generic_to_shared(p)); }

/// Loads four matrices of 8 rows by 16 bytes, whose rows begin at the addresses in lanes 0–7, 8–15, 16–23, 24–31: register i gets four bytes of matrix i, from row g at byte 4t.
static __device__ __forceinline__ void load_matrices(unsigned (&to)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];" : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "r"(shared_address(row)));
}

/// Loads four matrices of 8 by 8 numbers of two bytes, transposed: register i gets the numbers of matrix i in rows 2t (lower half) and 2t + 1 (upper half) of column g.
static __device__ __forceinline__ void load_matrices_transposed(unsigned (&to)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(shared_address(row)));
}

/// Copies 16 bytes from global to shared memory, or zeros; they are there after `wait_for_copies`.
static __device__ __forceinline__ void copy_async(void* to, const void* from, bool inside) {
    int bytes = inside ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(bytes) : "memory");
}

static __device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/// Waits until at most `STILL` of this thread's groups are unfinished.
template <int STILL> static __device__ __forceinline__ void wait_for_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(STILL) : "memory"); }

/// Two numbers rounded to bfloat16, `low` in the lower half.
static __device__ __forceinline__ unsigned pack_bf16(float low, float high) {
    unsigned both;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
    return both;
}

/// 2ˣ with a relative error of 2⁻²²; 0 for −∞.
static __device__ __forceinline__ float fast_exp2(float x) {
    float power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
    return power;
}

struct Bf16 {
    static constexpr int BYTES = 2;
    static __device__ __forceinline__ unsigned operand(unsigned bits) { return bits; }
    /// Stores four numbers, rounded, as an operand of a product.
    static __device__ __forceinline__ void store(char* to, float4 x) {
        *reinterpret_cast<float2*>(to) = make_float2(__uint_as_float(pack_bf16(x.x, x.y)), __uint_as_float(pack_bf16(x.z, x.w)));
    }
    static __device__ __forceinline__ void store_two(char* to, float x, float y) { *reinterpret_cast<unsigned*>(to) = pack_bf16(x, y); }
    static __device__ __forceinline__ void multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
    }
};

struct Tf32 {
    static constexpr int BYTES = 4;
    /// Rounds, because the hardware would truncate.
    static __device__ __forceinline__ unsigned operand(unsigned bits) {
        unsigned rounded;
        asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(__uint_as_float(bits)));
        return rounded;
    }
    static __device__ __forceinline__ float rounded(float x) { return __uint_as_float(operand(__float_as_uint(x))); }
    static __device__ __forceinline__ void store(char* to, float4 x) {
        *reinterpret_cast<float4*>(to) = make_float4(rounded(x.x), rounded(x.y), rounded(x.z), rounded(x.w));
    }
    static __device__ __forceinline__ void store_two(char* to, float x, float y) { *reinterpret_cast<float2*>(to) = make_float2(rounded(x), rounded(y)); }
    static __device__ __forceinline__ void multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
        asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
    }
};

#else

static inline void load_matrices(unsigned (&to)[4], const void* row) { emulation::load_matrices(to, row); }
static inline void load_matrices_transposed(unsigned (&to)[4], const void* row) { emulation::load_matrices_transposed(to, row); }
static inline float fast_exp2(float x) { return std::exp2(x); }
static inline void copy_async(void* to, const void* from, bool inside) { emulation::copy_later(to, inside ? from : nullptr, 16); }
static inline void commit_copies() { emulation::commit_copies(); }
template <int STILL> static inline void wait_for_copies() { emulation::wait_for_copies(STILL); }
static inline unsigned pack_bf16(float low, float high) { return emulation::bf16(low) | emulation::bf16(high) << 16; }

struct Bf16 {
    static constexpr int BYTES = 2;
    static unsigned operand(unsigned bits) { return bits; }
    static void store(char* to, float4 x) {
        *reinterpret_cast<float2*>(to) = make_float2(__uint_as_float(pack_bf16(x.x, x.y)), __uint_as_float(pack_bf16(x.z, x.w)));
    }
    static void store_two(char* to, float x, float y) { *reinterpret_cast<unsigned*>(to) = pack_bf16(x, y); }
    static void multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) { emulation::mma_bf16(c, a, b0, b1); }
};

struct Tf32 {
    static constexpr int BYTES = 4;
    static unsigned operand(unsigned bits) { return emulation::tf32(bits); }
    static float rounded(float x) { return __uint_as_float(operand(__float_as_uint(x))); }
    static void store(char* to, float4 x) { *reinterpret_cast<float4*>(to) = make_float4(rounded(x.x), rounded(x.y), rounded(x.z), rounded(x.w)); }
    static void store_two(char* to, float x, float y) { *reinterpret_cast<float2*>(to) = make_float2(rounded(x), rounded(y)); }
    static void multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) { emulation::mma_tf32(c, a, b0, b1); }
};

#endif
