package dev.samovar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.Cuda;
import dev.samovar.cuda.Format;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.annotations.Fork;

/// The benchmark that JMH runs.
class KernelBenchmarkTest {
    @Test
    void whereThereIsNoGpuTheReasonIsGiven() {
        String problem = Cuda.whyNot();
        assumeTrue(problem != null, "there is a GPU");
        for (String kernels : new String[]{"cuda", "cuda-tf32", "cuda-bf16"})
            assertEquals("kernels=" + kernels + " needs a GPU: " + problem, refusal(kernels, "1"));
    }

    @Test
    void kernelsAndThreadsThatSayNothingOfAGpuAreRefused() {
        assertEquals("there are no kernels cuda-fp8: on a GPU they are cuda, cuda-tf32, cuda-bf16", refusal("cuda-fp8", "1"));
        assertEquals("the number of threads changes nothing on a GPU: ask for -p threads=1", refusal("cuda", "all"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-h", "-l", "-lp", "-lprof", "-lrf"})
    void whatOnlyTellsStartsNoBenchmark(String option) throws Exception {
        PrintStream before = System.out;
        var told = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(told, true, StandardCharsets.UTF_8));
            Main.main(new String[]{"jmh", option});
        } finally {
            System.setOut(before);
        }
        String text = told.toString(StandardCharsets.UTF_8);
        assertTrue(text.length() > 20 && !text.contains("# Run progress"), text);
    }

    /// `-jvmArgsAppend` of the command line replaces what an annotation appends (JMH 1.37, `findings/jmh-jvmargsappend-removes-the-benchmarks-own.sh`).
    @Test
    void argumentsFromTheCommandLineLeaveTheVectorModule() {
        Fork fork = KernelBenchmark.class.getAnnotation(Fork.class);
        assertTrue(List.of(fork.jvmArgsPrepend()).contains("--add-modules=jdk.incubator.vector"));
        assertEquals(List.of(Fork.BLANK_ARGS), List.of(fork.jvmArgsAppend()));
    }

    private static String refusal(String kernels, String threads) {
        return String.valueOf(assertThrows(IllegalStateException.class, () -> KernelBenchmark.device(kernels, threads)).getMessage());
    }

    @Test
    void ofAProcessorNoDeviceTimeIsTold() {
        DeviceTime.reset();
        run("vector", Device.cpu(1));
        assertEquals(0, DeviceTime.perRun().size());
    }

    @Test
    void deviceTimeIsTheMeanOfAnIteration() {
        DeviceTime.reset();
        DeviceTime.add(0.001);
        DeviceTime.add(0.003);
        assertEquals(2, DeviceTime.perRun().getFirst().getScore(), 1e-12, "milliseconds");
        DeviceTime.reset();
        assertEquals(0, DeviceTime.perRun().size(), "the next iteration");
    }

    /// Runs on a real GPU, or with the emulated driver on the library path.
    @Test
    void onAGpuTheDeviceTimeIsTold() {
        String problem = Cuda.whyNot();
        assumeTrue(problem == null, () -> "no device time is measured: " + problem);
        for (var kernels : Map.of("cuda", Format.FLOAT32, "cuda-bf16", Format.BF16).entrySet()) {
            DeviceTime.reset();
            run(kernels.getKey(), Cuda.device(0, kernels.getValue()));
            double ms = DeviceTime.perRun().getFirst().getScore();
            assertTrue(ms > 0 && ms < 60_000, () -> kernels.getKey() + ": " + ms + " ms");
        }
    }

    private static void run(String kernels, Device device) {
        var benchmark = new KernelBenchmark();
        benchmark.work = "gelu";
        benchmark.kernels = kernels;
        benchmark.prepare(device, Sizes.TINY);
        benchmark.run();
        benchmark.close();
    }
}
