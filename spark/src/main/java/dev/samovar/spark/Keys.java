package dev.samovar.spark;

import dev.samovar.core.io.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Keys that distinguish results with the same name: the digest of everything that a result depends on, including the bytes of its files.
final class Keys {
    /// The hidden folder with the keys of files that cannot carry them in their names.
    static final String FOLDER = ".samovar";

    private Keys() {}

    /// The key of a result: of its files, and of what is done with them.
    ///
    /// @param files on this machine, or folders of files
    static String of(List<String> settings, List<Path> files) throws IOException {
        List<String> parts = new ArrayList<>(settings);
        for (Path file : files) {
            boolean series = Files.isDirectory(file);
            String name = String.valueOf(file.getFileName());
            try (Stream<Path> there = Files.list(series ? file : file.toAbsolutePath().resolveSibling("."))) {
                for (Path one : there.filter(f -> series || Storage.belongs(String.valueOf(f.getFileName()), name)).filter(Files::isRegularFile)
                        .sorted().toList())
                    parts.add(one.getFileName() + " " + Sha256.of(one));
            }
        }
        return Sha256.of(ByteBuffer.wrap(String.join("\n", parts).getBytes(StandardCharsets.UTF_8)));
    }
}
