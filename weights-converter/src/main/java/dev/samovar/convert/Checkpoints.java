package dev.samovar.convert;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.MappedFile;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.SamWeights;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Opens a checkpoint of any known format, recognised by its content, not by the file's name. A folder is a checkpoint too if it holds what
/// transformers saves, in one file or several. The word `mini` stands for the SAM that is built in.
///
/// A SAM's tensors get their official names, even if the file has those of Hugging Face's `SamModel` ([HuggingFaceNames]) or of timm, or puts
/// something before them, and wherever in the file they are. Low-rank updates beside their base are merged. Tensors beside the model are left out
/// ([#leftOut]).
public final class Checkpoints {
    private static final int PICKLE = 0x80;
    private static final List<String> IN_FOLDER = List.of("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
            "pytorch_model.bin.index.json");

    /// How to read a checkpoint.
    /// @param ignoreUnknown whether to leave out the tensors within the networks for which a SAM has no place; if not, they are kept, and loading a
    /// model fails
    /// @param loraScale the factor of low-rank updates; null for the one in `adapter_config.json` beside the file, or else 1
    public record Options(boolean ignoreUnknown, @Nullable Double loraScale) {
        /// Nothing is left out.
        public static final Options PLAIN = new Options(false, null);
    }

    private Checkpoints() {}

    /// Opens safetensors and both of PyTorch's formats, and a folder of transformers.
    ///
    /// @throws FormatException if it is none of them, or damaged
    public static TensorFile open(Path path) {
        return open(path, Options.PLAIN);
    }

