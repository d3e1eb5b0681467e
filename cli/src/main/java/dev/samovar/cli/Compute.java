package dev.samovar.cli;

import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.Cuda;
import dev.samovar.cuda.Format;
import dev.samovar.cuda.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options of verbs that compute: where, with which kernels, on how many threads.
final class Compute {
    /// Multiply-adds that scalar loops can finish before the JVM has compiled the vector loops. A picture takes 0.7 billion with the built-in SAM and 39 with MobileSAM.
    private static final long LITTLE = 2_000_000_000;

    /// Which kernels are wanted.
    enum Backend {
        /// Those on the processor's vector registers.
        VECTOR,
        /// Plain loops.
        SCALAR,
        /// Those on an NVIDIA GPU.
        CUDA;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--threads", paramLabel = "N", converter = Positive.class,
            description = "Threads to compute with (default: as many as there are cores). Results do not depend on it.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--device", paramLabel = "cpu|cuda[:N]|auto", defaultValue = "cpu",
            description = "Where to compute: cpu, cuda or cuda:N (the N-th NVIDIA GPU, from 0), or auto: a GPU if one can be used (default: ${DEFAULT-VALUE}).")
    private String where = "cpu";

    @Option(names = "--cuda-format", paramLabel = "float32|tf32|bf16",
            description = "The number format of matrix products on a GPU: float32, as exact as the CPU, or, on tensor cores, tf32 or bf16 (default: float32).")
    private Format format = Format.FLOAT32;

    @Option(names = "--cuda-gemm", paramLabel = "own|cublas",
            description = "What multiplies matrices on a GPU: Samovar's own kernels, or cuBLAS if it is installed (default: own).")
    private Gemm gemm = Gemm.OWN;

    @Option(names = "--cuda-conv", paramLabel = "own|cudnn",
            description = "What convolves on a GPU: Samovar's own kernels, or cuDNN 8 if it is installed, which was never tried on one (default: own).")
    private Conv conv = Conv.OWN;

    @Option(names = "--require-backend", paramLabel = "vector|scalar|cuda",
            description = "Fail if these kernels cannot be used, instead of using others.")
    private @Nullable Backend required;

    /// What multiplies matrices on a GPU.
    enum Gemm {
        /// Kernels of ours.
        OWN,
        /// NVIDIA's cuBLAS.
        CUBLAS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What convolves on a GPU.
    enum Conv {
        /// Kernels of ours.
        OWN,
        /// NVIDIA's cuDNN.
        CUDNN;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    int threads() {
        return threads;
    }

    /// The options for another process that computes in the same way, with its share of the threads.
    List<String> arguments(int share) {
        List<String> arguments = new ArrayList<>(
                List.of("--threads", "" + share, "--device", where, "--cuda-format", format.name().toLowerCase(Locale.ROOT),
                        "--cuda-gemm", gemm.toString(), "--cuda-conv", conv.toString()));
        if (required != null) arguments.addAll(List.of("--require-backend", required.toString()));
        return arguments;
    }

    /// Options that also a run with its own settings accepts: where and how to compute, and how much to say.
    private static final Set<String> ANY_RUN = Set.of("--threads", "--device", "--cuda-format", "--cuda-gemm", "--cuda-conv",
            "--require-backend", "--quiet", "--verbose");

    /// Refuses options given together with one that brings a run's settings, because they would be ignored.
    ///
    /// @param harmless other options that are allowed
    static void checkNothingElse(CommandSpec spec, String brings, Set<String> harmless) {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            String name = option.longestName();
            if (!harmless.contains(name) && !ANY_RUN.contains(name))
                throw new ParameterException(spec.commandLine(), brings + " uses the settings of the run: " + name
                        + " cannot change them");
        }
    }

