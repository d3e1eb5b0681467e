package dev.samovar.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A program of another project: a Maven build outside this tree, without a network, that gets the artifacts from a local repository. The program segments a picture in memory,
/// on the class path and on the module path.
class EmbeddedIT {
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private static final String POM = """
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>com.example</groupId><artifactId>hospital</artifactId><version>1</version>
              <properties><maven.compiler.release>25</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
              <dependencyManagement><dependencies>
                <dependency><groupId>dev.samovar</groupId><artifactId>samovar-bom</artifactId><version>VERSION</version><type>pom</type><scope>import</scope></dependency>
              </dependencies></dependencyManagement>
              <dependencies>
                <dependency><groupId>dev.samovar</groupId><artifactId>samovar-models</artifactId></dependency>
                <dependency><groupId>dev.samovar</groupId><artifactId>samovar-weights-converter</artifactId></dependency>
                <dependency><groupId>dev.samovar</groupId><artifactId>samovar-mini</artifactId></dependency>
              </dependencies>
              <build><plugins>
                <plugin><artifactId>maven-resources-plugin</artifactId><version>3.5.0</version></plugin>
                <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.16.0</version></plugin>
                <plugin><artifactId>maven-dependency-plugin</artifactId><version>3.11.0</version>
                  <executions><execution><phase>process-classes</phase><goals><goal>copy-dependencies</goal></goals>
                    <configuration><includeScope>runtime</includeScope><outputDirectory>lib</outputDirectory></configuration></execution></executions></plugin>
              </plugins></build>
            </project>
            """;

    private static final String MODULE = """
            @SuppressWarnings("requires-automatic")
            module com.example.hospital {
                requires dev.samovar.convert;
                requires dev.samovar.mini;
                requires dev.samovar.models;
            }
            """;

    private static final String MAIN = """
            package com.example.hospital;

            import dev.samovar.convert.Checkpoints;
            import dev.samovar.core.tensor.Device;
            import dev.samovar.imaging.Picture;
            import dev.samovar.models.sam.Prompt;
            import dev.samovar.models.sam.Sam;
            import dev.samovar.models.sam.SamPredictor;
            import java.nio.file.Path;

            public final class Main {
                public static void main(String[] args) {
                    var pixels = new float[64 * 48];
                    for (int y = 10; y < 30; y++) for (int x = 20; x < 44; x++) pixels[y * 64 + x] = 200;
                    try (var checkpoint = Checkpoints.open(Path.of(args[0])); var sam = Sam.load(checkpoint, Device.cpu())) {
                        var predictor = new SamPredictor(sam);
                        var image = predictor.embed(new Picture(1, 48, 64, pixels));
                        System.out.println("area " + predictor.best(image, Prompt.box(19, 9, 45, 31)).mask().area() + " on " + Device.cpu());
                    }
                }
            }
            """;

    @TempDir
    private static Path folder;

    private static Path project;

    /// A repository with the artifacts that would be published, and links to everything in Maven's own repository.
    private static Path repository() throws IOException {
        Path ours = Files.createDirectories(folder.resolve("repository/dev/samovar")), theirs = Path.of(System.getProperty("samovar.repository"));
        link(theirs, ours.getParent().getParent(), "dev");
        link(theirs.resolve("dev"), ours.getParent(), "samovar");
        for (Published each : Stream.concat(Published.POMS.stream(), Published.JARS.stream()).toList()) {
            Path to = Files.createDirectories(ours.resolve(each.artifact()).resolve(Published.VERSION));
            String name = each.artifact() + "-" + Published.VERSION;
            Files.copy(each.pom(), to.resolve(name + ".pom"));
            if (Files.exists(each.jar(""))) Files.copy(each.jar(""), to.resolve(name + ".jar"));
        }
        return ours.getParent().getParent();
    }

    private static void link(Path from, Path to, String except) throws IOException {
        if (!Files.exists(from)) return;
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList())
                if (!entry.endsWith(except)) Files.createSymbolicLink(to.resolve(entry.getFileName()), entry.toAbsolutePath());
        }
    }

    @BeforeAll
    static void build() throws Exception {
        project = Files.createDirectories(folder.resolve("hospital"));
        Path sources = Files.createDirectories(project.resolve("src/main/java/com/example/hospital"));
        Files.writeString(project.resolve("pom.xml"), POM.replace("VERSION", Published.VERSION));
        Files.writeString(project.resolve("src/main/java/module-info.java"), MODULE);
        Files.writeString(sources.resolve("Main.java"), MAIN);
        Ran maven = Ran.in(project, Path.of(System.getProperty("samovar.maven"), "bin", "mvn").toString(), "-B", "-q", "-o",
                "-Dmaven.repo.local=" + repository(), "process-classes");
        assertEquals(0, maven.exit(), maven.said());
    }

    private static Ran run(String weights, List<String> paths) throws Exception {
        List<String> command = new ArrayList<>(List.of(JAVA, "--add-modules", "jdk.incubator.vector"));
        command.addAll(paths);
        command.add(weights);
        return Ran.in(project, command.toArray(String[]::new));
    }

    /// A user's checkpoint and the built-in one.
    static List<String> weights() {
        return List.of(Golden.path("sam-tiny/sam-tiny.pth").toString(), "mini");
    }

    @ParameterizedTest
    @MethodSource("weights")
    void onTheClassPath(String weights) throws Exception {
        Ran ran = run(weights, List.of("-cp", "target/classes:lib/*", "com.example.hospital.Main"));
        assertTrue(ran.exit() == 0 && ran.said().contains("area ") && ran.said().contains("vector "), ran.said());
    }

    @ParameterizedTest
    @MethodSource("weights")
    void onTheModulePath(String weights) throws Exception {
        Ran ran = run(weights, List.of("-p", "target/classes:lib", "-m", "com.example.hospital/com.example.hospital.Main"));
        assertTrue(ran.exit() == 0 && ran.said().contains("area ") && ran.said().contains("vector "), ran.said());
    }

    @Test
    void itTakesTheseJarsAlongAndNoOthers() throws IOException {
        try (Stream<Path> jars = Files.list(project.resolve("lib"))) {
            assertEquals(List.of("ejml-core", "ejml-ddense", "samovar-core", "samovar-imaging", "samovar-mini", "samovar-models",
                    "samovar-weights-converter"), jars.map(jar -> jar.getFileName().toString().replaceFirst("-\\d.*", "")).sorted().toList());
        }
    }
}
