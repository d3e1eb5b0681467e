package dev.samovar.spark;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.LabelCoding;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Truths;
import dev.samovar.models.metrics.Average;
import dev.samovar.models.metrics.CaseScores;
import dev.samovar.models.metrics.Comparison;
import dev.samovar.models.metrics.Convention;
import dev.samovar.models.metrics.Counts;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.metrics.Scoring;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Scores the segmentation of a whole data set: prints the table of `samovar evaluate`, and writes all scores as a Parquet table.
@Command(name = "evaluate", sortOptions = false, customSynopsis = "samovar-spark evaluate --pred DIR --truth DIR [--out DIR] [OPTIONS]",
        description = "Compares predicted with true label volumes of the same names: Dice, IoU, NSD, HD95 and ASSD per class, case and mean.")
public final class Evaluate extends Job {
    @Option(names = "--pred", required = true, paramLabel = "DIR", description = "The predictions. Any path that Hadoop reaches.")
    private String predictions = "";

    @Option(names = "--truth", required = true, paramLabel = "DIR",
            description = "The true labels, files of the same names. Any path that Hadoop reaches.")
    private String truths = "";

    @Option(names = "--classes", paramLabel = "NAME|N[:CLASS]", split = ",",
            description = "Names of the classes from 1 on, or what the numbers in the true labels mean: 0,85:1,170:2,255:ignore")
    private List<String> classes = List.of();

    @Option(names = "--ignore-label", paramLabel = "N", split = ",", description = "Numbers in the true labels that do not count.")
    private List<String> ignored = List.of();

    @Option(names = "--convention", paramLabel = "mm|paper",
            description = "What is compared: each volume in millimetres (the default), or a patient's slices at 224 x 224 pixels.")
    private Convention convention = Scoring.DEFAULT.convention();

    @Option(names = "--tolerance", paramLabel = "LENGTH",
            description = "NSD is the share of the surfaces that lie this close (default: 2).")
    private double tolerance = Scoring.DEFAULT.tolerance();

    @Option(names = "--out", paramLabel = "DIR",
            description = "Also write a Parquet table with a row for each case and class, replacing one that is there. Any path that Hadoop reaches.")
    private @Nullable String out;

    /// For programs, which give the options directly.
    public Evaluate() {}

    /// For `spark-submit`.
    public static void main(String[] args) {
        Job.main(new Evaluate(), args);
    }

    /// For programs: takes the same options.
    ///
    /// @throws Refusal if an option is wrong, or an executor cannot be used
    public static Report run(SparkSession spark, String... options) {
        return run(new Evaluate(), spark, options);
    }

    @Override
    Report run(SparkSession spark, Consumer<String> say) throws IOException {
        Scoring scoring = new Scoring(convention, tolerance);
        Runner first = runner(spark, say), second = runner(spark, say);
        View predicted = View.of(first.storage().absolute(predictions), first.storage()), real = View.of(first.storage().absolute(truths),
                first.storage());
        boolean numbers = LabelRule.areNumbers(classes);
        List<String> names = new ArrayList<>(numbers ? List.of() : classes);
        if (!names.isEmpty()) names.addFirst("background");
        Comparison comparison;
        Truths known;
        try {
            known = Truths.of(real.folder(), LabelRule.of(numbers ? classes : List.of(), ignored));
            known.listen(remark -> say.accept("warning: " + remark));
            comparison = Comparison.of(predicted.folder(), known, names, scoring);
        } catch (FormatException e) {
            throw new FormatException(predicted.told(real.told(String.valueOf(e.getMessage()))), e);
        }
        List<Comparison.Subject> subjects = comparison.subjects();
        List<Item> items = new ArrayList<>();
        for (Comparison.Subject subject : subjects) {
            List<String> files = new ArrayList<>(predicted.of(subject.predictions()));
            files.addAll(real.of(subject.truths()));
            items.add(new Item(subject.name(), files, null));
        }
        var none = new Runner.Needs(null, "");
        Report looked = first.run("evaluate: numbers", items, none, new Looking(known.looks(), known.coloured()));
        SortedSet<Integer> inTruths = new TreeSet<>(), inPredictions = new TreeSet<>();
        Set<String> failed = new HashSet<>();
        for (Outcome one : looked.outcomes()) {
            if (one.value() instanceof Numbers found) {
                inTruths.addAll(found.real);
                inPredictions.addAll(found.predicted);
            } else {
                failed.add(one.name());
            }
        }
        Comparison.Codings codings = comparison.codings(inTruths, inPredictions);
        items.removeIf(item -> failed.contains(item.name()));
        if (items.isEmpty()) return looked;
        Report scored = second.run("evaluate: scores", items, none, new Scores(codings.real().json().toString(), codings.predicted().json()
                .toString(), convention, tolerance));
        return together(spark, comparison, codings, looked, scored);
    }

