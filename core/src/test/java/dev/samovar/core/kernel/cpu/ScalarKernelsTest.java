package dev.samovar.core.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.testkit.KernelsContract;
import dev.samovar.core.testkit.KernelsWork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class ScalarKernelsTest extends KernelsContract {
    private static final Memory MEMORY = new CpuMemory();
    private static final Kernels ONE_THREAD = new ScalarKernels(new Parallel(1));
    private static final List<Kernels> MORE_THREADS = List.of(new ScalarKernels(new Parallel(2)), new ScalarKernels(new Parallel(3)));

    @Override
    protected Kernels kernels() {
        return ONE_THREAD;
    }

    @Override
    protected Memory memory() {
        return MEMORY;
    }

    @Override
    protected List<Kernels> others() {
        return MORE_THREADS;
    }

    @Test
    void namesItself() {
        assertEquals("scalar", ONE_THREAD.name());
        assertEquals("scalar", MORE_THREADS.getLast().name());
    }

    @Test
    void interpretedAndCompiledCodeGiveTheSameBits() throws IOException, InterruptedException {
        long compiled = 0;
        for (int i = 0; i < 6; i++) compiled = checksum();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process interpreter = new ProcessBuilder(java, "-Xint", "-Xshare:auto", "-cp", System.getProperty("java.class.path"),
                ScalarKernelsTest.class.getName())
                .redirectErrorStream(true).start();
        String printed = new String(interpreter.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, interpreter.waitFor(), printed);
        assertEquals(Long.toString(compiled), printed);
    }

    /// Prints the [#checksum] of this JVM.
    public static void main(String[] args) {
        System.out.println(checksum());
    }

    /// A number that changes with every bit of the outputs.
    private static long checksum() {
        var sum = new CRC32();
        for (float[] output : new KernelsWork(new ScalarKernels(new Parallel(2)), new CpuMemory()).everything()) {
            for (float value : output) {
                int bits = Float.floatToRawIntBits(value);
                for (int shift = 0; shift < 32; shift += 8) sum.update(bits >>> shift);
            }
        }
        return sum.getValue();
    }
}
