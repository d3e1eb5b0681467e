package dev.samovar.models.train;

/// Where long work tells how far it is. Calls come from the thread that works.
public interface Progress {
    /// Something begins that has this many steps.
    void begin(String what, int steps);

    /// So many steps are done; `note` says how it stands, or is empty.
    void done(int steps, String note);

    /// Something that the user should know, in one sentence.
    void remark(String sentence);

    /// Nobody listens.
    static Progress silent() {
        return new Progress() {
            @Override
            public void begin(String what, int steps) {}

            @Override
            public void done(int steps, String note) {}

            @Override
            public void remark(String sentence) {}
        };
    }
}
