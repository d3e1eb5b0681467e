package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;
import java.util.SortedSet;
import java.util.TreeSet;

/// The names that are held out for evaluation: one in ten, chosen by the name itself; at least one, and not all.
final class OneInTen {
    private static final int IN = 10;

    private OneInTen() {}

    /// The names that are held out.
    ///
    /// @param names two or more
    static SortedSet<String> of(SortedSet<String> names) {
        SortedSet<String> held = new TreeSet<>(names);
        held.removeIf(name -> new Random(0, name).below(IN) != 0);
        if (held.isEmpty()) held.add(names.last());
        if (held.size() == names.size()) held.remove(names.first());
        return held;
    }
}
