package dev.samovar.models.generator;

/// A convolution, to count what it takes.
///
/// @param seen channels that each of its own sees
/// @param out its own channels
/// @param kernel pixels along a side
/// @param pixels of its map
record Convolution(int seen, int out, int kernel, long pixels) {
    /// Multiply-adds.
    long operations() {
        return pixels * seen * out * kernel * kernel;
    }

    /// Numbers that the backward pass wants of it and of the norm and the activation behind it; and those that it was given, unless one channel is all that it sees.
    long activations() {
        return pixels * ((seen == 1 ? 0 : seen) + 2L * out);
    }
}
