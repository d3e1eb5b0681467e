package dev.samovar.core.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.kernel.EncoderBlockKernel;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.MaskDecoderKernels;
import dev.samovar.core.kernel.MobileBlockKernels;
import dev.samovar.core.testkit.KernelsWork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// No kernel allocates objects once it is compiled, at any vector width. If one does, a vector has become an object because the compiler has not inlined every operation on it: the
/// loop is then ten times slower, though its results are right. This has happened, at a width that had not been measured.
///
/// Each width runs in its own process: once a JVM has seen vectors of two widths, the compiler no longer knows which to expect, and makes objects of both.
@Order(1)
class AllocationTest {
    @ParameterizedTest
    @CsvSource({"512, x86", "256, x86", "128, ARM"})
    void kernelsAllocateNothingOnceTheyAreCompiled(int bits, String like) throws IOException, InterruptedException {
        int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        assumeTrue(bits <= widest, "not tested: vectors of " + bits + " bits, because this processor's have " + widest);
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx1g", "-Dsamovar.vector.bits=" + bits));
        if (like.equals("ARM")) command.add("-Dos.arch=aarch64");                  // 32 registers of 128 bits: tiles of 12 rows
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), AllocationWatch.class.getName()));
        if (bits < widest) command.add("vectors");                                 // plain loops are the same at every width
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String found = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), found);
        assertEquals("", found);
    }

    @Test
    void everyKernelIsWatched() {
        Set<String> watched = LargeWork.calls(new ScalarKernels(new Parallel(1)), new CpuMemory()).keySet().stream().map(LargeWork::kernel)
                .collect(Collectors.toSet());
        Set<String> missing = KernelsWork.names(Kernels.class, EncoderBlockKernel.class, MobileBlockKernels.class, MaskDecoderKernels.class);
        missing.removeAll(watched);
        assertEquals(Set.of(), missing, "kernels that LargeWork does not call");
    }
}
