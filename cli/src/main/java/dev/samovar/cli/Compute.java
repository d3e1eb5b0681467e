package dev.samovar.cli;

import dev.samovar.core.tensor.Device;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of verbs that compute: with which kernels, on how many threads.
final class Compute {
    /// Which kernels are wanted.
    enum Backend {
        /// Those on the processor's vector registers.
        VECTOR,
        /// Plain loops.
        SCALAR;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--threads", paramLabel = "N", converter = Positive.class,
            description = "Threads to compute with (default: as many as there are cores). Results do not depend on it.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--require-backend", paramLabel = "vector|scalar",
            description = "Fail if these kernels cannot be used, instead of taking what there is.")
    private @Nullable Backend required;

    int threads() {
        return threads;
    }

    /// Makes sure, before anything else, that the required kernels are there.
    ///
    /// @throws Problem if they are not
    void check() {
        if (required == Backend.VECTOR && !Jdk.hasVectors())
            throw Problem.environment("--require-backend vector: there are no vector kernels here; " + absence());
    }

    /// Chooses, and says once which kernels run. Slow ones that nobody asked for are told even if the run is to be quiet.
    ///
    /// @throws Problem if the required kernels are not there
    Device device(Console console) {
        Device device = choose();
        String line = "kernels: " + kernels(device);
        if (required == Backend.SCALAR || Jdk.hasVectors()) console.say(line);
        else console.warn(line + ". This is slow: " + reason());
        return device;
    }

    /// Chooses.
    ///
    /// @throws Problem if the required kernels are not there
    Device choose() {
        check();
        return required == Backend.SCALAR ? Device.scalar(threads) : Device.cpu(threads);
    }

    /// What computes, and on how many threads.
    String kernels(Device device) {
        return device + ", " + threads + (threads == 1 ? " thread" : " threads");
    }

    /// Warns if a job will need more memory than the Java heap may have, before it is lost to an error half-way.
    static void warnOfMemory(long bytes, Console console) {
        long heap = Runtime.getRuntime().maxMemory();
        if (bytes > heap)
            console.warn("warning: this takes about " + Sizes.bytes(bytes) + " of memory, and the Java heap may have only " + Sizes.bytes(
                    heap)
                    + "; SAMOVAR_JAVA_OPTS=-Xmx… allows more");
    }

    /// Why these kernels and no others.
    String reason() {
        if (required != null) return "--require-backend " + required;
        return Jdk.hasVectors() ? "the module jdk.incubator.vector is there" : absence();
    }

    private static String absence() {
        return "this Java was started without the module jdk.incubator.vector; start it with ./samovar, or add --add-modules jdk.incubator.vector";
    }
}
