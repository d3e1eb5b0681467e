/// The same work done by others: ONNX Runtime, libtorch, EJML. Built with `-Ppeers` only.
@NullMarked
package dev.samovar.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
