package dev.samovar.core.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ParallelTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void everyTaskRunsOnce(int threads) {
        var parallel = new Parallel(threads);
        for (int tasks : new int[]{0, 1, 2, 3, 100, 1000}) {
            var runs = new AtomicIntegerArray(tasks);
            parallel.run(tasks, runs::incrementAndGet);
            for (int i = 0; i < tasks; i++) assertEquals(1, runs.get(i));
        }
    }

    @Test
    void aTeamHasAtLeastOneThread() {
        assertThrows(IllegalArgumentException.class, () -> new Parallel(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void anExceptionOfATaskIsThrownToTheCallerAndTheTeamWorksOn(int threads) {
        var parallel = new Parallel(threads);
        for (int bad = 0; bad < 20; bad++) {
            final int which = bad;
            var thrown = new IllegalArgumentException("task " + bad);
            assertSame(thrown, assertThrows(IllegalArgumentException.class, () -> parallel.run(20, i -> {
                if (i == which) throw thrown;
            })));
            assertThrows(StackOverflowError.class, () -> parallel.run(20, i -> {
                if (i == which) throw new StackOverflowError();
            }));
            everyTaskRunsOnceOn(parallel);
        }
    }

    private static void everyTaskRunsOnceOn(Parallel parallel) {
        var runs = new AtomicIntegerArray(50);
        parallel.run(50, runs::incrementAndGet);
        for (int i = 0; i < 50; i++) assertEquals(1, runs.get(i));
    }

    @Test
    void aTaskMayStartTasksOfItsOwn() {
        var parallel = new Parallel(2);
        var runs = new AtomicIntegerArray(8 * 8 * 8);
        parallel.run(8, i -> parallel.run(8, j -> parallel.run(8, k -> runs.incrementAndGet((i * 8 + j) * 8 + k))));
        for (int i = 0; i < runs.length(); i++) assertEquals(1, runs.get(i));
        everyTaskRunsOnceOn(parallel);
    }

    @Test
    void anInterruptedCallerFinishesFirstAndStaysInterrupted() {
        var parallel = new Parallel(2);
        Thread.currentThread().interrupt();
        everyTaskRunsOnceOn(parallel);
        assertTrue(Thread.interrupted());
    }

    @Test
    void manyThreadsUseOneDeviceAtOnceAndGetTheSameBits() throws Exception {
        Device device = Device.cpu(2);
        float[] alone = network(device);
        int users = 4;
        var start = new CyclicBarrier(users);
        List<Future<float[]>> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(users)) {
            for (int i = 0; i < users; i++) {
                results.add(threads.submit(() -> {
                    start.await();
                    float[] last = {};
                    for (int repeat = 0; repeat < 5; repeat++) last = network(device);
                    return last;
                }));
            }
        }
        for (Future<float[]> result : results) assertArrayEquals(alone, result.get());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void theNumberOfThreadsDoesNotChangeABit(int threads) {
        assertArrayEquals(network(Device.cpu(1)), network(Device.cpu(threads)));
        assertArrayEquals(network(Device.scalar(1)), network(Device.scalar(threads)));
    }

    /// The output and every gradient of a network of various operations, large enough to be split among threads.
    private static float[] network(Device device) {
        Tensor image = parameter(device, 2, 3, 40, 40), kernel = parameter(device, 16, 3, 3, 3), weight = parameter(device, 48, 16);
        Tensor qkv = parameter(device, 3, 2, 100, 24), rel = parameter(device, 19, 24);
        try (var _ = Scope.open()) {
            Tensor x = image.conv2d(kernel, null, 1, 1).permute(0, 2, 3, 1).linear(weight, null).gelu().softmax(-1);
            Tensor y = qkv.relPosAttention(rel, rel).reshape(2, 50, 48).softmax(1);
            Tensor z = x.reshape(2, -1, 48).matmul(y, false, true);
            var gradients = z.mul(z).sum().backward();
            List<float[]> all = new ArrayList<>(List.of(z.toArray()));
            for (Tensor t : List.of(image, kernel, weight, qkv, rel)) all.add(gradients.of(t).toArray());
            float[] joined = new float[all.stream().mapToInt(a -> a.length).sum()];
            int at = 0;
            for (float[] a : all) {
                System.arraycopy(a, 0, joined, at, a.length);
                at += a.length;
            }
            return joined;
        } finally {
            List.of(image, kernel, weight, qkv, rel).forEach(Tensor::release);
        }
    }

    private static Tensor parameter(Device device, int... dims) {
        Shape shape = Shape.of(dims);
        var random = new Random(0, shape.toString());
        float[] x = new float[shape.size()];
        for (int i = 0; i < x.length; i++) x[i] = (float) (random.normal() / 2);
        return Tensor.parameter(device, x, shape, true);
    }
}
