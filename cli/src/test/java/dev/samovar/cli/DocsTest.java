package dev.samovar.cli;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.cuda.Cuda;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.testkit.DicomFiles;
import dev.samovar.models.generator.HarDNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every command in the documentation is run, in the order of its page, with small files in place of its words in capitals. Every Java snippet is part of an example, which other
/// tests run. Every link has a target.
class DocsTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]*)(#[^)]*)?\\)");

    /// How the commands begin that another test runs, or that need something a test cannot assume, and where they are tested.
    private static final Map<String, String> ELSEWHERE = Map.ofEntries(
            entry("./samovar demo", "DemoCommandTest"),
            entry("./samovar open", "OpenCommandTest and the tests of the module serve"),
            entry("./samovar example", "ExamplesTest and LauncherIT"),
            entry("./samovar bench", "the tests of the module benchmarks"),
            entry("./samovar jmh", "KernelBenchmarkTest"),
            entry("./samovar pretrain", "PretrainCommandTest"),
            entry("./samovar study methods", "MethodStudyTest"),
            entry("./samovar study prompts", "StudyCommandTest"),
            entry("./samovar-spark", "JobsTest and spark/cluster/check"),
            entry("mvn verify", "the build"),
            entry("git clone", "PublishedIT, as far as the address goes"),
            entry("benchmarks/gpu/run", "a machine with a GPU"),
            entry("tar xzf samovar-gpu.tar.gz", "a machine with a GPU"),
            entry("echo 'System.out.println(dev.samovar.core", "ArchiveIT"),
            entry("jbang", "where there is JBang"),
            entry("java --add-modules jdk.incubator.vector -Xmx4g -jar ij.jar",
                    "SegmentationTest, as far as a machine without a screen goes"));

    /// Options that shorten slow verbs.
    private static final Map<String, List<String>> BRIEF = Map.of("train", List.of("--epochs", "1", "--side", "32", "--augment", "none"),
            "masks",
            List.of("--points-per-side", "4"));

    /// Words that name results. Each command that writes one gets a new path; later commands read that path.
    private static final Set<String> RESULTS = Set.of("DIR", "OUT", "LABELS", "RUN", "OTHER", "FILE");

    /// Words that name inputs.
    private static final Map<String, Path> GIVEN = new HashMap<>();

    @TempDir
    private static Path inputs;

    @TempDir
    private Path folder;

    private final Map<String, Path> results = new HashMap<>();
    private int made;

    @BeforeAll
    static void makeInputs() throws IOException {
        Path sam = Golden.path("sam-tiny/sam-tiny-trained.safetensors"), data = inputs.resolve("data");
        Files.createDirectories(data.resolve("imagesTr"));
        Files.createDirectories(data.resolve("labelsTr"));
        for (int n = 0; n < 9; n++) {
            Geometry grid = Geometry.of(16, 16, 2, 1, 1, 3);
            float[] voxels = new float[512];
            byte[] classes = new byte[512];
            for (int i = 0; i < 512; i++) {
                int x = i % 16 - 8, y = i / 16 % 16 - 6 - n % 3;
                classes[i] = (byte) (x * x + y * y < 20 ? 1 : 0);
                voxels[i] = 100 * classes[i] + (i * 37 + n) % 11;
            }
            Nifti.write(data.resolve("imagesTr/case" + n + ".nii.gz"), new Volume(grid, voxels));
            Nifti.write(data.resolve("labelsTr/case" + n + ".nii.gz"), new LabelVolume(grid, classes));
        }
        int nx = 300, ny = 270, nz = 43;
        float[] voxels = new float[nx * ny * nz];                                  // a block as bright as soft tissue in the page's box
        for (int z = 40; z < nz; z++) for (int y = 185; y < 255; y++) for (int x = 215; x < 285; x++) voxels[(z * ny + y) * nx + x] = 80;
        Path tomogram = inputs.resolve("ct.nii.gz");
        Nifti.write(tomogram, new Volume(Geometry.of(nx, ny, nz, 1, 1, 2), voxels));
        Path study = DicomFiles.series(inputs.resolve("study"), 3, 200, 180, 41, (i, j, _) -> i > 110 && i < 190 && j > 95 && j < 170
                ? 90
                : 0);
        Path hardnet = inputs.resolve("hardnet39ds-0e6c6fa9.pth");
        try (Params published = Params.random(1, Device.cpu(1))) {
            new HarDNet(published, HarDNet.Layout.HARDNET39DS);
            published.save(hardnet, Map.of());
        }
        Path codes = Files.writeString(inputs.resolve("codes.tsv"), "class 1\t80891009\tSCT\tHeart\n");
        GIVEN.putAll(Map.of("SAM", sam, "MEDSAM", sam, "model/tiny.safetensors", sam, "examples/tea.png", HOME.resolve("examples/tea.png"),
                "PHOTO.jpg", HOME.resolve("examples/tea.png"), "CT.nii.gz", tomogram, "VOLUME.nii.gz",
                data.resolve("imagesTr/case0.nii.gz"), "STUDY", study, "SERIES", study, "codes.tsv", codes));
        GIVEN.put("hardnet39ds-0e6c6fa9.pth", hardnet);
        GIVEN.putAll(Map.of("DATA", data, "DATA/labelsTr", data.resolve("labelsTr"), "VOLUMES", data.resolve("imagesTr"), "ROUGH",
                data.resolve("labelsTr")));
    }

    static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(HOME.resolve("docs"))) {
            return Stream.concat(Stream.of("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md").map(HOME::resolve),
                    docs.filter(file -> file.toString().endsWith(".md")).sorted()).toList();
        }
    }

    /// The code blocks of a page in one language.
    private static List<String> blocks(Path page, String language) throws IOException {
        return BLOCK.matcher(Files.readString(page)).results().filter(block -> block.group(1).equals(language)).map(block -> block.group(2)).toList();
    }

    /// The commands of a page, each on one line and without its comment.
    private static List<String> commands(Path page) throws IOException {
        return blocks(page, "bash").stream().flatMap(block -> block.replace("\\\n", " ").lines())
                .map(line -> line.replaceFirst("(^|\\s)#\\s.*", "").strip()).filter(line -> !line.isEmpty()).toList();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyCommandRuns(Path page) throws IOException {
        for (String command : commands(page)) {
            if (ELSEWHERE.keySet().stream().anyMatch(command::startsWith)) continue;
            assertTrue(command.startsWith("./samovar "), command + ": no test runs it");
            List<String> args = new ArrayList<>(List.of(command.substring(10).split("\\s+", -1)));
            boolean gpu = args.contains("cuda") && Cuda.whyNot() != null;
            for (int i = 1; i < args.size(); i++) args.set(i, standIn(args.get(i), args.get(i - 1).startsWith("--out")));
            if (args.contains("--patients")) args.set(args.indexOf("--patients") + 1, "3");
            if (args.contains("--epochs")) args.set(args.indexOf("--epochs") + 1, "2");
            else args.addAll(BRIEF.getOrDefault(args.getFirst(), List.of()));
            if (args.contains("cnn") && !args.contains("--depth")) args.addAll(List.of("--depth", "1"));
            if (args.contains("hardnet39ds")) args.addAll(List.of("--generator-side", "32"));
            Cli cli = Cli.run(args.toArray());
            assertEquals(gpu ? Exit.ENVIRONMENT : Exit.OK, cli.exit(), command + "\n" + cli.err());
        }
    }

    /// The argument to use for a word of a command.
    private String standIn(String word, boolean written) {
        Path given = GIVEN.get(word);
        if (given != null) return given.toString();
        if (word.matches("\\w+\\.(onnx|safetensors)")) return folder.resolve(word).toString();
        if (word.startsWith("tutorial/")) return folder.resolve(word).toString();
        if (!RESULTS.contains(word)) return word;
        if (written) results.put(word, folder.resolve(word + "-" + ++made));
        else if (Set.of("RUN", "OTHER").contains(word) && !results.containsKey(word)) train(word);
        return String.valueOf(results.get(word));
    }

    /// Trains a run for a page that uses one without training it.
    private void train(String word) {
        Path run = folder.resolve("trained-" + word);
        results.put(word, run);
        List<Object> args = new ArrayList<>(List.of("train", "--data", GIVEN.get("DATA"), "--weights", GIVEN.get("SAM"), "--head", "linear",
                "--labelled", "5", "--out", run));
        args.addAll(BRIEF.getOrDefault("train", List.of()));
        assertEquals(Exit.OK, Cli.run(args.toArray()).exit());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyJavaSnippetIsAnExampleAsItIs(Path page) throws IOException {
        StringBuilder shown = new StringBuilder();
        try (Stream<Path> examples = Files.list(HOME.resolve("examples"))) {
            for (Path example : examples.filter(file -> file.toString().endsWith(".java")).toList()) {
                String source = Files.readString(example);
                int begin = source.indexOf("// README: begin\n"), end = source.indexOf("// README: end");
                if (begin >= 0) shown.append(source, begin, end).append(source, end, source.length());
            }
        }
        for (String snippet : blocks(page, "java"))
            assertTrue(shown.indexOf("// README: begin\n" + snippet + "// README: end") >= 0, page + " has a snippet that is in no example:\n"
                    + snippet);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyLinkLeadsSomewhere(Path page) throws IOException {
        for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
            if (link.group(1).startsWith("http")) continue;
            Path to = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1)).normalize();
            assertTrue(Files.exists(to), page + ": " + link.group());
            if (link.group(2) != null) assertTrue(anchors(to).contains(link.group(2).substring(1)), page + ": " + link.group());
        }
    }

    /// The anchors of a page's headings.
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new HashSet<>();
        for (String line : Files.readAllLines(page))
            if (line.startsWith("#"))
                anchors.add(line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-'));
        return anchors;
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertTrue(Files.readAllLines(HOME.resolve("README.md")).size() <= 250);
    }
}
