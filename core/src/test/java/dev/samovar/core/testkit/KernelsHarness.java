package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.kernel.Kernels;
import dev.samovar.core.kernel.Memory;
import dev.samovar.core.kernel.reference.ReferenceKernels;
import dev.samovar.core.kernel.reference.ReferenceMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Runs a call on the kernels under test and on the reference, with the same numbers, and compares the results.
///
/// The numbers are random but always the same. Outputs are full of NaN before a call, so that a value that is not written is found. Inputs are compared
/// afterwards, so that one that is written is found, too.
public abstract class KernelsHarness {
    /// One-dimensional sizes around the widths of vectors and the lengths of blocks.
    protected static final int[] SIZES = {1, 2, 3, 7, 8, 15, 16, 17, 31, 64, 207, 1024, 4098};

    private final Kernels reference = new ReferenceKernels();
    private final Memory referenceMemory = new ReferenceMemory();
    private final List<Pair> inputs = new ArrayList<>();
    private final Random random = new Random(20261121);

    /// The kernels under test.
    protected abstract Kernels kernels();

    /// The memory of their buffers.
    protected abstract Memory memory();

    /// Half of the distance between 1 and the next number of the device's format: the largest relative error of one rounding.
    protected double epsilon() {
        return 0x1p-24;
    }

    /// A call that is the same for both kernels.
    @FunctionalInterface
    protected interface Call {
        void on(Kernels kernels);
    }

    /// Equal values in two memories.
    protected final class Pair {
        private final Buffer tested, expected;
        private final float[] given;

        private Pair(float[] given) {
            this.given = given;
            tested = memory().allocate(given.length);
            expected = referenceMemory.allocate(given.length);
            memory().write(given, tested);
            referenceMemory.write(given, expected);
        }

        /// The buffer for `kernels`.
        public Buffer on(Kernels kernels) {
            return kernels.equals(reference) ? expected : tested;
        }

        /// The values that the kernels under test have written.
        public float[] values() {
            float[] values = new float[tested.size()];
            memory().read(tested, values);
            return values;
        }

        /// The values that the reference has written.
        public double[] expected() {
            double[] values = new double[expected.size()];
            referenceMemory.read(expected, values);
            return values;
        }

        /// The reference's values, rounded, as an input for both.
        public Pair asInput() {
            float[] values = new float[expected.size()];
            referenceMemory.read(expected, values);
            return input(values);
        }
    }

    /// `n` numbers from a normal distribution.
    protected final float[] normal(int n, double scale) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) (scale * random.nextGaussian());
        return x;
    }

    /// `n` classes.
    protected final byte[] labels(int n, int classes) {
        byte[] labels = new byte[n];
        for (int i = 0; i < n; i++) labels[i] = (byte) random.nextInt(classes);
        return labels;
    }

    /// An input of `n` numbers from the standard normal distribution.
    protected final Pair input(int n) {
        return input(normal(n, 1));
    }

    /// An input with these values.
    protected final Pair input(float... values) {
        Pair pair = new Pair(values);
        inputs.add(pair);
        return pair;
    }

    /// A buffer that is changed in place.
    protected final Pair state(float... values) {
        return new Pair(values);
    }

    /// An output, full of NaN.
    protected final Pair output(int n) {
        float[] values = new float[n];
        Arrays.fill(values, Float.NaN);
        return new Pair(values);
    }

    /// Runs a call on both.
    protected final void both(Call call) {
        call.on(reference);
        tested(call);
    }

    /// Runs a call on the kernels under test.
    protected final void tested(Call call) {
        call.on(kernels());
        for (Pair input : inputs) assertArrayEquals(input.given, input.values(), "an input was changed");
        inputs.clear();
    }

    /// Every value is right up to `roundings` rounding errors of its own size, plus `floor`.
    protected final void assertEach(String what, Pair y, double roundings, double floor) {
        float[] values = y.values();
        double[] expected = y.expected();
        for (int i = 0; i < values.length; i++)
            compare(what, i, values[i], expected[i], roundings * epsilon() * Math.abs(expected[i]) + floor);
    }

    /// Every value is right up to `roundings` rounding errors of the size of the largest value.
    protected final void assertClose(String what, Pair y, double roundings) {
        assertClose(what, y, roundings, 0);
    }

    /// Sums of `n` products of numbers around 1: the sums are around `√n`, and so are their errors in units of the last digit.
    protected final void assertSums(String what, Pair y, double n) {
        assertClose(what, y, 4 * Math.sqrt(n) + 4, Math.sqrt(n));
    }

    /// Every value is right up to `roundings` rounding errors of the size of the largest value, or of `magnitude` if that is larger.
    protected final void assertClose(String what, Pair y, double roundings, double magnitude) {
        float[] values = y.values();
        double[] expected = y.expected();
        double largest = magnitude;
        for (double e : expected) largest = Math.max(largest, Math.abs(e));
        for (int i = 0; i < values.length; i++) compare(what, i, values[i], expected[i], roundings * epsilon() * largest);
    }

    private static void compare(String what, int i, double value, double expected, double tolerance) {
        if (value == expected || Math.abs(value - expected) <= tolerance) return;
        fail(String.format("%s: value %d is %.9g, not %.9g; the difference is %.3g, allowed is %.3g", what, i, value, expected,
                Math.abs(value - expected), tolerance));
    }

    /// `Σ x · y`, and `√Σ (x · y)²` as a scale for its error.
    protected static double[] dot(float[] x, float[] y) {
        double sum = 0, squares = 0;
        for (int i = 0; i < x.length; i++) {
            double product = (double) x[i] * y[i];
            sum += product;
            squares += product * product;
        }
        return new double[]{sum, Math.sqrt(squares)};
    }
}
