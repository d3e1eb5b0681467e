/// How fast it is: pieces of work named after SAM's layers, timed alone and against what others have made.
@NullMarked
package dev.samovar.benchmarks;

import org.jspecify.annotations.NullMarked;
