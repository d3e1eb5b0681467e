// The parts of libcuda.so.1 and libnvrtc.so.12 that dev.samovar.cuda calls: one device whose kernels are emulated. JCuda binds to it as to the real libraries,
// so that a test without a GPU covers the whole path from a tensor to a kernel.
//
// `emulation_set` makes it fail as a real one may: see the switches below.
#include "launch.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace {

using Pointer = unsigned long long;

enum Result { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101, UNSUPPORTED_PTX = 222, INVALID_HANDLE = 400, NOT_FOUND = 500, LAUNCH_FAILED = 719 };

struct Switches {
    long driver_version = 13000;
    long devices = 1;
    long capability = 80;
    long total_memory = 8L << 30;
    long nvrtc_works = 1;        // 0: every program has an error
    long fail_allocation = 0;    // n: the n-th allocation from now on fails
    long failures = 1;           // how many allocations fail in a row
    long fail_launch = 0;        // n: the n-th launch from now on fails, and everything after it
} now;

std::recursive_mutex lock;
std::map<Pointer, std::size_t> allocations;
std::size_t in_use;
long launches, broken;
std::string last_failure;

struct Function {
    std::string name;
};
std::map<std::string, Function*> functions;

const char PTX[] = "// emulated"; // the run-time compiler's output for any program

Result copy(void* to, const void* from, std::size_t bytes) {
    std::memcpy(to, from, bytes);
    return SUCCESS;
}

} // namespace

#define API extern "C" __attribute__((visibility("default"))) Result
#define LOCKED std::lock_guard<std::recursive_mutex> guard(lock)

// ---- called by tests

extern "C" __attribute__((visibility("default"))) int emulation_set(const char* name, long value) {
    LOCKED;
    std::string n = name;
    if (n == "driver_version") now.driver_version = value;
    else if (n == "devices") now.devices = value;
    else if (n == "capability") now.capability = value;
    else if (n == "total_memory") now.total_memory = value;
    else if (n == "nvrtc_works") now.nvrtc_works = value;
    else if (n == "fail_allocation") now.fail_allocation = value;
    else if (n == "failures") now.failures = value;
    else if (n == "fail_launch") now.fail_launch = value;
    else if (n == "seed") emulation::reseed(static_cast<std::uint64_t>(value));
    else return -1;
    return 0;
}

extern "C" __attribute__((visibility("default"))) long emulation_launches() { return launches; }

// ---- the driver

API cuInit(unsigned) { return now.devices > 0 ? SUCCESS : NO_DEVICE; }

API cuDriverGetVersion(int* version) {
    *version = static_cast<int>(now.driver_version);
    return SUCCESS;
}

API cuDeviceGetCount(int* count) {
    *count = static_cast<int>(now.devices);
    return SUCCESS;
}

API cuDeviceGet(int* device, int ordinal) {
    if (ordinal < 0 || ordinal >= now.devices) return INVALID_DEVICE;
    *device = ordinal;
    return SUCCESS;
}

API cuDeviceGetName(char* name, int length, int) {
    std::snprintf(name, static_cast<std::size_t>(length), "emulated device");
    return SUCCESS;
}

API cuDeviceTotalMem_v2(std::size_t* bytes, int) {
    *bytes = static_cast<std::size_t>(now.total_memory);
    return SUCCESS;
}

API cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
        case 16: *value = 4; return SUCCESS;                                      // multiprocessors
        case 75: *value = static_cast<int>(now.capability / 10); return SUCCESS;  // compute capability, major
        case 76: *value = static_cast<int>(now.capability % 10); return SUCCESS;
        case 97: *value = 163 << 10; return SUCCESS;                              // shared memory of a block that opts in
        default: return INVALID_VALUE;
    }
}

API cuDevicePrimaryCtxRetain(void** context, int device) {
    *context = reinterpret_cast<void*>(static_cast<std::uintptr_t>(device) + 1);
    return SUCCESS;
}

API cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }

API cuCtxSetCurrent(void*) { return SUCCESS; }

API cuStreamCreate(void** stream, unsigned) {
    *stream = reinterpret_cast<void*>(0x5);
    return SUCCESS;
}

API cuStreamDestroy_v2(void*) { return SUCCESS; }

API cuStreamSynchronize(void*) { return broken ? LAUNCH_FAILED : SUCCESS; }

struct Event {
    bool timed, recorded;
    std::chrono::steady_clock::time_point at; // kernels have run when a launch returns, so the host's clock is the device's
};

API cuEventCreate(void** event, unsigned flags) {
    *event = new Event{!(flags & 2), false, {}};
    return SUCCESS;
}

API cuEventRecord(void* event, void*) {
    *static_cast<Event*>(event) = {static_cast<Event*>(event)->timed, true, std::chrono::steady_clock::now()};
    return broken ? LAUNCH_FAILED : SUCCESS;
}

API cuEventSynchronize(void*) { return broken ? LAUNCH_FAILED : SUCCESS; }

API cuEventDestroy_v2(void* event) {
    delete static_cast<Event*>(event);
    return SUCCESS;
}

