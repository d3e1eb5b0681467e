package dev.samovar.cuda;

import dev.samovar.core.tensor.Device;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/// A GPU's own clock: the time between two events in its queue, which is what its work took, without the host's.
///
/// ```java
/// try (var timer = CudaTimer.on(device)) {
///     timer.start();
///     …
///     double seconds = timer.stop();
/// }
/// ```
public final class CudaTimer implements AutoCloseable {
    private final CudaStream stream;
    private final CUevent begin = new CUevent(), end = new CUevent();

    private CudaTimer(CudaStream stream) {
        this.stream = stream;
        stream.enter();
        for (CUevent event : new CUevent[]{begin, end})
            CudaDriver.check(JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "making an event");
    }

    /// A timer for the work of a device.
    ///
    /// @throws IllegalArgumentException if the device was not made by [Cuda]
    public static CudaTimer on(Device device) {
        if (!(device.kernels() instanceof CudaKernels kernels))
            throw new IllegalArgumentException(device + " is no GPU; System.nanoTime() measures it");
        return new CudaTimer(kernels.stream());
    }

    /// Starts measuring after all work that is in the device's queue now.
    public void start() {
        stream.record(begin);
    }

    /// Waits for all work in the device's queue.
    ///
    /// @return seconds since [#start], by the device's clock; its resolution is half a microsecond
    public double stop() {
        stream.record(end);
        CudaDriver.check(JCudaDriver.cuEventSynchronize(end), "waiting for the device");
        float[] milliseconds = new float[1];
        CudaDriver.check(JCudaDriver.cuEventElapsedTime(milliseconds, begin, end), "asking for the time between two events");
        return milliseconds[0] / 1e3;
    }

    @Override
    public void close() {
        stream.enter();
        JCudaDriver.cuEventDestroy(begin);
        JCudaDriver.cuEventDestroy(end);
    }
}
