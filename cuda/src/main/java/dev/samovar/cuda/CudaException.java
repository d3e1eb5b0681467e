package dev.samovar.cuda;

/// CUDA cannot do what it was asked for: there is no device, a library does not load, or the device failed. The message is one sentence for a person.
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CudaException(String message) {
        super(message);
    }
}
