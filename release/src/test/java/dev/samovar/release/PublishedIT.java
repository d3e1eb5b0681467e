package dev.samovar.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;

/// Maven Central's requirements for a release: metadata, sources and documentation for each jar, and no unresolvable dependencies. Signing is not tested here.
class PublishedIT {
    static List<Published> jars() {
        return Published.JARS;
    }

    static List<Published> all() {
        return Stream.concat(Published.POMS.stream(), Published.JARS.stream()).toList();
    }

    @ParameterizedTest
    @MethodSource("all")
    void aPomSaysWhatItIsAndWhose(Published published) {
        Element model = published.model(), parent = new Published("").model();
        boolean child = Published.text(model, "parent") != null;
        for (String own : List.of("artifactId", "name", "description")) assertNotNull(Published.text(model, own), own);
        for (String[] path : new String[][]{{"groupId"}, {"version"}, {"url"}, {"licenses", "license", "name"}, {"licenses", "license",
            "url"},
            {"developers", "developer", "name"}, {"developers", "developer", "email"}, {"scm", "url"}, {"scm", "connection"}, {"scm",
                "developerConnection"},
            {"issueManagement", "url"}})
            assertNotNull(Published.text(child ? parent : model, path), String.join("/", path));
        assertEquals(Published.VERSION, child ? Published.text(model, "parent", "version") : Published.text(model, "version"));
        assertEquals(null, Published.text(model, "repositories"), "an artifact on Central may only depend on Central");
    }

    @ParameterizedTest
    @MethodSource("jars")
    void aJarHasItsSourcesItsDocumentationAndItsLicence(Published published) throws IOException {
        List<String> classes = published.entries(""), sources = published.entries("sources"), docs = published.entries("javadoc");
        assertTrue(classes.containsAll(List.of("module-info.class", "META-INF/LICENSE", "META-INF/NOTICE")), classes.toString());
        assertTrue(sources.contains("module-info.java"), sources.toString());
        assertTrue(docs.contains("index.html") || docs.contains("MODEL_CARD.md"), docs.toString());
        Set<String> missing = new TreeSet<>();
        for (String entry : classes)
            if (entry.endsWith(".class") && !entry.contains("$") && !sources.contains(entry.replace(".class", ".java"))) missing.add(entry);
        missing.remove("dev/samovar/core/kernel/cpu/package-info.class");
        assertEquals(Set.of(), missing, "classes without a source");
    }

    @Test
    void theOperationsAreDocumentedAndTheKernelsOfOneBackendAreNot() throws IOException {
        List<String> docs = new Published("core").entries("javadoc");
        assertTrue(docs.contains("dev/samovar/core/op/Gelu.html"), "the operations, whose documentation has the gradients");
        assertTrue(docs.contains("dev/samovar/core/kernel/Kernels.html"));
        assertFalse(docs.stream().anyMatch(entry -> entry.startsWith("dev/samovar/core/kernel/cpu/")), "packages that are not API");
    }

    @Test
    void theBomNamesEveryJar() {
        String bom = Published.text(new Published("bom").model(), "dependencyManagement");
        for (Published published : Published.JARS) assertTrue(bom != null && bom.contains(published.artifact()), published.artifact());
    }

    /// The bill of materials (CycloneDX, `target/bom.json`) names the jars of the command line and JCuda's native libraries.
    @Test
    void theBillOfMaterialsNamesWhatIsShipped() throws IOException {
        Set<String> told = new TreeSet<>(), shipped = new TreeSet<>();
        for (Json component : Json.read(Published.HOUSE.resolve("target/bom.json")).at("components").list())
            told.add(component.at("name").string());
        try (Stream<Path> jars = Files.list(Published.HOUSE.resolve("cli/target/app"))) {
            jars.forEach(jar -> shipped.add(jar.getFileName().toString().replace(".jar", "")));
        }
        shipped.addAll(List.of("samovar-bom", "jcuda-natives", "jcublas-natives", "jcudnn-natives"));
        assertEquals(shipped, told);
    }

    @Test
    void theReadmeSaysWhereTheSourceIs() throws IOException {
        String home = Published.text(new Published("").model(), "properties", "home");
        assertEquals(home, Published.text(new Published("bom").model(), "properties", "home"));
        assertTrue(Files.readString(Published.HOUSE.resolve("README.md")).contains("git clone " + home + ".git"));
    }

    @Test
    void theModulesAreAllHere() throws IOException {
        String modules = Published.text(new Published("").model(), "modules");
        Set<String> unpublished = new TreeSet<>(List.of(String.valueOf(modules).strip().split("\\s+", -1)));
        for (Published each : all()) unpublished.remove(each.folder());
        for (String folder : unpublished)
            assertTrue(Files.readString(Path.of("..", folder, "pom.xml")).contains("<maven.deploy.skip>true</maven.deploy.skip>"), folder
                    + " is neither checked here nor excluded from publishing");
    }

    /// The jars that an embedding program needs are small. The built-in SAM, which it may leave out, is measured separately.
    @Test
    void whatAnEmbeddingProgramTakesAlongIsSmall() throws IOException {
        long own = 0;
        for (String module : List.of("core", "imaging", "models", "weights-converter"))
            own += Published.size(new Published(module).jar(""));
        assertTrue(own <= 2 << 20, "core, imaging, models and converter have " + own + " bytes");
        assertTrue(Published.size(new Published("mini").jar("")) <= 4_300_000, "mini");
        String page = Files.readString(Published.HOUSE.resolve("docs/embed.md"));
        for (String library : List.of("ejml-core", "ejml-ddense")) {
            long size = Published.size(Published.HOUSE.resolve("cli/target/app/" + library + ".jar"));
            assertTrue(size < 1 << 20 && page.contains("`" + library + "`"), library + " has " + size + " bytes");
        }
    }
}
