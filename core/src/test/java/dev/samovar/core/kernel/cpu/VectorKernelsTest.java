package dev.samovar.core.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.kernel.MultiHeadShape;
import dev.samovar.core.testkit.KernelsContract;
import dev.samovar.core.testkit.KernelsWork;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledIf(value = "dev.samovar.core.testkit.VectorWidth#isOwnAgain", disabledReason = "the processor's own width was tested before")
class VectorKernelsTest extends KernelsContract {
    private static final CpuMemory MEMORY = new CpuMemory();
    private static final Kernels ONE_THREAD = new VectorKernels(new Parallel(1), MEMORY);
    private static final List<Kernels> MORE_THREADS = List.of(new VectorKernels(new Parallel(2), MEMORY), new VectorKernels(new Parallel(3), MEMORY));

    @Override
    protected Kernels kernels() {
        return ONE_THREAD;
    }

    @Override
    protected Memory memory() {
        return MEMORY;
    }

    @Override
    protected List<Kernels> others() {
        return MORE_THREADS;
    }

    @ParameterizedTest
    @ValueSource(classes = {EncoderBlockKernel.class, MobileBlockKernels.class, MaskDecoderKernels.class})
    void everyFusedPieceHasItsWarmUp(Class<?> piece) {
        assertNotNull(ONE_THREAD.fused(piece));
        IntConsumer small = VectorWarmUp.small(piece);
        for (int i = 0; i < 2; i++) small.accept(i);
    }

    /// Several prompts about one image have many queries together, and few each.
    @ParameterizedTest
    @CsvSource({"3, 1700", "16, 64", "1700, 3", "65, 8"})
    void aFewTokensAndManyHaveTheSameBits(int queries, int keys) {
        var s = new MultiHeadShape(2, 2, queries, keys, 17);
        assertTrue(VectorFewTokens.handles(s));
        int many = s.batch() * keys * s.width(), asked = s.batch() * queries * s.width(), rows = 2 * s.groups() * queries;
        float[] q = normal(asked, 1), k = normal(many, 1), v = normal(many, 1);
        float[] few = new float[asked], fewStats = new float[rows], all = new float[asked], stats = new float[rows];
        new VectorFewTokens(new Parallel(2), MEMORY).forward(s, q, k, v, few, fewStats);
        new VectorMultiHead(new Parallel(2), MEMORY).forward(s, q, k, v, all, stats);
        assertArrayEquals(all, few);
        assertArrayEquals(stats, fewStats);
    }

    @Test
    void coldAndWarmCodeGiveTheSameBits() {
        List<float[]> cold = new KernelsWork(ONE_THREAD, MEMORY).everything(), warm = cold;
        for (int i = 0; i < 10; i++) warm = new KernelsWork(ONE_THREAD, MEMORY).everything();
        for (int i = 0; i < cold.size(); i++) assertArrayEquals(cold.get(i), warm.get(i), "output " + i);
    }
}
