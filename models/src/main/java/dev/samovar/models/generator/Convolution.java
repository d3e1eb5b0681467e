package dev.samovar.models.generator;

/// A convolution, described to count its operations and activations.
///
/// @param seen the number of input channels that each output channel sees
/// @param out output channels
/// @param kernel pixels along a side of the kernel
/// @param pixels of the output map
record Convolution(int seen, int out, int kernel, long pixels) {
    /// Multiply-adds.
    long operations() {
        return pixels * seen * out * kernel * kernel;
    }

    /// Numbers that the backward pass needs of this convolution and of the norm and activation after it, and of its input, unless each output channel
    /// sees only one.
    long activations() {
        return pixels * ((seen == 1 ? 0 : seen) + 2L * out);
    }
}
