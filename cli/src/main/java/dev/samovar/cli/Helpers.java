package dev.samovar.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts more processes of this program, in the same way as this one was started, to do the cells of a study.
final class Helpers {
    private Helpers() {}

    /// Lets `processes` processes do what is left of a study, and waits for them. Returns the exit status of one that failed, or [Exit#OK].
    ///
    /// @param arguments the options of each
    static int run(Path folder, int processes, List<String> arguments, Console console) {
        List<Process> started = new ArrayList<>();
        Thread end = new Thread(() -> started.forEach(Process::destroy));
        Runtime.getRuntime().addShutdownHook(end);
        try {
            for (int n = 0; n < processes; n++) {
                List<String> command = program();
                command.addAll(List.of("study", "methods", "--resume", folder.toString(), "--quiet"));
                command.addAll(arguments);
                started.add(new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
            }
            console.say(processes + " processes do the cells");
            int failed = Exit.OK;
            for (Process process : started) {
                int exit = process.waitFor();
                if (failed == Exit.OK) failed = exit;
            }
            return failed;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start another process", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Exit.INTERRUPTED;
        } finally {
            started.forEach(Process::destroy);
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }

    /// This program's Java, its options and its main class, from modules or from the class path as here.
    private static List<String> program() {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(arg -> !arg.startsWith("-agentlib")).toList());
        String main = System.getProperty("jdk.module.main");
        if (main != null && main.startsWith("dev.samovar"))
            command.addAll(List.of("-p", System.getProperty("jdk.module.path"), "-m", main + "/" + Main.class.getName()));
        else
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        return command;
    }
}
