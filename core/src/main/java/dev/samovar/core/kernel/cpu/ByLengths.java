package dev.samovar.core.kernel.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What follows from the lengths of an axis before and after, remembered for the last few pairs: a program resizes the same few sizes again and again.
final class ByLengths<T> {
    private static final int MOST = 16;

    /// Makes what is not there yet.
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
