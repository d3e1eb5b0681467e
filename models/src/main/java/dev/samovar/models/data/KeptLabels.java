package dev.samovar.models.data;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads label files, each only once, although all of them are first read to decide what their numbers mean: what was read is kept until it is
/// needed, as far as there is room.
final class KeptLabels {
    private static final int SHARE = 16;                                           // the fraction of the heap for this: 1/16

    private record Key(Path file, boolean coloured) {}

    private final Map<Key, LabelNumbers> kept = new HashMap<>();
    private long room = Runtime.getRuntime().maxMemory() / SHARE;

    /// The numbers of a file that will be needed again.
    ///
    /// @throws dev.samovar.core.io.FormatException if it cannot be read as labels
    LabelNumbers look(Path file, boolean coloured) {
        LabelNumbers numbers = LabelNumbers.read(file, coloured);
        keep(new Key(file, coloured), numbers);
        return numbers;
    }

    /// The numbers of a file, for the last time, whether it was read before or not.
    ///
    /// @throws dev.samovar.core.io.FormatException if it cannot be read as labels
    LabelNumbers take(Path file, boolean coloured) {
        LabelNumbers numbers = kept(new Key(file, coloured));
        return numbers != null ? numbers : LabelNumbers.read(file, coloured);
    }

    private synchronized void keep(Key key, LabelNumbers numbers) {
        if (numbers.bytes() > room || kept.putIfAbsent(key, numbers) != null) return;
        room -= numbers.bytes();
    }

    private synchronized @Nullable LabelNumbers kept(Key key) {
        LabelNumbers numbers = kept.remove(key);
        if (numbers != null) room += numbers.bytes();
        return numbers;
    }
}
