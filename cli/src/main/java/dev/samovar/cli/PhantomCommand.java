package dev.samovar.cli;

import dev.samovar.models.data.Phantom;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `data phantom --out DIR`.
@Command(name = "phantom", sortOptions = false, customSynopsis = "samovar data phantom --out DIR [--patients N] [--seed N]",
        description = {"Draws made-up hearts, with labels of the right ventricle, the myocardium and the left ventricle.",
            "Each patient has two frames. For experiments only: a model that learns from them knows nothing about people."})
final class PhantomCommand implements Runnable {
    @ParentCommand
    private DataCommand data;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder to make, in ACDC's layout.")
    private Path out;

    @Option(names = "--patients", paramLabel = "N", converter = Positive.class, description = "How many (default: ${DEFAULT-VALUE}).")
    private int patients = 20;

    @Option(names = "--seed", paramLabel = "N", description = "Decides what they look like (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Override
    public void run() {
        Outputs.folder(out);
        try (Stream<Path> there = Files.list(out)) {
            if (there.findAny().isPresent()) throw Problem.input(out + " is not empty; give another --out, or empty it");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (ProgressLine progress = new ProgressLine(data.console())) {
            progress.begin("drawing", patients);
            for (int number = 1; number <= patients; number++) {
                Phantom.write(out, seed, number);
                progress.done(number, "");
            }
        }
        data.console().result(out + ": " + 2 * patients + " volumes of " + patients + " patients\n");
        data.console().say("next: samovar data verify " + out);
    }
}
