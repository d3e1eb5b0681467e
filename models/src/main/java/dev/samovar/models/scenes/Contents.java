package dev.samovar.models.scenes;

import dev.samovar.core.io.Sentence;
import dev.samovar.core.io.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What files hold, by which a run that is continued knows that it learns from the same.
final class Contents {
    private Contents() {}

    /// The SHA-256 digest, in hexadecimal, of names and of what the files of these names hold: of a folder, such as a DICOM series, all files in it.
    static String digest(Collection<Map.Entry<String, Path>> files) {
        SortedMap<String, String> digests = new TreeMap<>();
        for (Map.Entry<String, Path> one : files) {
            Path file = one.getValue();
            try (Stream<Path> all = Files.walk(file)) {
                all.filter(Files::isRegularFile).forEach(f -> digests.put(one.getKey() + "/" + file.relativize(f), Sha256.of(f)));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot look into " + file + ": " + Sentence.reason(e), e);
            }
        }
        return Sha256.of(ByteBuffer.wrap(digests.toString().getBytes(StandardCharsets.UTF_8)));
    }
}
