package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Golden;
import dev.samovar.cuda.Cuda;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("sets a system property")
class MainTest {
    private static final Path TINY = Golden.path("sam-tiny/sam-tiny.safetensors");

    @TempDir
    private static Path folder;

    /// Wrong command lines, and words of the error message. `DIR` stands for a folder with some broken files.
    static Stream<Arguments> wrongInput() {
        return Stream.of(
                arguments("info DIR/missing.pth", "DIR/missing.pth: there is no such file"),
                arguments("info DIR", "is no run"),
                arguments("info DIR/empty.pth", "empty"),
                arguments("info DIR/text.pth", "neither a safetensors nor a PyTorch checkpoint"),
                arguments("info DIR/page.pth", "web page"),
                arguments("info DIR/short.safetensors", "short.safetensors"),
                arguments("info DIR/cut.pth", "cut.pth"),
                arguments("info DIR/line\nbreak", "line break"),
                arguments("convert DIR/missing.pth DIR/out.safetensors", "there is no such file"),
                arguments("convert DIR/text.pth DIR/out.safetensors", "neither"),
                arguments("convert TINY DIR/text.pth", "exists already"),
                arguments("convert TINY DIR", "folder"),
                arguments("convert TINY DIR/missing/out.safetensors", "there is no such folder"),
                arguments("convert DIR/copy.safetensors DIR/copy.safetensors --overwrite", "checkpoint itself"),
                arguments("export --onnx DIR/out.onnx DIR/missing.pth", "there is no such file"),
                arguments("export --onnx DIR/out.onnx DIR/text.pth", "neither"),
                arguments("export --onnx DIR/text.pth TINY", "exists already"),
                arguments("export --onnx DIR TINY", "folder"),
                arguments("export --onnx DIR/missing/out.onnx TINY", "there is no such folder"),
                arguments("export --onnx DIR/copy.safetensors DIR/copy.safetensors --overwrite", "checkpoint itself"),
                arguments("export --onnx DIR/out.onnx TINY --head DIR", "is no run"),
                arguments("export --onnx DIR/out.onnx TINY --best", "say with --head which run"),
                arguments("evaluate --pred DIR/missing --truth DIR", "there is no such folder"),
                arguments("evaluate --pred DIR/none --truth DIR/missing", "there is no"),
                arguments("evaluate --pred DIR/none --truth DIR/none", "there is no label file in it"),
                arguments("evaluate --pred DIR/none --truth DIR/text.pth", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("evaluate --pred DIR/text.pth --truth DIR/none", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --split DIR", "cannot read DIR: it is a folder, a file is needed"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --csv DIR", "DIR is a folder; the name of a file is needed"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad", "a.nii"),
                arguments("evaluate --pred DIR/bad --truth DIR/none", "there is no truth for a"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --out DIR/text.pth", "is a file"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --csv DIR/text.pth", "exists already"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --split DIR/missing.json", "missing.json"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --split DIR/text.pth", "text.pth"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --split DIR/split.json", "no prediction of b"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --tolerance -1",
                        "--tolerance -1.0: the tolerance is a length of 0 or more, not -1.0"),
                arguments("evaluate --pred DIR/bad --truth DIR/bad --convention paper --tolerance NaN", "a length of 0 or more"),
                arguments("data verify DIR/text.pth", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("data split DIR/text.pth --out DIR/a.json", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("data split DIR/none --out DIR", "DIR is a folder; the name of a file is needed"),
                arguments("embed --data DIR/text.pth --weights TINY --cache DIR/c", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("embed --data DIR --weights TINY --cache DIR/text.pth", "DIR/text.pth is a file; the name of a folder is needed"),
                arguments("train --data DIR --weights TINY --head cnn --labelled 1 --out DIR/text.pth", "DIR/text.pth is a file"),
                arguments("train --data DIR --weights TINY --head cnn --labelled 1 --out DIR/o --cache DIR/text.pth", "text.pth is a file"),
                arguments("embed --data DIR --weights TINY --cache DIR/text.pth/c", "DIR/text.pth is a file; the name of a folder is needed"),
                arguments("masks --weights TINY --image DIR/text.pth --out DIR/text.pth/o/p",
                        "DIR/text.pth is a file; the name of a folder is needed"),
                arguments("study methods --data DIR --weights TINY --method cnn --labelled 1 --out DIR/text.pth/o",
                        "DIR/text.pth is a file; the name of a folder is needed"),
                arguments("pretrain --steps 1 --out DIR/text.pth/o", "DIR/text.pth is a file; the name of a folder is needed"),
                arguments("train --resume DIR/text.pth", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("train --resume DIR/missing", "DIR/missing: there is no such folder"),
                arguments("predict --run DIR/text.pth --output DIR/o", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("report DIR/text.pth", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("export --onnx DIR/out.onnx TINY --head DIR/text.pth", "DIR/text.pth: it is a file, and a folder is needed"),
                arguments("segment --weights TINY --image DIR --point 1,1 --out DIR/o", "DIR: it is a folder without DICOM images"),
                arguments("masks --weights TINY --image DIR --out DIR/o", "DIR: it is a folder without DICOM images"),
                arguments("data verify DIR/missing", "DIR/missing: there is no such folder"),
                arguments("convert TINY DIR/text.pth/out.safetensors", "text.pth: it is a file, and a folder is needed there"),
                arguments("data verify DIR/none", "DIR/none: it is no dataset, which is one of"),
                arguments("data split DIR/none --out DIR/a.json", "DIR/none: it is no dataset"),
                arguments("data split DIR --out DIR/split.json", "split.json exists already"),
                arguments("data split DIR --out DIR/missing/split.json", "there is no such folder"),
                arguments("data phantom --out DIR", "DIR is not empty"),
                arguments("data phantom --out DIR/text.pth", "text.pth is a file; the name of a folder is needed"),
                arguments("doctor --cache DIR/text.pth", "is a file"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongInput(String commandLine, String words) {
        Cli cli = run(commandLine);
        assertEquals(2, cli.exit(), cli.toString());
        assertEquals("", cli.out());
        assertSentence(cli.err());
        assertTrue(cli.err().contains(words.replace("DIR", folder.toString())), cli.err());
    }

    static Stream<Arguments> misuse() {
        return Stream.of(
                arguments("", "which verb?"),
                arguments("brew", "there is no verb brew"),
                arguments("convrt a b", "did you mean convert?"),
                arguments("--brew", "--brew"),
                arguments("info", "FILE"),
                arguments("info a b", "b"),
                arguments("info --brew a", "--brew"),
                arguments("convert a", "OUT"),
                arguments("export a", "--onnx"),
                arguments("evaluate --pred a", "--truth"),
                arguments("evaluate --pred", "--pred"),
                arguments("evaluate --pred a --truth b --convention inches", "it is one of millimetres, mm, paper, not 'inches'"),
                arguments("evaluate --pred a --truth b --tolerance far", "'far'"),
                arguments("doctor --threads -1", "'-1' is not a whole number from 1"),
                arguments("doctor --threads 0", "'0' is not a whole number from 1"),
                arguments("doctor --threads two", "'two' is not a whole number from 1"),
                arguments("doctor --threads 99999999999", "'99999999999' is not a whole number from 1"),
                arguments("doctor --require-backend opencl", "it is one of vector, scalar, cuda, not 'opencl'"),
                arguments("doctor --cuda-format int8", "it is one of float32, tf32, bf16, not 'int8'"),
                arguments("doctor --cuda-gemm mkl", "it is one of own, cublas, not 'mkl'"),
                arguments("doctor --cuda-conv mkl", "it is one of own, cudnn, not 'mkl'"),
                arguments("train", "--data"),
                arguments("train --resume a --seed 3", "--seed cannot change them"),
                arguments("train --data a --weights b --head rnn --out c --labelled 2", "it is one of vit, cnn, linear, not 'rnn'"),
                arguments("train --data a --weights b --head cnn --out c --labelled 2 --epochs 0", "'0' is not a whole number from 1"),
                arguments("train --data a --weights b --head cnn --out c --labelled 2 --lr fast", "'fast'"),
                arguments("train --data a --weights b --head cnn --out c --labelled 2 --preprocessing none",
                        "it is one of paper, sam, medsam, not 'none'"),
                arguments("predict --run a", "--output"),
                arguments("doctor --json --json", "--json"),
                arguments("data", "which verb of data? verify, split, phantom"),
                arguments("data brew", "there is no verb brew"),
                arguments("data verfy a", "did you mean verify?"),
                arguments("data verify", "DIR"),
                arguments("data split a", "--out"),
                arguments("data split a --out b --folds 3 --paper", "mutually exclusive"),
                arguments("data split a --out b --folds 0", "'0' is not a whole number from 1"),
                arguments("data phantom", "--out"),
                arguments("data phantom --out a --patients none", "'none' is not a whole number from 1"),
                arguments("help brew", "brew"));
    }

    @ParameterizedTest
    @MethodSource
    void misuse(String commandLine, String words) {
        Cli cli = run(commandLine);
        assertEquals(2, cli.exit(), cli.toString());
        assertEquals("", cli.out());
        List<String> lines = cli.err().lines().toList();
        assertSentence(lines.getFirst() + "\n");
        assertTrue(lines.getFirst().contains(words), cli.err());
        assertTrue(lines.get(1).startsWith("usage: samovar "), cli.err());
        assertEquals(commandLine.startsWith("train") ? 3 : 2, lines.size(), "one line for each form of the command");
        assertTrue(lines.getLast().endsWith(" --help)"), cli.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpu", "cuda:", "cuda:x", "cuda:-1", "CUDA", "cuda:99999"})
    void aDeviceOfNoKindIsRefused(String device) {
        Cli cli = run("doctor --device " + device);
        assertEquals(2, cli.exit(), cli.toString());
        assertEquals("samovar: --device " + device + ": it is cpu, auto, cuda, or cuda:N with N counted from 0\n", cli.err());
    }

    @Test
    void noGpuIsSaidSoAndAutoGoesOnWithTheProcessor() {
        assumeTrue(Cuda.whyNot() != null, "there is a GPU here");
        for (String options : new String[]{"--device cuda", "--device cuda:0", "--require-backend cuda"}) {
            Cli cli = run("doctor " + options);
            assertEquals(3, cli.exit(), cli.toString());
            assertEquals("samovar: " + options + ": " + Cuda.whyNot() + "\n", cli.err());
        }
        Cli auto = run("doctor --device auto");
        assertEquals(0, auto.exit(), auto.toString());
        assertTrue(auto.out().contains(Cuda.whyNot()), auto.out());
        assertEquals(2, run("doctor --device cuda --require-backend scalar").exit());
    }

    @Test
    void doctorTriesTheTilesAndSaysWhichWidthRunsAndHowToChooseAnother() {
        String out = run("doctor").out();
        assertTrue(out.contains(" bits, ") && out.contains("-Dsamovar.vector.bits="), out);
        assertTrue(out.contains("tiles ") && out.contains(" GFLOP/s, ") && out.contains(" of the peak, 0 bytes allocated"), out);
        Json tiles = Json.parse(run("doctor --json").out(), "doctor").at("tiles");
        assertTrue(tiles.at("peak").number() > 0);
        assertEquals(4, tiles.at("tiles").list().size());
    }

    @Test
    void vectorsOfAnImpossibleWidthAreRefused() {
        System.setProperty("samovar.vector.bits", "100");
        try {
            Cli cli = run("doctor");
            assertEquals(2, cli.exit(), cli.toString());
            assertSentence(cli.err());
            assertTrue(cli.err().contains("-Dsamovar.vector.bits=100: vectors have 128, 256 or 512 bits"), cli.err());
        } finally {
            System.clearProperty("samovar.vector.bits");
        }
    }

    @Test
    void theStackTraceIsThereForTheAsking() {
        Cli cli = run("--verbose info DIR/missing.pth");
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains("\tat dev.samovar.core.io.MappedFile"), cli.err());
        assertTrue(run("info --verbose DIR/missing.pth").err().contains("\tat "));
    }

    @Test
    void everyVerbHasHelpAndTheProgramTellsItsExitStatuses() {
        for (String verb : List.of("demo", "embed", "train", "pretrain", "predict", "evaluate", "report", "data", "convert", "export",
                "info",
                "doctor")) {
            Cli help = run(verb + " --help");
            assertEquals(0, help.exit());
            assertTrue(help.out().startsWith("Usage: samovar " + verb), help.out());
            assertEquals(help.out(), run("help " + verb).out());
            assertFalse(help.out().contains("Exit status") || help.out().contains("130  interrupted"), help.out());
        }
        Cli help = run("--help");
        for (String status : List.of("  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "130  "))
            assertTrue(help.out().contains("\n" + status), help.out());
    }

    @Test
    void onlyTheVerbThatIsAskedForIsBuilt() {
        Console console = new Console(Cli.stream(new ByteArrayOutputStream()), Cli.stream(new ByteArrayOutputStream()), false);
        Set<String> all = Main.commandLine(console).getSubcommands().keySet();
        assertEquals(18, all.size());
        for (String verb : all) {
            Set<String> built = Main.commandLine(console, "--quiet", verb, "train").getSubcommands().keySet();
            assertEquals(verb.equals("help") ? all : Set.of(verb), built);
        }
        assertEquals(all, Main.commandLine(console, "trian").getSubcommands().keySet(), "to find what was meant");
    }

    @Test
    void theVersionIsTheBuilds() {
        Cli cli = run("--version");
        assertTrue(cli.out().matches("samovar \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R"), cli.out());
    }

    @Test
    void aFailureIsToldByItsKind() {
        assertFailure(2, "/a/b: permission denied", new UncheckedIOException(new AccessDeniedException("/a/b")));
        assertFailure(2, "/a/b: No space left on device; make room there, or choose another place",
                new UncheckedIOException(new FileSystemException("/a/b", null,
                        "No space left on device")));
        assertFailure(2, "cannot write /a/b: No space left on device", new UncheckedIOException(
                "cannot write /a/b: No space left on device",
                new IOException("No space left on device")));
        assertFailure(2, "reading or writing failed: broken", new IOException("broken"));
        assertFailure(2, "reading or writing failed: Input/output error; check the disk, and try again or choose another place",
                new IOException("Input/output error"));
        assertFailure(3, "no", Problem.environment("no"));
        Failure memory = Failure.of(new OutOfMemoryError("Java heap space")), bug = Failure.of(new IllegalStateException("never\nmind"));
        assertEquals(4, memory.exit());
        assertTrue(memory.sentence().contains("SAMOVAR_JAVA_OPTS=-Xmx"), memory.sentence());
        assertEquals(1, bug.exit());
        assertTrue(bug.sentence().contains("never mind") && bug.sentence().contains("--verbose"), bug.sentence());
    }

    @Test
    void outputThatCannotBeWrittenIsNoSuccess() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        Console console = new Console(new PrintStream(full), new PrintStream(OutputStream.nullOutputStream()), false);
        assertEquals(2, Main.run(console, "doctor"));
    }

    private static void assertFailure(int exit, String sentence, Throwable thrown) {
        assertEquals(new Failure(exit, sentence), Failure.of(thrown));
    }

    private static void assertSentence(String err) {
        assertTrue(err.startsWith("samovar: ") && err.indexOf('\n') == err.length() - 1, err);
        assertFalse(err.contains("Exception"), err);
    }

    private static Cli run(String commandLine) {
        if (commandLine.isEmpty()) return Cli.run();
        return Cli.run(
                Stream.of(commandLine.split(" ", -1)).map(arg -> arg.replace("DIR", folder.toString()).replace("TINY", TINY.toString())).toArray());
    }

    @BeforeAll
    static void makeFiles() throws IOException {
        byte[] tiny = Files.readAllBytes(TINY), torch = Files.readAllBytes(Cli.TINY);
        Files.write(folder.resolve("copy.safetensors"), tiny);
        Files.write(folder.resolve("short.safetensors"), Arrays.copyOf(tiny, tiny.length / 2));
        Files.write(folder.resolve("cut.pth"), Arrays.copyOf(torch, torch.length - 100));
        Files.write(folder.resolve("empty.pth"), new byte[0]);
        Files.writeString(folder.resolve("text.pth"), "weights to follow");
        Files.writeString(folder.resolve("page.pth"), "<!doctype html>");
        Files.writeString(folder.resolve("split.json"), "{\"train\": [\"c\"], \"test\": [\"a\", \"b\"]}");
        Files.createDirectory(folder.resolve("none"));
        Files.writeString(Files.createDirectory(folder.resolve("bad")).resolve("a.nii"), "no volume");
    }
}
