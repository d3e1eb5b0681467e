package dev.samovar.benchmarks;

import dev.samovar.core.io.Json;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;

/// Two engines at the same work, each in a process of its own, in turns: A B B A A B B A …
///
/// One process that held both would let their threads take each other's cores. Neighbours in time are compared with each other, so that what slows the machine
/// down for a while slows both.
final class Comparison {
    /// The default number of pairs. It is even, so that each side goes first equally often.
    static final int PAIRS = 12;
    private static final double BLOCK = 0.4;

    private Comparison() {}

    /// Measures.
    ///
    /// @throws IllegalStateException if an engine fails, or their results differ
    static Json run(String work, Engine a, Engine b, int threads, int pairs) throws IOException {
        for (Engine engine : List.of(a, b))
            if (!engine.present()) throw new IllegalArgumentException(engine.titleHere() + " is not here: " + engine.howToGetIt());
        double peak = Peak.measure(threads);                                       // and again after every block: the clock changes
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        try (var one = new EngineProcess(a, work, threads); var other = new EngineProcess(b, work, threads)) {
            double difference = Agreement.difference(one.result(), other.result());
            if (!(difference < (work.startsWith("train-") ? Agreement.ALLOWED_TRAINING : Agreement.ALLOWED)))
                throw new IllegalStateException(work + ": " + a.titleHere() + " and " + b.titleHere()
                        + " have not computed the same, their results differ by "
                        + difference);
            int times = (int) Math.ceil(BLOCK / Math.max(one.warm(), other.warm()));
            double[][] wall = new double[2][pairs], cpu = new double[2][pairs];
            long[] allocated = {Long.MAX_VALUE, Long.MAX_VALUE};
            for (int i = 0; i < pairs; i++) {
                for (int turn = 0; turn < 2; turn++) {
                    int who = (i + turn) % 2;
                    EngineProcess.Block block = (who == 0 ? one : other).run(times);
                    wall[who][i] = block.seconds();
                    cpu[who][i] = block.cpuSeconds();
                    allocated[who] = Math.min(allocated[who], block.allocated());
                }
                peak = Peak.measure(threads);
            }
            refuseObjects(work, a, allocated[0]);
            refuseObjects(work, b, allocated[1]);
            return Json.object().with("work", work).with("a", a.name()).with("b", b.name()).with("threads", threads).with("machine", Machine.json())
                    .with("wall", Ratio.of(wall[0], wall[1]).json()).with("cpu", Ratio.of(cpu[0], cpu[1]).json())
                    .with("peak", peak).with("operations", Operations.of(work, Sizes.FULL)).with("difference", difference).with("load", load)
                    .with("sides", List.of(side(one, wall[0], cpu[0], allocated[0]), side(other, wall[1], cpu[1], allocated[1])));
        }
    }

    /// Checks that vectors have not become objects: such a row would measure a failure of the compiler, not the kernels.
    ///
    /// @throws IllegalStateException if one of Samovar's runs has allocated more than its result; a volume from a file counts as a result
    static void refuseObjects(String work, Engine engine, long allocated) {
        if (VolumeWorks.NAMES.contains(work)) return;
        long allowed = switch (work) {
            case "train-linear", "train-cnn", "train-vit", "train-unet", "train-medsam", "train-lora", "train-adapter" -> 64_000_000;
            case "train-mini" -> 100_000_000;                                      // and masks and distances, to draw 48 prompts
            case "encode", "encode-mobile", "encode-large", "encode-huge" -> 16_000_000;                          // its result
            case "encode-batch" -> 80_000_000;                                     // four of them, and each picture by itself
            case "click" -> 2_000_000;                                             // three masks of 256 × 256
            case "everything" -> 2_000_000_000;                                    // those of a thousand clicks
            default -> 100_000;
        };
        if (engine.vectors() && allocated > allowed)
            throw new IllegalStateException(work + ": " + engine.titleHere() + " allocates " + Results.bytes((double) allocated)
                    + " in every run, where " + Results.bytes((double) allowed)
                    + " at most are in order: vectors have become objects, and the row is refused");
    }

    /// Measures a single engine.
    static Json alone(String work, Engine engine, int threads, int blocks) throws IOException {
        double peak = Peak.measure(threads);                                       // and again after every block: the clock changes
        double width = engine.share(Peak.bits());
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        try (var one = new EngineProcess(engine, work, threads)) {
            int times = (int) Math.ceil(BLOCK / one.warm());
            double[] wall = new double[blocks], cpu = new double[blocks];
            long allocated = Long.MAX_VALUE;
            for (int i = 0; i < blocks; i++) {
                EngineProcess.Block block = one.run(times);
                wall[i] = block.seconds();
                cpu[i] = block.cpuSeconds();
                allocated = Math.min(allocated, block.allocated());
                peak = Peak.measure(threads);
            }
            refuseObjects(work, engine, allocated);
            return Json.object().with("work", work).with("a", engine.name()).with("threads", threads).with("machine", Machine.json())
                    .with("peak", peak * width)
                    .with("operations", Operations.of(work, Sizes.FULL)).with("load", load).with("sides", List.of(side(one, wall, cpu, allocated)));
        }
    }

    /// Keeps the title with the version, because the row is kept longer than the version is current.
    private static Json side(EngineProcess c, double[] wall, double[] cpu, long allocated) throws IOException {
        return Json.object().with("title", c.title()).with("wall", wall).with("cpu", cpu).with("first", c.first()).with("allocated",
                allocated).with("resident", c.end());
    }
}
