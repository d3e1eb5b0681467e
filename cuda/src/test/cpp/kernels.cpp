// Every kernel of src/main/cuda, compiled as C++, by name.
#include "table.h"

namespace {

emulation::Table all() {
    emulation::Table kernels = emulation::attention_kernels();
    kernels.merge(emulation::product_kernels());
    kernels.merge(emulation::other_kernels());
    return kernels;
}

const emulation::Table KERNELS = all();

} // namespace

namespace emulation {

bool exists(const char* name) { return KERNELS.count(name) != 0; }

Body bind(const char* name, void** parameters) { return KERNELS.at(name)(parameters); }

} // namespace emulation
