package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.tensor.Device;
import dev.samovar.cuda.testkit.AnyGpu;
import org.junit.jupiter.api.Test;

class CudaTimerTest {
    @Test
    void workTakesTimeOnTheDeviceButNoMoreThanTheHostWaits() {
        Device device = AnyGpu.device(Format.FLOAT32);
        Buffer x = device.memory().allocate(100_000);
        device.kernels().fill(1, x);
        try (var timer = CudaTimer.on(device)) {
            for (int i = 0; i < 3; i++) {                                          // a timer can be used again
                long start = System.nanoTime();
                timer.start();
                device.kernels().gelu(x, x);
                double seconds = timer.stop(), host = (System.nanoTime() - start) / 1e9;
                assertTrue(seconds > 0 && seconds <= host + 1e-6, seconds + " s on the device, " + host + " s for the host");
            }
        }
    }

    @Test
    void aProcessorHasNone() {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> CudaTimer.on(Device.reference())).getMessage());
        assertEquals(Device.reference() + " is no GPU; System.nanoTime() measures it", message);
    }
}
