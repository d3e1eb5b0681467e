// The implementation of emulation.h. A worker, one for each core of this machine, runs a block at a time, the block's threads as fibers.
//
// This file is compiled without the address sanitizer, which is for the kernels: the emulation itself then takes half the time.
#include "launch.h"
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <link.h>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <vector>
#ifndef __x86_64__
#include <ucontext.h>
#endif

namespace emulation {
namespace {

constexpr int LANES = 32, MOST_THREADS = 1024;
constexpr std::size_t STACK = (256 << 10) + 320; // no multiple of a page: the tops of all stacks would compete for a few lines of the cache
constexpr int POISON = 0xFF; // four such bytes are a NaN

enum State { RUNNABLE, AT_BARRIER, AT_WARP_BARRIER, DONE };

struct Copy {
    void* to;
    const void* from;
    std::size_t bytes;
    int group;
};

#ifdef __x86_64__
using Context = void*; // the top of its stack
#else
using Context = ucontext_t;
#endif

struct Fiber {
    State state;
    int id;
    Dim index;
    Context context;
    std::vector<Copy> copies;
    int group;
    int turn;
    std::uint64_t slot[2][8];
    float fragments[2][6][2]; // words of A and B as numbers
};

struct Random {
    std::uint64_t seed;

    unsigned below(std::size_t n) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return static_cast<unsigned>((seed >> 32) * n >> 32);
    }
};

struct Launch {
    const Body& kernel;
    Dim grid, block;
    std::size_t shared_bytes;
    std::uint64_t seed;
    std::vector<std::uint64_t> order; // of the blocks
    std::atomic<std::size_t> next;
    std::atomic<const char*> failure;
};

struct Worker {
    Launch* launch = nullptr;
    char* stacks;
    Fiber fibers[MOST_THREADS] = {};
    Fiber* current = nullptr;
    Context scheduler{};
    std::vector<char> dynamic;
    Random random{};