    /// Opens a checkpoint with these settings.
    ///
    /// @throws FormatException if it is of no known format, or damaged
    public static TensorFile open(Path path, Options options) {
        if (BuiltInSam.is(path)) return BuiltInSam.open();
        Path file = Files.isDirectory(path) ? inside(path) : path;
        TensorFile opened = openAsItIs(file, false);
        try {
            Path folder = file.toAbsolutePath().getParent();
            return OfficialNames.of(opened, new Settings(folder == null ? file : folder, options.loraScale), options.ignoreUnknown);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /// Whether there is a file or folder in that place, or it is the built-in SAM.
    public static boolean exists(Path path) {
        return BuiltInSam.is(path) || Files.exists(path);
    }

    /// The absolute path of a checkpoint; the name of the built-in SAM stays as it is.
    public static Path absolute(Path path) {
        return BuiltInSam.is(path) ? path : path.toAbsolutePath().normalize();
    }

    /// The files that a checkpoint consists of: itself, or those of a folder or of an index.
    public static List<Path> files(Path path) {
        if (!Files.exists(path)) return List.of();
        Path file = Files.isDirectory(path) ? inside(path) : path;
        List<Path> files = new ArrayList<>(List.of(file));
        if (start(file).startsWith("{")) files.addAll(ShardedFile.files(file));
        return files;
    }

    /// Whether a folder holds a checkpoint as transformers saves one.
    public static boolean isFolder(Path folder) {
        return IN_FOLDER.stream().map(folder::resolve).anyMatch(Files::exists);
    }

    private static Path inside(Path folder) {
        return IN_FOLDER.stream().map(folder::resolve).filter(Files::exists).findFirst().orElseThrow(() -> new FormatException(folder
                + " is a folder without a checkpoint of transformers: there is none of " + String.join(", ", IN_FOLDER)
                + "; give the file itself"));
    }

    /// The first bytes of a file, or `zip`: they tell its format.
    private static String start(Path path) {
        try (MappedFile file = MappedFile.open(path)) {
            return TorchCheckpoint.isZip(file) ? "zip" : new String(file.copy(0, Math.min(file.length(), 16)), StandardCharsets.ISO_8859_1);
        }
    }

    private static TensorFile openAsItIs(Path path, boolean isShard) {
        String start = start(path);
        boolean brace = start.length() > 8 && start.charAt(8) == '{';
        if (brace && start.startsWith("\0\0\0\0", 4)) return Safetensors.open(path);            // a length below 4 GB, which may begin as a pickle does
        if (start.equals("zip") || (!start.isEmpty() && start.charAt(0) == PICKLE)) return TorchCheckpoint.open(path);
        if (start.startsWith("{") && !isShard) return ShardedFile.open(path, shard -> openAsItIs(shard, true));
        if (brace) return Safetensors.open(path);
        throw new FormatException(path + " is neither a safetensors nor a PyTorch checkpoint" + guess(start));
    }

    private static String guess(String start) {
        if (start.isEmpty()) return ": it is empty; fetch it again";
        if (start.startsWith("<")) return ": it looks like a web page; fetch the file itself";
        if (start.startsWith("version https://")) return ": it is a Git LFS pointer; fetch the file itself with git lfs pull";
        return "; these two are read";
    }

    /// An open checkpoint with what identifies it: where it lies, and its [#digest].
    public static SamWeights weights(Path path, TensorFile open) {
        return new SamWeights(path, digest(path, open), open);
    }

    /// A digest that identifies a checkpoint's numbers: the SHA-256 of its file, in hexadecimal; for several files, that of their digests and of the
    /// index; and if low-rank updates are merged, that of it and their factor.
    ///
    /// @param open the checkpoint in that place
    public static String digest(Path path, TensorFile open) {
        if (BuiltInSam.is(path)) return BuiltInSam.sha256();
        List<Path> files = files(path);
        String digest = files.size() == 1 ? Sha256.of(files.getFirst()) : digest(files.stream().map(Sha256::of));
        Double lora = open instanceof OfficialNames renamed ? renamed.loraScale() : null;
        return lora == null ? digest : digest(Stream.of(digest, "lora", lora.toString()));
    }

    private static String digest(Stream<String> parts) {
        return Sha256.of(ByteBuffer.wrap(String.join(" ", parts.toList()).getBytes(StandardCharsets.UTF_8)));
    }

    /// The tensors of a file for which there is no place in the model: those beside it, and those that were to be ignored. Many with a common origin
    /// are listed as one.
    public static List<String> leftOut(TensorFile checkpoint) {
        return checkpoint instanceof OfficialNames renamed ? renamed.leftOut() : List.of();
    }

    /// Whether low-rank updates were merged.
    static boolean hasLora(TensorFile checkpoint) {
        return checkpoint instanceof OfficialNames renamed && renamed.loraScale() != null;
    }

    /// What a user should know about how a file was read, in sentences without a full stop.
    public static List<String> remarks(TensorFile checkpoint) {
        return checkpoint instanceof OfficialNames renamed ? renamed.remarks() : List.of();
    }

    /// The name of a format.
    static String format(TensorFile checkpoint) {
        return switch (checkpoint) {
            case OfficialNames renamed -> format(renamed.file()) + (renamed.layout().isEmpty() ? "" : ", " + renamed.layout());
            case TorchCheckpoint torch -> torch.format();
            case ShardedFile sharded -> format(sharded.first()) + ", in " + sharded.shards().size() + (sharded.shards().size() == 1
                    ? " file"
                    : " files");
            default -> "safetensors";
        };
    }

    /// The names of what is in a file but not among its tensors.
    static List<String> skipped(TensorFile checkpoint) {
        List<String> skipped = new ArrayList<>();
        if (asStored(checkpoint) instanceof TorchCheckpoint torch) skipped.addAll(torch.others());
        if (checkpoint instanceof OfficialNames renamed) skipped.addAll(renamed.beside());
        checkpoint.unread().forEach((name, why) -> skipped.add(name + " (" + why + ")"));
        return skipped;
    }

    private static TensorFile asStored(TensorFile checkpoint) {
        return checkpoint instanceof OfficialNames renamed ? renamed.file() : checkpoint;
    }
}
