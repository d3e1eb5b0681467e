package dev.samovar.benchmarks;

import dev.samovar.core.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The machine that is measured.
final class Machine {
    private Machine() {}

    static Json json() {
        return Json.object().with("processor", processor()).with("cores", Runtime.getRuntime().availableProcessors()).with("vectors", Peak.bits())
                .with("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"))
                .with("jdk", System.getProperty("java.vm.vendor") + " " + System.getProperty("java.runtime.version"));
    }

    /// On one line.
    static String line(Json machine) {
        return machine.at("processor").string() + ", " + machine.at("cores").integer() + " cores, vectors of " + machine.at("vectors")
                .integer() + " bits; "
                + machine.at("system").string() + "; JDK " + machine.at("jdk").string();
    }

    /// The processor's own name, which may stand for several generations, and the details that distinguish them.
    private static String processor() {
        Path facts = Path.of("/proc/cpuinfo");
        String name = "unknown processor", family = "", model = "";
        try {
            if (Files.exists(facts))
                for (String line : Files.readAllLines(facts)) {
                    if (line.isEmpty()) break;                                     // the next core
                    String value = line.substring(line.indexOf(':') + 1).strip();
                    switch (line.substring(0, Math.max(0, line.indexOf(':'))).strip()) {
                        case "model name" -> name = value;
                        case "cpu family" -> family = value;
                        case "model" -> model = value;
                        default -> {}
                    }
                }
        } catch (IOException _) {
            // Then it has no name.
        }
        return family.isEmpty() ? name : name + " (family " + family + ", model " + model + ")";
    }
}
