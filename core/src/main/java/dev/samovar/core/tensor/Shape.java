package dev.samovar.core.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/// The dimensions of a tensor, outermost first. A scalar has none.
///
/// Axes are counted from 0; negative ones count from the end, as in `dim(-1)`.
public final class Shape {
    private final int[] dims;
    private final int size;

    private Shape(int[] dims) {
        double n = 1;                                                              // exact as far as an int goes
        for (int d : dims) {
            if (d < 0) throw new ShapeException("a shape has no negative dimension: " + Arrays.toString(dims));
            n *= d;
        }
        if (n > Integer.MAX_VALUE - 16) throw new ShapeException(Arrays.toString(dims) + " has more elements than a tensor can hold");
        this.dims = dims;
        this.size = (int) n;
    }

    /// A shape of these dimensions.
    ///
    /// @throws ShapeException if one is negative, or the product exceeds what a Java array can hold
    public static Shape of(int... dims) {
        return new Shape(dims.clone());
    }

    /// The number of axes.
    public int rank() {
        return dims.length;
    }

    /// The number of elements: the product of the dimensions, 1 for a scalar.
    public int size() {
        return size;
    }

    /// The dimension along an axis.
    public int dim(int axis) {
        return dims[axis(axis)];
    }

    /// A copy of all dimensions.
    public int[] dims() {
        return dims.clone();
    }

    /// The axis counted from 0.
    ///
    /// @throws ShapeException if there is no such axis
    public int axis(int axis) {
        int a = axis < 0 ? axis + dims.length : axis;
        if (a < 0 || a >= dims.length) throw new ShapeException("no axis " + axis + " in " + this);
        return a;
    }

    /// This shape with another dimension along one axis.
    public Shape with(int axis, int dim) {
        int[] d = dims.clone();
        d[axis(axis)] = dim;
        return new Shape(d);
    }

    /// This shape without one axis.
    public Shape without(int axis) {
        int a = axis(axis);
        int[] d = new int[dims.length - 1];
        for (int i = 0; i < d.length; i++) d[i] = dims[i < a ? i : i + 1];
        return new Shape(d);
    }

    /// The product of the dimensions before an axis.
    public int outer(int axis) {
        int n = 1;
        for (int i = 0, a = axis(axis); i < a; i++) n *= dims[i];
        return n;
    }

    /// The product of the dimensions after an axis.
    public int inner(int axis) {
        int n = 1;
        for (int i = axis(axis) + 1; i < dims.length; i++) n *= dims[i];
        return n;
    }

    /// Row-major strides: the distance in memory between neighbours along each axis.
    public int[] strides() {
        int[] s = new int[dims.length];
        for (int i = dims.length - 1, n = 1; i >= 0; n *= dims[i--]) s[i] = n;
        return s;
    }

    /// The shape that both broadcast to: from the right, dimensions must be equal, or one of them 1 or absent.
    ///
    /// @throws ShapeException if they do not fit; the message begins with `op`
    public static Shape broadcast(String op, Shape a, Shape b) {
        int[] d = new int[Math.max(a.rank(), b.rank())];
        for (int i = 1; i <= d.length; i++) {
            int x = i <= a.rank() ? a.dim(-i) : 1, y = i <= b.rank() ? b.dim(-i) : 1;
            if (x != y && x != 1 && y != 1)
                throw new ShapeException(op + ": " + a + " and " + b + " do not broadcast: " + x + " against " + y);
            d[d.length - i] = x == 1 ? y : x;
        }
        return new Shape(d);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape that && Arrays.equals(dims, that.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining(", ", "(", ")"));
    }
}
