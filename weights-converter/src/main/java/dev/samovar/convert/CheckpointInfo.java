package dev.samovar.convert;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.io.TensorFile.Entry;
import dev.samovar.models.sam.CheckpointFamily;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamKeys;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/// What a checkpoint holds, as `info` reports it.
///
/// @param file the checkpoint
/// @param format its format, and its naming if that is not the official one
/// @param sha256 the digest of the whole file
/// @param keys whether it is a Segment Anything Model, and which of its tensors are missing
/// @param tensors type and shape by official name, in the file's order
/// @param metadata free text by key
/// @param skipped what is in the file but not among these tensors
/// @param notFinite the tensors of a SAM with a NaN or an infinity in them, which cannot be computed with
/// @param remarks what a user should know about how the file was read
public record CheckpointInfo(Path file, String format, String sha256, SamKeys keys, SequencedMap<String, Entry> tensors,
        SequencedMap<String, String> metadata, List<String> skipped, List<String> notFinite, List<String> remarks) {

    private static final List<String> BUFFERS = List.of(".positional_encoding_gaussian_matrix", ".running_mean", ".running_var",
            ".num_batches_tracked", ".attention_bias_idxs");

    /// Reads a file, of any format that [Checkpoints] knows.
    public static CheckpointInfo of(Path file) {
        try (TensorFile checkpoint = Checkpoints.open(file)) {
            return of(file, checkpoint);
        }
    }

    static CheckpointInfo of(Path file, TensorFile open) {
        SamKeys keys = SamKeys.of(open);
        return new CheckpointInfo(file, Checkpoints.format(open), Checkpoints.digest(file, open), keys,
                Collections.unmodifiableSequencedMap(new LinkedHashMap<>(open.entries())),
                Collections.unmodifiableSequencedMap(new LinkedHashMap<>(open.metadata())), List.copyOf(Checkpoints.skipped(open)),
                keys.config() == null ? List.of() : notFinite(open, keys.config()), Checkpoints.remarks(open));
    }

    private static List<String> notFinite(TensorFile open, SamConfig config) {
        return config.tensors().keySet().stream().filter(open.entries()::containsKey).filter(name -> !isFinite(open.floats(name))).toList();
    }

    private static boolean isFinite(float[] values) {
        for (float value : values) if (!Float.isFinite(value)) return false;
        return true;
    }

    /// The count of numbers in all tensors.
    public long elements() {
        return tensors.values().stream().mapToLong(e -> e.shape().size()).sum();
    }

    /// The count of numbers that training may change: all except SAM's random positional encoding and the statistics of batch norms.
    public long parameters() {
        return tensors.entrySet().stream().filter(e -> BUFFERS.stream().noneMatch(e.getKey()::endsWith)).mapToLong(e -> e.getValue().shape()
                .size()).sum();
    }

    /// The number of tensors of each type.
    public Map<DType, Long> dtypes() {
        Map<DType, Long> counts = new TreeMap<>();
        tensors.values().forEach(e -> counts.merge(e.dtype(), 1L, Long::sum));
        return Collections.unmodifiableMap(counts);
    }

    /// About ten lines, without the tensors ([#table()]).
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        out.append("file          ").append(file).append('\n');
        out.append("format        ").append(format).append('\n');
        out.append("sha256        ").append(sha256).append('\n');
        out.append("architecture  ").append(keys.architecture()).append('\n');
        if (keys.config() != null) {
            line(out, "missing", keys.missing());
            line(out, "unexpected", keys.unexpected());
            if (!keys.misshapen().isEmpty()) line(out, "misshapen", keys.misshapen());
            CheckpointFamily.of(keys.inside()).ifPresent(family -> out.append("family        ").append(family.title()).append('\n'));
        }
        out.append(String.format(Locale.ROOT, "tensors       %d %s\n", tensors.size(), dtypes()));
        out.append(String.format(Locale.ROOT, "parameters    %,d\n", parameters()));
        if (!skipped.isEmpty()) line(out, "skipped", skipped);
        if (!notFinite.isEmpty()) line(out, "not finite", notFinite);
        remarks.forEach(remark -> out.append("remark        ").append(remark).append('\n'));
        metadata.forEach((key, value) -> out.append("metadata      ").append(plain(key + " = " + value)).append('\n'));
        return out.toString();
    }

    /// A line per tensor: type, shape, name.
    public String table() {
        StringBuilder out = new StringBuilder();
        tensors.forEach((name, entry) -> out.append(String.format("%-5s %-22s %s\n", entry.dtype(), entry.shape(), plain(name))));
        return out.toString();
    }

    private static void line(StringBuilder out, String label, List<String> names) {
        String told = names.isEmpty() ? "none" : names.size() + ": " + plain(String.join(", ", names));
        out.append(String.format("%-14s", label)).append(told).append('\n');
    }

    /// A name from a file in a form that is safe to print on a terminal.
    private static String plain(String name) {
        return name.replaceAll("\\p{Cntrl}", "?");
    }
}
