/// What others have made, put to the same work: ONNX Runtime, libtorch, EJML. Built with `-Ppeers` only.
@NullMarked
package dev.samovar.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
