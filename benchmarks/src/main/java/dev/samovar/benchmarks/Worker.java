package dev.samovar.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// One side of a comparison, in its own process: it warms up, then follows the commands on its standard input, one on each line.
///
///     → ready SECONDS NANOSECONDS      from the start of the JVM to the end of the first run, whose result lies in a file; and the last warm run
///     ← N                              do it N times
///     → took NANOSECONDS CPU_NANOSECONDS ALLOCATED_BYTES
///     ← (end of input)
///     → peak KIBIBYTES                 the most memory that was resident, as Linux counts it; 0 elsewhere
///
/// Lines of the protocol begin with [#MARK], because native libraries print lines too.
public final class Worker {
    /// What a line of the protocol begins with.
    public static final String MARK = "#worker ";

    private static final double WARM_UP = 4e9;

    private Worker() {}

    /// Makes a piece of work.
    @FunctionalInterface
    public interface Maker {
        /// The work with this name, at full size, for a number of threads.
        Work make(String side, String name, int threads) throws Exception;
    }

    /// `ENGINE WORK THREADS RESULT_FILE`, for Samovar's engines.
    public static void main(String[] args) throws Exception {
        serve(args, (side, name, threads) -> {
            if (VolumeWorks.NAMES.contains(name)) return VolumeWorks.of(name, Sizes.FULL);        // reading files needs no kernels, so none are warmed up
            return new Works(KernelBenchmark.device(side.equals("scalar") ? "scalar" : "vector", Integer.toString(threads)), Sizes.FULL).of(name);
        });
    }

    /// Works until the input ends.
    public static void serve(String[] args, Maker maker) throws Exception {
        var os = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Work work = maker.make(args[0], args[1], Integer.parseInt(args[2]));
                var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            long start = System.nanoTime();
            work.run();
            double first = (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1e3;
            write(Path.of(args[3]), work.result());
            long last = 0;
            for (long now = start; last == 0 || now - start < WARM_UP; now = System.nanoTime()) {
                long from = System.nanoTime();
                work.run();
                last = System.nanoTime() - from;
            }
            say("ready " + first + " " + last);
            for (String line; (line = in.readLine()) != null;) {
                int n = Integer.parseInt(line);
                long allocated = threads.getTotalThreadAllocatedBytes(), cpu = os.getProcessCpuTime(), from = System.nanoTime();
                for (int i = 0; i < n; i++) work.run();
                long took = System.nanoTime() - from;
                say("took " + took + " " + (os.getProcessCpuTime() - cpu) + " " + (threads.getTotalThreadAllocatedBytes() - allocated));
            }
        }
        say("peak " + peak());
    }

    private static void say(String line) {
        IO.println(MARK + line);
        System.out.flush();
    }

    private static long peak() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return 0;
        for (String line : Files.readAllLines(status)) if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", ""));
        return 0;
    }

    private static void write(Path file, float[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        Files.write(file, bytes.array());
    }

    static float[] read(Path file) {
        try {
            float[] values = new float[(int) (Files.size(file) / 4)];
            ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
