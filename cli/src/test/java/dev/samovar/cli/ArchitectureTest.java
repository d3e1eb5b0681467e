package dev.samovar.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.lang.reflect.Method;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import org.junit.jupiter.api.Test;

/// The layers of ARCHITECTURE.md: a package uses only the packages below it. The rules are checked on all modules at once.
class ArchitectureTest {
    private static final String CORE = "dev.samovar.core.", IMAGING = "dev.samovar.imaging", FORMAT = IMAGING + ".format",
            DICOM = IMAGING + ".dicom",
            MODELS = "dev.samovar.models.";
    private static final JavaClasses ALL = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/testkit/")).importPackages("dev.samovar");

    @Test
    void everyRoomIsUnderARule() {
        Set<String> packages = new TreeSet<>();
        for (JavaClass c : ALL) packages.add(c.getPackageName());
        packages.removeAll(List.of(CORE + "fused", CORE + "io", CORE + "kernel", CORE + "kernel.cpu", CORE + "kernel.reference", CORE
                + "loss",
                CORE
                        + "nn"));
        packages.removeAll(List.of(CORE + "op", CORE + "optim", CORE + "tensor"));
        packages.removeAll(List.of(IMAGING, DICOM, FORMAT));
        packages.removeAll(List.of(MODELS + "augment", MODELS + "data", MODELS + "edit", MODELS + "heads", MODELS + "mask", MODELS
                + "medsam"));
        packages.removeAll(List.of(MODELS + "generator", MODELS + "methods", MODELS + "pretrain", MODELS + "scenes", MODELS + "unet"));
        packages.removeAll(List.of(MODELS + "metrics", MODELS + "resample", MODELS + "sam", MODELS + "study", MODELS + "train", MODELS
                + "view"));
        packages.removeAll(List.of("dev.samovar.convert", "dev.samovar.onnx", "dev.samovar.cuda", "dev.samovar.cli",
                "dev.samovar.cli.report", "dev.samovar.serve"));
        assertEquals(Set.of(), packages, "a new package needs a rule in this test");
    }

