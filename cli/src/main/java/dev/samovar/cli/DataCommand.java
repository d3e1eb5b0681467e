package dev.samovar.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/// `data`: work on a dataset before training.
@Command(name = "data", subcommands = {VerifyCommand.class, SplitCommand.class, PhantomCommand.class},
        customSynopsis = "samovar data verify|split|phantom [OPTIONS]",
        description = "Checks a dataset, splits it, or draws one for experiments.")
final class DataCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which verb of data? " + String.join(", ", spec.subcommands().keySet()));
    }

    Console console() {
        return main.console();
    }
}
