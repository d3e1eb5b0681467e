package dev.samovar.core.testkit;

import dev.samovar.core.io.MadeTensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/// Weights computed by a formula from their names, so that a network of any size needs no file.
///
/// Element `i` of a parameter: splitmix64 of its FNV-1a hash plus `i + 1` steps, the upper 24 bits as a number `r` in [0, 1),
/// then `offset + scale · (2r − 1)`; scale and offset follow from the last part of the name and the shape.
public final class Formula {
    private Formula() {}

    /// `n` values of the formula under a name, without offset.
    public static float[] signed(String name, int n, float scale) {
        return values(name, n, scale, 0);
    }

    /// A checkpoint of these tensors, each by the formula under `prefix` + name.
    public static TensorFile checkpoint(String prefix, Map<String, Shape> tensors) {
        return file(tensors, name -> parameter(prefix + name, Objects.requireNonNull(tensors.get(name), name)));
    }

    /// A checkpoint of these tensors, whose values are computed when they are asked for.
    public static TensorFile file(Map<String, Shape> tensors, Function<String, float[]> values) {
        return new MadeTensors(tensors, values);
    }

    /// The values of a parameter under its full name.
    public static float[] parameter(String name, Shape shape) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        int n = shape.size(), rank = shape.rank();
        if (last.equals("positional_encoding_gaussian_matrix")) return values(name, n, 1.5f, 0);
        if (last.equals("pos_embed")) return values(name, n, 0.2f, 0);
        if (last.equals("rel_pos_h") || last.equals("rel_pos_w")) return values(name, n, 0.1f, 0);
        if (last.equals("bias")) return values(name, n, 0.05f, 0);
        if (rank == 1) return values(name, n, 0.1f, 1);
        if (rank == 2 && (name.contains("token") || name.contains("embed")) && !name.contains("proj") && !name.contains("layers"))
            return values(name, n, 1, 0);
        int fanIn = n / shape.dim(0);
        return values(name, n, (float) Math.sqrt(3.0 / fanIn), 0);
    }

    /// The values of a parameter of MobileSAM under its full name: those of batch norm and of the biases within windows follow rules of their own.
    public static float[] mobile(String name, Shape shape) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "running_mean" -> values(name, shape.size(), 0.05f, 0);
            case "running_var" -> values(name, shape.size(), 1.98f, 2);
            case "attention_biases" -> values(name, shape.size(), 0.5f, 0);
            default -> parameter(name, shape);
        };
    }

    private static float[] values(String name, int n, float scale, float offset) {
        long h = 0xCBF29CE484222325L;
        for (byte b : ("0:" + name).getBytes(StandardCharsets.UTF_8)) h = (h ^ (b & 0xff)) * 0x100000001B3L;
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            long z = h + (i + 1) * 0x9E3779B97F4A7C15L;
            z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
            float r = (z >>> 40) * 0x1p-24f;
            x[i] = offset + scale * (2 * r - 1);
        }
        return x;
    }
}
