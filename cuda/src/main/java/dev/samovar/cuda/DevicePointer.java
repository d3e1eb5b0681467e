package dev.samovar.cuda;

import jcuda.driver.CUdeviceptr;

/// A pointer into a device's memory whose address can be read, because we pack a kernel's parameters ourselves.
final class DevicePointer extends CUdeviceptr {
    long address() {
        return getNativePointer();
    }
}
