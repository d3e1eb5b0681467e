package dev.samovar.benchmarks.gpu;

import dev.samovar.benchmarks.Work;
import dev.samovar.core.io.Json;
import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.Cuda;
import dev.samovar.cuda.Format;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Samovar's side of the table, in its own process; PyTorch's is `peer.py`. Both read a line and answer with one that begins with [#MARK]:
///
///     → machine                                    ← {"gpu": …}: what the work runs on, or {"error": "a sentence"}
///     → encode vit_b 1 float32 MODE                ← {"seconds": [1.2e-3, …], "peak": 123}: of one run each, in blocks, and the most bytes that were in use
///
/// An answer that says `lost` is the last one of its process. A row that was requested before is not set up again, so that both sides can take turns.
final class GpuWorker {
    /// What an answer begins with.
    static final String MARK = "#row ";

    private static final double WARM_UP = 0.5, BLOCK = 0.02, LEAST = 0.5, MOST = 2.5; // seconds; the same as in peer.py
    private static final int BLOCKS = 5;

    private final Map<Format, Device> devices = new EnumMap<>(Format.class);
    private @Nullable Work work;
    private @Nullable Row row;

    private GpuWorker() {}

    public static void main(String[] args) throws IOException {
        var worker = new GpuWorker();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            Json answer;
            try {
                answer = line.equals("machine") ? machine() : worker.measure(Row.of(line.substring(0, line.lastIndexOf(' '))));
            } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
                answer = Json.object().with("error", e.getMessage() == null ? e.toString() : e.getMessage()).with("lost", true);
            }
            IO.println(MARK + answer);
            System.out.flush();
        }
    }

    private static Json machine() {
        Cuda.Gpu gpu = Cuda.gpus().getFirst();
        return Json.object().with("gpu", gpu.name()).with("bytes", gpu.bytes()).with("capability", gpu.capability()).with("cuda",
                Cuda.driverVersion());
    }

    private Json measure(Row wanted) {
        Device device = devices.computeIfAbsent(wanted.asFormat(), format -> Cuda.device(0, format));
        Memory memory = device.memory();
        if (work == null || !wanted.equals(row)) {
            if (work != null) work.close();
            devices.values().forEach(d -> d.memory().trim());
            work = null;
            memory.resetPeak();
            work = GpuWorks.of(wanted, device);
            row = wanted;
            long start = System.nanoTime();
            do {
                runs(work, 1, memory);
            } while (System.nanoTime() - start < 1e9 * WARM_UP);
        }
        double once = runs(work, 1, memory);
        int times = (int) Math.max(1, Math.ceil(BLOCK / once));
        List<Double> seconds = new ArrayList<>();
        double sum = 0;
        while (sum < MOST && (seconds.size() < BLOCKS || sum < LEAST)) {
            double block = runs(work, times, memory);
            sum += block;
            seconds.add(block / times);
        }
        return Json.object().with("seconds", seconds).with("peak", memory.peakBytes());
    }

    /// Seconds for so many runs, until the device is done.
    private static double runs(Work work, int times, Memory memory) {
        Buffer one = memory.allocate(1);
        float[] value = new float[1];
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) work.run();
        memory.read(one, value);                                                   // comes after all of them
        double seconds = (System.nanoTime() - start) / 1e9;
        memory.release(one);
        return seconds;
    }
}
