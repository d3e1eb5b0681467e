package dev.samovar.core.kernel.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A small cache of values that depend on the lengths of an axis before and after resizing. It keeps the last few pairs, because a program resizes
/// the same few sizes again and again.
final class ByLengths<T> {
    private static final int MOST = 16;

    /// Makes a missing value.
    @FunctionalInterface
    interface Maker<T> {
        T make(int from, int to);
    }

    private record Lengths(int from, int to) {}

    private final Map<Lengths, T> made = new ConcurrentHashMap<>();
    private final Maker<T> maker;

    ByLengths(Maker<T> maker) {
        this.maker = maker;
    }

    T get(int from, int to) {
        if (made.size() > MOST) made.clear();
        return made.computeIfAbsent(new Lengths(from, to), key -> maker.make(key.from, key.to));
    }
}
