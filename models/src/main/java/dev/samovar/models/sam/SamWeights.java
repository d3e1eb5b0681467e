package dev.samovar.models.sam;

import dev.samovar.core.io.TensorFile;
import java.nio.file.Path;

/// An open SAM checkpoint: its path, its digest, its tensors and its sizes.
///
/// @param path where it is
/// @param sha256 of the whole file, in hexadecimal: two runs with the same digest share their embeddings
/// @param file its tensors
/// @param config its sizes
public record SamWeights(Path path, String sha256, TensorFile file, SamConfig config) {

    /// With the sizes derived from its shapes.
    ///
    /// @throws dev.samovar.core.io.FormatException naming the file, if it is not a SAM
    public SamWeights(Path path, String sha256, TensorFile file) {
        this(path, sha256, file, SamConfig.of(file));
    }
}
