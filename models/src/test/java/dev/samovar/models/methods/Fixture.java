package dev.samovar.models.methods;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The results of a system's published training code on a tiny SAM: forward stages, first gradients, losses step by step, and final parameters. The limits are those that the fixtures'
/// description suggests, relative to the largest value of a tensor.
record Fixture(Safetensors file, Limits limits) implements AutoCloseable {
    private static final Limits USUAL = new Limits(2e-5, 1e-4, 1e-4);
    private static final int MOST = 256;

    /// How far a value may be off.
    record Limits(double stage, double gradient, double last) {}

    /// Opens a fixture by its name. Skips the test if it is missing.
    static Fixture open(String name) {
        return open(name, USUAL);
    }

    static Fixture open(String name, Limits limits) {
        return new Fixture(Safetensors.open(path(name)), limits);
    }

    /// The path of a fixture. Skips the test if it is missing.
    static Path path(String name) {
        Path path = Path.of(System.getProperty("samovar.shared", "../../shared"), "fixtures", "systems", name);
        assumeTrue(Files.exists(path), path + " is missing");
        return path;
    }

    /// Unsigned bytes, divided by `by`.
    float[] bytes(String name, float by) {
        var stored = file.bytes(name);
        float[] values = new float[stored.remaining()];
        for (int i = 0; i < values.length; i++) values[i] = (stored.get() & 0xff) / by;
        return values;
    }

    double[] doubles(String name) {
        var stored = file.bytes(name).asDoubleBuffer();
        double[] values = new double[stored.remaining()];
        stored.get(values);
        return values;
    }

    void stage(String name, Tensor actual) {
        stage("", name, actual);
    }

    void stage(String prefix, String name, Tensor actual) {
        stage(prefix + "stage." + name, actual, limits.stage);
    }

    /// Compares a value, of which the file may have only a sample.
    void stage(String key, Tensor actual, double limit) {
        float[] expected = file.floats(key), values = actual.toArray();
        close(key, expected, values.length > expected.length ? Golden.sample(values, expected.length) : values, limit);
    }

    /// Compares a result that is not a stage of the first step.
    void like(String name, Tensor actual) {
        close(name, file.floats(name), actual.toArray(), limits.last);
    }

    /// Compares every stored gradient, by the full name of its parameter. Returns their number.
    int gradients(String prefix, Map<String, Tensor> gradients) {
        return gradientsOf(prefix + "grad.", gradients);
    }

    int gradientsOf(String prefix, Map<String, Tensor> gradients) {
        int compared = 0;
        for (String key : file.entries().keySet()) {
            if (!key.startsWith(prefix)) continue;
            String name = key.substring(prefix.length());
            Tensor g = requireNonNull(gradients.get(name), () -> "no gradient of " + name);
            float[] expected = file.floats(key), actual = sampled(g.toArray());
            if (isZero(name)) for (float v : actual) assertEquals(0, v, 1e-5, key);
            else close(key, thirds(name, expected), thirds(name, actual), limits.gradient);
            compared++;
        }
        return compared;
    }

    /// Compares every stored parameter after the last step. Returns their number.
    int finals(String prefix, Map<String, Tensor> parameters) {
        return finals(prefix, parameters, limits.last);
    }

    /// Compares every stored parameter after the last step within another limit. Returns their number.
    int finals(String prefix, Map<String, Tensor> parameters, double limit) {
        int compared = 0;
        for (String key : file.entries().keySet()) {
            if (!key.startsWith(prefix)) continue;
            String name = key.substring(prefix.length());
            Tensor p = parameters.get(name);
            if (p == null || isZero(name)) continue;
            close(key, thirds(name, file.floats(key)), thirds(name, sampled(p.toArray())), limit);
            compared++;
        }
        return compared;
    }

    /// Whether the true gradient is zero: that of the mask decoder's key biases is, and so is that of biases before a batch norm in the prompt generator or an instance norm in the U-Net.
    /// For the middle third of qkv biases see [#thirds].
    private static boolean isZero(String name) {
        return name.endsWith("k_proj.bias") || name.matches("decoder\\.(up[12]\\.conv2|final\\.conv1)\\.bias|encoder\\.contr_.*\\.bias");
    }

    private static float[] thirds(String name, float[] values) {
        if (!name.endsWith("attn.qkv.bias")) return values;
        float[] rest = values.clone();
        for (int i = values.length / 3; i < 2 * values.length / 3; i++) rest[i] = 0;
        return rest;
    }

    private static float[] sampled(float[] values) {
        return values.length <= MOST ? values : Golden.sample(values, MOST);
    }

    private static void close(String what, float[] expected, float[] actual, double tolerance) {
        double largest = 0;
        for (float v : expected) largest = Math.max(largest, Math.abs(v));
        if (largest == 0) assertArrayEquals(expected, actual, what);
        else Golden.assertClose(what, expected, actual, tolerance * largest);
    }

    @Override
    public void close() {
        file.close();
    }
}
