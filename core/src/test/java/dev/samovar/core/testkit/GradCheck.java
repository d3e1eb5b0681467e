package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/// Checks that a backward pass is the derivative of its forward pass, in double precision, for any function of tensors:
///
///     ⟨backward(u), v⟩  ≈  (⟨u, f(x + εv)⟩ − ⟨u, f(x − εv)⟩) / 2ε
///
/// for each input by itself, along a random direction `v` that changes every element. This takes two forward passes for each input, whatever its shape.
///
///     GradCheck.check("conv2d", xs -> xs[0].conv2d(xs[1], xs[2], 1, 1), Shape.of(2, 3, 5, 7), Shape.of(4, 3, 3, 3), Shape.of(4));
///
/// Also checked: an input's gradient is the same if it is the only one asked for; nothing is recorded if none is asked for; all memory is released.
public final class GradCheck {
    private static final double EPSILON = 1e-5;
    private static final double TOLERANCE = 1e-8;

    /// The function that is differentiated.
    @FunctionalInterface
    public interface Function {
        /// Computes a tensor of any shape.
        Tensor of(Tensor[] xs);
    }

    /// The points at which it is differentiated.
    public enum Points {
        /// Between −2 and 2.
        ANY,
        /// Between ½ and 2.
        POSITIVE,
        /// Of either sign, at least ½ from zero.
        NOT_ZERO;

        private double draw(Random random) {
            return switch (this) {
                case ANY -> 4 * random.uniform() - 2;
                case POSITIVE -> 0.5 + 1.5 * random.uniform();
                case NOT_ZERO -> (random.below(2) == 0 ? -1 : 1) * (0.5 + 1.5 * random.uniform());
            };
        }
    }

    private final String name;
    private final Function f;
    private final Device device = Device.reference();
    private final Shape[] shapes;
    private final float[][] points;                                                // representable in single precision, as parameters are
    private final Random random;

    private GradCheck(String name, long seed, Points where, Function f, Shape[] shapes) {
        this.name = name + " " + Arrays.toString(shapes) + ", seed " + seed + ": ";
        this.f = f;
        this.shapes = shapes;
        random = new Random(seed, name);
        points = new float[shapes.length][];
        for (int i = 0; i < shapes.length; i++) {
            points[i] = new float[shapes[i].size()];
            for (int j = 0; j < points[i].length; j++) points[i][j] = (float) where.draw(random);
        }
    }

    /// Checks at inputs of these shapes.
    public static void check(String name, Function f, Shape... shapes) {
        check(name, 0, Points.ANY, f, shapes);
    }

    /// Checks at points of this kind, drawn with this seed.
    public static void check(String name, long seed, Points where, Function f, Shape... shapes) {
        new GradCheck(name, seed, where, f, shapes).run();
    }

    private void run() {
        double[] u = normal(frozenForward().length);
        double[][] gradients = gradients(u, -1);
        for (int i = 0; i < shapes.length; i++) {
            double[] v = normal(shapes[i].size());
            double analytic = dot(gradients[i], v), numeric = (dot(u, forward(i, v, EPSILON)) - dot(u, forward(i, v, -EPSILON))) / (2
                    * EPSILON);
            double tolerance = TOLERANCE * (1 + Math.sqrt(dot(gradients[i], gradients[i])));
            assertTrue(Math.abs(analytic - numeric) <= tolerance, "%sinput %d: the gradient says %.10e, two forward passes %.10e"
                    .formatted(name, i, analytic, numeric));
            assertArrayEquals(gradients[i], gradients(u, i)[i], 1e-12, name + "input " + i + " alone asks for a gradient");
        }
        assertEquals(0, device.memory().bytesInUse(), name + "bytes not released");
    }

    private double[] normal(int n) {
        return IntStream.range(0, n).mapToDouble(_ -> random.normal()).toArray();
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }

    private double[] frozenForward() {
        try (var _ = Scope.open()) {
            Tensor[] xs = IntStream.range(0, shapes.length).mapToObj(i -> Tensor.of(device, points[i], shapes[i].dims())).toArray(Tensor[]::new);
            Tensor y = f.of(xs);
            assertFalse(y.requiresGrad(), name + "no gradient was asked for");
            return y.toDoubles();
        }
    }

    /// `f` with input `i` moved along `v`.
    private double[] forward(int moved, double[] v, double by) {
        try (var _ = Scope.open()) {
            Tensor[] xs = new Tensor[shapes.length];
            for (int i = 0; i < xs.length; i++) {
                double[] x = new double[points[i].length];
                for (int j = 0; j < x.length; j++) x[j] = points[i][j] + (i == moved ? by * v[j] : 0);
                xs[i] = Tensor.of(device, x, shapes[i].dims());
            }
            return f.of(xs).toDoubles();
        }
    }

    /// The gradient of every input, or of one alone.
    private double[][] gradients(double[] u, int only) {
        Tensor[] xs = IntStream.range(0, shapes.length)
                .mapToObj(i -> Tensor.parameter(device, points[i], shapes[i], only < 0 || only == i)).toArray(Tensor[]::new);
        try (var _ = Scope.open()) {
            Tensor y = f.of(xs);
            Gradients g = y.backward(Tensor.of(device, u, y.shape().dims()));
            return Arrays.stream(xs).map(x -> g.reached(x) ? g.of(x).toDoubles() : new double[0]).toArray(double[][]::new);
        } finally {
            for (Tensor x : xs) x.release();
        }
    }
}
