package dev.samovar.spark;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The outcome of one [Item].
///
/// @param name the item's
/// @param state whether it was done
/// @param slices that were computed
/// @param seconds that it took
/// @param sentence why it failed; empty if it did not
/// @param remarks small faults in its files that did not stop the work
/// @param value a value that the job needs; null for most jobs
public record Outcome(String name, State state, long slices, double seconds, String sentence, List<String> remarks,
        @Nullable Serializable value) implements Serializable {

    /// Whether an item was done.
    public enum State {
        /// It was done by this job.
        DONE,
        /// Its result was there already, made from the same input.
        THERE,
        /// It could not be done: its files are wrong.
        FAILED
    }

    /// Copies the list.
    public Outcome { remarks = List.copyOf(remarks); }

    /// For an item whose result was there already.
    static Outcome there(Item item) {
        return new Outcome(item.name(), State.THERE, 0, 0, "", List.of(), null);
    }

    /// For an item that was computed.
    static Outcome done(Item item, long slices, List<String> remarks, @Nullable Serializable value) {
        return new Outcome(item.name(), State.DONE, slices, 0, "", remarks, value);
    }

    /// For an item that cannot be done.
    static Outcome failed(Item item, String sentence) {
        return new Outcome(item.name(), State.FAILED, 0, 0, sentence, List.of(), null);
    }

    /// This outcome with a value for the job.
    Outcome with(Serializable other) {
        return new Outcome(name, state, slices, seconds, sentence, remarks, other);
    }

    /// This outcome with the seconds that it took.
    Outcome took(double time) {
        return new Outcome(name, state, slices, time, sentence, remarks, value);
    }
}