    /// Surefire loses a class whose `@BeforeAll` assumes what is not there, and its reason (findings/surefire-loses-a-class-that-beforeall-leaves-out.sh). It reports a condition at the class, or a
    /// `@BeforeEach`.
    @Test
    void whatIsNotTestedIsReported() throws IOException {
        Pattern lost = Pattern.compile("@BeforeAll\\s[^@]*\\bassum(e|ing)");
        int tests = 0;
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path sources : modules.map(module -> module.resolve("src/test/java")).filter(Files::isDirectory).toList()) {
                try (Stream<Path> files = Files.walk(sources)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        assertFalse(lost.matcher(Files.readString(file)).find(), file.toString());
                        tests++;
                    }
                }
            }
        }
        assertTrue(tests > 200, tests + " files were read");
    }

    /// Setting the clock back changes nothing: durations are differences of `System.nanoTime`, and cache entries are found by digest. Only a DICOM file records when it was made.
    @Test
    void nothingElseAsksForTheTimeOfDay() {
        noClasses().that().doNotHaveFullyQualifiedName(DICOM + ".SegmentationAttributes").should().callMethod(System.class,
                "currentTimeMillis").orShould().callMethodWhere(target(owner(resideInAPackage("java.time.."))).and(target(name("now")))).check(ALL);
    }

    @Test
    void kernelsKnowNothingAboveThem() {
        uses(CORE + "kernel");
        uses(CORE + "kernel.reference", CORE + "kernel");
        uses(CORE + "kernel.cpu", CORE + "kernel");
    }

    /// A device is chosen by its name, so `Device` alone knows which kernels there are.
    @Test
    void onlyADeviceKnowsItsKernels() {
        noClasses().that().resideInAPackage("dev.samovar..").and().resideOutsideOfPackages(CORE + "kernel..").and()
                .doNotHaveFullyQualifiedName(CORE + "tensor.Device").should().dependOnClassesThat()
                .resideInAnyPackage(CORE + "kernel.cpu", CORE + "kernel.reference").check(ALL);
    }

    @Test
    void tensorsAndOperationsStandOnTheKernels() {
        uses(CORE + "tensor", CORE + "op", CORE + "kernel..");
        uses(CORE + "op", CORE + "tensor", CORE + "kernel");
        uses(CORE + "fused", CORE + "tensor", CORE + "kernel");
    }

    @Test
    void filesKnowOfTensorsOnlyTheirShapes() {
        uses(CORE + "io", CORE + "tensor");
        noClasses().that().resideInAPackage(CORE + "io").should()
                .dependOnClassesThat(resideInAnyPackage(CORE + "tensor").and(not(simpleNameStartingWith("Shape")))).check(ALL);
    }

    @Test
    void layersLossesAndOptimizersStandOnTensors() {
        uses(CORE + "nn", CORE + "tensor", CORE + "io", CORE + "kernel");                 // a layer has named weights
        uses(CORE + "loss", CORE + "tensor");
        uses(CORE + "optim", CORE + "tensor", CORE + "kernel");                        // a step is a kernel
    }

    @Test
    void picturesAndVolumesStandOnTheCoreAlone() {
        uses(IMAGING, CORE + "io");
        uses(DICOM, IMAGING, CORE + "io");
        uses(FORMAT, IMAGING, DICOM, CORE + "io");
    }

    @Test
    void modelsStandOnTheCoreAndOnPictures() {
        String[] core = {CORE + "tensor", CORE + "nn", CORE + "optim", CORE + "loss", CORE + "io"};
        String[] below = with(core, IMAGING, FORMAT);
        uses(MODELS + "mask", with(core, IMAGING));
        uses(MODELS + "sam", with(below, CORE + "fused", CORE + "kernel", MODELS + "mask"));  // fused blocks take named weights
        uses(MODELS + "heads", with(core, MODELS + "sam"));
        uses(MODELS + "generator", CORE + "tensor", CORE + "nn", CORE + "io");
        uses(MODELS + "data", with(below, DICOM));
        uses(MODELS + "resample", IMAGING);
        uses(MODELS + "augment", with(core, IMAGING, MODELS + "resample", MODELS + "sam", MODELS + "mask"));
        uses(MODELS + "medsam", with(core, IMAGING, MODELS + "sam", MODELS + "mask", MODELS + "resample"));
        uses(MODELS + "metrics", with(below, MODELS + "data", MODELS + "mask"));
        uses(MODELS + "unet", CORE + "tensor", CORE + "nn", CORE + "loss");
        uses(MODELS + "methods", with(core, MODELS + "sam", MODELS + "heads", MODELS + "generator", MODELS + "unet"));
        uses(MODELS + "train", with(below, CORE + "kernel", MODELS + "unet", MODELS + "methods", MODELS + "medsam", MODELS + "sam",
                MODELS + "heads", MODELS + "data", MODELS + "augment", MODELS + "metrics"));              // the trainer asks how much memory is free
        uses(MODELS + "scenes", with(below, MODELS + "mask", MODELS + "data", MODELS + "sam"));
        uses(MODELS + "pretrain", with(core, IMAGING, MODELS + "sam", MODELS + "mask", MODELS + "data", MODELS + "metrics", MODELS + "scenes",
                MODELS + "train"));
        uses(MODELS + "study", with(core, CORE + "kernel", IMAGING, FORMAT, MODELS + "sam", MODELS + "mask", MODELS + "medsam", MODELS + "data",
                MODELS + "metrics", MODELS + "methods", MODELS + "train"));
        uses(MODELS + "view", IMAGING, FORMAT, MODELS + "mask");
        uses(MODELS + "edit", with(below, DICOM, MODELS + "mask", MODELS + "sam", MODELS + "medsam", MODELS + "data", MODELS + "metrics",
                MODELS + "methods", MODELS + "generator", MODELS + "train"));
    }

    @Test
    void thePageStandsOnTheModels() {
        uses("dev.samovar.serve", CORE + "io", CORE + "tensor", IMAGING, DICOM, FORMAT, MODELS + "data", MODELS + "edit", MODELS + "mask",
                MODELS + "medsam", MODELS + "metrics", MODELS + "methods", MODELS + "sam", MODELS + "study", MODELS + "train");
    }

    /// A backend implements the contract and provides a device. Only the command line knows that it exists.
    @Test
    void aGpuIsOneMoreDevice() {
        uses("dev.samovar.cuda", CORE + "io", CORE + "kernel", CORE + "tensor");
        noClasses().that().resideOutsideOfPackages("dev.samovar.cuda", "jcuda..").should().dependOnClassesThat().resideInAPackage("jcuda..")
                .check(ALL);
    }

    @Test
    void theConverterStandsOnTheCoreAndKnowsTheModelsSizes() {
        uses("dev.samovar.convert", CORE + "io", CORE + "tensor", MODELS + "sam");
    }

    @Test
    void anExportStandsOnTheModelsSizesAndTheirRuns() {
        uses("dev.samovar.onnx", CORE + "io", CORE + "tensor", MODELS + "data", MODELS + "sam", MODELS + "methods", MODELS + "train");
    }

    @Test
    void aReportIsMadeOfWhatItIsGiven() {
        uses("dev.samovar.cli.report", CORE + "io", IMAGING, DICOM, FORMAT, "dev.samovar.convert", MODELS + "study", MODELS + "data", MODELS
                + "metrics",
                MODELS + "methods", MODELS + "mask", MODELS + "pretrain", MODELS + "scenes", MODELS
                        + "sam",
                MODELS
                        + "train",
                MODELS + "view");
    }

    @Test
    void onlyVectorClassesNeedTheVectorModule() {
        noClasses().that().haveNameNotMatching(".*\\.Vector[^.]*").should().dependOnClassesThat().resideInAPackage("jdk.incubator..").check(ALL);
    }

    /// If the compiler does not inline a method, every vector that it takes or returns is allocated as an object, in each iteration of a loop. `AllocationTest` measures this at run
    /// time. A lambda that captures a vector is such a method, too.
    @Test
    void noVectorCrossesTheBorderOfAMethod() {
        Set<String> allowed = Set.of();                                            // Class.method, with the reason why it is not called in a loop
        Set<String> crossed = new TreeSet<>();
        for (JavaClass c : ALL) {
            if (!c.getName().matches(".*\\.Vector[^.]*")) continue;
            for (Method method : c.reflect().getDeclaredMethods()) {
                if (Stream.concat(Stream.of(method.getReturnType()), Stream.of(method.getParameterTypes())).anyMatch(ArchitectureTest::isVector))
                    crossed.add(c.getSimpleName() + "." + method.getName());
            }
        }
        crossed.removeAll(allowed);
        assertEquals(Set.of(), crossed, "vectors are loaded, computed and stored within one method");
    }

    /// What a loop has just loaded is the receiver, and the vector it carries from one iteration to the next is the argument: `sum = x.add(sum)`. The exact class of a carried vector is
    /// known only from the profile of the library's own `add` or `max`, and that is missing if the compiler was busy when it first met the method. In about every third JVM, `max = max.max(x)` made
    /// an object of every vector (JDK 25.0.3).
    @Test
    void noLoopCallsAMethodOfTheVectorItCarries() throws IOException {
        Pattern carried = Pattern.compile("\\b(\\w+) = \\1\\.\\w+\\(.*");
        List<String> found = new ArrayList<>();
        try (Stream<Path> sources = Files.list(Path.of("../core/src/main/java/dev/samovar/core/kernel/cpu"))) {
            for (Path source : sources.filter(file -> file.getFileName().toString().startsWith("Vector")).toList())
                carried.matcher(Files.readString(source)).results().forEach(match -> found.add(source.getFileName() + ": " + match.group()));
        }
        assertEquals(List.of(), found, "x.add(sum), not sum.add(x)");
    }

    private static boolean isVector(Class<?> type) {
        return Vector.class.isAssignableFrom(type) || VectorMask.class.isAssignableFrom(type) || VectorShuffle.class.isAssignableFrom(type);
    }

    @Test
    void nothingTalksToTheNetwork() {
        noClasses().that().resideOutsideOfPackage("dev.samovar.serve").should().dependOnClassesThat().resideInAnyPackage("java.net..",
                "javax.net..", "com.sun.net..", "jdk.net..", "java.nio.channels.spi..").check(ALL);
        noClasses().should().dependOnClassesThat().haveNameMatching("java\\.nio\\.channels\\.\\w*(Socket|Datagram|Server)\\w*").check(ALL);
    }

    /// The page's server accepts connections and opens none.
    @Test
    void aServerOnlyListens() {
        classes().that().resideInAPackage("dev.samovar.serve").should()
                .onlyDependOnClassesThat(not(resideInAnyPackage("java.net..", "javax.net..", "jdk.net.."))
                        .or(resideInAnyPackage("com.sun.net.httpserver")).or(belongToAnyOf(InetAddress.class, Inet6Address.class,
                                InetSocketAddress.class, URI.class, URLDecoder.class, UnknownHostException.class)))
                .check(ALL);
    }

    @Test
    void theCoreDrawsNoPictures() {
        noClasses().that().resideInAPackage("dev.samovar.core..").should().dependOnClassesThat().resideInAnyPackage("java.awt..",
                "javax.imageio..",
                "javax.swing..").check(ALL);
    }

    @Test
    void nothingIsLookedUpByNameOrDeserialized() {
        noClasses().that().resideOutsideOfPackage("dev.samovar.cli").should().callMethod(Class.class, "forName", String.class)
                .orShould().callMethod(Class.class, "forName", String.class, boolean.class, ClassLoader.class)
                .orShould().callMethod(Class.class, "forName", Module.class, String.class)
                .orShould().callMethod(ClassLoader.class, "loadClass", String.class)
                .orShould().dependOnClassesThat().resideInAnyPackage("java.lang.reflect..", "javax.script..", "sun..")
                .orShould().dependOnClassesThat().belongToAnyOf(ObjectInputStream.class, ProcessBuilder.class)
                .check(ALL);
    }

    @Test
    void onlyTheCommandLinePrints() {
        String why = "the library's users decide what is printed";
        noClasses().that().doNotHaveFullyQualifiedName(Main.class.getName()).should().accessField(System.class, "out").orShould()
                .accessField(System.class, "err").orShould().callMethod(Throwable.class, "printStackTrace").because(why).check(ALL);
        noClasses().that().resideOutsideOfPackage("dev.samovar.cli").should().callMethod(System.class, "exit", int.class).because(why).check(ALL);
    }

    @Test
    void theRulesWouldCatchAnArrowUp() {
        assertThrows(AssertionError.class, () -> uses(MODELS + "metrics"));
        assertThrows(AssertionError.class, () -> uses("dev.samovar.cli", MODELS + "metrics"));
    }

    /// Among this project's packages, a package may use only itself and the others named.
    private static void uses(String one, String... others) {
        String[] allowed = with(others, one);
        ArchRule rule = classes().that().resideInAPackage(one).should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed).or(not(resideInAnyPackage("dev.samovar.."))));
        rule.allowEmptyShould(true).check(ALL);
    }

    private static String[] with(String[] some, String... others) {
        return Stream.concat(Stream.of(some), Stream.of(others)).toArray(String[]::new);
    }
}
