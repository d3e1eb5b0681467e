package dev.samovar.cuda;

import java.util.Locale;

/// The numbers that a GPU multiplies in matrix products, attention, and convolutions with frozen weights. It is a property of the device. With each
/// format, tensors are float32 in memory (except between the layers of the encoder's blocks), and all sums are float32.
public enum Format {
    /// 24 bits of mantissa, without tensor cores: as exact as the CPU.
    FLOAT32(75),
    /// 11 bits of mantissa on tensor cores (Ampere, 2020, or newer).
    TF32(80),
    /// 8 bits of mantissa on tensor cores (Ampere or newer): the fastest.
    BF16(80);

    private final int capability;

    Format(int capability) {
        this.capability = capability;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The oldest compute capability that supports it: 80 for 8.0.
    int capability() {
        return capability;
    }

    /// Bytes of a number as a product reads it.
    int bytes() {
        return this == BF16 ? 2 : 4;
    }

    /// Bytes of a row of `n` numbers as a product reads it: on tensor cores a multiple of 16.
    int rowBytes(int n) {
        return this == FLOAT32 ? 4 * n : Math.ceilDiv(bytes() * n, 16) * 16;
    }
}
