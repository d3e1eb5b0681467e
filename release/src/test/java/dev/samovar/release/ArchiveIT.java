package dev.samovar.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The archive as users download it, unpacked in another folder and started there.
class ArchiveIT {
    private static final String NAME = "samovar-" + Published.VERSION;
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]*)[^)]*\\)");

    @TempDir
    private static Path folder;

    private static Path home;

    @BeforeAll
    static void unpack() throws IOException {
        home = folder.resolve(NAME);
        try (ZipFile zip = new ZipFile("target/" + NAME + ".zip")) {
            for (var entry : zip.stream().toList()) {
                assertTrue(entry.getName().startsWith(NAME + "/"), entry.getName());
                Path to = folder.resolve(entry.getName());
                if (entry.isDirectory()) Files.createDirectories(to);
                else {
                    Files.createDirectories(to.getParent());
                    try (InputStream in = zip.getInputStream(entry)) {
                        Files.copy(in, to);
                    }
                }
            }
        }
        assertTrue(home.resolve("samovar").toFile().setExecutable(true));          // java.util.zip does not give the file's mode
    }

    @Test
    void aClickIsSegmentedWithTheModelThatIsInIt() throws Exception {
        Ran ran = Ran.in(folder, home.resolve("samovar").toString(), "segment", "--image", home.resolve("examples/tea.png").toString(),
                "--point", "180,130", "--out", folder.resolve("out").toString());
        assertEquals(0, ran.exit(), ran.said());
        assertTrue(Files.exists(folder.resolve("out/tea_mask.png")), ran.said());
    }

    @Test
    void anExampleRunsAndWhatNeedsTheSourceSaysSo() throws Exception {
        Ran example = Ran.in(folder, home.resolve("samovar").toString(), "example", home.resolve("examples/E1_SegmentWithAClick.java").toString(),
                "mini", home.resolve("examples/tea.png").toString(), "180", "130", folder.resolve("mask.png").toString());
        assertEquals(0, example.exit(), example.said());
        for (String verb : List.of("bench", "jmh")) {
            Ran ran = Ran.in(folder, home.resolve("samovar").toString(), verb);
            assertEquals(3, ran.exit(), ran.said());
            assertEquals("samovar: " + verb + " comes with the source alone; this is the unpacked archive.\n", ran.said());
        }
    }

    /// The command of docs/embed.md, unchanged.
    @Test
    void jshellUsesTheJars() throws Exception {
        String command = Files.readAllLines(home.resolve("docs/embed.md")).stream().filter(line -> line.contains("| jshell ")).findFirst()
                .orElseThrow();
        Ran ran = Ran.in(home, "bash", "-c", "PATH=" + System.getProperty("java.home") + "/bin:$PATH; " + command);
        assertTrue(ran.exit() == 0 && ran.said().contains("vector ") && !ran.said().contains("rror"), ran.said());
    }

    /// Links of the README point to files of the archive, to the web, or to the source, which is not in the archive.
    @Test
    void whatItsReadmeLinksToIsInIt() throws IOException {
        for (MatchResult link : LINK.matcher(Files.readString(home.resolve("README.md"))).results().toList()) {
            String to = link.group(1);
            if (!to.isEmpty() && !to.startsWith("http") && !to.contains("/src/")) assertTrue(Files.exists(home.resolve(to)), to);
        }
        for (String file : List.of("samovar.cmd", "lib/samovar-cli.jar", "imagej/Samovar_.jar"))
            assertTrue(Files.exists(home.resolve(file)), file);
    }

    /// The launcher for Windows is not started here. It must name the same modules, and its lines must end as `cmd` requires. (It was tested in Wine with a stand-in for java.exe.)
    @Test
    void theLaunchersAgree() throws IOException {
        String shell = Files.readString(home.resolve("samovar")), windows = Files.readString(home.resolve("samovar.cmd"));
        for (String word : List.of("--add-modules jdk.incubator.vector", "--enable-native-access=dev.samovar.cuda,jcuda,jcublas,jcudnn",
                "-m dev.samovar.cli/dev.samovar.cli.Main", "SAMOVAR_JAVA_HOME", "SAMOVAR_JAVA_OPTS", "-XX:+UseSerialGC"))
            assertTrue(shell.contains(word) && windows.contains(word), word);
        assertEquals(windows.lines().count(), windows.split("\r\n", -1).length - 1);
    }
}
