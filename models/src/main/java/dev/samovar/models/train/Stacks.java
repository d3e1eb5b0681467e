package dev.samovar.models.train;

import java.util.List;
import java.util.stream.IntStream;

/// Neighbouring slices of a volume, as many as a method sees at a time.
final class Stacks {
    private Stacks() {}

    /// All slices, by their numbers, one stack after another. The last stack is moved back so that it ends with the volume; if the volume has fewer
    /// slices than a stack, its last slice is repeated.
    static List<List<Integer>> of(int slices, int depth) {
        return IntStream.range(0, Math.ceilDiv(slices, depth)).mapToObj(k -> {
            int first = Math.max(0, Math.min(k * depth, slices - depth));
            return IntStream.range(first, first + depth).mapToObj(s -> Math.min(s, slices - 1)).toList();
        }).toList();
    }
}
