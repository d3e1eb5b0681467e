package dev.samovar.spark;

import static java.util.Objects.requireNonNull;

import dev.samovar.cli.DataOptions;
import dev.samovar.cli.MethodResults;
import dev.samovar.cli.PlanOptions;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.LabelRule;
import dev.samovar.models.data.Reading;
import dev.samovar.models.data.Sample;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.study.Cell;
import dev.samovar.models.study.CellWork;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.models.study.Shared;
import dev.samovar.models.train.Basis;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Recompute;
import dev.samovar.models.train.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// A study of methods whose cells run in parallel. It writes the same files as `samovar study methods`, byte for byte, except times.
@Command(name = "study", sortOptions = false,
        customSynopsis = "samovar-spark study --data DIR --method NAME... [--labelled N,...] [--seeds N,...] --out DIR [OPTIONS]",
        description = "Trains methods on few labelled patients and on more, with several seeds and on several folds, each training in one task, and can score SAM without training beside them. "
                + "The same command continues a study that was interrupted.")
public final class Study extends Job {
    @Option(names = "--data", required = true, paramLabel = "DIR", description = "The dataset. Any path that Hadoop reaches.")
    private String data = "";

    @Mixin
    private DataOptions reading = new DataOptions();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private PlanOptions plan = new PlanOptions();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder of the study. Any path that Hadoop reaches.")
    private String out = "";

    @Option(names = "--cache", paramLabel = "DIR",
            description = "The folder of embeddings (default: samovar-cache beside the study). Any path that Hadoop reaches.")
    private @Nullable String cache;

    /// For programs, which give the options and what holds for them.
    public Study() {}

    /// For `spark-submit`.
    public static void main(String[] args) {
        Job.main(new Study(), args);
    }

    /// For programs: the same options. The report has an outcome for each cell or, if slices that they share could not be embedded, for each case.
    ///
    /// @throws Refusal if an option is wrong, or the executors cannot be used
    public static Report run(SparkSession spark, String... options) {
        return run(new Study(), spark, options);
    }

    @Override
    Report run(SparkSession spark, Consumer<String> say) throws IOException {
        plan.check();
        Runner runner = runner(spark, say);
        Storage storage = runner.storage();
        Runner.Needs needs = model.needs(BuiltInSam.NAME, false, storage);
        Engine.Model sam = requireNonNull(needs.model());
        String from = storage.absolute(data), to = storage.absolute(out), embeddings = storage.absolute(cache != null
                ? cache
                : Storage.in(to, "../samovar-cache"));
        Executor any = runner.look(needs);
        try (Desk desk = new Desk(storage)) {
            View view = View.of(from, storage, desk.folder().resolve("data"));
            Dataset dataset = SourceOptions.told(view, () -> Dataset.open(view.folder(), reading.reading(), reading.rule()));
            for (Case one : dataset.cases()) view.fetch(List.of(one.label()), storage);
            view.fetch(dataset.cases().getFirst().images(), storage);
            SamConfig sizes = Engine.config(sam, desk);
            List<Cell> cells = SourceOptions.told(view, () -> {
                say.accept("labels: " + dataset.coding());
                var origin = new RunConfig.Origin(path(from), dataset.reading(), path(sam.weights()), sam.ignoreUnknown(), any.weights(),
                        any.kernels(),
                        path(embeddings));
                return plan.cells(dataset, sizes, origin);
            });
            MethodStudy study = begin(cells, to, desk);
            Report done = work(runner, needs, study, dataset, view, to, embeddings);
            if (!done.failures().isEmpty()) return done;
            return done.with(results(study, Storage.nameOf(from), to, desk));
        }
    }

    /// A place as the description of a study names it: a plain path if it is on this machine.
    private static Path path(String place) {
        Path here = Storage.here(place);
        return here != null ? here : Path.of(place);
    }

    /// The planned study, in a folder of this machine. Its description is written to the study's folder, unless it is there already.
    private static MethodStudy begin(List<Cell> cells, String to, Desk desk) throws IOException {
        Storage storage = desk.storage();
        MethodStudy planned = MethodStudy.create(desk.folder().resolve("planned"), cells);
        Path description = planned.folder().resolve(MethodStudy.JSON);
        storage.make(to);
        if (storage.exists(Storage.in(to, MethodStudy.JSON))) {
            if (Files.mismatch(description, storage.fetch(Storage.in(to, MethodStudy.JSON), desk.folder().resolve("begun"))) >= 0)
                throw Refusal.input(to
                        + ": the study in it was begun with other settings, of other data, or on other kernels; give another --out, or what it was begun with");
        } else {
            if (!storage.below(to).isEmpty()) throw Refusal.input(to + ": exists already, and holds no study; give another --out");
            storage.put(description, to);
        }
        return planned;
    }

