package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.InnerLoop;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The tiles of [VectorGemm] by themselves, and their upper bound: multiply-adds in registers.
///
/// On most processors a fused multiply-add takes four clocks and two can start in each, so that 8 independent chains keep the units busy; 12 fit the
/// 16 registers of AVX2, 20 those of other processors.
final class VectorLoops {
    private static final VectorSpecies<Float> F = VectorGemm.SPECIES;
    private static final int V = VectorGemm.V;
    private static final int NR = VectorGemm.NR;
    private static final int K = VectorGemm.KC;
    private static final int STEPS = 20_000;
    /// Rows of all tiles of a run.
    private static final int ROWS = 240;

    private final float[] a = numbers(12 * K);
    private final float[] b = numbers(2 * K * NR);
    private final float[] c = new float[12 * NR];

    private VectorLoops() {}

    /// All loops. Each call makes loops with their own data, so several threads may run them side by side.
    static List<InnerLoop> all() {
        var loops = new VectorLoops();
        return List.of(
                new InnerLoop(InnerLoop.PEAK, true, 2.0 * 12 * V * STEPS, loops::twelveChains),
                new InnerLoop(InnerLoop.PEAK, true, 2.0 * 20 * V * STEPS, loops::twentyChains),
                loops.tile(12, VectorGemm.MR == 12, () -> VectorGemm.tile12(K, loops.a, 0, loops.b, 0, loops.c, 0, NR)),
                loops.tile(6, VectorGemm.MR == 6, () -> VectorGemm.tile6(K, loops.a, 0, loops.b, 0, loops.c, 0, NR)),
                loops.plain(12, VectorGemm.MR == 12, () -> VectorGemm.plain12x2(K, loops.a, 0, K, loops.b, 0, loops.c, 0, NR)),
                loops.plain(6, VectorGemm.MR == 6, () -> VectorGemm.plain6x2(K, loops.a, 0, K, loops.b, 0, loops.c, 0, NR)),
                loops.tile(4, true, () -> VectorGemm.tile4(K, loops.a, 0, loops.b, 0, loops.c, 0, NR)),
                loops.tile(1, true, () -> VectorGemm.tile1(K, loops.a, 0, loops.b, 0, loops.c, 0)));
    }

    private InnerLoop tile(int rows, boolean used, Runnable one) {
        return loop(rows + " × " + NR, rows, NR, used, one);
    }

    /// A loop that reads rows of A without packing.
    private InnerLoop plain(int rows, boolean used, Runnable one) {
        return loop(rows + " × " + NR + ", unpacked", rows, NR, used, one);
    }

    private static InnerLoop loop(String name, int rows, int columns, boolean used, Runnable one) {
        int times = ROWS / rows;
        return new InnerLoop(name, used, 2.0 * rows * columns * K * times, () -> {
            for (int i = 0; i < times; i++) one.run();
        });
    }

    private static float[] numbers(int n) {
        float[] x = new float[n];
        Arrays.fill(x, 1e-3f);
        return x;
    }

    private void twelveChains() {
        FloatVector a = FloatVector.broadcast(F, 0.5f), b = FloatVector.broadcast(F, 0.25f);
        FloatVector c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
        for (int i = 0; i < STEPS; i++) {
            c0 = a.fma(c0, b);
            c1 = a.fma(c1, b);
            c2 = a.fma(c2, b);
            c3 = a.fma(c3, b);
            c4 = a.fma(c4, b);
            c5 = a.fma(c5, b);
            c6 = a.fma(c6, b);
            c7 = a.fma(c7, b);
            c8 = a.fma(c8, b);
            c9 = a.fma(c9, b);
            c10 = a.fma(c10, b);
            c11 = a.fma(c11, b);
        }
        c0.add(c1).add(c2).add(c3).add(c4).add(c5).add(c6).add(c7).add(c8).add(c9).add(c10).add(c11).intoArray(c, 0);
    }

    private void twentyChains() {
        FloatVector a = FloatVector.broadcast(F, 0.5f), b = FloatVector.broadcast(F, 0.25f);
        FloatVector c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a;
        FloatVector c10 = a, c11 = a, c12 = a, c13 = a, c14 = a, c15 = a, c16 = a, c17 = a, c18 = a, c19 = a;
        for (int i = 0; i < STEPS; i++) {
            c0 = a.fma(c0, b);
            c1 = a.fma(c1, b);
            c2 = a.fma(c2, b);
            c3 = a.fma(c3, b);
            c4 = a.fma(c4, b);
            c5 = a.fma(c5, b);
            c6 = a.fma(c6, b);
            c7 = a.fma(c7, b);
            c8 = a.fma(c8, b);
            c9 = a.fma(c9, b);
            c10 = a.fma(c10, b);
            c11 = a.fma(c11, b);
            c12 = a.fma(c12, b);
            c13 = a.fma(c13, b);
            c14 = a.fma(c14, b);
            c15 = a.fma(c15, b);
            c16 = a.fma(c16, b);
            c17 = a.fma(c17, b);
            c18 = a.fma(c18, b);
            c19 = a.fma(c19, b);
        }
        c0.add(c1).add(c2).add(c3).add(c4).add(c5).add(c6).add(c7).add(c8).add(c9).add(c10).add(c11).add(c12).add(c13).add(c14).add(c15)
                .add(c16).add(c17).add(c18).add(c19).intoArray(c, 0);
    }
}
