package dev.samovar.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// Small questions to the driver, and what its answers mean.
final class CudaDriver {
    private CudaDriver() {}

    /// Throws unless the driver answered that all is well.
    static void check(int status, String doing) {
        if (status != CUresult.CUDA_SUCCESS)
            throw new CudaException("CUDA failed while " + doing + ": " + CUresult.stringFor(status)
                    + (isFatal(status) ? "; the device is lost to this process, which has to be started anew" : ""));
    }

    /// Errors of a kernel, after which the driver refuses everything.
    private static boolean isFatal(int status) {
        return status == CUresult.CUDA_ERROR_ILLEGAL_ADDRESS || status == CUresult.CUDA_ERROR_LAUNCH_FAILED
                || status == CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION
                || status == CUresult.CUDA_ERROR_MISALIGNED_ADDRESS || status == CUresult.CUDA_ERROR_LAUNCH_TIMEOUT
                || status == CUresult.CUDA_ERROR_ECC_UNCORRECTABLE;
    }

    /// A number that NVIDIA's libraries read from the host's memory.
    static Pointer number(float value) {
        return Pointer.to(ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()).putFloat(0, value));
    }

    static CUdevice device(int index) {
        var device = new CUdevice();
        check(JCudaDriver.cuDeviceGet(device, index), "looking for GPU " + index);
        return device;
    }

    static int attribute(CUdevice device, int which) {
        int[] value = new int[1];
        check(JCudaDriver.cuDeviceGetAttribute(value, which, device), "asking for a property of a GPU");
        return value[0];
    }
}
