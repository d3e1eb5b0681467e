package dev.samovar.core.io;

/// Receives the progress of long work. Calls come from the thread that works; by default each is ignored.
public interface Progress {
    /// Work of `steps` steps begins.
    default void begin(String what, int steps) {}

    /// `steps` steps are done; `note` describes the state, or is empty.
    default void done(int steps, String note) {}

    /// Something that the user should know, in one sentence.
    default void remark(String sentence) {}

    /// Ignores everything.
    static Progress silent() {
        return new Progress() {};
    }
}
