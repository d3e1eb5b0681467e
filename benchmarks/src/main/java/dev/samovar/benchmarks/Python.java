package dev.samovar.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A side that is a program of Python, `NAME_worker.py` beside this class, in the first Python that has what it needs.
final class Python {
    private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");

    private Python() {}

    /// A Python that has a package.
    static Optional<String> of(String needed) {
        return PYTHONS.stream().filter(python -> !said(python, needed).isEmpty()).findFirst();
    }

    /// The version of a package, after a space; nothing if it is not here.
    static String version(String needed) {
        return of(needed).map(python -> " " + said(python, needed)).orElse("");
    }

    private static String said(String python, String needed) {
        try {
            Process process = new ProcessBuilder(python, "-c", "import " + needed + "; print(" + needed + ".__version__)").redirectError(
                    ProcessBuilder.Redirect.DISCARD).start();
            String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? version : "";
        } catch (IOException _) {
            return "";                                                             // there is no such program
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /// The process that does a piece of work, of full size, with what it reads beside its result.
    static ProcessBuilder process(String name, String work, int threads, Path result) {
        Sizes sizes = Sizes.FULL;
        VolumeWorks.scan(sizes);
        VolumeWorks.labels(sizes);
        Path script = Numbers.folder().resolve(name + "_worker.py");
        try (InputStream in = Objects.requireNonNull(Python.class.getResourceAsStream(name + "_worker.py"))) {
            Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String python = of(name).orElseThrow(() -> new IllegalStateException("there is no Python with " + name));
        return new ProcessBuilder(python, script.toString(), name, work, Integer.toString(threads), result.toString(), Numbers.folder()
                .toString(), Integer.toString(sizes.volumeSide()), Integer.toString(sizes.volumeSlices())).redirectError(
                        ProcessBuilder.Redirect.appendTo(result.resolveSibling(name + ".log").toFile()));
    }
}
