package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.EncoderBlockWeights;
import dev.samovar.core.kernel.ImageToTokensWeights;
import dev.samovar.core.kernel.InvertedBottleneckShape;
import dev.samovar.core.kernel.InvertedBottleneckWeights;
import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.kernel.MaskUpscalingShape;
import dev.samovar.core.kernel.MaskUpscalingWeights;
import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.kernel.TokensToImageWeights;
import dev.samovar.core.kernel.TwoWayShape;
import dev.samovar.core.kernel.WeightAndBias;
import dev.samovar.core.kernel.WindowBlockShape;
import dev.samovar.core.kernel.WindowBlockWeights;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/// Gets the vector loops of a fused piece compiled while a program still reads its weights. Until the JIT compiler has compiled them, they run fifty
/// times slower, which would make the first picture twice as slow as the second. Only what will be needed is warmed up: the compiler is busy for
/// seconds, on a core that others could use.
final class VectorWarmUp {
    private static final Set<Class<?>> STARTED = ConcurrentHashMap.newKeySet();
    /// About how many runs it takes until a small block is compiled.
    private static final int RUNS = 40;
    private static final int SIDE = 16, CHANNELS = 64, HIDDEN = 128, WINDOW = 7, TOKENS = 7;

    private VectorWarmUp() {}

    /// Runs small blocks of this piece on a thread of its own, once per process.
    ///
    /// @throws IllegalArgumentException if it is no fused piece of a network
    static void start(Class<?> piece) {
        IntConsumer small = small(piece);
        if (STARTED.add(piece)) Thread.ofPlatform().daemon().name("samovar-warm-up").start(() -> run(small));
    }

    /// One piece after another, in the order of need as a rule: the image encoder's first.
    private static synchronized void run(IntConsumer small) {
        for (int i = 0; i < RUNS; i++) small.accept(i);
    }

    /// Runs small blocks of this piece; those with even numbers have no windows, if it may have them.
    static IntConsumer small(Class<?> piece) {
        var alone = new Parallel(1);
        var pool = new CpuMemory();
        if (piece == EncoderBlockKernel.class) {
            var block = new VectorEncoderBlock(alone, pool);
            return i -> encoderBlock(block, i % 2 == 0 ? 0 : WINDOW);
        }
        if (piece == MobileBlockKernels.class) {
            var bottleneck = new VectorBottleneck(alone);
            var block = new VectorWindowBlock(alone, pool);
            return _ -> mobile(bottleneck, block);
        }
        if (piece == MaskDecoderKernels.class) {
            var twoWay = new VectorTwoWay(alone, pool);
            var upscaling = new VectorMaskUpscaling(alone);
            return _ -> decoder(twoWay, upscaling);
        }
        throw new IllegalArgumentException(piece + " is no fused piece of a network");
    }

    private static void encoderBlock(VectorEncoderBlock block, int window) {
        int side = window == 0 ? SIDE : window, table = (2 * side - 1) * CHANNELS;
        float[] x = new float[SIDE * SIDE * CHANNELS], y = new float[x.length];
        block.run(new EncoderBlockShape(1, SIDE, SIDE, CHANNELS, 1, HIDDEN, window, 1e-6f), x, new EncoderBlockWeights<>(layer(1, CHANNELS),
                numbers(table), numbers(table), layer(CHANNELS, 3 * CHANNELS), layer(CHANNELS, CHANNELS), layer(1, CHANNELS), layer(CHANNELS, HIDDEN),
                layer(HIDDEN, CHANNELS)), y);
    }

    private static void mobile(VectorBottleneck bottleneck, VectorWindowBlock block) {
        float[] x = new float[SIDE * SIDE * CHANNELS], y = new float[x.length];
        bottleneck.run(new InvertedBottleneckShape(1, CHANNELS, HIDDEN, CHANNELS, SIDE, SIDE, 1, true), x,
                new InvertedBottleneckWeights<>(layer(CHANNELS, HIDDEN), layer(9, HIDDEN), layer(HIDDEN, CHANNELS)), y);
        var s = new WindowBlockShape(1, CHANNELS, SIDE, SIDE, 2, HIDDEN, WINDOW, 1e-5f);
        block.run(s, x, new WindowBlockWeights<>(layer(1, CHANNELS), numbers(2 * s.places() * s.places()), layer(CHANNELS, 3 * CHANNELS),
                layer(CHANNELS, CHANNELS),
                layer(9, CHANNELS), layer(1, CHANNELS), layer(CHANNELS, HIDDEN), layer(HIDDEN, CHANNELS)), y);
    }

    private static void decoder(VectorTwoWay twoWay, VectorMaskUpscaling upscaling) {
        int middle = CHANNELS / 4, last = CHANNELS / 8;
        var s = new TwoWayShape(1, 1, TOKENS, SIDE * SIDE, CHANNELS, 2, CHANNELS, 1e-5f);
        float[] x = new float[SIDE * SIDE * CHANNELS], y = new float[x.length], tokens = new float[TOKENS * CHANNELS], seen = tokens.clone();
        var layer = new WeightAndBias<>(new float[CHANNELS * CHANNELS], new float[CHANNELS]);
        var norm = new WeightAndBias<>(new float[CHANNELS], new float[CHANNELS]);
        twoWay.tokensToImage(s, tokens, x, x, new TokensToImageWeights<>(layer, layer), seen);
        twoWay.imageToTokens(s, x, x, tokens, tokens, new ImageToTokensWeights<>(layer, layer, norm), y);
        upscaling.run(new MaskUpscalingShape(1, SIDE, SIDE, CHANNELS, 3, 1e-6f), x, new float[3 * last],
                new MaskUpscalingWeights<>(layer(4 * CHANNELS, middle), layer(1, middle), layer(4 * middle, last)), new float[3 * 16 * SIDE * SIDE]);
    }

    /// A weight of `in · out` numbers and a bias `(out)`.
    private static WeightAndBias<CpuBuffer> layer(int in, int out) {
        return new WeightAndBias<>(numbers(in * out), numbers(out));
    }

    private static CpuBuffer numbers(int n) {
        float[] values = new float[n];
        Arrays.fill(values, 0.01f);
        return new CpuBuffer(values);
    }
}
