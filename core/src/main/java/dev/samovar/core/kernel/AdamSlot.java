package dev.samovar.core.kernel;

/// A parameter `p` with its gradient `g` and Adam's running means of the gradient, `m`, and of its square, `v`: four buffers of the same size.
public record AdamSlot(Buffer g, Buffer m, Buffer v, Buffer p) {

    /// Checks the sizes.
    ///
    /// @throws IllegalArgumentException if they differ
    public AdamSlot {
        if (g.size() != p.size() || m.size() != p.size() || v.size() != p.size())
            throw new IllegalArgumentException("adam: a parameter of " + p.size() + " values with a gradient of " + g.size()
                    + " and moments of "
                    + m.size() + " and " + v.size());
    }

    /// The number of values.
    public int size() {
        return p.size();
    }
}
