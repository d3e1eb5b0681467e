package dev.samovar.convert;

import dev.samovar.core.io.TensorFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Low-rank updates (LoRA) that lie beside the weights they belong to: `W ← W + scale · B · A`, with `A (r, in)`, `B (out, r)` and `W (out, in)`.
///
/// | library | base | A and B |
/// |---|---|---|
/// | peft | `X.weight`, or `X.base_layer.weight` | `X.lora_A.NAME.weight`, `X.lora_B.NAME.weight`; saved by themselves without `NAME` |
/// | loralib | `X.weight` | `X.lora_A`, `X.lora_B` |
/// | SAMed | `X.qkv.weight` | `X.linear_a_q.weight`, `X.linear_b_q.weight` for the queries, `…_v` for the values |
///
/// For a convolution, all axes but the first count as one. Tensors that do not fit together, updates of only a part of the outputs (loralib's
/// `MergedLinear`), separate magnitudes (DoRA), and two updates by peft of the same weight are not merged.
///
/// Sources: peft/tuners/lora/layer.py @ v0.17.0, loralib/layers.py @ 0.1.2, sam_lora_image_encoder.py of hitachinsk/SAMed.
final class LowRank {
    private static final Pattern A = Pattern.compile("^(.+)\\.(lora_A(\\.weight|\\.[^.]+\\.weight)?|linear_a_[qv]\\.weight)$");
    private static final String MAGNITUDE = "lora_magnitude_vector";
    /// The name of SAMed's base, and its name without the wrapping.
    private static final Pattern WRAPPED_QKV = Pattern.compile("\\.qkv\\.qkv\\.");

    /// An update of the rows of a weight from `row` on, of `all` that there are.
    private record Update(String a, String b, int rank, int row, int all) {}

    private final SequencedMap<String, List<Update>> updates = new LinkedHashMap<>();
    private final Set<String> parts = new HashSet<>();
    private final Map<String, TensorFile.Entry> entries;
    private final double scale;

    /// Finds the updates.
    LowRank(Map<String, TensorFile.Entry> entries, double scale) {
        this.entries = entries;
        this.scale = scale;
        if (entries.keySet().stream().anyMatch(name -> name.contains(MAGNITUDE))) return;
        Set<String> twice = new HashSet<>();
        for (String a : entries.keySet()) {
            Matcher matcher = A.matcher(a);
            if (!matcher.matches()) continue;
            String base = matcher.group(1) + ".weight", kind = matcher.group(2);
            String b = matcher.group(1) + "." + kind.replace("lora_A", "lora_B").replace("linear_a_", "linear_b_");
            Update update = update(base, a, b, kind);
            if (update == null) continue;
            List<Update> all = updates.computeIfAbsent(base, _ -> new ArrayList<>());
            if (all.stream().anyMatch(other -> other.row == update.row)) twice.add(base);
            all.add(update);
        }
        updates.keySet().removeAll(twice);
        updates.values().forEach(all -> all.forEach(update -> parts.addAll(List.of(update.a, update.b))));
    }

    /// The name of a base: SAMed's `….qkv.qkv.weight` is `….qkv.weight`.
    static String base(String name) {
        return WRAPPED_QKV.matcher(name).replaceFirst(".qkv.");
    }

    private @Nullable Update update(String base, String a, String b, String kind) {
        int[] w = matrix(base), down = matrix(a), up = matrix(b);
        if (w == null || down == null || up == null || down[0] != up[1] || down[0] == 0) return null;
        boolean third = kind.startsWith("linear_");
        int rows = third ? w[0] / 3 : w[0], row = kind.startsWith("linear_a_v") ? 2 * rows : 0;
        boolean fits = (long) up[0] * down[1] == (long) rows * w[1] && (!third || (w[0] % 3 == 0 && up[0] == rows));
        return fits ? new Update(a, b, down[0], row, w[0]) : null;
    }

    /// Rows and columns of a tensor, with all axes but the first as one.
    private int @Nullable [] matrix(String name) {
        TensorFile.Entry entry = entries.get(name);
        if (entry == null || entry.shape().rank() < 2 || entry.shape().size() == 0) return null;
        return new int[]{entry.shape().dim(0), entry.shape().size() / entry.shape().dim(0)};
    }

    /// Whether a tensor is part of an update.
    boolean isPart(String name) {
        return parts.contains(name);
    }

    /// Whether there are updates of a tensor.
    boolean changes(String name) {
        return updates.containsKey(name);
    }

    /// How many weights are updated.
    int count() {
        return updates.size();
    }

    /// Factor of all updates.
    double scale() {
        return scale;
    }

    /// The updated weight, in single precision and little-endian.
    ///
    /// @param stored the numbers of a tensor as they are in the file
    ByteBuffer merged(String name, Function<String, float[]> stored) {
        float[] w = stored.apply(name);
        for (Update update : updates.getOrDefault(name, List.of())) {
            float[] a = stored.apply(update.a), b = stored.apply(update.b);
            int rank = update.rank, columns = a.length / rank, at = update.row * (w.length / update.all);
            double[] sums = new double[columns];
            for (int i = 0; i < b.length / rank; i++) {
                Arrays.fill(sums, 0);
                for (int k = 0; k < rank; k++) for (int j = 0; j < columns; j++) sums[j] += (double) b[i * rank + k] * a[k * columns + j];
                for (int j = 0; j < columns; j++) w[at + i * columns + j] += (float) (scale * sums[j]);
            }
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, w.length)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(w);
        return bytes;
    }
}
