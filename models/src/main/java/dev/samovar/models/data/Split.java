package dev.samovar.models.data;

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
import java.util.TreeSet;

/// Which cases are learnt from, which steer the learning, and which only tell how well it went.
///
/// No patient is on two sides. The order of the lists means something: the first patients of `train` are the labelled ones if only a few
/// are wanted.
///
/// @param train names of the cases to learn from, at least one
/// @param val names of the cases to steer by; may be empty
/// @param test names of the cases to be judged by; may be empty
public record Split(List<String> train, List<String> val, List<String> test) {

    /// Takes copies of the lists.
    ///
    /// @throws FormatException if `train` is empty, or a name occurs twice
    public Split {
        train = List.copyOf(train);
        val = List.copyOf(val);
        test = List.copyOf(test);
        if (train.isEmpty()) throw new FormatException("it has no case to train on");
        Map<String, String> seen = new HashMap<>();
        for (Side side : sides(train, val, test)) for (String name : side.names) {
            String before = seen.put(name, side.title);
            if (before != null)
                throw new FormatException(before.equals(side.title)
                        ? "it lists " + FormatException.shown(name) + " twice in " + before
                        : "it lists " + FormatException.shown(name) + " in both " + before + " and " + side.title);
        }
    }

    private record Side(String title, List<String> names) {}

    private static List<Side> sides(List<String> train, List<String> val, List<String> test) {
        return List.of(new Side("train", train), new Side("val", val), new Side("test", test));
    }

    /// Draws a split: of all patients 15 % are for `test`, 15 % for `val` (rounded, but at least one each if there are three), the rest for
    /// `train`. The same names and the same seed give the same split on every machine, whatever the order of `cases`.
    ///
    /// @throws FormatException if there is no case
    public static Split draw(Collection<Case> cases, long seed) {
        List<String> patients = new ArrayList<>(new TreeSet<>(cases.stream().map(Case::patient).toList()));
        shuffle(patients, seed);
        int n = patients.size(), share = (15 * n + 50) / 100;
        int test = n < 2 ? 0 : Math.max(1, share), val = n < 3 ? 0 : Math.max(1, share), train = n - val - test;
        return new Split(of(patients.subList(0, train), cases), of(patients.subList(train, train + val), cases), of(patients.subList(train
                + val, n), cases));
    }

    /// The same with only the first `patients` patients of `train`: what "5 labelled volumes" means.
    ///
    /// @throws FormatException if there are not as many
    public Split labelled(int patients, Collection<Case> cases) {
        Map<String, String> patientOf = patients(cases);
        List<String> all = List.copyOf(new LinkedHashSet<>(train.stream().map(patientOf::get).toList()));
        if (patients < 1 || patients > all.size())
            throw new FormatException("there are 1 to " + all.size() + " labelled patients to train on, not " + patients);
        List<String> kept = all.subList(0, patients);
        return new Split(train.stream().filter(name -> kept.contains(patientOf.get(name))).toList(), val, test);
    }

    /// Reads `{"train": [...], "val": [...], "test": [...]}`, lists of the names of cases. `val` may be left out.
    ///
    /// @throws FormatException if it is not such a file, names an unknown case or one twice, or has a patient on two sides
    public static Split read(Path file, Collection<Case> cases) {
        Split split = of(Json.read(file), file);
        try {
            split.check(cases);
            return split;
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    /// The split that a part of a file describes.
    ///
    /// @throws FormatException if it does not, naming the file
    public static Split of(Json json, Path file) {
        List<String> train = json.at("train").strings(), test = json.at("test").strings();
        List<String> val = json.has("val") ? json.at("val").strings() : List.of();
        try {
            return new Split(train, val, test);
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    /// As a file has it.
    public Json json() {
        return Json.object().with("train", train).with("val", val).with("test", test);
    }

    /// Writes what [#read(Path, Collection)] reads.
    ///
    /// @throws java.io.UncheckedIOException if that is not possible
    public void write(Path file) {
        AtomicFile.write(file, json().pretty());
    }

    /// Makes sure that every name is that of a case, and that no patient is on two sides.
    ///
    /// @throws FormatException naming what is wrong
    public void check(Collection<Case> cases) {
        Map<String, String> patientOf = patients(cases), sideOf = new HashMap<>();
        for (Side side : sides(train, val, test)) for (String name : side.names) {
            String patient = patientOf.get(name);
            if (patient == null)
                throw new FormatException("it lists " + FormatException.shown(name) + " in " + side.title
                        + ", and the dataset has no such case");
            String before = sideOf.putIfAbsent(patient, side.title);
            if (before != null && !before.equals(side.title))
                throw new FormatException("it has patient " + FormatException.shown(patient) + " in both " + before + " and " + side.title);
        }
    }

    private static Map<String, String> patients(Collection<Case> cases) {
        return cases.stream().collect(toMap(Case::name, Case::patient));
    }

    private static List<String> of(List<String> patients, Collection<Case> cases) {
        return patients.stream().flatMap(patient -> cases.stream().filter(c -> c.patient().equals(patient)).map(Case::name).sorted())
                .toList();
    }

    /// Fisher and Yates, on the numbers of splitmix64 (Steele, Lea, Flood 2014): written out, so that no JDK changes a split.
    private static void shuffle(List<String> names, long seed) {
        var random = new Random(seed);
        for (int i = names.size() - 1; i > 0; i--) Collections.swap(names, i, (int) Long.remainderUnsigned(random.bits(), i + 1L));
    }
}
