// A table of one family of kernels by name. Each kernels_*.cpp fills in one, as a separate translation unit, so that they compile in parallel.
#pragma once
#include "launch.h"
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace emulation {

using Table = std::map<std::string, Body (*)(void**)>;

Table attention_kernels();
Table product_kernels();
Table other_kernels();

template <auto KERNEL_FUNCTION> struct Call;
template <class... Parameters, void (*KERNEL_FUNCTION)(Parameters...)> struct Call<KERNEL_FUNCTION> {
    template <std::size_t... I> static Body bind(void** at, std::index_sequence<I...>) {
        return [... values = *static_cast<Parameters*>(at[I])] { KERNEL_FUNCTION(values...); };
    }
    static Body bind(void** at) { return bind(at, std::index_sequence_for<Parameters...>()); }
};

} // namespace emulation

#define K(name) {#name, [](void** at) { return emulation::Call<name>::bind(at); }}
#define OF_DIM(name) K(name##_16), K(name##_32), K(name##_64), K(name##_80), K(name##_128)
