package dev.samovar.core.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.samovar.core.tensor.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/// Runs in a JVM without the module `jdk.incubator.vector`, in a separate execution of the build.
class WithoutVectorModule {
    @Test
    void theProcessorGetsScalarKernelsAndThatIsLoggedOnceWithTheFlagThatHelps() {
        assertFalse(Cpu.hasVectors(), "this test is for a JVM without vectors");
        List<String> told = new ArrayList<>();
        Logger logger = Logger.getLogger("dev.samovar");
        logger.setUseParentHandlers(false);
        logger.addHandler(new Handler() {
            @Override
            public void publish(LogRecord logged) {
                told.add(logged.getLevel() + " " + logged.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        for (int i = 0; i < 3; i++) assertEquals("scalar", Device.cpu(1).toString());
        assertEquals("scalar", Device.scalar(2).toString());
        assertEquals(List.of("WARNING Samovar computes with scalar kernels, which are slow: "
                + "this Java was started without the module jdk.incubator.vector; add --add-modules jdk.incubator.vector"),
                told);
    }
}
