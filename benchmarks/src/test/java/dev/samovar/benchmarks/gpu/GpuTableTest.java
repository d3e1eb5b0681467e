package dev.samovar.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuTableTest {
    @TempDir
    private Path folder;

    private static Json row(String work, double seconds) {
        Json side = Json.object().with("seconds", new double[]{seconds}).with("peak", 2_000_000_000L);
        return new Row(work, "vit_b", 1, "tf32").json().with("ours", side).with("eager", side.with("seconds", new double[]{0.010})).with("compiled",
                Json.object().with("error", "RuntimeError: no compiler"));
    }

    private static Json run(String gpu, Json... rows) {
        return Json.object().with("machine", Json.object().with("gpu", gpu).with("torch", "2.11")).with("checks", List.of()).with("rows",
                List.of(rows));
    }

    @Test
    void withoutFindingsItSaysThatThereWasNoGpu() {
        assertTrue(GpuTable.section(folder.resolve("none.json")).endsWith("No GPU was at hand so far: there is no row.\n"));
    }

    @Test
    void ofTheSameRowOnTheSameMachineTheNewerOneStays() {
        Path file = folder.resolve("gpu-results.json");
        GpuTable.keep(run("A", row("encode", 0.030), row("gemm-qkv", 0.001)), file);
        GpuTable.keep(run("B", row("encode", 0.050)), file);
        GpuTable.keep(run("A", row("encode", 0.020)), file);
        String text = GpuTable.section(file);
        assertEquals(2, text.lines().filter(line -> line.startsWith("| encode")).count());
        assertTrue(text.contains("### A; PyTorch 2.11"), text);
        assertTrue(text.contains("| encode | vit_b | tf32 | 1 | 20.00 | 10.00 | 2.00 |  |  | 2.00 GB | 2.00 GB |"), text);
        assertTrue(text.contains("| gemm-qkv | vit_b | tf32 | 1 | 1.00 | 10.00 | 0.10 |"), text);
        assertTrue(text.contains("- encode vit_b tf32 1, compiled: RuntimeError: no compiler"), text);
    }
}
