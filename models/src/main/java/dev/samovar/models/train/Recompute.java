package dev.samovar.models.train;

import dev.samovar.core.tensor.Device;
import dev.samovar.models.sam.SamConfig;

/// Whether the blocks of an image encoder that learns are computed once more in the backward pass, which takes a third more time and a fraction of
/// the memory, or keep the values that they need there. The results are the same.
public enum Recompute {
    /// If memory is short.
    AUTO,
    /// Always.
    ALWAYS,
    /// Never.
    NEVER;

    private static final double FILLED = 0.8;                                      // of the available memory, because other things need some, too

    /// Whether there is a choice: an encoder that does not learn keeps nothing.
    public static boolean matters(RunConfig config, SamConfig sam) {
        return config.method().kept(sam) > 0;
    }

    /// Whether a run recomputes.
    ///
    /// @param learning the number of parameters that learn
    boolean chosen(RunConfig config, SamConfig sam, long learning, Device device) {
        return switch (this) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> !matters(config, sam) || Cost.trainingMemory(config, sam, learning, false) > FILLED * device.memory().capacity();
        };
    }
}
