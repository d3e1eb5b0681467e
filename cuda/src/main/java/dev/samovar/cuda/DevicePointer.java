package dev.samovar.cuda;

import jcuda.driver.CUdeviceptr;

/// An address in a device's memory that shows its number, because a kernel's parameters are packed by us.
final class DevicePointer extends CUdeviceptr {
    long address() {
        return getNativePointer();
    }
}
