package dev.samovar.spark;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sentence;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Fault;
import dev.samovar.models.data.Inspection;
import dev.samovar.models.data.Look;
import dev.samovar.models.data.Reading;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Checks a whole data set: reads every file, and reports faults as `samovar data verify` does, a line for each.
@Command(name = "verify", sortOptions = false,
        customSynopsis = "samovar-spark verify (--data DIR | --input PATTERN | --manifest FILE) [OPTIONS]",
        description = "Reads all files and says what is wrong in them, a line for each fault and each remark. Of a dataset also what lies between cases: the same image of two patients, "
                + "numbers in labels that mean nothing.")
public final class Verify extends Job {
    @Mixin
    private SourceOptions source = new SourceOptions();

    /// For programs, which give the options directly.
    public Verify() {}

    /// For `spark-submit`.
    public static void main(String[] args) {
        Job.main(new Verify(), args);
    }

    /// For programs: takes the same options.
    ///
    /// @throws Refusal if an option is wrong, or an executor cannot be used
    public static Report run(SparkSession spark, String... options) {
        return run(new Verify(), spark, options);
    }

    @Override
    Report run(SparkSession spark, Consumer<String> say) throws IOException {
        Runner runner = runner(spark, say);
        Storage storage = runner.storage();
        String data = source.data();
        if (data == null) {
            SourceOptions.Found found = source.find(spark, storage);
            Report report = look(runner, found.items(), Map.of(), found.reading(), source.rule().coloured());
            StringBuilder lines = new StringBuilder();
            for (Look look : looks(report)) {
                look.faults().forEach(fault -> lines.append(line("", new Fault(look.name(), fault))));
                look.remarks().forEach(remark -> lines.append(line("remark: ", new Fault(look.name(), remark))));
            }
            return report.with(lines.toString());
        }
        View view = View.of(storage.absolute(data), storage);
        Dataset dataset = SourceOptions.told(view, () -> Dataset.survey(view.folder(), source.plain(), source.rule()));
        List<Item> items = new ArrayList<>();
        Map<String, String> patients = new HashMap<>();
        for (Case one : dataset.cases()) {
            items.add(view.item(one));
            patients.put(one.name(), one.patient());
        }
        dataset.unlabelled().forEach((name, images) -> items.add(new Item(name, view.of(images), null)));
        if (!dataset.cases().isEmpty()) view.fetch(dataset.cases().getFirst().images(), storage);
        Report report = look(runner, items, patients, SourceOptions.text(dataset.imageReading()), dataset.coloured());
        Map<String, Look> byName = new HashMap<>();
        for (Look look : looks(report)) byName.put(look.name(), look);
        List<Look> inOrder = new ArrayList<>();
        for (Item item : items) {
            @Nullable
            Look look = byName.get(item.name());
            if (look != null) inOrder.add(look);
        }
        Inspection inspection = Inspection.of(dataset, inOrder);
        StringBuilder lines = new StringBuilder();
        for (Fault fault : inspection.faults()) lines.append(line("", fault));
        for (Fault remark : inspection.remarks()) lines.append(line("remark: ", remark));
        return report.with(lines.toString());
    }

    private static Report look(Runner runner, List<Item> items, Map<String, String> patients, String reading, boolean coloured) {
        return runner.run("verify", items, new Runner.Needs(null, ""), new Looking(new HashMap<>(patients), reading, coloured));
    }

    private static List<Look> looks(Report report) {
        List<Look> looks = new ArrayList<>();
        for (Outcome one : report.outcomes()) if (one.value() instanceof Look look) looks.add(look);
        return looks;
    }

    private static String line(String start, Fault fault) {
        return start + Sentence.oneLine(fault.toString()) + "\n";
    }

    private record Looking(HashMap<String, String> patients, String reading, boolean coloured) implements Runner.Work {
        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            Path label = item.label() == null ? null : desk.fetch(item.label());
            Look look = Look.at(item.name(), patients.get(item.name()), desk.fetch(item.images()), label, Reading.of(Json.parse(reading,
                    "reading")), coloured);
            if (look.faults().isEmpty()) return Outcome.done(item, 0, List.of(), look);
            Outcome failed = Outcome.failed(item, desk.named(look.faults().getFirst()));
            return failed.with(look);
        }
    }
}
