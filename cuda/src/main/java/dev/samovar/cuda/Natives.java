package dev.samovar.cuda;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Lets JCuda find its native libraries without leaving any in the system's temporary folder.
///
/// JCuda looks on `java.library.path` first. Failing that it takes `/lib/NAME` from the class path, writes it to `java.io.tmpdir` under that very
/// name, and loads the file that is there, no matter who put it there. So, if the library path has none, ours are unpacked into the cache folder,
/// under their digest, and that folder is the temporary folder while JCuda loads.
final class Natives {
    private static final String JCUDA = "12.6.0";
    private static final String PLATFORM = "linux-x86_64";

    private Natives() {}

    /// Has a JCuda class loaded, whose library is `name`; only the first call for each class matters.
    ///
    /// @param version of the jar with the library; JCuda assumes that it is its own
    /// @param load touches the class
    /// @return why it cannot be loaded, null if it was
    static synchronized @Nullable String load(String name, String version, Runnable load) {
        String temporary = System.getProperty("java.io.tmpdir");
        try {
            if (!onLibraryPath(fileName(name, JCUDA))) {
                Path folder = unpack(name, version);
                if (folder == null)
                    return "JCuda's native library " + fileName(name, version) + " is neither on java.library.path nor on the class path";
                System.setProperty("java.io.tmpdir", folder.toString());
            }
            load.run();
            return null;
        } catch (LinkageError e) {
            return "the native library of " + name + " does not load: " + reason(e);
        } catch (IOException | UncheckedIOException e) {
            return "the native library of " + name + " cannot be unpacked: " + e.getMessage();
        } finally {
            System.setProperty("java.io.tmpdir", temporary);
        }
    }

    /// The message of the system's loader, without the two stack traces that JCuda adds.
    private static String reason(LinkageError e) {
        return String.valueOf(e.getMessage()).lines().filter(line -> line.contains(".so")).reduce((_, last) -> last).orElse(e.toString()).strip();
    }

    private static String fileName(String name, String version) {
        return "lib" + name + "-" + version + "-" + PLATFORM + ".so";
    }

    private static boolean onLibraryPath(String file) {
        return Arrays.stream(System.getProperty("java.library.path", "").split(":", -1))
                .anyMatch(folder -> !folder.isEmpty() && Files.isRegularFile(Path.of(folder, file)));
    }

    /// The folder that holds the library, unpacked from the class path; null if it is not there.
    private static @Nullable Path unpack(String name, String version) throws IOException {
        try (InputStream in = Natives.class.getResourceAsStream("/lib/" + fileName(name, version))) {
            if (in == null) return null;
            byte[] bytes = in.readAllBytes();
            String digest = Sha256.of(ByteBuffer.wrap(bytes));
            Path folder = cache().resolve("jcuda-" + JCUDA + "-" + digest.substring(0, 16)), file = folder.resolve(fileName(name, JCUDA));
            Files.createDirectories(folder);
            if (!Files.isRegularFile(file) || !Sha256.of(file).equals(digest)) AtomicFile.write(file, out -> out.write(bytes));
            return folder;
        }
    }

    /// The cache folder: the property `samovar.cache`, `SAMOVAR_CACHE` in the environment, or the system's usual place for caches.
    static Path cache() {
        String set = System.getProperty("samovar.cache", System.getenv("SAMOVAR_CACHE"));
        if (set != null) return Path.of(set);
        String caches = System.getenv("XDG_CACHE_HOME");
        return (caches != null ? Path.of(caches) : Path.of(System.getProperty("user.home"), ".cache")).resolve("samovar");
    }
}