    private Report together(SparkSession spark, Comparison comparison, Comparison.Codings codings, Report looked, Report scored) {
        Map<String, CaseScores> scores = new HashMap<>();
        for (Outcome one : scored.outcomes()) if (one.value() instanceof CaseScores its) scores.put(one.name(), its);
        List<CaseScores> inOrder = new ArrayList<>();
        for (Comparison.Subject subject : comparison.subjects()) {
            @Nullable
            CaseScores its = scores.get(subject.name());
            if (its != null) inOrder.add(its);
        }
        List<Outcome> outcomes = new ArrayList<>(scored.outcomes());
        outcomes.addAll(looked.failures());
        Report both = new Report(outcomes, scored.executors(), "");
        if (inOrder.isEmpty()) return both;
        Evaluation evaluation = comparison.evaluation(inOrder, codings);
        if (out != null) spark.createDataFrame(rows(evaluation), schema()).coalesce(1).write().mode(SaveMode.Overwrite).parquet(out);
        return both.with(evaluation.table());
    }

    /// A row for each case and class; an undefined score is null.
    private static StructType schema() {
        StructType row = new StructType().add("case", DataTypes.StringType, false).add("class", DataTypes.IntegerType, false).add("name",
                DataTypes.StringType, false);
        for (Metric metric : Metric.values()) row = row.add(metric.title().toLowerCase(Locale.ROOT), DataTypes.DoubleType, true);
        for (Metric metric : Metric.values())
            if (metric.isDistance()) row = row.add(metric.title().toLowerCase(Locale.ROOT) + "_defined_only", DataTypes.DoubleType, true);
        return row.add("tp", DataTypes.LongType, false).add("fp", DataTypes.LongType, false).add("fn", DataTypes.LongType, false);
    }

    private static List<Row> rows(Evaluation evaluation) {
        List<Row> rows = new ArrayList<>();
        for (CaseScores scores : evaluation.cases()) {
            for (int c = 1; c < evaluation.classNames().size(); c++) {
                List<@Nullable Object> row = new ArrayList<>(List.of(scores.name(), c, evaluation.classNames().get(c)));
                for (Metric metric : Metric.values()) row.add(defined(scores.score(metric, c, Average.PENALISED)));
                for (Metric metric : Metric.values())
                    if (metric.isDistance()) row.add(defined(scores.score(metric, c, Average.DEFINED_ONLY)));
                Counts counts = scores.of(c).counts();
                row.addAll(List.of(counts.tp(), counts.fp(), counts.fn()));
                rows.add(RowFactory.create(row.toArray()));
            }
        }
        return rows;
    }

    private static @Nullable Double defined(double score) {
        return Double.isNaN(score) ? null : (Double) score;
    }

    /// The class numbers that occur in the files.
    private record Numbers(TreeSet<Integer> predicted, TreeSet<Integer> real) implements Serializable {}

    private record Looking(boolean looks, boolean coloured) implements Runner.Work {
        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            List<Path> files = desk.fetch(item.images());
            var found = new Numbers(new TreeSet<>(), new TreeSet<>());
            int half = files.size() / 2;
            for (Path file : files.subList(0, half)) found.predicted.addAll(Truths.numbers(file, false));
            if (looks) for (Path file : files.subList(half, files.size())) found.real.addAll(Truths.numbers(file, coloured));
            return Outcome.done(item, 0, List.of(), found);
        }
    }

    private record Scores(String real, String predicted, Convention convention, double tolerance) implements Runner.Work {
        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            List<Path> files = desk.fetch(item.images());
            int half = files.size() / 2;
            List<String> names = files.subList(0, half).stream().map(Volumes::name).toList();
            var codings = new Comparison.Codings(LabelCoding.of(Json.parse(real, "labels")), LabelCoding.of(Json.parse(predicted, "labels")));
            List<String> remarks = new ArrayList<>();
            CaseScores scores = new Comparison.Subject(item.name(), names, files.subList(0, half), files.subList(half, files.size())).score(codings,
                    new Scoring(convention, tolerance), Truths::read, remarks::add);
            return Outcome.done(item, 0, remarks, scores);
        }
    }
}
