package dev.samovar.convert;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sentence;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Turns a checkpoint into safetensors: order, types and numbers as they are, a SAM's names as in an official checkpoint, all others as they are; the
/// same file gives the same bytes.
public final class Converter {
    private Converter() {}

    /// What was converted.
    ///
    /// @param source what was read
    /// @param result what was written
    /// @param sha256 the digest of what was written
    public record Report(CheckpointInfo source, Path result, String sha256) {
        /// The source in some lines, and the result in two.
        @Override
        public String toString() {
            return source + "result        " + result + "\nsha256        " + sha256 + "\n";
        }
    }

    /// Converts. Only one tensor at a time is in memory. The result is written completely or not at all; an existing file is replaced.
    ///
    /// @throws FormatException if the source cannot be read
    /// @throws UncheckedIOException if the result cannot be written
    public static Report convert(Path source, Path result) {
        return convert(source, result, Checkpoints.Options.PLAIN);
    }

    /// Converts a checkpoint that is read with these settings.
    ///
    /// @throws FormatException if the source cannot be read
    /// @throws UncheckedIOException if the result cannot be written
    public static Report convert(Path source, Path result, Checkpoints.Options options) {
        return convert(source, result, options, false);
    }

    /// Converts and, if `half`, writes floating-point numbers in half precision: half as many bytes, and three digits of each number.
    ///
    /// @throws FormatException if the source cannot be read, or a number is too large for half precision
    /// @throws UncheckedIOException if the result cannot be written
    public static Report convert(Path source, Path result, Checkpoints.Options options, boolean half) {
        try (TensorFile checkpoint = Checkpoints.open(source, options)) {
            for (Path file : Checkpoints.files(source))
                if (Files.exists(result) && Files.isSameFile(file, result))
                    throw new IllegalArgumentException("the result would replace its source " + file + "; give it another name");
            if (options.loraScale() != null && !Checkpoints.hasLora(checkpoint))
                throw new FormatException(source + " has no low-rank updates (LoRA) that a factor could scale; leave the factor out");
            CheckpointInfo info = CheckpointInfo.of(source, checkpoint);
            if (checkpoint.entries().containsKey("__metadata__"))
                throw new FormatException(source + " has a tensor called __metadata__, which a safetensors file cannot have");
            Map<String, String> metadata = new TreeMap<>(checkpoint.metadata());
            metadata.putIfAbsent("format", "pt");                                   // what other readers look for
            List<Safetensors.Item> items = checkpoint.entries().entrySet().stream()
                    .map(e -> half && e.getValue().dtype().isFloating() && e.getValue().dtype() != DType.F16
                            ? Safetensors.Item.half(e.getKey(), checkpoint)
                            : Safetensors.Item.of(e.getKey(), checkpoint))
                    .toList();
            Safetensors.write(result, metadata, items);
            return new Report(info, result, Sha256.of(result));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + result + ": " + Sentence.reason(e), e);
        }
    }
}
