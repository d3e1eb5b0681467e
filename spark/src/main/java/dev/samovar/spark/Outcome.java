package dev.samovar.spark;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of one [Item].
///
/// @param name the item's
/// @param state whether it was done
/// @param slices that were computed
/// @param seconds that it took
/// @param sentence why it failed; empty if it did not
/// @param remarks what is a little off in its files
/// @param value what the job wants back; null for most
public record Outcome(String name, State state, long slices, double seconds, String sentence, List<String> remarks,
        @Nullable Serializable value) implements Serializable {

    /// Whether an item was done.
    public enum State {
        /// It was, now.
        DONE,
        /// What it becomes was there already, made of the same.
        THERE,
        /// Its files are wrong.
        FAILED
    }

    /// Copies the list.
    public Outcome { remarks = List.copyOf(remarks); }

    /// It was there.
    static Outcome there(Item item) {
        return new Outcome(item.name(), State.THERE, 0, 0, "", List.of(), null);
    }

    /// It was computed.
    static Outcome done(Item item, long slices, List<String> remarks, @Nullable Serializable value) {
        return new Outcome(item.name(), State.DONE, slices, 0, "", remarks, value);
    }

    /// It cannot be.
    static Outcome failed(Item item, String sentence) {
        return new Outcome(item.name(), State.FAILED, 0, 0, sentence, List.of(), null);
    }

    /// This outcome with something that the job wants back.
    Outcome with(Serializable other) {
        return new Outcome(name, state, slices, seconds, sentence, remarks, other);
    }

    /// This outcome with the time that it took.
    Outcome took(double time) {
        return new Outcome(name, state, slices, time, sentence, remarks, value);
    }
}
