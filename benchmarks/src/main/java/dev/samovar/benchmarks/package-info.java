/// Measures how fast Samovar is: pieces of work named after SAM's layers, timed alone and against other programs.
@NullMarked
package dev.samovar.benchmarks;

import org.jspecify.annotations.NullMarked;
