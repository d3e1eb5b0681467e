package dev.samovar.benchmarks;

import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.Cuda;
import dev.samovar.cuda.CudaTimer;
import dev.samovar.cuda.Format;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
@Fork(value = 1, jvmArgsPrepend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow"})
public class KernelBenchmark {
    /// What is done.
    @Param({"gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2", "attention-global", "attention-window", "layer-norm", "layer-norm-2d",
        "resize", "gelu", "conv1x1-forward", "conv1x1-backward", "conv3x3-wide-forward", "conv3x3-wide-backward", "conv3x3-middle-forward",
        "conv3x3-middle-backward",
        "conv3x3-large-forward", "conv3x3-large-backward", "deconv-forward", "deconv-backward", "dice", "train-linear", "train-cnn",
        "train-vit", "train-unet", "train-medsam", "train-lora", "train-adapter", "train-mini", "encode", "encode-mobile", "encode-batch",
        "encode-large", "encode-huge", "click", "everything", "read-volume", "write-labels"})
    public String work = "";

    /// What computes: these or, if asked for by name, a GPU: `cuda` (float32), `cuda-tf32`, `cuda-bf16`. The score is then the host's time until the
    /// device is done; [DeviceTime] gives the device's.
    @Param({"vector", "scalar"})
    public String kernels = "";

    /// A number, or `all`; 1 for a GPU.
    @Param({"1", "all"})
    public String threads = "";

    private Work prepared = NOTHING;
    private @Nullable CudaTimer timer;

    private static final Work NOTHING = new Work() {
        @Override
        public void run() {}

        @Override
        public float[] result() {
            return new float[0];
        }
    };

    /// The device with these names.
    ///
    /// @throws IllegalStateException if vectors, or a GPU, are asked for where there are none
    static Device device(String kernels, String threads) {
        if (kernels.startsWith("cuda")) return gpu(kernels, threads);
        int n = threads.equals("all") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(threads);
        Device device = kernels.equals("scalar") ? Device.scalar(n) : Device.cpu(n);
        if (kernels.equals("vector") && !device.kernels().name().startsWith("vector"))
            throw new IllegalStateException("there are no vector kernels here: " + Device.whyNoVectors());
        return device;
    }

    private static Device gpu(String kernels, String threads) {
        Format format = switch (kernels) {
            case "cuda" -> Format.FLOAT32;
            case "cuda-tf32" -> Format.TF32;
            case "cuda-bf16" -> Format.BF16;
            default -> throw new IllegalStateException("there are no kernels " + kernels
                    + ": on a GPU they are cuda, cuda-tf32, cuda-bf16");
        };
        if (!threads.equals("1")) throw new IllegalStateException("the number of threads changes nothing on a GPU: ask for -p threads=1");
        String problem = Cuda.whyNot();
        if (problem != null) throw new IllegalStateException("kernels=" + kernels + " needs a GPU: " + problem);
        return Cuda.device(0, format);
    }

    /// Makes the input.
    @Setup
    public void setup() {
        prepare(device(kernels, threads), Sizes.FULL);
    }

    void prepare(Device device, Sizes sizes) {
        timer = kernels.startsWith("cuda") ? CudaTimer.on(device) : null;
        prepared = new Works(device, sizes).of(work);
    }

    /// Runs the work once.
    @Benchmark
    public void run() {
        if (timer == null) {
            prepared.run();
            return;
        }
        timer.start();
        prepared.run();
        DeviceTime.add(timer.stop());
    }

    /// Frees what it took.
    @TearDown
    public void close() {
        prepared.close();
        if (timer != null) timer.close();
    }
}
