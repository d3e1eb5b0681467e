package dev.samovar.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.kernel.OutOfDeviceMemoryException;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.cuda.testkit.Emulated;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How the device handles what a driver may do, by emulation.
class CudaTest {
    private static final int SIDE = 16;                                            // of matrices, small because the emulation is slow

    @BeforeEach
    void there() {
        Emulated.assumePresent();
    }

    @AfterEach
    void wellAgain() {
        Emulated.set("devices", 1);
        Emulated.set("capability", 80);
        Emulated.set("driver_version", 13000);
        Emulated.set("nvrtc_works", 1);
        Emulated.set("total_memory", 8L << 30);
        Emulated.set("fail_allocation", 0);
    }

    @Test
    void aGpuIsToldByNameMemoryAndCapability() {
        assertNull(Cuda.whyNot());
        assertEquals(List.of(new Cuda.Gpu(0, "emulated device", 8L << 30, 80)), Cuda.gpus());
        assertEquals(13000, Cuda.driverVersion());
    }

    @Test
    void noGpuIsAReason() {
        Emulated.set("devices", 0);
        assertEquals("the NVIDIA driver knows of no GPU", Cuda.whyNot());
        assertEquals("the NVIDIA driver knows of no GPU", assertThrows(CudaException.class, () -> Cuda.device(0)).getMessage());
    }

    @Test
    void aGpuThatIsNotThereIsSaidSo() {
        assertEquals("there is no GPU 3; there is 1, counted from 0", assertThrows(CudaException.class, () -> Cuda.device(3)).getMessage());
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void anOldGpuIsRefused(Format format) {
        Emulated.set("capability", 61);
        String message = String.valueOf(assertThrows(CudaException.class, () -> Cuda.device(0, format)).getMessage());
        assertEquals("GPU 0, emulated device, has compute capability 6.1; for " + format + " it needs " + (format == Format.FLOAT32
                ? "7.5"
                : "8.0") + " or newer", message);
    }

    @Test
    void ptxThatTheDriverDoesNotKnowIsCompiledOnTheSpot() {
        float[] expected = work(Cuda.device(0));
        Emulated.set("driver_version", 12060);
        assertArrayEquals(expected, work(Cuda.device(0)));
    }

    @Test
    void howKernelsGetToTheGpuIsTold() {
        boolean built = CudaTest.class.getResource("gelu.ptx") != null;
        String with = Cuda.kernels();
        Emulated.set("driver_version", 12060);
        String without = Cuda.kernels();
        if (built) {
            assertEquals("the PTX of this build", with);
            assertTrue(without.startsWith("compiled by NVRTC, because the driver is made for CUDA 12.6 and too old for the PTX of this build"),
                    without);
        } else {
            assertEquals("compiled by NVRTC, because this build has no PTX: it was made without nvcc", with);
            assertEquals(with, without);
        }
    }

    @Test
    void whatNvrtcSaysOfAProgramIsPassedOn() {
        Emulated.set("driver_version", 12060);
        Emulated.set("nvrtc_works", 0);
        String message = String.valueOf(assertThrows(CudaException.class, () -> Cuda.device(0)).getMessage());
        assertTrue(message.endsWith("emulated error in line 1"), message);
    }

    @Test
    void geluIsOneLaunchOnTheWayDownAndOneBack() {
        Device device = Cuda.device(0);
        float[] numbers = {-3, -1, -0.5f, 0, 0.5f, 1, 3};
        try (var _ = Scope.open()) {
            Tensor x = Tensor.parameter(device, numbers, Shape.of(7), true), ones = Tensor.full(device, 1, 7);
            long before = Emulated.launches();
            Tensor y = x.gelu();
            assertEquals(before + 1, Emulated.launches(), "Tensor.gelu, Gelu.forward, CudaKernels.gelu, gelu_forward in gelu.cu");
            Tensor dx = y.backward(ones).of(x);
            assertEquals(before + 2, Emulated.launches(), "Gelu.backward, CudaKernels.geluGrad, gelu_backward");
            assertArrayEquals(Tensor.of(Device.reference(), numbers, 7).gelu().toArray(), y.toArray(), 1e-6f);
            assertEquals(0.5, dx.toArray()[3], 1e-7, "Φ(0) + 0·φ(0) = ½");
        }
    }

    @Test
    void numbersOfEveryLengthComeBack() {
        Device device = Cuda.device(0);
        for (int n : new int[]{1, 1 << 20, (1 << 20) + 1, 3_000_001}) {
            float[] x = new float[n];
            for (int i = 0; i < n; i++) x[i] = i * 0.5f;
            try (var _ = Scope.open()) {
                assertArrayEquals(x, Tensor.of(device, x, n).toArray());
            }
        }
    }

    @Test
    void tooLittleMemoryIsAnErrorOfItsOwnAndTheNextRunWorks() {
        Device device = Cuda.device(0);
        float[] expected = work(device);
        for (int n = 1; n <= 50; n++) {
            failAllocation(n, 1);
            device.memory().trim();
            assertArrayEquals(expected, work(device), "idle memory makes room");
            failAllocation(n, 2);
            device.memory().trim();
            assertThrows(OutOfDeviceMemoryException.class, () -> work(device), "allocation " + n);
            assertEquals(0, device.memory().bytesInUse(), "after failure " + n);
            assertArrayEquals(expected, work(device), "the next run after failure " + n);
        }
        Emulated.set("total_memory", 1 << 10);
        device.memory().trim();
        String message = String.valueOf(assertThrows(OutOfDeviceMemoryException.class, () -> work(device)).getMessage());
        assertTrue(message.startsWith("the memory of emulated device is not enough: "), message);
        assertEquals(0, device.memory().bytesInUse());
        Emulated.set("total_memory", 8L << 30);
        assertArrayEquals(expected, work(device));
    }

    private static void failAllocation(int n, int failures) {
        Emulated.set("failures", failures);
        Emulated.set("fail_allocation", n);
    }

    private static float[] work(Device device) {
        try (var _ = Scope.open()) {
            float[] ones = new float[SIDE * SIDE];
            Arrays.fill(ones, 1);
            Tensor x = Tensor.of(device, ones, SIDE, SIDE);
            for (int i = 0; i < 20; i++) x = x.matmul(x).affine(1.0 / SIDE, 0.01).gelu();
            return x.toArray();
        }
    }

    @Test
    void aThousandRoundsLeaveNoMemoryBehind() {
        Device device = Cuda.device(0);
        work(device);
        long peak = device.memory().peakBytes();
        for (int i = 0; i < 50; i++) work(device);
        assertEquals(0, device.memory().bytesInUse());
        assertEquals(peak, device.memory().peakBytes());
    }
}
