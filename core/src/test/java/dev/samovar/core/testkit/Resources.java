package dev.samovar.core.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Copies the golden files beside this class: a resource may be in a jar, where it cannot be mapped.
public final class Resources {
    private Resources() {}

    /// Copies one, such as `sam-tiny/sam-tiny.pth`, into a folder.
    public static Path copy(String name, Path folder) {
        Path file = folder.resolve(Path.of(name).getFileName().toString());
        try (InputStream in = Resources.class.getResourceAsStream("golden/" + name)) {
            if (in == null) throw new IllegalArgumentException("there is no golden file " + name);
            Files.copy(in, file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
