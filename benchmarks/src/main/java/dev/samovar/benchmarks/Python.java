package dev.samovar.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// An engine that is a Python program. It runs in the Python that `SAMOVAR_PYTHON` names, otherwise in the first one with the packages that it needs.
final class Python {
    /// The packages that an engine needs. The version of the first is reported.
    static final String NIBABEL = "nibabel", PYTORCH = "torch, transformers";

    private static final String CHOSEN = "SAMOVAR_PYTHON";
    private static final List<String> USUAL = List.of("python3", "/usr/bin/python3");

    /// The programs of an engine: the first is started, and the others are beside it.
    private static final Map<String, List<String>> PROGRAMS = Map.of(NIBABEL, List.of("nibabel_worker.py", "worker.py"), PYTORCH, List.of(
            "peers/torch_worker.py", "peers/torch_sam.py", "peers/torch_training.py", "peers/promptable.py", "peers/torch_mobile.py",
            "peers/clicks.py",
            "peers/encoder_to_onnx.py", "worker.py"));

    private static final Map<String, Optional<Found>> FOUND = new ConcurrentHashMap<>();

    private record Found(String python, String version) {}

    private Python() {}

    /// A Python that has these packages.
    static Optional<String> of(String needed) {
        return found(needed).map(Found::python);
    }

    /// The version of the first package; empty if they are not installed.
    static String version(String needed) {
        return found(needed).map(Found::version).orElse("");
    }

    /// Whether its programs are here: those of PyTorch are in a build with `-Ppeers`.
    static boolean isWhole(String needed) {
        return Objects.requireNonNull(PROGRAMS.get(needed)).stream().allMatch(name -> Python.class.getResource(name) != null);
    }

    /// What to do if something is missing.
    static String howToGetIt(String needed) {
        String chosen = System.getenv(CHOSEN), pythons = chosen == null
                ? String.join(" nor ", USUAL) + " has"
                : chosen + ", which " + CHOSEN + " names, has not";
        String missing = (chosen == null ? "neither " : "") + pythons + " " + needed.replace(", ", " and ");
        if (!isWhole(needed)) return "build with -Ppeers";
        return missing + (needed.equals(NIBABEL) ? " (on Debian: apt install python3-nibabel)" : "") + "; " + CHOSEN
                + " names another Python";
    }

    private static Optional<Found> found(String needed) {
        if (needed.isEmpty()) return Optional.empty();
        String chosen = System.getenv(CHOSEN);
        return FOUND.computeIfAbsent(needed, _ -> (chosen == null ? USUAL : List.of(chosen)).stream()
                .map(python -> new Found(python, said(python, needed))).filter(found -> !found.version.isEmpty()).findFirst());
    }

    private static String said(String python, String needed) {
        try {
            Process process = new ProcessBuilder(python, "-c", "import " + needed + "; print(" + needed.split(",", 2)[0] + ".__version__)")
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? version.replaceAll("\\+.*", "") : "";
        } catch (IOException _) {
            return "";                                                             // there is no such program
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /// The process that does a piece of work, with its input files beside its result.
    static ProcessBuilder process(Engine engine, String work, int threads, Path result, Sizes sizes) {
        List<String> programs = Objects.requireNonNull(PROGRAMS.get(engine.python()));
        Path folder = Numbers.folder().resolve("python");
        for (String program : programs) {
            try (InputStream in = Objects.requireNonNull(Python.class.getResourceAsStream(program), program)) {
                Files.createDirectories(folder);
                Files.copy(in, folder.resolve(Path.of(program).getFileName()), StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        String python = of(engine.python()).orElseThrow(() -> new IllegalStateException("there is no Python with " + engine.python()));
        List<String> command = new ArrayList<>(List.of(python, folder.resolve(Path.of(programs.getFirst()).getFileName()).toString(), engine.name(),
                work, Integer.toString(threads), result.toString()));
        command.addAll(Given.words(work, sizes));
        return new ProcessBuilder(command);
    }
}
