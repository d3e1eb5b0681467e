// What the emulated driver needs of the emulation: to run a kernel, and to find it by its name.
#pragma once
#include "emulation.h"
#include <functional>

namespace emulation {

using Body = std::function<void()>;

/// Runs a kernel to its end; null, or why it failed.
const char* launch(const Body& kernel, Dim grid, Dim block, std::size_t shared_bytes);

/// Another order of threads and blocks.
void reseed(std::uint64_t with);

/// The kernel of a name, bound to the parameters that lie at these addresses; empty if there is none.
Body bind(const char* name, void** parameters);
bool exists(const char* name);

} // namespace emulation
