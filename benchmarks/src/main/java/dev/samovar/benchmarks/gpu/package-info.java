/// Samovar on a GPU, checked and timed beside PyTorch where there is neither Maven nor a network: what `benchmarks/gpu/run` starts.
@NullMarked
package dev.samovar.benchmarks.gpu;

import org.jspecify.annotations.NullMarked;
