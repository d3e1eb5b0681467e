package dev.samovar.spark;

import dev.samovar.core.io.JdkGuard;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.sam.SamConfig;
import java.io.Serializable;
import java.util.Locale;
import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;

/// A JVM that runs tasks, and what it computes with.
///
/// @param id as Spark calls it; `driver` in local mode
/// @param host where it runs
/// @param java its version
/// @param kernels that compute; empty for a job without a model
/// @param threads of a task
/// @param heap bytes that its heap may have
/// @param weights the digest of the checkpoint that it read; empty for a job without a model
/// @param memory bytes that the JVM and the model take
/// @param perTask bytes that each task takes in addition
/// @param refusal why it cannot be used; null if it can
public record Executor(String id, String host, String java, String kernels, int threads, long heap, String weights, long memory,
        long perTask, @Nullable Refusal refusal) implements Serializable {
    /// The module that vector kernels need.
    static final String VECTORS = "jdk.incubator.vector";

    private static final Runtime.Version OLDEST = Runtime.Version.parse("25.0.3");

    /// The JVM that this runs in, without a model.
    ///
    /// @param required which kernels must be there: `vector`, `scalar`, or empty
    static Executor here(String required) {
        String id = SparkEnv.get().executorId(), host = SparkEnv.get().blockManager().blockManagerId().host();
        String why = why(Runtime.version(), Device.whyNoVectors(), required, System.getenv(JdkGuard.OVERRIDE) != null);
        return new Executor(id, host, Runtime.version().toString(), "", Desk.threads(), Runtime.getRuntime().maxMemory(), "", 0, 0,
                why.isEmpty() ? null : Refusal.environment(name(id, host) + ": " + why));
    }

    /// Why a JVM cannot be used, and what to do; empty if it can.
    ///
    /// @param noVectors why it has no vectors; empty if it has
    static String why(Runtime.Version version, String noVectors, String required, boolean anyJava) {
        if (version.compareToIgnoreOptional(OLDEST) < 0 && !anyJava)
            return "it runs Java " + version + ", and Samovar needs " + OLDEST
                    + " or newer; set spark.executorEnv.JAVA_HOME (or JAVA_HOME where its worker starts) to one";
        if (required.equals("vector") && !noVectors.isEmpty())
            return "--require-backend vector: " + noVectors + "; samovar-spark starts a job so, as do --driver-java-options --add-modules=" + VECTORS
                    + " with nothing taken from spark.executor.defaultJavaOptions";
        return "";
    }

    /// Its name in messages.
    static String name(String id, String host) {
        return (id.equals("driver") ? "the driver on " : "executor " + id + " on ") + host;
    }

    /// This executor with a model.
    Executor with(Engine engine) {
        SamConfig sam = engine.weights().config();
        long held = Float.BYTES * sam.encoder().activations();
        return new Executor(id, host, java, engine.device().toString(), threads, heap, engine.weights().sha256(), sam.encoderMemory()
                - held,
                held, refusal);
    }

    /// An executor that cannot be used.
    Executor refused(Refusal why) {
        return new Executor(id, host, java, kernels, threads, heap, weights, memory, perTask, why);
    }

    @Override
    public String toString() {
        return name(id, host) + ": Java " + java + (kernels.isEmpty() ? "" : ", kernels " + kernels) + ", " + threads + (threads == 1
                ? " thread"
                : " threads") + " a task, heap " + gib(heap);
    }

    static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
