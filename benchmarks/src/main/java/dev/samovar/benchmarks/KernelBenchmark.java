package dev.samovar.benchmarks;

import dev.samovar.core.tensor.Device;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Every piece of work of [Works], in a JVM of its own for each combination.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--sun-misc-unsafe-memory-access=allow"})
public class KernelBenchmark {
    /// What is done.
    @Param({"gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2", "attention-global", "attention-window", "layer-norm", "layer-norm-2d",
        "resize",
        "gelu",
        "conv1x1-forward",
        "conv1x1-backward", "conv3x3-wide-forward", "conv3x3-wide-backward", "conv3x3-middle-forward", "conv3x3-middle-backward",
        "conv3x3-large-forward", "conv3x3-large-backward", "deconv-forward", "deconv-backward", "dice", "train-linear", "train-cnn",
        "train-vit", "encode"})
    public String work = "";

    /// Who does it.
    @Param({"vector", "scalar"})
    public String kernels = "";

    /// A number, or `all`.
    @Param({"1", "all"})
    public String threads = "";

    private Work prepared = NOTHING;

    private static final Work NOTHING = new Work() {
        @Override
        public void run() {}

        @Override
        public float[] result() {
            return new float[0];
        }
    };

    /// The device of these names.
    ///
    /// @throws IllegalStateException if vectors are asked for where there are none
    static Device device(String kernels, String threads) {
        int n = threads.equals("all") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(threads);
        Device device = kernels.equals("scalar") ? Device.scalar(n) : Device.cpu(n);
        if (kernels.equals("vector") && !device.kernels().name().startsWith("vector"))
            throw new IllegalStateException("this JVM has no vector kernels: start it with --add-modules jdk.incubator.vector");
        return device;
    }

    /// Makes what goes in.
    @Setup
    public void setup() {
        prepared = new Works(device(kernels, threads), Sizes.FULL).of(work);
    }

    /// Does it.
    @Benchmark
    public void run() {
        prepared.run();
    }

    /// Frees what it took.
    @TearDown
    public void close() {
        prepared.close();
    }
}
