package dev.samovar.models.study;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Sample;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.metrics.CaseScores;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Scoring;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.sam.SamWeights;
import dev.samovar.models.train.Basis;
import dev.samovar.models.train.Cost;
import dev.samovar.models.train.Embedder;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Pieces;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.PriorMaker;
import dev.samovar.models.train.Recompute;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.Trainer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Does the cells of a study in this process: first the work that all of them share (every slice is embedded once for each way of preparing it), then
/// one cell after another, except those that another process is working on.
///
/// @param study the study
/// @param dataset its dataset
/// @param weights its checkpoint
/// @param cache the folder of embeddings
/// @param recompute whether encoders that learn are computed once more in the backward pass
/// @param progress receives the progress
public record CellWork(MethodStudy study, Dataset dataset, SamWeights weights, Path cache, Recompute recompute, Device device, Progress progress) {
    private static final long LOOK = 500;                                          // milliseconds, while another process embeds

    private EmbeddingCache cache(Preparation preparation) {
        return new EmbeddingCache(cache, weights, preparation, device, progress);
    }

    // ---- the cost

    /// The work that is left of a study.
    ///
    /// @param slices to embed, or in which masks must be found
    /// @param cells to do
    /// @param seconds approximately, in one process
    /// @param settled whether all rehearsals had stopped becoming faster; if not, the seconds are probably too many
    /// @param memory approximate bytes at the peak
    public record Estimate(long slices, int cells, double seconds, boolean settled, long memory) {
        @Override
        public String toString() {
            return (slices > 0 ? slices + " slices to embed, each once for all cells; " : "") + cells + (cells == 1 ? " cell" : " cells")
                    + " to do: " + Cost.about(seconds, settled) + " in one process";
        }
    }

    /// The work that is left, from a rehearsal of each method on this machine, which takes a few seconds for each; the time of a training run is
    /// proportional to its number of slices.
    public Estimate estimate() {
        long slices = 0, memory = 0;
        double seconds = 0;
        boolean settled = true;
        Map<String, Integer> depth = new LinkedHashMap<>();
        for (Shared one : Shared.of(study.cells())) {
            EmbeddingCache there = cache(one.preparation());
            long missing = 0;
            Sample any = null;
            for (Case each : dataset.cases(one.cases())) {
                Sample sample = dataset.load(each);
                depth.put(each.name(), Slices.of(sample.image().geometry()).count());
                Priors priors = one.priors();
                if (priors == null ? there.has(each.name(), sample.image()) : there.hasPriors(each.name(), sample.image(), priors))
                    continue;
                missing += Slices.of(sample.image().geometry()).count();
                any = sample;
            }
            if (any != null) seconds += missing * Cost.embedding(one.config(), weights, any, missing, device);
            if (any != null) memory = Math.max(memory, weights.config().encoderMemory());
            slices += missing;
        }
        Map<String, Cost> rehearsed = new LinkedHashMap<>();                       // for each method, with the most patients among the missing cells
        Map<String, Integer> learnt = new LinkedHashMap<>();
        List<Cell> missing = study.missing();
        for (Cell cell : missing.reversed()) {
            String kind = cell.zeroShot() == null ? cell.row() : "SAM without training";
            if (cell.zeroShot() == null) learnt.putIfAbsent(kind, learnt(cell));
            Cost cost = rehearsed.computeIfAbsent(kind, _ -> Cost.ofTraining(cell.config(), weights, dataset, cell.split(), cache(cell.config()
                    .preparation()), recompute, device, progress));
            for (Case each : dataset.cases(cell.tested()))
                seconds += cost.answer() * depth.computeIfAbsent(each.name(), _ -> Slices.of(dataset.load(each)
                        .image().geometry()).count());
            if (cell.zeroShot() != null) continue;
            seconds += cost.seconds() * left(cell) * learnt(cell) / learnt.getOrDefault(kind, 1);
            settled &= cost.settled();
            memory = Math.max(memory, cost.memory());
        }
        List<String> judged = missing.stream().flatMap(cell -> cell.tested().stream()).toList();
        var pieces = new Pieces();
        Pieces.Piece judging = pieces.of(judged.size(), n -> judge(dataset.cases(List.of(judged.get(n % judged.size()))).getFirst()));
        settled &= pieces.rehearse();
        return new Estimate(slices, missing.size(), seconds + judged.size() * judging.seconds(), settled, memory);
    }

