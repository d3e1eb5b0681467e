package dev.samovar.cli;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.JdkGuard;
import dev.samovar.core.io.Sentence;
import dev.samovar.imaging.format.Pictures;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The program: reads the command line, runs a verb, and turns every failure into one sentence and an exit status.
@Command(name = "samovar", versionProvider = Main.Version.class, mixinStandardHelpOptions = true, scope = ScopeType.INHERIT,
        customSynopsis = "samovar VERB [OPTIONS]", description = "Segment Anything, brewed in pure Java.", usageHelpWidth = 110,
        footerHeading = "%nsamovar example FILE ARGUMENTS... runs a program of the folder examples.%nsamovar bench [--json FILE] measures this machine, samovar jmh [OPTIONS] times single kernels.%n%nExit status:%n",
        footer = {
            "  0  done",
            "  1  a bug in Samovar",
            "  2  wrong input: the command line, a file, a folder, a full disk",
            "  3  the machine or its Java is not suitable (as with --require-backend)",
            "  4  not enough memory: SAMOVAR_JAVA_OPTS=-Xmx… allows more",
            "130  interrupted with Ctrl-C"})
public final class Main implements Runnable {
    private static final List<Class<?>> VERBS = List.of(OpenCommand.class, DemoCommand.class, SegmentCommand.class, MasksCommand.class,
            EmbedCommand.class, TrainCommand.class, PretrainCommand.class, PredictCommand.class, EvaluateCommand.class, ReportCommand.class,
            StudyCommand.class, DataCommand.class, ConvertCommand.class, ExportCommand.class, InfoCommand.class, WeightsCommand.class,
            DoctorCommand.class, HelpCommand.class);

    /// The verbs that say what is wrong with a Java rather than refusing to run on it.
    private static final List<String> ALWAYS = List.of("doctor", "help");

    private static final Pattern CHOICE = Pattern.compile("expected one of \\[([^]]*)\\] \\(case-insensitive\\) but was");

    private final Console console;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    Main(Console console) {
        this.console = console;
    }

    @Option(names = "--quiet", scope = ScopeType.INHERIT, description = "Say nothing but results, warnings and errors.")
    void setQuiet(boolean quiet) {
        console.setQuiet(quiet);
    }

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print the stack trace of an error (SAMOVAR_TRACE=1 does too).")
    void setVerbose(boolean verbose) {
        console.setVerbose(verbose);
    }

    Console console() {
        return console;
    }

    /// Starts.
    ///
    /// @param args verb and options
    public static void main(String[] args) {
        boolean terminal = Boolean.getBoolean("samovar.terminal");                  // of stderr, which only the launcher can tell
        System.setProperty("java.awt.headless", "true");                            // pictures are drawn into files, never shown
        Console console = new Console(System.out, System.err, terminal);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            console.end();
            AtomicFile.abandon();
            console.leave();
        }));
        System.exit(run(console, args));
    }

    /// Runs a command line and returns the exit status.
    static int run(Console console, String... args) {
        console.setVerbose(System.getenv("SAMOVAR_TRACE") != null);
        if (Stream.of(args).anyMatch(arg -> arg.startsWith("--image")))
            Thread.ofPlatform().daemon().start(new FutureTask<>(Pictures::prepare, true));          // if that fails, so does reading, with a sentence
        try {
            int exit = commandLine(console, args).execute(args);
            if (!console.out().checkError()) return exit;
            console.warn("samovar: the output could not be written to the end");
            return exit == Exit.OK ? Exit.INPUT : exit;
        } catch (Throwable e) {                                                    // errors: picocli hands on exceptions only
            return console.fail(e);
        }
    }

    /// The program with the verb that is asked for, or with all of them. Building the options of all takes a fifth of a second.
    static CommandLine commandLine(Console console, String... args) {
        CommandLine main = new CommandLine(new Main(console));
        String first = Stream.of(args).filter(arg -> !arg.startsWith("-")).findFirst().orElse("");
        List<Class<?>> asked = VERBS.stream().filter(verb -> name(verb).equals(first) && verb != HelpCommand.class).toList();
        (asked.isEmpty() ? VERBS : asked).forEach(main::addSubcommand);
        withoutFooter(main);
        return main.setOut(console.out()).setErr(console.err()).setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true).setExecutionStrategy(parsed -> {
                    if (parsed.hasSubcommand() && !ALWAYS.contains(parsed.subcommand().commandSpec().name()))
                        Jdk.check(Runtime.version(), JdkGuard::collector, System.getenv(JdkGuard.OVERRIDE) != null);
                    return new RunLast().execute(parsed);
                }).setParameterExceptionHandler((e, _) -> misused(console, e)).setExecutionExceptionHandler((e, _, _) -> console.fail(e));
    }

    private static String name(Class<?> verb) {
        return verb.getSimpleName().replace("Command", "").toLowerCase(Locale.ROOT);
    }

    /// Removes the exit statuses from the help of the verbs, which would inherit them from the program's.
    private static void withoutFooter(CommandLine above) {
        for (CommandLine verb : above.getSubcommands().values()) {
            verb.getCommandSpec().usageMessage().footerHeading("").footer(new String[0]);
            withoutFooter(verb);
        }
    }

    /// Prints what is wrong with a command line, and how it should look.
    private static int misused(Console console, ParameterException e) {
        PrintWriter err = console.err();
        err.println("samovar: " + Sentence.oneLine(sentence(e)));
        CommandLine verb = e.getCommandLine();
        String[] ways = verb.getCommandSpec().usageMessage().customSynopsis();
        String usage = ways.length > 1
                ? Stream.of(ways).map(String::strip).collect(Collectors.joining(System.lineSeparator() + "       "))
                : verb.getHelp().synopsis(0).strip().replaceAll("\\s+", " ");
        err.println("usage: " + usage + "   (all options: " + verb.getCommandSpec().qualifiedName() + " --help)");
        return Exit.INPUT;
    }

    private static String sentence(ParameterException e) {
        if (!(e instanceof UnmatchedArgumentException unmatched) || (!unmatched.isUnknownOption() && e.getCommandLine().getSubcommands().isEmpty()))
            return plain(String.valueOf(e.getMessage()));
        List<String> similar = unmatched.getSuggestions();
        return "there is no " + (unmatched.isUnknownOption() ? "option " : "verb ") + unmatched.getUnmatched().getFirst() + (similar.isEmpty()
                ? ""
                : "; did you mean " + similar.getFirst() + "?");
    }

    /// The message without programmers' words: names of constants, a second "Error".
    private static String plain(String message) {
        Matcher choice = CHOICE.matcher(message);
        return choice.find()
                ? choice.replaceFirst("it is one of " + choice.group(1).toLowerCase(Locale.ROOT) + ", not")
                : message.replaceFirst("^Error: ", "");
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which verb? " + String.join(", ", spec.subcommands().keySet()));
    }

    /// What `--version` prints.
    static final class Version implements IVersionProvider {
        /// Made by picocli.
        Version() {}

        @Override
        public String[] getVersion() {
            return new String[]{"samovar " + version()};
        }
    }

    /// The version of this program, as the build knows it.
    static String version() {
        try (InputStream in = Main.class.getResourceAsStream("samovar.properties")) {
            Properties properties = new Properties();
            if (in != null) properties.load(in);
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
