package dev.samovar.models.data;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toMap;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// The cases for training, validation and test.
///
/// No patient is on two sides. The order of the lists matters: if only a few labelled patients are wanted, they are the first ones of
/// `train`.
///
/// @param train names of the cases to learn from, at least one
/// @param val names of the cases for validation; may be empty
/// @param test names of the cases for the test; may be empty
public record Split(List<String> train, List<String> val, List<String> test) {

    /// Copies the lists.
    ///
    /// @throws FormatException if `train` is empty, or a name occurs twice
    public Split {
        train = List.copyOf(train);
        val = List.copyOf(val);
        test = List.copyOf(test);
        if (train.isEmpty()) throw new FormatException("it has no case to train on");
        Map<String, String> seen = new HashMap<>();
        for (Part part : parts(train, val, test)) for (String name : part.names) {
            String before = seen.put(name, part.title);
            if (before != null)
                throw new FormatException(before.equals(part.title)
                        ? "it lists " + FormatException.shown(name) + " twice in " + before
                        : "it lists " + FormatException.shown(name) + " in both " + before + " and " + part.title);
        }
    }

    private record Part(String title, List<String> names) {}

    private static List<Part> parts(List<String> train, List<String> val, List<String> test) {
        return List.of(new Part("train", train), new Part("val", val), new Part("test", test));
    }

    /// Draws a split: of all patients 15 % are for `test`, 15 % for `val` (rounded, but at least one each if there are three), the rest for
    /// `train`. The same names and the same seed give the same split on every machine, whatever the order of `cases`.
    ///
    /// @throws FormatException if there is no case
    public static Split draw(Collection<Case> cases, long seed) {
        return draw(cases, new Random(seed));
    }

    private static Split draw(Collection<Case> cases, Random random) {
        List<String> patients = shuffled(cases, random);
        int n = patients.size(), test = n < 2 ? 0 : Math.max(1, share(n)), val = n < 3 ? 0 : Math.max(1, share(n)), train = n - val - test;
        return new Split(of(patients.subList(0, train), cases), of(patients.subList(train, train + val), cases), of(patients.subList(train
                + val, n), cases));
    }

    /// Draws these numbers of patients; patients that are left over are in no list.
    ///
    /// @throws FormatException if there are fewer patients, or `train` is 0
    public static Split draw(Collection<Case> cases, long seed, int train, int val, int test) {
        List<String> patients = shuffled(cases, new Random(seed));
        int n = patients.size();
        if (train < 1 || val < 0 || test < 0 || train + val + test > n)
            throw new FormatException("of " + n + " labelled patients, " + train + " cannot train when " + val
                    + " are for the validation and "
                    + test + " for the test");
        return new Split(of(patients.subList(0, train), cases), of(patients.subList(train, train + val), cases), of(patients.subList(train
                + val, train + val + test), cases));
    }

    private static int share(int patients) {
        return (15 * patients + 50) / 100;
    }

    /// Draws five independent splits like [#draw], as in the paper: a patient may be in several tests, or in none.
    ///
    /// @throws FormatException if there is no case
    public static List<Split> paper(Collection<Case> cases, long seed) {
        return IntStream.range(0, 5).mapToObj(fold -> draw(cases, new Random(seed, "fold " + fold))).toList();
    }

    /// Draws the folds of a cross-validation: every patient is in exactly one `test`. From the rest of each fold, 15 % of all patients are for
    /// `val`, different ones in each fold (at least one if there are three patients, and one is left to train on).
    ///
    /// @throws FormatException if there are fewer than two folds, or more than patients
    public static List<Split> crossValidation(Collection<Case> cases, int folds, long seed) {
        List<String> patients = shuffled(cases, new Random(seed, "folds"));
        int n = patients.size();
        if (folds < 2 || folds > n) throw new FormatException("there are 2 to " + n + " folds of " + n + " patients, not " + folds);
        List<Split> splits = new ArrayList<>();
        for (int fold = 0; fold < folds; fold++) {
            int first = start(fold, folds, n), test = start(fold + 1, folds, n) - first;
            int val = n < 3 ? 0 : Math.min(n - test - 1, Math.max(1, share(n)));
            List<String> order = new ArrayList<>(patients);
            Collections.rotate(order, -first);                          // the patients of this test come first
            splits.add(new Split(of(order.subList(test + val, n), cases), of(order.subList(test, test + val), cases), of(order.subList(0,
                    test), cases)));
        }
        return splits;
    }

    private static int start(int fold, int folds, int patients) {
        return (int) ((long) patients * fold / folds);
    }

    /// This split with only the first `patients` patients of `train`, as for "5 labelled volumes".
    ///
    /// @throws FormatException if there are fewer
    public Split labelled(int patients, Collection<Case> cases) {
        Map<String, String> patientOf = patients(cases);
        List<String> all = List.copyOf(new LinkedHashSet<>(train.stream().map(patientOf::get).toList()));
        if (patients < 1 || patients > all.size())
            throw new FormatException("there are 1 to " + all.size() + " labelled patients to train on, not " + patients);
        Set<String> kept = Set.copyOf(all.subList(0, patients));
        return new Split(train.stream().filter(name -> kept.contains(patientOf.get(name))).toList(), val, test);
    }

