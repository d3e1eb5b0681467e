package dev.samovar.benchmarks.peers;

import dev.samovar.benchmarks.Sizes;
import dev.samovar.benchmarks.Worker;

/// [Worker] for the engines of others.
public final class PeerWorker {
    private PeerWorker() {}

    /// `ENGINE WORK THREADS RESULT_FILE`.
    public static void main(String[] args) throws Exception {
        Worker.serve(args, (side, name, threads) -> switch (side) {
            case "onnxruntime" -> OnnxRuntimeWorks.of(name, Sizes.FULL.of(name), Exported.encoder(Sizes.FULL.of(name)), threads);
            case "onnxruntime-torch" -> OnnxRuntimeWorks.of(name, Sizes.FULL, Exported.byTorch(Sizes.FULL), threads);
            case "libtorch", "libtorch-tuned" -> new TorchWorks(Sizes.FULL, threads).of(name);
            case "ejml" -> EjmlWorks.of(name, Sizes.FULL, threads);
            default -> throw new IllegalArgumentException("there is no side " + side + " here");
        });
        System.exit(0);                                                            // libtorch's threads would keep the process
    }
}
