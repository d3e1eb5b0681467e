// The implementation of emulation.h: blocks run one after the other, a block's threads as fibers.
#include "launch.h"
#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <vector>
#ifndef __x86_64__
#include <ucontext.h>
#endif

extern char __start_shared_memory[], __stop_shared_memory[]; // all __shared__ variables, by their section

namespace emulation {
namespace {

constexpr std::size_t STACK = 256 << 10;
constexpr int LANES = 32, MOST_THREADS = 1024;
constexpr int POISON = 0xFF; // four such bytes are a NaN

enum State { RUNNABLE, AT_BARRIER, AT_WARP_BARRIER, DONE };

struct Copy {
    void* to;
    const void* from;
    std::size_t bytes;
    int group;
};

struct Fiber {
    State state;
    int id;
    char* stack;
#ifdef __x86_64__
    void* top;
#else
    ucontext_t context;
#endif
    std::vector<Copy> copies;
    int group;
    int turn;
    std::uint64_t slot[2][8];
};

Fiber fibers[MOST_THREADS];
Fiber* current;
#ifdef __x86_64__
void* scheduler;
#else
ucontext_t scheduler;
#endif
const Body* body;
std::vector<char> dynamic;
std::uint64_t seed = 1;
const char* failure;

unsigned random_below(std::size_t n) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return static_cast<unsigned>((seed >> 11) % n);
}

} // namespace

