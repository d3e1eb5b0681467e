package dev.samovar.spark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Which items are done in one task. All tasks cost about the same, except those of a single expensive item. The most expensive come first, so that
/// none starts when the others are done.
final class Plan {
    /// Tasks for each place where one can run: enough that the last ones end together, and few enough that their overhead does not matter.
    private static final int PER_PLACE = 8;

    private Plan() {}

    /// The items of each task, the tasks in the order in which they should run.
    ///
    /// @param costs of the items
    /// @param places how many tasks run at once
    static <T> List<List<T>> of(List<T> items, List<Long> costs, int places) {
        List<Integer> order = IntStream.range(0, items.size()).boxed().sorted(Comparator.comparingLong((Integer i) -> -costs.get(i))).toList();
        double whole = costs.stream().mapToDouble(cost -> cost).sum(), fair = whole / (PER_PLACE * Math.max(1, places));
        List<List<T>> tasks = new ArrayList<>();
        List<T> task = new ArrayList<>();
        double sum = 0;
        for (int i : order) {
            if (!task.isEmpty() && sum + costs.get(i) > fair) {
                tasks.add(task);
                task = new ArrayList<>();
                sum = 0;
            }
            task.add(items.get(i));
            sum += costs.get(i);
        }
        if (!task.isEmpty()) tasks.add(task);
        return tasks;
    }
}
