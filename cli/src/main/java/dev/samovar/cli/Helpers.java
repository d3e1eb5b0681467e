package dev.samovar.cli;

import dev.samovar.models.study.MethodStudy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts more processes of this program, in the same way as this one was started, to do the cells of a study.
final class Helpers {
    private Helpers() {}

    /// Lets `processes` processes do what is left of a study, and waits for them.
    ///
    /// @param arguments the options of each
    /// @throws Problem with the exit status of a process that failed, or because this thread was interrupted
    static void run(MethodStudy study, int processes, List<String> arguments, Console console) {
        List<Process> started = new ArrayList<>();
        Thread end = new Thread(() -> started.forEach(Process::destroy));
        Runtime.getRuntime().addShutdownHook(end);
        try {
            for (int n = 0; n < processes; n++) {
                List<String> command = program();
                command.addAll(List.of("study", "methods", "--resume", study.folder().toString(), "--quiet"));
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
            if (failed != Exit.OK) throw failure(study, failed, "a process has failed, as it says above");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start another process", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(study, Exit.INTERRUPTED, "interrupted");
        } finally {
            started.forEach(Process::destroy);
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }

    private static RuntimeException failure(MethodStudy study, int exit, String why) {
        int all = study.cells().size();
        return Problem.elsewhere(exit, why + "; done: " + (all - study.missing().size()) + " of " + all
                + " cells; samovar study methods --resume " + Shell.word(study.folder()) + " does the others");
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
