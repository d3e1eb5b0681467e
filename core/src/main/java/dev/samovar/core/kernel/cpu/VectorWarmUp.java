package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.InvertedBottleneckShape;
import dev.samovar.core.kernel.MaskUpscalingShape;
import dev.samovar.core.kernel.TwoWayShape;
import dev.samovar.core.kernel.WindowBlockShape;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/// Gets the vector loops compiled while a program still reads its weights. Until the JIT compiler has seen them often, they run fifty times slower, which would
/// make the first picture twice as slow as the second.
final class VectorWarmUp {
    private static final AtomicBoolean STARTED = new AtomicBoolean();
    /// About what it takes to have a small block of each kind compiled.
    private static final int RUNS = 40;
    private static final int SIDE = 16, CHANNELS = 64, HIDDEN = 128, WINDOW = 7, TOKENS = 7;

    private VectorWarmUp() {}

    /// Runs small blocks of the encoders and of the mask decoder on a thread of its own, once per process.
    static void start() {
        if (STARTED.compareAndSet(false, true)) Thread.ofPlatform().daemon().name("samovar-warm-up").start(VectorWarmUp::run);
    }

    private static void run() {
        var alone = new Parallel(1);
        var pool = new CpuMemory();
        var block = new VectorEncoderBlock(alone, pool);
        var bottleneck = new VectorBottleneck(alone);
        var window = new VectorWindowBlock(alone, pool);
        var twoWay = new VectorTwoWay(alone, pool);
        var upscaling = new VectorMaskUpscaling(alone);
        for (int i = 0; i < RUNS; i++) {
            encoderBlock(block, i % 2 == 0 ? 0 : WINDOW);
            mobile(bottleneck, window);
            decoder(twoWay, upscaling);
        }
    }

    private static void encoderBlock(VectorEncoderBlock block, int window) {
        int side = window == 0 ? SIDE : window, table = (2 * side - 1) * CHANNELS;
        float[] x = new float[SIDE * SIDE * CHANNELS], y = new float[x.length];
        block.run(new EncoderBlockShape(1, SIDE, SIDE, CHANNELS, 1, HIDDEN, window, 1e-6f), x, numbers(CHANNELS, CHANNELS, table, table, 3
                * CHANNELS * CHANNELS, 3 * CHANNELS, CHANNELS * CHANNELS, CHANNELS, CHANNELS, CHANNELS, HIDDEN * CHANNELS, HIDDEN, CHANNELS
                        * HIDDEN, CHANNELS), y);
    }

    private static void mobile(VectorBottleneck bottleneck, VectorWindowBlock block) {
        float[] x = new float[SIDE * SIDE * CHANNELS], y = new float[x.length];
        bottleneck.run(new InvertedBottleneckShape(1, CHANNELS, HIDDEN, CHANNELS, SIDE, SIDE, 1, true), x, numbers(HIDDEN * CHANNELS,
                HIDDEN, 9 * HIDDEN, HIDDEN, CHANNELS * HIDDEN, CHANNELS), y);
        var s = new WindowBlockShape(1, CHANNELS, SIDE, SIDE, 2, HIDDEN, WINDOW, 1e-5f);
        block.run(s, x, numbers(CHANNELS, CHANNELS, 2 * s.places() * s.places(), 3 * CHANNELS * CHANNELS, 3 * CHANNELS, CHANNELS * CHANNELS,
                CHANNELS, 9 * CHANNELS, CHANNELS, CHANNELS, CHANNELS, HIDDEN * CHANNELS, HIDDEN, CHANNELS * HIDDEN, CHANNELS), y);
    }

    private static void decoder(VectorTwoWay twoWay, VectorMaskUpscaling upscaling) {
        int middle = CHANNELS / 4, last = CHANNELS / 8;
        var s = new TwoWayShape(1, 1, TOKENS, SIDE * SIDE, CHANNELS, 2, CHANNELS, 1e-5f);
        float[] x = new float[SIDE * SIDE * CHANNELS], y = new float[x.length], tokens = new float[TOKENS * CHANNELS], seen = tokens
                .clone();
        float[] weight = new float[CHANNELS * CHANNELS], bias = new float[CHANNELS];
        twoWay.tokensToImage(s, tokens, x, x, weight, weight, bias, seen);
        twoWay.imageToTokens(s, x, x, tokens, tokens, List.of(weight, bias, weight, bias, bias, bias), y);
        upscaling.run(new MaskUpscalingShape(1, SIDE, SIDE, CHANNELS, 3, 1e-6f), x, new float[3 * last], numbers(CHANNELS * middle * 4,
                middle, middle, middle, middle * last * 4, last), new float[3 * 16 * SIDE * SIDE]);
    }

    private static List<CpuBuffer> numbers(int... sizes) {
        return IntStream.of(sizes).mapToObj(VectorWarmUp::numbers).toList();
    }

    private static CpuBuffer numbers(int n) {
        float[] values = new float[n];
        Arrays.fill(values, 0.01f);
        return new CpuBuffer(values);
    }
}
