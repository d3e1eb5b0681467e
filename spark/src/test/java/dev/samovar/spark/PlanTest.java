package dev.samovar.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// How work is divided among tasks, and the messages about executors, without Spark.
class PlanTest {

    @Test
    void tasksCostAboutTheSameAndTheDearestComeFirst() {
        List<Long> costs = LongStream.rangeClosed(1, 1000).map(i -> i % 100 == 0 ? 40_000 : 1 + i % 7).boxed().toList();
        List<List<Integer>> tasks = Plan.of(IntStream.range(0, 1000).boxed().toList(), costs, 2);
        assertEquals(1000, tasks.stream().flatMap(List::stream).distinct().count(), "each item once");
        List<Long> sums = tasks.stream().map(task -> task.stream().mapToLong(costs::get).sum()).toList();
        for (int i = 0; i < 10; i++)
            assertEquals(List.of(1, 40_000L), List.of(tasks.get(i).size(), sums.get(i)), "a large item is a task of its own");
        assertEquals(11, tasks.size(), "all small items together are less than a fair share");
        // If two slots take the tasks in this order, each when it is free, they finish at nearly the same time.
        long[] busy = new long[2];
        for (long sum : sums) busy[busy[0] <= busy[1] ? 0 : 1] += sum;
        assertTrue(Math.abs(busy[0] - busy[1]) <= 4000, "one slot works " + busy[0] + ", the other " + busy[1]);
    }

    @Test
    void itemsOfOneCostAreSharedOutEvenly() {
        List<List<Integer>> tasks = Plan.of(IntStream.range(0, 640).boxed().toList(), Collections.nCopies(640, 5L), 4);
        assertEquals(32, tasks.size());
        assertTrue(tasks.stream().allMatch(task -> task.size() == 20));
    }

    @Test
    void whyAJavaWillNotDo() {
        assertEquals("", Executor.why(Runtime.Version.parse("25.0.3+9"), "", "vector", false));
        assertEquals("", Executor.why(Runtime.Version.parse("25.0.2"), "", "vector", true), "at one's own risk");
        assertTrue(Executor.why(Runtime.Version.parse("25.0.2+10"), "", "", false)
                .startsWith("it runs Java 25.0.2+10, and Samovar needs 25.0.3 or newer"));
        assertTrue(Executor.why(Runtime.Version.parse("25.0.3"), "no module", "vector", false)
                .startsWith("--require-backend vector: no module; samovar-spark"));
        assertEquals("", Executor.why(Runtime.Version.parse("25.0.3"), "no module", "", false), "scalar kernels suffice unless vectors are required");
    }

    @Test
    void anOldJavaIsNamedWhereSparkSaysAPage() {
        String words = "Job aborted due to stage failure: Task 1 in stage 0.0 failed 4 times, most recent failure: Lost task 1.3 in stage 0.0 (TID 7) (10.1.2.3 executor 5): "
                + "java.lang.UnsupportedClassVersionError: dev/samovar/spark/Runner has been compiled by a more recent version of the Java Runtime (class file version 69.0)";
        assertTrue(Runner.oldJava(words).getMessage().startsWith("executor 5 on 10.1.2.3: it runs a Java older than 25"));
        assertEquals(Refusal.ENVIRONMENT, Runner.oldJava(words).exit());
    }
}