    Worker() {
        void* memory = mmap(nullptr, MOST_THREADS * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        stacks = static_cast<char*>(memory);
        for (int i = 0; i < MOST_THREADS; i++) fibers[i].id = i;
    }

    /// The fiber that is this lane of the current one's warp.
    Fiber& fiber(int lane) { return fibers[current->id / LANES * LANES + lane]; }

    void run_blocks(Launch& of);
    void run_block(std::uint64_t block);
    void prepare(Fiber& f);
    void resume(Fiber& f);
    void pause(State state);
};

constinit thread_local Worker* worker = nullptr;
Random random_order{1};

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

void swap(Context& from, Context& to) {
#ifdef __x86_64__
    samovar_switch(&from, to);
#else
    swapcontext(&from, &to);
#endif
}

void Worker::pause(State state) {
    current->state = state;
    swap(current->context, scheduler);
}

void run_fiber() {
    worker->launch->kernel();
    for (;;) worker->pause(DONE);
}

Dim place(std::uint64_t at, Dim in) {
    return {static_cast<unsigned>(at % in.x), static_cast<unsigned>(at / in.x % in.y), static_cast<unsigned>(at / in.x / in.y)};
}

void Worker::prepare(Fiber& f) {
    char* stack = stacks + f.id * STACK;
    f.state = RUNNABLE;
    f.index = place(f.id, blockDim);
    f.copies.clear();
    f.group = f.turn = 0;
#ifdef __x86_64__
    void** top = reinterpret_cast<void**>(stack + STACK) - 1;      // where a call would have left its return address
    *top = nullptr;
    *--top = reinterpret_cast<void*>(&run_fiber);
    for (int i = 0; i < 6; i++) *--top = nullptr;                    // the registers that samovar_switch restores
    f.context = top;
#else
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = stack;
    f.context.uc_stack.ss_size = STACK;
    f.context.uc_link = nullptr;
    makecontext(&f.context, run_fiber, 0);
#endif
}

void Worker::resume(Fiber& f) {
    current = &f;
    threadIdx = f.index;
    swap(scheduler, f.context);
}

/// Fills all thread-local variables of this library with NaN: those that are `__shared__`, and a few of the emulation's, which have to be set afterwards.
void poison_shared_memory() {
    static thread_local char here; // in the same block
    int found = dl_iterate_phdr([](dl_phdr_info* library, std::size_t, void* variable) {
        for (int i = 0; i < library->dlpi_phnum; i++) {
            const auto& segment = library->dlpi_phdr[i];
            char* block = static_cast<char*>(library->dlpi_tls_data);
            if (segment.p_type != PT_TLS || !block || variable < block || variable >= block + segment.p_memsz) continue;
            std::memset(block, POISON, segment.p_memsz);
            return 1;
        }
        return 0;
    }, &here);
    if (!found) std::abort();
}

void Worker::run_block(std::uint64_t block) {
    poison_shared_memory();
    worker = this;
    gridDim = launch->grid;
    blockDim = launch->block;
    blockIdx = place(block, gridDim);
    dynamic = std::vector<char>(launch->shared_bytes, static_cast<char>(POISON)); // exactly this long, so that the address sanitizer knows its end
    random.seed = (launch->seed + block) * 0x9E3779B97F4A7C15u | 1;
    int threads = static_cast<int>(blockDim.x * blockDim.y * blockDim.z);
    std::vector<int> runnable;
    for (int i = 0; i < threads; i++) {
        prepare(fibers[i]);
        runnable.push_back(i);
    }
    int waiting = 0, done = 0;
    std::vector<int> waiting_in((threads + LANES - 1) / LANES);
    while (!runnable.empty() && !launch->failure) {
        unsigned at = random.below(runnable.size());
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
    if (done < threads && !launch->failure) launch->failure = "threads wait at a barrier that others never reach";
}

void Worker::run_blocks(Launch& of) {
    launch = &of;
    for (std::size_t at; (at = of.next++) < of.order.size() && !of.failure;) run_block(of.order[at]);
}

/// The workers, which live as long as the process.
struct Workers {
    std::mutex lock;
    std::condition_variable begun, ended;
    Launch* launch = nullptr;
    unsigned launches = 0, busy = 0, count = std::max(1u, std::thread::hardware_concurrency());

    Workers() {
        for (unsigned i = 0; i < count; i++) std::thread([this] { work(); }).detach();
    }

    void work() {
        auto& me = *new Worker;
        std::unique_lock held(lock);
        for (unsigned seen = 0;;) {
            begun.wait(held, [&] { return launches != seen; });
            seen = launches;
            held.unlock();
            me.run_blocks(*launch);
            held.lock();
            if (--busy == 0) ended.notify_one();
        }
    }

    void run(Launch& all) {
        std::unique_lock held(lock);
        launch = &all;
        launches++;
        busy = count;
        begun.notify_all();
        ended.wait(held, [&] { return busy == 0; });
    }
};

} // namespace

void barrier() { worker->pause(AT_BARRIER); }

void warp_barrier() { worker->pause(AT_WARP_BARRIER); }

int lane() { return worker->current->id % LANES; }

std::uint64_t* slot(int lane) { return worker->fiber(lane).slot[worker->current->turn]; }

void next_turn() { worker->current->turn ^= 1; }

void* dynamic_shared() { return worker->dynamic.data(); }

void copy_later(void* to, const void* from, std::size_t bytes) {
    std::memset(to, POISON, bytes);
    Fiber& f = *worker->current;
    f.copies.push_back({to, from, bytes, f.group});
}

void commit_copies() { worker->current->group++; }

void wait_for_copies(int groups_still_under_way) {
    Fiber& f = *worker->current;
    int landed = f.group - groups_still_under_way;
    std::vector<Copy> later;
    for (const Copy& c : f.copies) {
        if (c.group >= landed) later.push_back(c);
        else if (c.from) std::memcpy(c.to, c.from, c.bytes);
        else std::memset(c.to, 0, c.bytes);
    }
    f.copies.swap(later);
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

/// Numbers of `BYTES` bytes in a row of A or a column of B, which is 32 bytes long: word `w` of a lane holds bytes 16 (w / 2) + 4 (lane % 4) … of row lane / 4 + 8 (w % 2).
template <int BYTES> constexpr int LENGTH = 32 / BYTES;

/// Shows this lane's fragments to the warp, as numbers.
template <int BYTES> void show(const unsigned (&a)[4], unsigned b0, unsigned b1) {
    Fiber& f = *worker->current;
    next_turn();
    const unsigned words[] = {a[0], a[1], a[2], a[3], b0, b1};
    for (int w = 0; w < 6; w++) {
        float(&shown)[2] = f.fragments[f.turn][w];
        if (BYTES == 4) shown[0] = __uint_as_float(words[w] & 0xFFFFE000);         // the hardware ignores the other bits
        else shown[0] = __uint_as_float(words[w] << 16), shown[1] = __uint_as_float(words[w] & 0xFFFF0000);
    }
    warp_barrier();
}

/// Gathers a row of A or a column of B: its first 16 bytes from the word `first` of four lanes, the others from their word `second`.
template <int BYTES> void gather(float (&to)[LENGTH<BYTES>], int row, int first, int second) {
    for (int k = 0; k < LENGTH<BYTES>; k++) {
        int byte = k * BYTES;
        to[k] = worker->fiber(row * 4 + byte % 16 / 4).fragments[worker->current->turn][byte < 16 ? first : second][byte % 4 / 2];
    }
}

template <int BYTES> void mma(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    show<BYTES>(a, b0, b1);
    int row = lane() / 4, column = lane() % 4 * 2;
    float rows[2][LENGTH<BYTES>], columns[2][LENGTH<BYTES>];
    for (int i = 0; i < 2; i++) {
        gather<BYTES>(rows[i], row, i, i + 2);
        gather<BYTES>(columns[i], column + i, 4, 5);
    }
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < LENGTH<BYTES>; k++) c[i] += rows[i / 2][k] * columns[i % 2][k];
    }
}

} // namespace

void mma_bf16(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) { mma<2>(c, a, b0, b1); }

void mma_tf32(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) { mma<4>(c, a, b0, b1); }

void fail(const char* why) { worker->launch->failure = why; }

const char* launch(const Body& kernel, Dim grid, Dim block, std::size_t shared_bytes) {
    unsigned threads = block.x * block.y * block.z;
    if (threads == 0 || threads > MOST_THREADS) return "a block has no threads or too many";
    if (threads % LANES != 0) return "a block is not a multiple of a warp";
    static Workers& workers = *new Workers;
    Launch all{kernel, grid, block, shared_bytes, random_order.seed, {}, 0, nullptr};
    for (std::uint64_t b = 0; b < std::uint64_t{grid.x} * grid.y * grid.z; b++) all.order.push_back(b);
    for (std::size_t i = all.order.size(); i > 1; i--) std::swap(all.order[i - 1], all.order[random_order.below(i)]);
    random_order.below(1);                                                         // the next launch has another seed, even if this one has a single block
    workers.run(all);
    return all.failure;
}

void reseed(std::uint64_t with) { random_order.seed = with * 0x9E3779B97F4A7C15u | 1; }

} // namespace emulation
