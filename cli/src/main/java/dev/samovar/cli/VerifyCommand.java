package dev.samovar.cli;

import static java.util.Comparator.comparingInt;
import static java.util.stream.Collectors.joining;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Sentence;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Fault;
import dev.samovar.models.data.Inspection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `data verify DIR`.
@Command(name = "verify", customSynopsis = "samovar data verify DIR [OPTIONS]",
        description = "Reads all of a dataset and says what is wrong with it, a line for each fault, and what is in it.")
final class VerifyCommand implements Callable<Integer> {
    private static final int SHOWN = 5, SHOWN_CLASSES = 20;

    @ParentCommand
    private DataCommand data;

    @Parameters(paramLabel = "DIR", description = "The dataset.")
    private Path folder;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Mixin
    private DataOptions reading = new DataOptions();

    @Override
    public Integer call() {
        Dataset dataset = Dataset.survey(folder, reading.reading(), reading.rule());
        Inspection inspection = inspect(dataset);
        data.console().result(json ? json(dataset, inspection).pretty() : text(dataset, inspection));
        int faults = inspection.faults().size();
        if (faults == 0) return Exit.OK;
        data.console().warn("samovar: " + folder + ": " + (faults == 1 ? "there is a fault" : "there are " + faults + " faults")
                + " in its " + inspection.cases() + " cases; fix them, or remove these cases");
        return Exit.INPUT;
    }

    private Inspection inspect(Dataset dataset) {
        try (ProgressLine progress = new ProgressLine(data.console())) {
            AtomicInteger done = new AtomicInteger();
            progress.begin("verifying", dataset.cases().size());
            return Inspection.of(dataset, one -> progress.done(done.incrementAndGet(), one.name()));
        }
    }

    private static String text(Dataset dataset, Inspection inspection) {
        Facts facts = new Facts();
        facts.add("layout", dataset.layout());
        facts.add("cases", inspection.cases() + ", of " + inspection.patients() + " patients");
        if (!inspection.unlabelled().isEmpty()) facts.add("to label next", unlabelled(inspection.unlabelled()));
        if (inspection.coding() != null) facts.add("labels", Sentence.oneLine(inspection.coding().toString()));
        facts.add("classes", classes(inspection));
        if (inspection.ignored() > 0) facts.add("ignored", String.format(Locale.ROOT, "%,d voxels", inspection.ignored()));
        facts.add("grids", counts(inspection.grids()));
        facts.add("spacings", counts(inspection.spacings()));
        facts.add("orientations", counts(inspection.orientations()));
        facts.add("faults", inspection.faults().isEmpty() ? "none" : String.valueOf(inspection.faults().size()));
        facts.add("remarks", inspection.remarks().isEmpty() ? "none" : String.valueOf(inspection.remarks().size()));
        return lines("", inspection.faults()) + lines("remark: ", inspection.remarks()) + facts.text();
    }

    private static String lines(String start, List<Fault> faults) {
        return faults.stream().map(fault -> start + Sentence.oneLine(fault.toString()) + "\n").collect(joining());
    }

    private static String unlabelled(List<String> names) {
        int shown = Math.min(SHOWN_CLASSES, names.size());
        return names.size() + " images without a label: " + Sentence.oneLine(String.join(", ", names.subList(0, shown))) + (shown < names.size()
                ? " and " + (names.size() - shown) + " others"
                : "");
    }

    /// One class per line; of very many, those that occur.
    private static String classes(Inspection inspection) {
        List<Inspection.Content> classes = inspection.classes();
        return IntStream.range(0, classes.size()).filter(c -> classes.size() <= SHOWN_CLASSES || classes.get(c).voxels() > 0)
                .mapToObj(c -> String.format(Locale.ROOT, "%d %s: %,d voxels in %d cases", c, Sentence.oneLine(classes.get(c).name()), classes.get(c)
                        .voxels(), classes.get(c).cases()))
                .collect(joining("\n"));
    }

    /// The most frequent, one per line.
    private static String counts(SortedMap<String, Integer> counts) {
        List<Map.Entry<String, Integer>> entries = new ArrayList<>(counts.entrySet());
        entries.sort(comparingInt(entry -> -entry.getValue()));
        int shown = Math.min(SHOWN, entries.size()), images = entries.stream().skip(shown).mapToInt(Map.Entry::getValue).sum();
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, Integer> entry : entries.subList(0, shown)) lines.add(entry.getKey() + ": " + entry.getValue());
        if (images > 0) lines.add((entries.size() - shown) + " others: " + images);
        return lines.isEmpty() ? "none" : String.join("\n", lines);
    }

    private static Json json(Dataset dataset, Inspection inspection) {
        List<Inspection.Content> classes = inspection.classes();
        return Json.object().with("folder", dataset.folder().toString()).with("layout", dataset.layout()).with("cases", inspection.cases())
                .with("patients", inspection.patients()).with("unlabelled", inspection.unlabelled())
                .with("labels", inspection.coding() == null ? null : inspection.coding().json()).with("ignored", inspection.ignored())
                .with("classes",
                        IntStream.range(0, classes.size())
                                .mapToObj(c -> Json.object().with("class", c).with("name", classes.get(c).name())
                                        .with("voxels", classes.get(c).voxels()).with("cases", classes.get(c).cases()))
                                .toList())
                .with("grids", inspection.grids()).with("spacings", inspection.spacings()).with("orientations", inspection.orientations())
                .with("faults", json(inspection.faults())).with("remarks", json(inspection.remarks()));
    }

    private static List<Json> json(List<Fault> faults) {
        return faults.stream().map(fault -> Json.object().with("about", fault.about()).with("what", fault.what())).toList();
    }
}