API cuEventElapsedTime(float* ms, void* from, void* to) {
    const Event &begin = *static_cast<Event*>(from), &end = *static_cast<Event*>(to);
    if (!begin.timed || !end.timed || !begin.recorded || !end.recorded) return INVALID_HANDLE;
    *ms = std::chrono::duration<float, std::milli>(end.at - begin.at).count();
    return SUCCESS;
}

API cuMemAlloc_v2(Pointer* pointer, std::size_t bytes) {
    LOCKED;
    if (bytes == 0) return INVALID_VALUE;
    if (now.fail_allocation > 1) now.fail_allocation--;
    else if (now.fail_allocation == 1) {
        if (--now.failures == 0) now.fail_allocation = 0;
        return OUT_OF_MEMORY;
    }
    if (in_use + bytes > static_cast<std::size_t>(now.total_memory)) return OUT_OF_MEMORY;
    void* memory;
    if (posix_memalign(&memory, 256, bytes) != 0) return OUT_OF_MEMORY;             // exactly this long, so that the address sanitizer knows its end
    std::memset(memory, 0xFF, bytes);
    *pointer = reinterpret_cast<Pointer>(memory);
    allocations[*pointer] = bytes;
    in_use += bytes;
    return SUCCESS;
}

API cuMemFree_v2(Pointer pointer) {
    LOCKED;
    auto at = allocations.find(pointer);
    if (at == allocations.end()) return INVALID_VALUE;
    in_use -= at->second;
    allocations.erase(at);
    std::free(reinterpret_cast<void*>(pointer));
    return SUCCESS;
}

API cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
    LOCKED;
    *total = static_cast<std::size_t>(now.total_memory);
    *free = *total - in_use;
    return SUCCESS;
}

API cuMemHostAlloc(void** pointer, std::size_t bytes, unsigned) {
    *pointer = std::malloc(bytes);
    return *pointer ? SUCCESS : OUT_OF_MEMORY;
}

API cuMemFreeHost(void* pointer) {
    std::free(pointer);
    return SUCCESS;
}

API cuMemcpyHtoDAsync_v2(Pointer to, const void* from, std::size_t bytes, void*) { return broken ? LAUNCH_FAILED : copy(reinterpret_cast<void*>(to), from, bytes); }
API cuMemcpyDtoHAsync_v2(void* to, Pointer from, std::size_t bytes, void*) { return broken ? LAUNCH_FAILED : copy(to, reinterpret_cast<void*>(from), bytes); }

API cuModuleLoadDataEx(void** module, const void* image, unsigned, int*, void**) {
    int major = 0, minor = 0;
    const char* version = std::strstr(static_cast<const char*>(image), ".version ");
    if (version && std::sscanf(version, ".version %d.%d", &major, &minor) == 2 && (major + 4) * 1000 + minor * 10 > now.driver_version) return UNSUPPORTED_PTX;
    *module = reinterpret_cast<void*>(0x7);
    return SUCCESS;
}

API cuModuleUnload(void*) { return SUCCESS; }

API cuModuleGetFunction(void** function, void*, const char* name) {
    LOCKED;
    if (!emulation::exists(name)) return NOT_FOUND;
    Function*& f = functions[name];
    if (!f) f = new Function{name};
    *function = f;
    return SUCCESS;
}

API cuFuncSetAttribute(void*, int, int) { return SUCCESS; }

API cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void*, void** parameters, void**) {
    LOCKED;
    if (broken) return LAUNCH_FAILED;
    if (gx == 0 || gy == 0 || gz == 0 || gy > 65535 || gz > 65535 || shared > (163u << 10)) return INVALID_VALUE;
    if (now.fail_launch > 0 && --now.fail_launch == 0) {
        broken = 1;
        return LAUNCH_FAILED;
    }
    launches++;
    const std::string& name = static_cast<Function*>(function)->name;
    const char* why = emulation::launch(emulation::bind(name.c_str(), parameters), {gx, gy, gz}, {bx, by, bz}, shared);
    if (!why) return SUCCESS;
    std::fprintf(stderr, "emulated device: %s: %s\n", name.c_str(), why);
    return LAUNCH_FAILED;
}

// ---- the run-time compiler: accepts any program, and "compiles" it to a comment, because the kernels are in this library already

API nvrtcVersion(int* major, int* minor) {
    *major = 12;
    *minor = 6;
    return SUCCESS;
}

API nvrtcCreateProgram(void** program, const char* source, const char*, int, const char* const*, const char* const*) {
    if (!source) return INVALID_VALUE;
    *program = reinterpret_cast<void*>(0x8);
    return SUCCESS;
}

API nvrtcDestroyProgram(void** program) {
    *program = nullptr;
    return SUCCESS;
}

API nvrtcCompileProgram(void*, int, const char* const*) { return now.nvrtc_works ? SUCCESS : static_cast<Result>(6); }

static const char LOG[] = "emulated error in line 1";

API nvrtcGetPTXSize(void*, std::size_t* size) {
    *size = sizeof(PTX);
    return SUCCESS;
}

API nvrtcGetPTX(void*, char* ptx) { return copy(ptx, PTX, sizeof(PTX)); }

API nvrtcGetProgramLogSize(void*, std::size_t* size) {
    *size = sizeof(LOG);
    return SUCCESS;
}

API nvrtcGetProgramLog(void*, char* log) { return copy(log, LOG, sizeof(LOG)); }
