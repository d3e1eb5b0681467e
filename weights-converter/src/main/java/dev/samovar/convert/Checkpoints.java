package dev.samovar.convert;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.MappedFile;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Opens a checkpoint of any format that is known, told by its content: a file's name says nothing.
///
/// A SAM's tensors go by their official names, also if the file has those of Hugging Face's `SamModel` ([HuggingFaceNames]) or puts something before them.
public final class Checkpoints {
    private static final int PICKLE = 0x80;

    private Checkpoints() {}

    /// Opens safetensors and both of PyTorch's formats.
    ///
    /// @throws FormatException if it is none of them, or damaged
    public static TensorFile open(Path path) {
        TensorFile file = openAsItIs(path);
        try {
            return OfficialNames.of(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static TensorFile openAsItIs(Path path) {
        String start;
        try (MappedFile file = MappedFile.open(path)) {
            start = new String(file.copy(0, Math.min(file.length(), 16)), StandardCharsets.ISO_8859_1);
            if (TorchCheckpoint.isZip(file)) start = "zip";
        }
        boolean brace = start.length() > 8 && start.charAt(8) == '{';
        if (brace && start.startsWith("\0\0\0\0", 4)) return Safetensors.open(path);            // a length below 4 GB, which may begin as a pickle does
        if (start.equals("zip") || (!start.isEmpty() && start.charAt(0) == PICKLE)) return TorchCheckpoint.open(path);
        if (brace) return Safetensors.open(path);
        throw new FormatException(path + " is neither a safetensors nor a PyTorch checkpoint" + guess(start));
    }

    private static String guess(String start) {
        if (start.isEmpty()) return ": it is empty; fetch it again";
        if (start.startsWith("<")) return ": it looks like a web page; fetch the file itself";
        if (start.startsWith("version https://")) return ": it is a Git LFS pointer; fetch the file itself with git lfs pull";
        return "; these two are read";
    }

    /// What a format is called.
    static String format(TensorFile checkpoint) {
        return switch (checkpoint) {
            case OfficialNames renamed -> format(renamed.file()) + ", " + renamed.layout();
            case TorchCheckpoint torch -> torch.format();
            default -> "safetensors";
        };
    }

    /// The names of what is in a file besides its tensors.
    static List<String> skipped(TensorFile checkpoint) {
        return switch (checkpoint) {
            case OfficialNames renamed -> skipped(renamed.file());
            case TorchCheckpoint torch -> torch.skipped();
            default -> List.of();
        };
    }
}
