package dev.samovar.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.benchmarks.Agreement;
import dev.samovar.benchmarks.Operations;
import dev.samovar.benchmarks.Sizes;
import dev.samovar.benchmarks.Work;
import dev.samovar.benchmarks.Works;
import dev.samovar.core.tensor.Device;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The peers do the same work: they compute the same numbers.
class PeersTest {
    /// The work that libtorch does not do. Python's PyTorch does some of it, which PythonTest tests.
    private static final List<String> OTHERS = List.of("dice", "layer-norm-2d", "resize", "train-medsam", "train-lora", "train-adapter", "train-mini", "encode-mobile", "encode-batch",
            "encode-large", "encode-huge", "click", "everything", "read-volume", "write-labels");

    static List<String> torch() {
        return Operations.NAMES.stream().filter(name -> !OTHERS.contains(name)).toList();
    }

    static List<String> products() {
        return Operations.NAMES.stream().filter(name -> name.startsWith("gemm")).toList();
    }

    @ParameterizedTest
    @MethodSource("torch")
    void libtorchComputesTheSame(String name) throws Exception {
        agree(name, new TorchWorks(Sizes.TINY, 1).of(name));
    }

    @ParameterizedTest
    @MethodSource("products")
    void ejmlComputesTheSame(String name) throws Exception {
        agree(name, EjmlWorks.of(name, Sizes.TINY, 1));
        agree(name, EjmlWorks.of(name, Sizes.TINY, 2));
    }

    @Test
    void onnxRuntimeComputesTheSame() throws Exception {
        agree("encode", OnnxRuntimeWorks.of("encode", Sizes.TINY, Exported.encoder(Sizes.TINY), 1));
        Sizes mobile = Sizes.TINY.mobile();
        agree("encode-mobile", OnnxRuntimeWorks.of("encode-mobile", mobile, Exported.encoder(mobile, mobile.sam()), 1));
    }

    private static void agree(String name, Work peer) {
        try (peer; Work reference = new Works(Device.reference(), Sizes.TINY).of(name)) {
            peer.run();
            reference.run();
            double difference = Agreement.difference(reference.result(), peer.result());
            assertTrue(difference < Agreement.ALLOWED, () -> name + " differs by " + difference);
        }
    }
}
