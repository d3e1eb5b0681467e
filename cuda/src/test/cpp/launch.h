// The part of the emulation that the emulated driver uses: finding a kernel by its name, and running it.
#pragma once
#include "emulation.h"
#include <functional>

namespace emulation {

using Body = std::function<void()>;

/// Runs a kernel to its end. Returns null, or the reason why it failed.
const char* launch(const Body& kernel, Dim grid, Dim block, std::size_t shared_bytes);

/// Chooses another order of threads and blocks.
void reseed(std::uint64_t with);

/// The kernel with this name, bound to the parameters at these addresses; empty if there is none.
Body bind(const char* name, void** parameters);
bool exists(const char* name);

} // namespace emulation