    /// The work of evaluating a case besides segmenting it: it is read, and scored.
    private void judge(Case one) {
        LabelVolume label = dataset.load(one).label();
        Objects.requireNonNull(CaseScores.of(one.name(), List.of(label), List.of(label), Scoring.DEFAULT, dataset.coding().regions()));
    }

    /// The number of slices that a cell learns from in an epoch.
    private int learnt(Cell cell) {
        return dataset.cases(cell.split().train()).stream().mapToInt(each -> cell.config().preparation().learntFrom(dataset.load(each)
                .label()).size())
                .sum();
    }

    /// The share of a cell's epochs that are left.
    private double left(Cell cell) {
        Path at = study.folder(cell);
        if (!Run.isRun(at)) return 1;
        Run run = Run.open(at);
        if (run.isFinished()) return 0;
        return Files.exists(run.timings()) ? 1 - Math.min(1, epochs(run).size() / (double) cell.config().schedule().epochs()) : 1;
    }

    // ---- the work

    /// Computes what all cells share, before several processes do the cells: each of them has only a part of the threads.
    public void share() {
        try (var locks = new CellLocks(study.locks())) {
            begin(locks);
        }
    }

    /// Makes sure that the data are those of the study, and computes what its cells share if some are left to do.
    private void begin(CellLocks locks) {
        if (!study.missing().isEmpty()) {
            embed(locks);
        } else {
            SortedMap<String, String> known = study.digests();
            for (Case one : dataset.cases(study.cases())) compare(dataset.load(one), known, new TreeMap<>());
        }
    }

    /// Does the cells that are left, except those that other processes are working on. Returns whether the whole study is done.
    public boolean run() {
        AtomicFile.sweep(study.folder());
        try (var locks = new CellLocks(study.locks())) {
            begin(locks);
            for (int i = 0; i < study.cells().size(); i++) {
                Cell cell = study.cells().get(i);
                Watch.step("cells", i, study.cells().size());
                if (study.isDone(cell)) continue;
                try (CellLocks.Lock lock = locks.tryLock(i)) {
                    if (lock == null || study.isDone(cell)) continue;
                    progress.remark("cell " + (i + 1) + " of " + study.cells().size() + ": " + cell.name());
                    run(cell);
                } catch (FormatException e) {
                    throw new FormatException("cell " + cell.name() + ": " + e.getMessage(), e);
                }
            }
        }
        return study.missing().isEmpty();
    }

    /// Runs one cell, or the rest of it. What it shares with others comes from the cache, and is made if it is not there.
    ///
    /// @throws FormatException if its files are wrong
    public void run(Cell cell) {
        sweep(study.folder(cell));
        if (cell.zeroShot() == null) train(cell);
        else ask(cell, cell.zeroShot());
    }

    /// Removes half-written files of a process that was killed while it worked on this cell.
    private static void sweep(Path folder) {
        for (Path each : List.of(folder, folder.resolve("labels"))) if (Files.isDirectory(each)) AtomicFile.sweep(each);
    }

    /// Does the work that all cells share. If another process is doing it, this one waits.
    private void embed(CellLocks locks) {
        CellLocks.Lock lock = locks.tryLock(study.cells().size());
        if (lock == null) progress.remark("another process is embedding the slices for all cells; waiting for it");
        while (lock == null) {
            Watch.step("waiting", 0, 1);
            try {
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UncheckedIOException("interrupted while another process embeds", new InterruptedIOException());
            }
            lock = locks.tryLock(study.cells().size());
        }
        try (CellLocks.Lock _ = lock) {
            SortedMap<String, String> known = study.digests(), now = new TreeMap<>();
            for (Shared one : Shared.of(study.cells())) embed(one, sample -> compare(sample, known, now));
            SortedSet<String> others = study.cases();                              // of which nothing is embedded
            others.removeAll(now.keySet());
            for (Case one : dataset.cases(others)) compare(dataset.load(one), known, now);
            study.require(now);
        }
    }

