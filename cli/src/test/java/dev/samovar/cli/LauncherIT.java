package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Nifti;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The packaged program in a JVM of its own, started by the launcher or directly from the module path.
@Execution(ExecutionMode.CONCURRENT)
class LauncherIT {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize(), APP = Path.of("target/app").toAbsolutePath();
    @TempDir
    private Path folder;

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void theLauncherWorksFromAnyFolderAndThroughALink() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("samovar ünd link"), HOME.resolve("samovar"));
        Cli cli = start(folder, Map.of(), link.toString(), "doctor", "--json", "--require-backend", "vector");
        Files.delete(link);
        assertEquals(0, cli.exit(), cli.err());
        Json doctor = Json.parse(cli.out(), "doctor");
        assertTrue(doctor.at("vectors").at("used").truth());
        assertTrue(doctor.at("kernels").at("name").string().startsWith("vector "));
        assertEquals(folder.toRealPath().resolve("samovar-cache").toString(), doctor.at("cache").at("folder").string());
        assertEquals("", cli.err(), "the JVM's warning is suppressed");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void theLauncherWorksFromAReadOnlyPathWithBlanksAndUmlautsInTheCLocaleAndWithoutAHome() throws Exception {
        Path home = house("Äpfel und Birnen/house"), launcher = home.resolve("samovar"), app = home.resolve("cli/target/app");
        Path weights = Files.copy(Cli.TINY, home.resolve("gewichte für alle.pth"));
        for (Path each : List.of(app, home.resolve("cli/target"), home.resolve("cli"), home)) assertTrue(each.toFile().setWritable(false));
        try {
            Cli cli = start(folder, Map.of("LC_ALL", "C"), "env", "-u", "HOME", launcher.toString(), "info", weights.toString());
            assertEquals(0, cli.exit(), cli.err());
            assertTrue(cli.out().contains("gewichte für alle.pth"), cli.out());
        } finally {
            for (Path each : List.of(home, home.resolve("cli"), home.resolve("cli/target"), app))
                assertTrue(each.toFile().setWritable(true));
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void theLauncherRunsAnExampleFromItsSource() throws Exception {
        String launcher = HOME.resolve("samovar").toString(), example = HOME.resolve("examples/E1_SegmentWithAClick.java").toString();
        Path mask = folder.resolve("mask.png");
        Cli cli = start(folder, Map.of(), launcher, "example", example, Cli.TINY.toString(), HOME.resolve("examples/tea.png").toString(),
                "180", "130", mask.toString());
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(Files.exists(mask));
        Cli none = start(folder, Map.of(), launcher, "example");
        assertEquals(2, none.exit());
        assertTrue(none.err().contains("takes a file of examples/"), none.err());
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void theLauncherHandsOnStatusesOptionsAndArguments() throws Exception {
        String launcher = HOME.resolve("samovar").toString();
        Cli wrong = start(folder, Map.of(), launcher, "info", "no such file; $HOME");
        assertEquals(2, wrong.exit());
        assertTrue(wrong.err().contains("no such file; $HOME: there is no such file"), wrong.err());
        assertEquals(2, start(folder, Map.of(), launcher).exit());
        Cli small = start(folder, Map.of("SAMOVAR_JAVA_OPTS", "-Xmx64m -XX:+UseSerialGC"), launcher, "doctor", "--json");
        assertEquals("Serial", Json.parse(small.out(), "doctor").at("collector").string());
        assertTrue(Json.parse(small.out(), "doctor").at("heap").whole() <= 64 << 20);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void withoutAFittingJavaTheLauncherSaysWhatItNeeds() throws Exception {
        Path old = folder.resolve("jdk-25.0.2");
        Files.createDirectories(old.resolve("bin"));
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"25.0.2\"\n");
        assertTrue(Files.createFile(old.resolve("bin/java")).toFile().setExecutable(true));
        String script = Files.readString(HOME.resolve("samovar")).replace("/usr/l", "/none/l").replace("/usr/java", "/none")
                .replace("/opt/", "/none/").replace("/Library/", "/none/");
        Path launcher = Files.writeString(folder.resolve("samovar"), script);
        assertTrue(launcher.toFile().setExecutable(true));
        Cli cli = start(folder, Map.of("JAVA_HOME", old.toString(), "HOME", folder.toString(), "PATH", "/bin:/usr/bin",
                "JAVA25_HOME", "", "SAMOVAR_JAVA_HOME", "", "JAVA_HOME_25_X64", ""), launcher.toString(), "doctor");
        assertEquals(3, cli.exit(), cli.err());
        assertTrue(cli.err().startsWith("samovar: needs a JDK 25.0.3 or newer") && cli.err().contains("25.0.2 at "), cli.err());
        assertEquals(1, cli.err().lines().count());
    }

    @Test
    void withoutTheVectorModuleItRunsScalarAndSaysSo() throws Exception {
        Cli doctor = java("doctor");
        assertEquals(0, doctor.exit(), doctor.err());
        assertTrue(doctor.out().contains("kernels    scalar, ") && doctor.out().contains("without the module jdk.incubator.vector"), doctor.out());
        assertFalse(doctor.err().contains("WARNING"), doctor.err());
    }

    @Test
    void withoutTheSecondCompilerItRunsScalarAndSaysSo() throws Exception {
        Cli doctor = java(List.of("--add-modules", "jdk.incubator.vector", "-XX:TieredStopAtLevel=1"), "doctor");
        assertEquals(0, doctor.exit(), doctor.err());
        assertTrue(doctor.out().contains("kernels    scalar, ") && doctor.out().contains("without its second compiler"), doctor.out());
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void aClickInAPictureStartsWithoutTheSecondCompilerAndAnythingElseWithIt() throws Exception {
        for (String line : List.of("segment --image a.png --point 3,4 --out o", "segment --out o --box 1,2,3,4 --image=b.c.JPG",
                "segment --image x.jpeg"))
            assertTrue(quick(line), line);
        for (String line : List.of("segment --image a.nii.gz --mask m.png --slice 3", "segment --image=a.nii.gz --mask=m.png --slice=3",
                "segment --image a.png --weights sam.pth --point 3,4",
                "segment --image a.png --box 1,2,3,4 --box 5,6,7,8", "segment --image a.png --uncertainty 8 --point 3,4",
                "segment --image a.png --require-backend vector --point 3,4", "segment --image a.png --embedding e --point 3,4",
                "segment --image a.tif --point 3,4", "masks --image a.png --out o",
                "segment --help", "info a.png"))
            assertFalse(quick(line), line);
        assertFalse(quick("segment --image a.png --point 3,4", "-Dsamovar.vector.bits=256"), "who chooses options of the JVM chooses all of them");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void largePagesAreAskedForWhereLinuxGivesThemToThoseWhoAsk() throws Exception {
        Path choice = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        boolean offered = Files.isReadable(choice) && Files.readString(choice).contains("[madvise]");
        List<String> options = options("doctor", "-XX:-UseTransparentHugePages");
        assertEquals(offered, options.contains("-XX:+UseTransparentHugePages"), options.toString());
        if (offered)
            assertTrue(options.indexOf("-XX:+UseTransparentHugePages") < options.indexOf("-XX:-UseTransparentHugePages"),
                    "the user's options prevail");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void theFirstClickMakesAnArchiveOfClassesThatTheNextOneUses() throws Exception {
        Path real = Path.of(System.getProperty("java.home"));
        assumeTrue(Files.exists(real.resolve("lib/server/classes.jsa")), "this JDK has no archive of its own classes, and so makes none of others'");
        Path home = house("a house"), app = home.resolve("cli/target/app"), archive = app.resolve("classes-25.0.3.jsa"),
                loaded = folder.resolve("loaded");
        jdk("exec '" + real.resolve("bin/java") + "' \"-Xlog:class+load:file=" + loaded + "\" \"$@\"\n");
        long files = files(app);
        Cli first = segment(home, "first");
        assertEquals(0, first.exit(), first.err());
        assertEquals("samovar: preparing quicker starts (once, a few seconds) …\n", first.err());
        assertTrue(Files.size(archive) > 0);
        assertEquals(files + 1, files(app), "the archive and nothing else");
        Cli next = segment(home, "next");
        assertEquals(0, next.exit(), next.err());
        assertEquals("", next.err());
        assertTrue(Files.readString(loaded).contains("dev.samovar.models.sam.ImageEncoderViT source: shared objects file (top)"));
        assertEquals(-1, Files.mismatch(folder.resolve("first/tea_mask.png"), folder.resolve("next/tea_mask.png")));

        Files.write(archive, new byte[100]);
        Cli broken = segment(home, "broken");
        assertEquals(0, broken.exit(), broken.err());
        assertEquals("", broken.err(), "an archive that does not fit is ignored");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
    void anArchiveOfClassesIsMadeAgainWhenAJarIsNewerAndNotTriedAgainWhenItCannotBeMade() throws Exception {
        Path home = house("house"), app = home.resolve("cli/target/app"), archive = app.resolve("classes-25.0.3.jsa"),
                asked = folder.resolve("asked");
        jdk("case $* in *-XX:ArchiveClassesAtExit*) echo >>'" + asked + "';; esac\n");
        long files = files(app);
        for (int i = 0; i < 2; i++) assertEquals(0, segment(home, "o").exit());
        assertEquals(1, Files.size(asked));
        assertEquals(0, Files.size(archive), "this JDK makes none");
        Files.setLastModifiedTime(app.resolve("samovar-core.jar"), FileTime.from(Files.getLastModifiedTime(archive).toInstant().plusSeconds(1)));
        assertEquals(0, segment(home, "o").exit());
        assertEquals(2, Files.size(asked));
        assertEquals(0,
                start(folder, Map.of("SAMOVAR_JAVA_HOME", folder.resolve("jdk").toString()), home.resolve("samovar").toString(), "doctor").exit());
        assertEquals(2, Files.size(asked), "only a click asks for one");
        assertEquals(files + 1, files(app));
    }

    private Cli segment(Path home, String out) throws IOException, InterruptedException {
        return start(folder, Map.of("SAMOVAR_JAVA_HOME", folder.resolve("jdk").toString()), home.resolve("samovar").toString(), "segment", "--image",
                HOME.resolve("examples/tea.png").toString(), "--point", "190,150", "--out", folder.resolve(out).toString(), "--quiet");
    }

    private static long files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    /// A copy of what the launcher needs: nothing is written to the real folder of jars while other tests read it.
    private Path house(String name) throws IOException {
        Path home = folder.resolve(name), app = Files.createDirectories(home.resolve("cli/target/app"));
        Files.copy(HOME.resolve("samovar"), home.resolve("samovar"));
        Files.copy(HOME.resolve("docs/page-click.jpg"), Files.createDirectory(home.resolve("docs")).resolve("page-click.jpg"));
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(APP, "*.jar")) {
            for (Path jar : jars) Files.copy(jar, app.resolve(jar.getFileName()));
        }
        return home;
    }

    /// A JDK 25.0.3 whose `java` is a script.
    private void jdk(String script) throws IOException {
        Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\n" + script);
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.3\"\n");
        assertTrue(java.toFile().setExecutable(true));
    }

    private boolean quick(String line, String... options) throws IOException, InterruptedException {
        return options(line, options).contains("-XX:TieredStopAtLevel=1");
    }

    /// The JVM's arguments to which the launcher turns a line.
    private List<String> options(String line, String... options) throws IOException, InterruptedException {
        jdk("for each; do echo \"$each\"; done\n");
        Path home = folder.resolve("house");
        List<String> command = new ArrayList<>(List.of((Files.exists(home) ? home : house("house")).resolve("samovar").toString()));
        command.addAll(List.of(line.split(" ")));
        Cli cli = start(folder, Map.of("SAMOVAR_JAVA_HOME", folder.resolve("jdk").toString(), "SAMOVAR_JAVA_OPTS", String.join(" ", options)),
                command.toArray(String[]::new));
        assertEquals(0, cli.exit(), cli.err());
        return cli.out().lines().toList();
    }

    @Test
    void withoutTheVectorModuleRequiringVectorsFails() throws Exception {
        for (String[] verb : new String[][]{{"doctor"}, {"train", "--data", folder.toString(), "--weights", "w", "--head", "cnn",
            "--labelled", "1",
            "--out", folder.resolve("run").toString()}, {"predict", "--run", "r", "--output", "o"}}) {
            List<String> args = new ArrayList<>(List.of(verb));
            args.addAll(List.of("--require-backend", "vector"));
            Cli cli = java(args.toArray(String[]::new));
            assertEquals(3, cli.exit(), cli.err());
            assertTrue(cli.err().startsWith("samovar: --require-backend vector: ") && cli.err().contains("--add-modules jdk.incubator.vector"),
                    cli.err());
            assertEquals(1, cli.err().lines().count());
        }
        assertEquals(0, java("doctor", "--require-backend", "scalar").exit());
    }

    @Test
    void memoryThatIsNotEnoughIsAStatusOfItsOwn() throws Exception {
        Path in = Files.createDirectory(folder.resolve("in"));
        Nifti.write(in.resolve("large.nii.gz"), new LabelVolume(Geometry.of(300, 300, 300, 1, 1, 1), new byte[27_000_000]));
        Cli cli = java(List.of("-Xmx24m"), "evaluate", "--pred", in.toString(), "--truth", in.toString());
        assertEquals(4, cli.exit(), cli.err());
        assertTrue(cli.err().startsWith("samovar: ") && cli.err().contains("SAMOVAR_JAVA_OPTS=-Xmx"), cli.err());
        assertEquals(1, cli.err().lines().count());
    }

    /// Runs the program from the module path, without the vector module, which is optional.
    private Cli java(String... args) throws IOException, InterruptedException {
        return java(List.of(), args);
    }

    private Cli java(List<String> options, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=dev.samovar.cuda"));
        command.addAll(options);
        command.addAll(List.of("-p", APP.toString(), "-m", "dev.samovar.cli/dev.samovar.cli.Main"));
        command.addAll(List.of(args));
        return start(folder, Map.of(), command.toArray(String[]::new));
    }

    private static Cli start(Path in, Map<String, String> environment, String... command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("samovar", ".out"), err = Files.createTempFile("samovar", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(in.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().putIfAbsent("JAVA25_HOME", System.getProperty("java.home"));
            builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "SAMOVAR_TRACE", "JDK_JAVA_OPTIONS"));
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " does not end");
            }
            return new Cli(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }
}
