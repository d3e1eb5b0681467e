package dev.samovar.spark;

import dev.samovar.cli.Problem;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sentence;
import dev.samovar.models.sam.PromptException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// A job and its options. It is started by `spark-submit`, or from a program with the same options.
abstract class Job {
    /// What `--report` writes: a row for each item.
    static final StructType REPORT = new StructType().add("name", DataTypes.StringType, false).add("state", DataTypes.StringType, false)
            .add("slices", DataTypes.LongType, false).add("seconds", DataTypes.DoubleType, false).add("sentence", DataTypes.StringType, false);

    @Option(names = "--max-failures", paramLabel = "N",
            description = "Give the job up when more items than this have failed (default: never). A wrong file fails its own item alone.")
    private long maxFailures = Long.MAX_VALUE;

    @Option(names = "--report", paramLabel = "DIR",
            description = "Also write a Parquet table with a row for each item: name, state (done, there, failed), slices, seconds, and the sentence that says why it failed.")
    private @Nullable String report;

    @Option(names = "--help", usageHelp = true, description = "Print the options.")
    private boolean help;

    /// Runs the job.
    ///
    /// @param say receives progress messages
    abstract Report run(SparkSession spark, Consumer<String> say) throws IOException;

    /// A runner with these options.
    Runner runner(SparkSession spark, Consumer<String> say) {
        return new Runner(spark, say, maxFailures);
    }

    /// Reads the options and runs the job, for a program.
    ///
    /// @throws Refusal if an option is wrong, or an executor cannot be used
    static Report run(Job job, SparkSession spark, String... options) {
        System.Logger log = System.getLogger("dev.samovar");
        return run(job, spark, line -> log.log(Level.INFO, line), options);
    }

    /// Runs the job, and reports its progress to `say`.
    static Report run(Job job, SparkSession spark, Consumer<String> say, String... options) {
        try {
            line(job).parseArgs(options);
            return job.all(spark, say);
        } catch (ParameterException e) {
            throw Refusal.input(Sentence.oneLine(String.valueOf(e.getMessage())));
        }
    }

    private static CommandLine line(Job job) {
        return new CommandLine(job).setUsageHelpWidth(110).setCaseInsensitiveEnumValuesAllowed(true);
    }

    private Report all(SparkSession spark, Consumer<String> say) {
        try {
            Report done = run(spark, say);
            if (report != null) write(done, spark, report);
            return done;
        } catch (Problem e) {                                                      // of options that are the command line's
            throw Refusal.of(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Report done, SparkSession spark, String folder) {
        List<Row> rows = new ArrayList<>();
        for (Outcome one : done.outcomes())
            rows.add(RowFactory.create(one.name(), one.state().name().toLowerCase(Locale.ROOT), one.slices(), one.seconds(), one.sentence()));
        spark.createDataFrame(rows, REPORT).coalesce(1).write().mode(SaveMode.Overwrite).parquet(folder);
    }

    /// Runs the job from `spark-submit`: results go to standard output, everything about the job to standard error. The exit status is 0 if all went
    /// well, else the command line's.
    static void main(Job job, String... args) {
        CommandLine line = line(job);
        int exit;
        try {
            line.parseArgs(args);
            if (job.help) {
                line.usage(System.out);
                return;
            }
            exit = submitted(job, line.getCommandName());
        } catch (ParameterException e) {
            System.err.println("samovar-spark: " + Sentence.oneLine(String.valueOf(e.getMessage())) + "; all options: samovar-spark "
                    + line.getCommandName() + " --help");
            exit = Refusal.INPUT;
        }
        if (exit != 0) System.exit(exit);
    }

    private static int submitted(Job job, String name) {
        SparkSession spark = SparkSession.builder().appName("samovar " + name).getOrCreate();
        try {
            Report done = job.all(spark, line -> System.err.println("samovar-spark: " + line));
            System.out.print(done.result());
            System.out.flush();
            int failed = done.failures().size();
            System.err.println("samovar-spark: " + done.count(Outcome.State.DONE) + " done, " + done.count(Outcome.State.THERE)
                    + " were there, " + failed + " failed; " + done.slices() + " slices computed");
            return failed == 0 ? 0 : Refusal.INPUT;
        } catch (Refusal e) {
            System.err.println("samovar-spark: " + e.getMessage());
            return e.exit();
        } catch (FormatException | PromptException e) {
            System.err.println("samovar-spark: " + Sentence.oneLine(String.valueOf(e.getMessage())));
            return Refusal.INPUT;
        } catch (UncheckedIOException e) {
            System.err.println("samovar-spark: " + Sentence.of(e));
            return Refusal.INPUT;
        } finally {
            spark.stop();
        }
    }
}