    /// Makes sure, before anything else, that the required kernels are there.
    ///
    /// @throws Problem if they are not
    void check() {
        if (!where.matches("cpu|auto|cuda(:\\d{1,4})?"))
            throw Problem.input("--device " + where + ": it is cpu, auto, cuda, or cuda:N with N counted from 0");
        if (required != null && required != Backend.CUDA && where.startsWith("cuda"))
            throw Problem.input("--device " + where + " and --require-backend " + required + " exclude each other");
        if (where.startsWith("cuda") || required == Backend.CUDA) {
            String absent = Cuda.whyNot();
            if (absent != null)
                throw Problem.environment((where.startsWith("cuda") ? "--device " + where : "--require-backend cuda") + ": " + absent);
            if (where.equals("cpu")) where = "cuda";
        }
        try {
            Device.vectorBits();
        } catch (IllegalArgumentException e) {
            throw Problem.input(String.valueOf(e.getMessage()));
        }
        if (required == Backend.VECTOR && !hasVectors())
            throw Problem.environment("--require-backend vector: there are no vector kernels here; " + Device.whyNoVectors());
    }

    /// Chooses the device for much work, and says once which kernels run. Even with `--quiet`, it warns if slow kernels run that were not asked for.
    ///
    /// @throws Problem if the required kernels are not there
    Device device(Console console) {
        return device(console, Long.MAX_VALUE);
    }

    /// Chooses the device, and says once which kernels run, as [#device(Console)].
    ///
    /// @param work the number of multiply-adds
    Device device(Console console, long work) {
        check();
        boolean plain = isLittle(work);
        Device device = plain ? Device.scalar(threads) : choose();
        String line = "kernels: " + kernels(device);
        if (where.equals("auto") && !onGpu()) line += "; " + Cuda.whyNot();
        if (plain) console.say(line + ", which start sooner: a network this small is done before vector kernels are compiled");
        else if (onGpu() || required == Backend.SCALAR || hasVectors()) console.say(line);
        else console.warn(line + ". This is slow: " + reason());
        return device;
    }

    private boolean isLittle(long work) {
        return work <= LITTLE && required == null && !onGpu() && Device.vectorBits() == 0;
    }

    /// Chooses the device for much work.
    ///
    /// @throws Problem if the required kernels are not there
    Device choose() {
        check();
        if (onGpu())
            return Cuda.device(where.startsWith("cuda:") ? Integer.parseInt(where.substring(5)) : 0, new Settings(format,
                    gemm == Gemm.CUBLAS,
                    conv == Conv.CUDNN));
        return required == Backend.SCALAR || !hasVectors() ? Device.scalar(threads) : Device.cpu(threads);
    }

    private boolean onGpu() {
        if (where.startsWith("cuda")) return true;
        return where.equals("auto") && (required == null || required == Backend.CUDA) && Cuda.whyNot() == null;
    }

    /// What computes, and on how many threads.
    String kernels(Device device) {
        if (onGpu()) return device.toString();
        return device + (Device.vectorBits() == 0 || !device.toString().startsWith("vector") ? "" : " (-Dsamovar.vector.bits)") + ", "
                + threads + (threads == 1 ? " thread" : " threads");
    }

    /// Warns if a job will need more memory than there may be, so that it does not fail halfway.
    static void warnOfMemory(long bytes, Device device, Console console) {
        long most = device.memory().capacity();
        if (bytes <= most) return;
        boolean heap = most == Runtime.getRuntime().maxMemory();
        console.warn("warning: this takes about " + Sizes.bytes(bytes) + " of memory, and " + (heap
                ? "the Java heap may have"
                : device
                        + " has")
                + " only " + Sizes.bytes(most) + (heap ? "; SAMOVAR_JAVA_OPTS=-Xmx… allows more" : ""));
    }

    /// Why these kernels and no others.
    String reason() {
        if (required != null) return "--require-backend " + required;
        if (onGpu()) return "--device " + where;
        return hasVectors() ? "this Java has vectors" : Device.whyNoVectors();
    }

    private static boolean hasVectors() {
        return Device.whyNoVectors().isEmpty();
    }
}
