package dev.samovar.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/// `study`: the papers' experiments, on the user's own data.
@Command(name = "study", subcommands = {MethodsCommand.class, PromptsCommand.class},
        customSynopsis = "samovar study methods|prompts [OPTIONS]",
        description = "Repeats the papers' experiments on your data: how much each method learns from a few patients, and how well SAM answers "
                + "each kind of prompt.")
final class StudyCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which study? " + String.join(", ", spec.subcommands().keySet()));
    }

    Console console() {
        return main.console();
    }
}