    private static Report work(Runner runner, Runner.Needs needs, MethodStudy study, Dataset dataset, View view, String to,
            String embeddings) throws IOException {
        Storage storage = runner.storage();
        Engine.Model sam = requireNonNull(needs.model());
        String description = Files.readString(study.folder().resolve(MethodStudy.JSON));
        List<Outcome> there = new ArrayList<>();
        List<Item> missing = new ArrayList<>();
        List<Long> costs = new ArrayList<>();
        for (Cell cell : study.cells()) {
            Item item = new Item(cell.name(), List.of(), null);
            if (storage.exists(in(to, study, study.evaluation(cell)))) {
                there.add(Outcome.there(item));
            } else {
                missing.add(item);
                costs.add(cell.zeroShot() != null ? 1 : (long) cell.split().train().size() * cell.config().schedule().epochs());
            }
        }
        if (missing.isEmpty()) return new Report(there, runner.executors(), "");
        List<Item> cases = dataset.cases(study.cases()).stream().map(view::item).toList();
        Report read = runner.run("reading the cases", cases, needs, new Digesting(SourceOptions.text(dataset.reading())));
        if (!read.failures().isEmpty()) return read;
        compare(study, read, to, storage);
        storage.make(embeddings);
        List<Shared> shared = Shared.of(study.cells());
        for (int number = 0; number < shared.size(); number++) {
            Shared one = shared.get(number);
            List<Item> items = dataset.cases(one.cases()).stream().map(view::item).toList();
            Report made = runner.run(one.priors() == null ? "embedding for all cells" : "finding masks for all cells", items, needs, new Sharing(
                    sam, description, number, embeddings));
            if (!made.failures().isEmpty()) return made;
        }
        Report worked = runner.run("cells", missing, costs, needs, new Working(sam, description, view.source(), embeddings, to));
        return worked.and(there);
    }

    /// Makes sure that the cases are as they were when the study was begun. The first time, records what they are.
    private static void compare(MethodStudy planned, Report read, String to, Storage storage) throws IOException {
        SortedMap<String, String> now = new TreeMap<>();
        for (Outcome one : read.outcomes()) now.put(one.name(), String.valueOf(one.value()));
        String kept = in(to, planned, planned.data());
        boolean known = storage.exists(kept);
        if (known) Files.copy(storage.fetch(kept, planned.folder().resolve("known")), planned.data());
        try {
            planned.require(now);
        } catch (FormatException e) {
            throw new FormatException(String.valueOf(e.getMessage()).replace(planned.folder().toString(), to), e);
        }
        if (!known) storage.put(planned.data(), to);
    }

    /// The place in the study of a file that is on this machine.
    private static String in(String to, MethodStudy study, Path file) {
        return Storage.in(to, study.folder().relativize(file).toString());
    }

    /// Writes the results of the cells, and returns them as text.
    private static String results(MethodStudy planned, String dataset, String to, Desk desk) throws IOException {
        Storage storage = desk.storage();
        Path here = Storage.here(to);
        MethodStudy study = here != null ? MethodStudy.open(here) : planned;
        if (here == null)
            for (Cell cell : study.cells())
                for (Path file : List.of(study.evaluation(cell), study.cost(cell)))
                    storage.fetch(in(to, study, file), file.resolveSibling("."));
        String tables = MethodResults.write(study, dataset);
        if (here == null) for (String file : MethodResults.FILES) storage.put(study.folder().resolve(file), to);
        return tables + "\n" + Storage.in(to, MethodResults.PAGE) + "\n";
    }

    /// A study of this description, in a folder of the task.
    private static MethodStudy described(String description, Desk desk) throws IOException {
        Path folder = Files.createDirectories(desk.folder().resolve("study"));
        Files.writeString(folder.resolve(MethodStudy.JSON), description);
        return MethodStudy.open(folder);
    }

    /// An item's case, in the canonical orientation.
    private static Sample sample(Item item, Desk desk, Reading reading, List<String> remarks) throws IOException {
        var one = new Case(item.name(), item.name(), desk.fetch(item.images()), desk.fetch(requireNonNull(item.label())));
        return Dataset.load(one, reading, remarks::add);
    }

