package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.generator.PromptGenerator;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// The weights of a [HarDNet] that learnt from ImageNet, for a prompt generator to start from.
///
/// The published files are `hardnet85-a28faa00.pth`, `hardnet68-5d684880.pth` and `hardnet39ds-0e6c6fa9.pth` (PingoLH/Pytorch-HarDNet @ 000bf77); here they are
/// safetensors with the same names, as `samovar convert` makes them. The last stage and the classifier are not read.
///
/// @param file the safetensors file
/// @param sha256 its digest
public record PublishedBackbone(Path file, String sha256) {

    /// The weights in a file.
    ///
    /// @throws FormatException if it is not such a file, or of another network
    public static PublishedBackbone of(Path file, HarDNet.Layout layout) {
        if (!Files.isRegularFile(file)) throw new FormatException(file + ": there is no such file of a backbone's weights");
        try (Safetensors weights = Safetensors.open(file); Params all = Params.load(weights, Device.scalar(1))) {
            new HarDNet(all, layout);
        }
        return new PublishedBackbone(file, Sha256.of(file));
    }

    /// Opens the file, with the names that its tensors have in a [PromptGenerator].
    ///
    /// @throws FormatException if it is gone, or is another one by now
    public TensorFile open() {
        if (!Files.isRegularFile(file))
            throw new FormatException(
                    file + ": the weights of the backbone are no longer there, and the run needs them until its first epoch is finished");
        if (!Sha256.of(file).equals(sha256))
            throw new FormatException(file + ": has changed since the run was begun with it; the run needs the weights with the SHA-256 "
                    + sha256);
        Safetensors published = Safetensors.open(file);
        var entries = new LinkedHashMap<String, TensorFile.Entry>();
        published.entries().forEach((name, entry) -> entries.put(InGenerator.BELOW + name, entry));
        return new InGenerator(published, entries);
    }

    /// A file whose names lie below the generator's backbone.
    private record InGenerator(Safetensors published, SequencedMap<String, Entry> entries) implements TensorFile {
        private static final String BELOW = PromptGenerator.BACKBONE + ".";

        @Override
        public SequencedMap<String, String> metadata() {
            return published.metadata();
        }

        @Override
        public ByteBuffer bytes(String name) {
            return published.bytes(name.substring(BELOW.length()));
        }

        @Override
        public void close() {
            published.close();
        }

        @Override
        public String toString() {
            return published.toString();
        }
    }
}
