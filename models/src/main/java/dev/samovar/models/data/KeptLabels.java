package dev.samovar.models.data;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads label files, each once, though what their numbers mean is decided by a look at all of them: what was looked at is kept until it is taken, as far as there is room.
final class KeptLabels {
    private static final int SHARE = 16;                                           // the part of the heap that there is for it

    private record Key(Path file, boolean coloured) {}

    private final Map<Key, LabelNumbers> kept = new HashMap<>();
    private long room = Runtime.getRuntime().maxMemory() / SHARE;

    /// The numbers of a file that will be taken later.
    ///
    /// @throws dev.samovar.core.io.FormatException if it cannot be read as labels
    LabelNumbers look(Path file, boolean coloured) {
        LabelNumbers numbers = LabelNumbers.read(file, coloured);
        keep(new Key(file, coloured), numbers);
        return numbers;
    }

    /// The numbers of a file, whether it was looked at or not.
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
