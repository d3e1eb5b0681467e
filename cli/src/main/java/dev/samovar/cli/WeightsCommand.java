package dev.samovar.cli;

import dev.samovar.convert.CheckpointInfo;
import dev.samovar.convert.OfficialWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `weights [FILE]`: lists what can be downloaded, or checks a downloaded file. Downloads nothing.
@Command(name = "weights", customSynopsis = "samovar weights [FILE [--sha256 DIGEST]]",
        description = {"Lists the weights that others publish, with their page, size and licence.",
            "Or prints a file's SHA-256 digest and what is in it, and compares the digest with the list, or with --sha256. Downloads nothing."})
final class WeightsCommand implements Runnable {
    private static final String UNKNOWN = "not known";

    @ParentCommand
    private Main main;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "A checkpoint that was downloaded.")
    private @Nullable Path file;

    @Option(names = "--sha256", paramLabel = "DIGEST", description = "The digest that the file should have, as its publisher says.")
    private @Nullable String expected;

    @Override
    public void run() {
        if (file == null && expected != null) throw Problem.input("--sha256 is the digest of a file: name the file, too");
        if (expected != null && !expected.matches("[0-9a-fA-F]{64}"))
            throw Problem.input("--sha256 " + expected + ": a SHA-256 digest has 64 hexadecimal digits");
        main.console().result(file == null ? list() : check(file, expected));
    }

    private static String list() {
        List<List<String>> table = new ArrayList<>(List.of(List.of("model", "file", "size", "SHA-256", "licence",
                "page to download it from")));
        for (OfficialWeights weights : OfficialWeights.ALL)
            table.add(List.of(weights.model(), weights.file(), known(weights.size()), known(weights.sha256()), weights.licence(), weights.address()));
        return StudyTable.aligned(table)
                + "\nNothing was downloaded. The licence is that of the code that the weights come with; read what their page says about the weights.\n";
    }

    private static String known(@Nullable String figure) {
        return figure == null ? UNKNOWN : figure;
    }

    /// Describes a file.
    ///
    /// @throws Problem if its digest is not the expected one
    private static String check(Path file, @Nullable String expected) {
        CheckpointInfo info = CheckpointInfo.of(file);
        String digest = info.sha256();
        String wanted = expected != null ? expected : published(String.valueOf(file.getFileName()));
        if (wanted != null && !wanted.equalsIgnoreCase(digest))
            throw Problem.input(file + ": its SHA-256 digest is " + digest + " and should be " + wanted
                    + "; it was cut short, damaged or exchanged on the way: download it again");
        String known = wanted != null
                ? "as it should be"
                : OfficialWeights.ofDigest(digest).map(weights -> "that of " + weights.model() + ", " + weights.file())
                        .orElse("on no list here; compare it with the page that the file comes from (--sha256 DIGEST)");
        return info.toString().stripTrailing() + "\ndigest        " + known + "\n";
    }

    /// The digest that the file of this name has where it is published, if that is known.
    private static @Nullable String published(String name) {
        for (OfficialWeights weights : OfficialWeights.ALL) if (weights.file().equals(name)) return weights.sha256();
        return null;
    }
}