    /// Computes the digest of a case.
    ///
    /// @param reading how its files are read, as [SourceOptions#text]
    private record Digesting(String reading) implements Runner.Work {
        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            List<String> remarks = new ArrayList<>();
            return Outcome.done(item, 0, remarks, Basis.digest(sample(item, desk, Reading.of(Json.parse(reading, "reading")), remarks)));
        }
    }

    /// Computes what cells share for one case.
    ///
    /// @param study its description
    /// @param number which of the things that they share
    private record Sharing(Engine.Model model, String study, int number, String cache) implements Runner.Work {
        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            Shared shared = Shared.of(described(study, desk).cells()).get(number);
            Engine engine = desk.engine(model);
            List<String> remarks = new ArrayList<>();
            Sample sample = sample(item, desk, shared.config().origin().reading(), remarks);
            var own = new EmbeddingCache(desk.folder().resolve("cache"), engine.weights(), shared.preparation(), engine.device(), Progress.silent());
            Priors priors = shared.priors();
            Path file = priors == null ? own.file(item.name(), sample.image()) : own.priorsFile(item.name(), sample.image(), priors);
            if (desk.storage().exists(Storage.in(cache, String.valueOf(file.getFileName())))) return Outcome.there(item);
            if (priors == null) own.of(item.name(), sample.image(), engine.embedder(shared.preparation()), _ -> {}).close();
            else own.priors(item.name(), sample.image(), engine.priors(priors), _ -> {}).close();
            desk.storage().put(file, cache);
            return Outcome.done(item, Slices.of(sample.image().geometry()).count(), remarks, null);
        }
    }

    /// Runs a cell in a folder of the task, and copies its files to the study, the scores last.
    ///
    /// @param study its description
    private record Working(Engine.Model model, String study, String data, String cache, String to) implements Runner.Work {
        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            Engine engine = desk.engine(model);
            MethodStudy own = described(study, desk);
            Cell cell = own.cells().stream().filter(one -> one.name().equals(item.name())).findFirst().orElseThrow();
            Set<String> names = Set.copyOf(cell.cases());
            View view = View.of(data, desk.storage(), desk.folder().resolve("data"));
            Dataset dataset = Dataset.open(view.folder(), cell.config().origin().reading(), LabelRule.NONE);
            for (Case one : dataset.cases(names)) {
                view.fetch(one.images(), desk.storage());
                view.fetch(List.of(one.label()), desk.storage());
            }
            List<String> remarks = new ArrayList<>();
            Progress progress = new Progress() {
                @Override
                public void remark(String sentence) {
                    remarks.add(sentence);
                }
            };
            var kept = new Kept(cache, desk);
            kept.fetch(names);
            new CellWork(own, dataset, engine.weights(), kept.folder, Recompute.AUTO, engine.device(), progress).run(cell);
            kept.put();
            List<Path> files;
            try (Stream<Path> all = Files.walk(own.folder(cell))) {
                files = all.filter(file -> Files.isRegularFile(file) && !file.equals(own.evaluation(cell))).sorted().toList();
            }
            for (Path file : files) put(file, own, desk.storage());
            put(own.evaluation(cell), own, desk.storage());
            return Outcome.done(item, 0, remarks, null);
        }

        private void put(Path file, MethodStudy own, Storage storage) throws IOException {
            storage.put(file, in(to, own, file.resolveSibling("")));
        }
    }

    /// The cache that cells use: the cache itself if it is on this machine, otherwise a copy of its entries for their cases, from which new entries are copied back.
    private static final class Kept {
        private final String cache;
        private final Storage storage;
        private final Path folder;
        private final boolean copied;
        private final Set<String> there = new HashSet<>();

        Kept(String cache, Desk desk) {
            this.cache = cache;
            storage = desk.storage();
            Path here = Storage.here(cache);
            copied = here == null;
            folder = here != null ? here : desk.folder().resolve("cache");
        }

        void fetch(Set<String> cases) throws IOException {
            if (!copied) return;
            there.addAll(storage.below(cache));
            for (String name : there)
                if (cases.stream().anyMatch(one -> name.startsWith(one + "-"))) storage.fetch(Storage.in(cache, name), folder);
        }

        void put() throws IOException {
            if (!copied || !Files.isDirectory(folder)) return;
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.sorted().toList()) if (!there.contains(String.valueOf(file.getFileName()))) storage.put(file, cache);
            }
        }
    }
}