#ifdef __x86_64__
extern "C" void samovar_switch(void** from, void* to);
asm(R"(
.text
.type samovar_switch, @function
samovar_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
#endif

namespace {

void pause(State state) {
    current->state = state;
#ifdef __x86_64__
    samovar_switch(&current->top, scheduler);
#else
    swapcontext(&current->context, &scheduler);
#endif
}

void run_fiber() {
    (*body)();
    for (;;) pause(DONE);
}

void prepare(Fiber& f) {
    if (!f.stack) {
        void* memory = mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        f.stack = static_cast<char*>(memory);
    }
    f.state = RUNNABLE;
    f.copies.clear();
    f.group = f.turn = 0;
#ifdef __x86_64__
    void** top = reinterpret_cast<void**>(f.stack + STACK) - 1;      // where a call would have left its return address
    *top = nullptr;
    *--top = reinterpret_cast<void*>(&run_fiber);
    for (int i = 0; i < 6; i++) *--top = nullptr;                    // the registers that samovar_switch restores
    f.top = top;
#else
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack;
    f.context.uc_stack.ss_size = STACK;
    f.context.uc_link = nullptr;
    makecontext(&f.context, run_fiber, 0);
#endif
}

void resume(Fiber& f) {
    current = &f;
    unsigned id = f.id;
    threadIdx = {id % blockDim.x, id / blockDim.x % blockDim.y, id / blockDim.x / blockDim.y};
#ifdef __x86_64__
    samovar_switch(&scheduler, f.top);
#else
    swapcontext(&scheduler, &f.context);
#endif
}

void run_block(int threads) {
    std::memset(__start_shared_memory, POISON, __stop_shared_memory - __start_shared_memory);
    std::memset(dynamic.data(), POISON, dynamic.size());
    std::vector<int> runnable;
    for (int i = 0; i < threads; i++) {
        fibers[i].id = i;
        prepare(fibers[i]);
        runnable.push_back(i);
    }
    int waiting = 0, done = 0;
    std::vector<int> waiting_in((threads + LANES - 1) / LANES);
    while (!runnable.empty() && !failure) {
        unsigned at = random_below(runnable.size());
        int id = runnable[at];
        runnable[at] = runnable.back();
        runnable.pop_back();
        resume(fibers[id]);
        int warp = id / LANES, lanes = std::min(LANES, threads - warp * LANES);
        switch (fibers[id].state) {
            case AT_BARRIER:
                if (++waiting < threads) break;
                waiting = 0;
                for (int i = 0; i < threads; i++) runnable.push_back(i);
                break;
            case AT_WARP_BARRIER:
                if (++waiting_in[warp] < lanes) break;
                waiting_in[warp] = 0;
                for (int i = 0; i < lanes; i++) runnable.push_back(warp * LANES + i);
                break;
            default:
                done++;
        }
    }
    if (done < threads && !failure) failure = "threads wait at a barrier that others never reach";
}

} // namespace

void barrier() { pause(AT_BARRIER); }

void warp_barrier() { pause(AT_WARP_BARRIER); }

int lane() { return current->id % LANES; }

std::uint64_t* slot(int lane) { return fibers[current->id / LANES * LANES + lane].slot[current->turn]; }

void next_turn() { current->turn ^= 1; }

void* dynamic_shared() { return dynamic.data(); }

void copy_later(void* to, const void* from, std::size_t bytes) {
    std::memset(to, POISON, bytes);
    current->copies.push_back({to, from, bytes, current->group});
}

void commit_copies() { current->group++; }

void wait_for_copies(int groups_still_under_way) {
    int landed = current->group - groups_still_under_way;
    std::vector<Copy> later;
    for (const Copy& c : current->copies) {
        if (c.group >= landed) later.push_back(c);
        else if (c.from) std::memcpy(c.to, c.from, c.bytes);
        else std::memset(c.to, 0, c.bytes);
    }
    current->copies.swap(later);
}

// ---- tensor cores

unsigned bf16(float x) {                                                           // to the nearest, ties to even
    unsigned bits = __float_as_uint(x);
    if ((bits & 0x7FFFFFFF) > 0x7F800000) return bits >> 16 | 0x40;
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

unsigned tf32(unsigned bits) {                                                     // 10 bits of mantissa; to the nearest, ties away from zero
    return (bits & 0x7F800000) == 0x7F800000 ? bits : (bits + 0x1000) & 0xFFFFE000;
}

void load_matrices(unsigned (&to)[4], const void* row) {
    next_turn();
    slot(lane())[0] = reinterpret_cast<std::uint64_t>(row);
    warp_barrier();
    for (int i = 0; i < 4; i++) std::memcpy(&to[i], reinterpret_cast<const char*>(slot(8 * i + lane() / 4)[0]) + lane() % 4 * 4, 4);
}

void load_matrices_transposed(unsigned (&to)[4], const void* row) {
    next_turn();
    slot(lane())[0] = reinterpret_cast<std::uint64_t>(row);
    warp_barrier();
    for (int i = 0; i < 4; i++) {
        for (int half = 0; half < 2; half++)
            std::memcpy(reinterpret_cast<char*>(&to[i]) + 2 * half, reinterpret_cast<const char*>(slot(8 * i + lane() % 4 * 2 + half)[0]) + lane() / 4 * 2, 2);
    }
}

namespace {

/// Shows this lane's fragments to the warp.
void show(const unsigned (&a)[4], unsigned b0, unsigned b1) {
    next_turn();
    for (int i = 0; i < 4; i++) slot(lane())[i] = a[i];
    slot(lane())[4] = b0;
    slot(lane())[5] = b1;
    warp_barrier();
}

/// Number `k`, of `bytes` bytes, in the 32 bytes of A's row or B's column `row`.
float number_of(bool of_a, int row, int k, int bytes) {
    int byte = k * bytes, owner = row % 8 * 4 + byte % 16 / 4;
    unsigned bits = static_cast<unsigned>(slot(owner)[of_a ? byte / 16 * 2 + row / 8 : 4 + byte / 16]);
    if (bytes == 4) return __uint_as_float(bits & 0xFFFFE000);                     // the hardware ignores the other bits
    return __uint_as_float((byte % 4 ? bits >> 16 : bits & 0xFFFF) << 16);
}

void mma(float (&c)[4], int bytes) {
    for (int i = 0; i < 4; i++) {
        int row = lane() / 4 + i / 2 * 8, column = lane() % 4 * 2 + i % 2;
        for (int k = 0; k < 32 / bytes; k++) c[i] += number_of(true, row, k, bytes) * number_of(false, column, k, bytes);
    }
}

} // namespace

void mma_bf16(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    show(a, b0, b1);
    mma(c, 2);
}

void mma_tf32(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    show(a, b0, b1);
    mma(c, 4);
}

void fail(const char* why) { failure = why; }

const char* launch(const Body& kernel, Dim grid, Dim block, std::size_t shared_bytes) {
    unsigned threads = block.x * block.y * block.z;
    if (threads == 0 || threads > MOST_THREADS) return "a block has no threads or too many";
    if (threads % LANES != 0) return "a block is not a multiple of a warp";
    body = &kernel;
    failure = nullptr;
    gridDim = grid;
    blockDim = block;
    dynamic.resize(shared_bytes);
    std::vector<std::uint64_t> order;
    for (std::uint64_t b = 0; b < std::uint64_t{grid.x} * grid.y * grid.z; b++) order.push_back(b);
    for (std::size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[random_below(i)]);
    for (std::uint64_t b : order) {
        blockIdx = {static_cast<unsigned>(b % grid.x), static_cast<unsigned>(b / grid.x % grid.y), static_cast<unsigned>(b / grid.x / grid.y)};
        run_block(static_cast<int>(threads));
        if (failure) break;
    }
    return failure;
}

void reseed(std::uint64_t with) { seed = with * 0x9E3779B97F4A7C15u | 1; }

} // namespace emulation
