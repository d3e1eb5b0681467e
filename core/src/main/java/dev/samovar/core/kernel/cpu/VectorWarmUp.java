package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.EncoderBlockShape;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/// Gets the vector loops compiled while a program still reads its weights. Until the JIT compiler has seen them often, they run fifty times slower, which would
/// make the first picture twice as slow as the second.
final class VectorWarmUp {
    private static final AtomicBoolean STARTED = new AtomicBoolean();
    /// About what it takes to have a small block of the encoder compiled.
    private static final int RUNS = 40;
    private static final int SIDE = 16, CHANNELS = 64, HIDDEN = 128;

    private VectorWarmUp() {}

    /// Runs small blocks of the encoder on a thread of its own, once per process.
    static void start() {
        if (STARTED.compareAndSet(false, true)) Thread.ofPlatform().daemon().name("samovar-warm-up").start(VectorWarmUp::run);
    }

    private static void run() {
        var block = new VectorEncoderBlock(new Parallel(1), new CpuMemory());
        float[] x = new float[SIDE * SIDE * CHANNELS], y = new float[x.length];
        for (int i = 0; i < RUNS; i++) {
            int window = i % 2 == 0 ? 0 : 7, side = window == 0 ? SIDE : window, table = (2 * side - 1) * CHANNELS;
            List<CpuBuffer> parameters = IntStream.of(CHANNELS, CHANNELS, table, table, 3 * CHANNELS * CHANNELS, 3 * CHANNELS, CHANNELS
                    * CHANNELS,
                    CHANNELS, CHANNELS, CHANNELS, HIDDEN * CHANNELS, HIDDEN, CHANNELS * HIDDEN, CHANNELS).mapToObj(VectorWarmUp::numbers)
                    .toList();
            block.run(new EncoderBlockShape(1, SIDE, SIDE, CHANNELS, 1, HIDDEN, window, 1e-6f), x, parameters, y);
        }
    }

    private static CpuBuffer numbers(int n) {
        float[] values = new float[n];
        Arrays.fill(values, 0.01f);
        return new CpuBuffer(values);
    }
}
