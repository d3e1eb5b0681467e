package dev.samovar.models.train;

import dev.samovar.core.tensor.Device;
import dev.samovar.models.sam.SamConfig;

/// Whether the blocks of an image encoder that learns are computed once more in the backward pass, which takes a third more time and a fraction of the memory, or keep what they
/// need there. The numbers are the same.
public enum Recompute {
    /// If the memory at hand asks for it.
    AUTO,
    /// In any case.
    ALWAYS,
    /// Not at all.
    NEVER;

    private static final double FILLED = 0.8;                                      // of what is there: other things need room, too

    /// Whether there is a choice: nothing is kept of an encoder that does not learn.
    public static boolean matters(RunConfig config, SamConfig sam) {
        return config.method().kept(sam) > 0;
    }

    /// What is done in a run.
    ///
    /// @param learning how many parameters learn
    boolean chosen(RunConfig config, SamConfig sam, long learning, Device device) {
        return switch (this) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> !matters(config, sam) || Cost.trainingMemory(config, sam, learning, false) > FILLED * device.memory().capacity();
        };
    }
}
