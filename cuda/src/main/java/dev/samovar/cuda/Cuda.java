package dev.samovar.cuda;

import dev.samovar.core.tensor.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/// NVIDIA GPUs: `Cuda.device(0)` instead of `Device.cpu()` is the only line of a program that changes.
///
/// ```java
/// Device device = Cuda.whyNot() == null ? Cuda.device(0) : Device.cpu();
/// ```
public final class Cuda {
    /// A GPU as the driver describes it.
    ///
    /// @param index its number, as [#device] takes it
    /// @param name such as `NVIDIA H100 80GB HBM3`
    /// @param bytes its memory
    /// @param capability its architecture: 90 for 9.0
    public record Gpu(int index, String name, long bytes, int capability) {}

    private static final class Driver {
        static final @Nullable String PROBLEM = start();                           // asked once: a second failed load throws another error
    }

    private Cuda() {}

    /// Why no GPU can be used here, in a sentence; null if one can.
    public static @Nullable String whyNot() {
        if (Driver.PROBLEM != null) return Driver.PROBLEM;
        try {
            return gpus().isEmpty() ? "the NVIDIA driver knows of no GPU" : null;
        } catch (CudaException e) {
            return e.getMessage();
        }
    }

    @SuppressWarnings("restricted")
    private static @Nullable String start() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup("libcuda.so.1", arena);
        } catch (IllegalArgumentException _) {
            return "no NVIDIA driver: the system has no libcuda.so.1";
        }
        String problem = Natives.load("JCudaDriver", "12.6.0", () -> JCudaDriver.setExceptionsEnabled(false));
        if (problem != null) return problem;
        int status = JCudaDriver.cuInit(0);
        return status == CUresult.CUDA_SUCCESS ? null : "the NVIDIA driver does not start: " + CUresult.stringFor(status);
    }

    /// The version of CUDA that the driver is made for: 13000 for 13.0.
    ///
    /// @throws CudaException if there is no driver
    public static int driverVersion() {
        if (Driver.PROBLEM != null) throw new CudaException(Driver.PROBLEM);
        int[] version = new int[1];
        CudaDriver.check(JCudaDriver.cuDriverGetVersion(version), "asking for the driver's version");
        return version[0];
    }

    /// The GPUs of this machine.
    ///
    /// @throws CudaException if there is no driver
    public static List<Gpu> gpus() {
        if (Driver.PROBLEM != null) throw new CudaException(Driver.PROBLEM);
        int[] count = new int[1];
        CudaDriver.check(JCudaDriver.cuDeviceGetCount(count), "counting the GPUs");
        List<Gpu> gpus = new ArrayList<>();
        for (int i = 0; i < count[0]; i++) gpus.add(gpu(i));
        return gpus;
    }

    private static Gpu gpu(int index) {
        CUdevice device = CudaDriver.device(index);
        byte[] name = new byte[256];
        CudaDriver.check(JCudaDriver.cuDeviceGetName(name, name.length, device), "asking for a GPU's name");
        int length = 0;
        while (length < name.length && name[length] != 0) length++;
        long[] bytes = new long[1];
        CudaDriver.check(JCudaDriver.cuDeviceTotalMem(bytes, device), "asking for a GPU's memory");
        int capability = 10 * CudaDriver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + CudaDriver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        return new Gpu(index, new String(name, 0, length, StandardCharsets.UTF_8), bytes[0], capability);
    }

    /// How the kernels are loaded on a GPU of this machine, or why they cannot be.
    ///
    /// @throws CudaException if there is no driver
    public static String kernels() {
        return CudaModules.describe(driverVersion());
    }

    /// A GPU as a device, computing in float32 without tensor cores: [#device(int, Format)].
    ///
    /// @throws CudaException if there is no such GPU, it is too old, or its kernels cannot be loaded
    public static Device device(int index) {
        return device(index, Format.FLOAT32);
    }

    /// A GPU as a device that multiplies in another format: [#device(int, Settings)].
    ///
    /// @throws CudaException if there is no such GPU, it is too old, or its kernels cannot be loaded
    public static Device device(int index, Format format) {
        return device(index, Settings.DEFAULT.with(format));
    }

    /// A GPU as a device. Each call makes a new one, with its own queue and memory pool; tensors of two devices cannot be used together.
    ///
    /// @throws CudaException if there is no such GPU, it is too old for the format, its kernels cannot be loaded, or a library that the settings name is not there
    public static Device device(int index, Settings settings) {
        String problem = whyNot();
        if (problem != null) throw new CudaException(problem);
        List<Gpu> gpus = gpus();
        if (index < 0 || index >= gpus.size())
            throw new CudaException("there is no GPU " + index + "; there " + (gpus.size() == 1 ? "is 1" : "are " + gpus.size())
                    + ", counted from 0");
        Gpu gpu = gpus.get(index);
        Format format = settings.format();
        if (gpu.capability() < format.capability())
            throw new CudaException("GPU " + index + ", " + gpu.name() + ", has compute capability " + decimal(gpu.capability()) + "; for "
                    + format + " it needs " + decimal(format.capability()) + " or newer");
        var stream = new CudaStream(gpu);
        var memory = new CudaMemory(stream);
        return new Device(new CudaKernels(stream, memory, settings), memory);
    }

    /// Which of NVIDIA's libraries can be used, or why not, a line for each.
    public static List<String> libraries() {
        String cublas = CublasGemm.whyNot(), cudnn = CudnnConvolution.whyNot();
        return List.of(cublas == null ? "cuBLAS is there" : cublas, cudnn == null ? "cuDNN is there" : cudnn);
    }

    private static String decimal(int capability) {
        return capability / 10 + "." + capability % 10;
    }
}
