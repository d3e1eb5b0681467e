package dev.samovar.core.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.kernel.MultiHeadShape;
import dev.samovar.core.nn.Random;
import dev.samovar.core.testkit.KernelsContract;
import dev.samovar.core.testkit.KernelsWork;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
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

    @Test
    void queriesOfManyPromptsHaveTheBitsOfEachByItself() {
        final int few = 3, all = 70, keys = 1700, width = 34;
        var drawn = new Random(1, "prompts");
        float[] q = normal(drawn, all * width), k = normal(drawn, keys * width), v = normal(drawn, keys * width);
        float[] first = attention(new MultiHeadShape(1, 2, few, keys, width / 2), Arrays.copyOf(q, few * width), k, v);
        assertTrue(VectorFewTokens.handles(new MultiHeadShape(1, 2, few, keys, width / 2)));
        MultiHeadShape together = new MultiHeadShape(1, 2, all, keys, width / 2);
        assertFalse(VectorFewTokens.handles(together), "both ways are compared");
        assertArrayEquals(first, Arrays.copyOf(attention(together, q, k, v), few * width));
    }

    private static float[] normal(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) random.normal();
        return x;
    }

    private static float[] attention(MultiHeadShape s, float[] q, float[] k, float[] v) {
        float[] out = new float[s.batch() * s.queries() * s.width()];
        new VectorMultiHead(new Parallel(1), MEMORY).forward(s, q, k, v, out, new float[2 * s.groups() * s.queries()]);
        return out;
    }

    @Test
    void coldAndWarmCodeGiveTheSameBits() {
        List<float[]> cold = new KernelsWork(ONE_THREAD, MEMORY).everything(), warm = cold;
        for (int i = 0; i < 10; i++) warm = new KernelsWork(ONE_THREAD, MEMORY).everything();
        for (int i = 0; i < cold.size(); i++) assertArrayEquals(cold.get(i), warm.get(i), "output " + i);
    }
}