    /// Makes sure that a case is as it was when the study was begun, before any work is done on it.
    private void compare(Sample sample, SortedMap<String, String> known, SortedMap<String, String> now) {
        study.require(sample.name(), now.computeIfAbsent(sample.name(), _ -> Basis.digest(sample)), known);
    }

    private void embed(Shared shared, Consumer<Sample> seen) {
        EmbeddingCache to = cache(shared.preparation());
        List<Case> cases = dataset.cases(shared.cases());
        progress.begin(shared.priors() == null ? "embedding for all cells" : "finding masks for all cells", cases.size());
        int done = 0;
        try (Embedder embedder = new Embedder(weights, shared.preparation(), device);
                PriorMaker maker = PriorMaker.of(weights, shared.priors(), device)) {
            for (Case one : cases) {
                Watch.step("embedding", done, cases.size());
                Sample sample = dataset.load(one);
                seen.accept(sample);
                int number = done;
                if (maker == null)
                    to.of(one.name(), sample.image(), embedder, s -> progress.done(number, one.name() + ", slice " + s)).close();
                else
                    to.priors(one.name(), sample.image(), maker, s -> progress.done(number, one.name() + ", slice " + s)).close();
                progress.done(++done, one.name());
            }
        }
    }

    private void train(Cell cell) {
        Run run = study.run(cell);
        RunConfig config = run.config();
        EmbeddingCache from = cache(config.preparation());
        if (!run.isFinished()) {
            try (var trainer = new Trainer(run, weights, dataset, from, device, progress)) {
                device.memory().resetPeak();
                trainer.recompute(recompute);
                trainer.run();
            }
            write(cell, training(run), 0, device.memory().peakBytes());
        }
        long start = System.nanoTime();
        Evaluation evaluation = Judge.judge(run, Run.Which.LAST, dataset, weights, from, device, progress);
        long memory = study.took(cell).map(MethodStudy.Took::memory).orElse(0L);
        write(cell, training(run), (System.nanoTime() - start) * 1e-9, memory);
        AtomicFile.write(study.evaluation(cell), evaluation.json().pretty());
    }

    /// Seconds of all epochs.
    private static double training(Run run) {
        return epochs(run).stream().mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(',') + 1))).sum();
    }

    private static List<String> epochs(Run run) {
        try {
            return Files.readAllLines(run.timings()).stream().skip(1).filter(line -> line.contains(",")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + run.timings(), e);
        }
    }

    private void write(Cell cell, double training, double testing, long memory) {
        AtomicFile.write(study.cost(cell), Json.object().with("training", training).with("testing", testing).with("memory", memory).pretty());
    }

    /// Scores SAM without training.
    private void ask(Cell cell, ZeroShot how) {
        long start = System.nanoTime();
        Preparation preparation = cell.config().preparation();
        Evaluation evaluation;
        progress.begin("asking", cell.tested().size());
        try (Sam sam = Sam.load(weights.file(), device); Embedder embedder = new Embedder(weights, preparation, device)) {
            var predictor = new SamPredictor(sam);
            EmbeddingCache from = cache(preparation);
            evaluation = Judge.score(dataset, cell.tested(), study.folder(cell).resolve("labels"), cell.config().classNames(), progress,
                    (one, sample, slice) -> {
                        try (var embeddings = from.of(one.name(), sample.image(), embedder, _ -> {})) {
                            return how.segment(predictor, sample, embeddings, slice);
                        }
                    });
        }
        write(cell, 0, (System.nanoTime() - start) * 1e-9, 0);
        AtomicFile.write(study.evaluation(cell), evaluation.json().pretty());
    }
}
