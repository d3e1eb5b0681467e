package dev.samovar.core.io;

/// Where long work tells how far it is. Calls come from the thread that works; by default each is ignored.
public interface Progress {
    /// Something begins that has this many steps.
    default void begin(String what, int steps) {}

    /// So many steps are done; `note` says how it stands, or is empty.
    default void done(int steps, String note) {}

    /// Something that the user should know, in one sentence.
    default void remark(String sentence) {}

    /// Ignores everything.
    static Progress silent() {
        return new Progress() {};
    }
}
