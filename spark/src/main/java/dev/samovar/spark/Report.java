package dev.samovar.spark;

import dev.samovar.spark.Outcome.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a job did.
///
/// @param outcomes of every item, by name
/// @param executors that worked, by their ids
/// @param result what the command line would print as its result, with the ends of lines
public record Report(List<Outcome> outcomes, SortedMap<String, Executor> executors, String result) {
    /// Copies the collections.
    public Report {
        outcomes = List.copyOf(outcomes);
        executors = Collections.unmodifiableSortedMap(new TreeMap<>(executors));
    }

    /// How many items ended in this state.
    public int count(State state) {
        return (int) outcomes.stream().filter(outcome -> outcome.state() == state).count();
    }

    /// The number of slices that were computed.
    public long slices() {
        return outcomes.stream().mapToLong(Outcome::slices).sum();
    }

    /// The outcomes of the items that failed.
    public List<Outcome> failures() {
        return outcomes.stream().filter(outcome -> outcome.state() == State.FAILED).toList();
    }

    /// This report with what became of other items.
    Report and(List<Outcome> others) {
        List<Outcome> all = new ArrayList<>(outcomes);
        all.addAll(others);
        all.sort(Comparator.comparing(Outcome::name));
        return new Report(all, executors, result);
    }

    /// This report with another result.
    Report with(String other) {
        return new Report(outcomes, executors, other);
    }
}