    /// Reads `{"train": [...], "val": [...], "test": [...]}`, lists of the names of cases. `val` may be left out.
    ///
    /// @throws FormatException if it is not such a file, has several folds, names an unknown case or one twice, or has a patient on two sides
    public static Split read(Path file, Collection<Case> cases) {
        Json json = Json.read(file);
        if (!json.isList() || json.list().size() < 2) return read(file, 0, cases);
        throw new FormatException(file + ": it has " + json.list().size() + " folds; say which one, from 0");
    }

    /// Reads one of several splits in a file: a list of what [#read(Path, Collection)] reads, the first being fold 0. In such a list `test`
    /// may be left out, too, as in nnU-Net's `splits_final.json`.
    ///
    /// @throws FormatException if it is not such a file or has no such fold, or if the fold names an unknown case or one twice, or has a patient
    ///         on two sides
    public static Split read(Path file, int fold, Collection<Case> cases) {
        Json json = Json.read(file);
        List<Json> folds = json.isList() ? json.list() : List.of(json);
        if (folds.isEmpty()) throw new FormatException(file + ": it lists no split");
        if (fold < 0 || fold >= folds.size())
            throw new FormatException(file + ": it has " + (folds.size() == 1 ? "one fold, 0" : folds.size() + " folds, from 0")
                    + ", and none is " + fold);
        if (!json.isList()) json.at("test");                                       // this must exist
        Split split = of(folds.get(fold), file);
        try {
            split.check(cases);
            return split;
        } catch (FormatException e) {
            throw new FormatException(file + ": " + (json.isList() ? "in fold " + fold + " " : "") + e.getMessage(), e);
        }
    }

    /// The split that a part of a file describes. `val` and `test` may be left out.
    ///
    /// @throws FormatException if it does not, naming the file
    public static Split of(Json json, Path file) {
        List<String> train = json.at("train").strings(), val = json.has("val") ? json.at("val").strings() : List.of();
        List<String> test = json.has("test") ? json.at("test").strings() : List.of();
        try {
            return new Split(train, val, test);
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    /// As JSON, for a file.
    public Json json() {
        return Json.object().with("train", train).with("val", val).with("test", test);
    }

    /// The number of folds in a file: 1 if it is not a list.
    ///
    /// @throws FormatException if it is not JSON
    public static int folds(Path file) {
        Json json = Json.read(file);
        return json.isList() ? json.list().size() : 1;
    }

    /// Writes what [#read(Path, Collection)] reads.
    ///
    /// @throws java.io.UncheckedIOException if that is not possible
    public void write(Path file) {
        AtomicFile.write(file, json().pretty());
    }

    /// Writes what [#read(Path, int, Collection)] reads.
    ///
    /// @throws java.io.UncheckedIOException if that is not possible
    public static void write(Path file, List<Split> folds) {
        AtomicFile.write(file, Json.of(folds.stream().map(Split::json).toList()).pretty());
    }

    /// Makes sure that every name is that of a case, and that no patient is on two sides.
    ///
    /// @throws FormatException naming what is wrong
    public void check(Collection<Case> cases) {
        Map<String, String> patientOf = patients(cases), sideOf = new HashMap<>();
        for (Part part : parts(train, val, test)) for (String name : part.names) {
            String patient = patientOf.get(name);
            if (patient == null)
                throw new FormatException("it lists " + FormatException.shown(name) + " in " + part.title
                        + ", and the dataset has no such case");
            String before = sideOf.putIfAbsent(patient, part.title);
            if (before != null && !before.equals(part.title))
                throw new FormatException("it has patient " + FormatException.shown(patient) + " in both " + before + " and " + part.title);
        }
    }

    private static Map<String, String> patients(Collection<Case> cases) {
        return cases.stream().collect(toMap(Case::name, Case::patient));
    }

    private static List<String> of(List<String> patients, Collection<Case> cases) {
        Map<String, List<String>> names = cases.stream().collect(groupingBy(Case::patient, mapping(Case::name, toList())));
        return patients.stream().flatMap(patient -> names.getOrDefault(patient, List.of()).stream().sorted()).toList();
    }

    /// All patients, sorted and then shuffled by the algorithm of Fisher and Yates with numbers from [Random]. The shuffle is written out
    /// here, so that no JDK changes a split.
    private static List<String> shuffled(Collection<Case> cases, Random random) {
        List<String> patients = new ArrayList<>(new TreeSet<>(cases.stream().map(Case::patient).toList()));
        for (int i = patients.size() - 1; i > 0; i--) Collections.swap(patients, i, (int) Long.remainderUnsigned(random.bits(), i + 1L));
        return patients;
    }
}
