package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.models.data.Case;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.Decoder;
import dev.samovar.models.methods.Method;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.RunConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;

/// The plan of a study of methods: every method with every number of labelled patients, every seed and every fold.
///
/// @param methods the methods to train
/// @param zeroShot the prompts for SAM without training, once for each fold
/// @param labelled numbers of patients; a number above that of the smallest fold's training patients, such as `Integer.MAX_VALUE`, means all of these
/// @param seeds of each training run
/// @param folds with all labelled patients
/// @param classNames background first
/// @param origin where the files are
/// @param imageSize the side of the encoder's pictures
public record MethodPlan(List<Trained> methods, List<ZeroShot> zeroShot, List<Integer> labelled, List<Long> seeds, List<Split> folds,
        List<String> classNames, RunConfig.Origin origin, int imageSize) {

    /// A method with its settings.
    ///
    /// @param schedule for a seed
    /// @param beginning what training begins with
    public record Trained(Method method, Preparation preparation, LongFunction<RunConfig.Schedule> schedule, RunConfig.Beginning beginning) {}

    /// Copies the lists.
    ///
    /// @throws FormatException if there is nothing to do, or something is given twice
    public MethodPlan {
        methods = List.copyOf(methods);
        zeroShot = List.copyOf(zeroShot);
        labelled = List.copyOf(labelled);
        seeds = List.copyOf(seeds);
        folds = List.copyOf(folds);
        if (methods.isEmpty() && zeroShot.isEmpty()) throw new FormatException("a study compares one method or more");
        if (labelled.isEmpty() || seeds.isEmpty() || folds.isEmpty())
            throw new FormatException("a study has one number of patients, one seed and one fold or more");
        if (new LinkedHashSet<>(seeds).size() < seeds.size()) throw new FormatException("one of the seeds is given twice");
        if (labelled.stream().anyMatch(n -> n < 1)) throw new FormatException("methods learn from one patient or more");
    }

    /// The cells, the shortest first: SAM without training, then few patients before many.
    public List<Cell> cells(Collection<Case> cases) {
        List<Cell> cells = new ArrayList<>();
        List<String> rows = rows();
        var sam = new Preparation(Preprocessing.SAM, imageSize, true, new Augment.None());
        for (ZeroShot how : zeroShot) for (int f = 0; f < folds.size(); f++) {
            var config = new RunConfig(new Decoder(), classNames, sam, new RunConfig.Schedule(1, 1e-4, 4, seeds.getFirst(), 1), origin);
            cells.add(new Cell("zero-shot-" + how + "-fold-" + f, how.words(), 0, f, how, config, folds.get(f)));
        }
        for (int n : patients(cases))
            for (int m = 0; m < methods.size(); m++) for (int f = 0; f < folds.size(); f++) for (long seed : seeds) {
                Trained one = methods.get(m);
                var config = new RunConfig(one.method, classNames, one.preparation, one.schedule.apply(seed), origin.with(one.beginning));
                String name = slug(m) + "-labelled-" + n + "-fold-" + f + "-seed-" + seed;
                cells.add(new Cell(name, rows.get(m), n, f, null, config, folds.get(f).labelled(n, cases)));
            }
        return cells;
    }

    /// The numbers of patients, ascending, without duplicates; a number above the smallest fold's becomes that.
    private List<Integer> patients(Collection<Case> cases) {
        Map<String, String> patientOf = new HashMap<>();
        for (Case one : cases) patientOf.put(one.name(), one.patient());
        int most = folds.stream().mapToInt(fold -> (int) fold.train().stream().map(patientOf::get).distinct().count()).min().orElse(0);
        for (int n : labelled)
            if (n > most && n != Integer.MAX_VALUE)
                throw new FormatException("there are " + most + " labelled patients to train on in the smallest fold, and not " + n);
        return labelled.stream().map(n -> Math.min(n, most)).distinct().sorted().toList();
    }

    /// The names of the methods; methods with the same description are numbered.
    private List<String> rows() {
        List<String> rows = new ArrayList<>();
        for (Trained one : methods) {
            String row = one.method.describe();
            int n = 1;
            while (rows.contains(n == 1 ? row : row + " (" + n + ")")) n++;
            rows.add(n == 1 ? row : row + " (" + n + ")");
        }
        return rows;
    }

    private String slug(int m) {
        String title = methods.get(m).method.title().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        boolean alone = methods.stream().filter(other -> other.method.title().equals(methods.get(m).method.title())).count() == 1;
        return alone ? title : title + "-" + (m + 1);
    }
}
