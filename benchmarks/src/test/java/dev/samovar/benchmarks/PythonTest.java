package dev.samovar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.tensor.Device;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The Python programs compute the same as Samovar's engine, and follow the protocol.
class PythonTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"pytorch,encode", "pytorch,encode-batch", "pytorch-channels-last,encode-mobile", "pytorch,click", "pytorch,everything",
        "pytorch-channels-last,train-unet", "pytorch,train-medsam", "pytorch-recompute,train-medsam", "pytorch,train-lora",
        "pytorch,train-adapter", "pytorch,train-mini", "nibabel,read-volume", "nibabel,write-labels"})
    void theyComputeTheSame(String name, String work) throws Exception {
        Engine engine = Engine.of(name);
        assumeTrue(engine.present(), () -> name + ": " + engine.howToGetIt());
        Path result = folder.resolve("result.f32");
        ProcessBuilder builder = Python.process(engine, work, 1, result, Sizes.TINY);
        builder.environment().put("SAMOVAR_WARM_UP", "0");
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        process.getOutputStream().write("2\n".getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        assertTrue(said.matches("(?s)#worker ready [0-9.]+ \\d+\n#worker took \\d+ \\d+ -1\n#worker peak \\d+\n"), said);
        try (Work reference = new Works(Device.reference(), Sizes.TINY).of(work)) {
            reference.run();
            double difference = Agreement.difference(reference.result(), Worker.read(result));
            assertTrue(difference < Agreement.ALLOWED, () -> name + " differs by " + difference);
        }
    }
}
