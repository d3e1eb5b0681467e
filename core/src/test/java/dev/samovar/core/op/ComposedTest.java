package dev.samovar.core.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.GradCheck.Function;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every fused operation computes what its `composed` spells out, forward and backward, on every device. The name of a case begins with that of the operation.
class ComposedTest {
    private record Case(String name, Function fused, Function composed, List<Shape> shapes) {}

    private static final List<Case> CASES = new ArrayList<>();

    private static void add(String name, Function fused, Function composed, Shape... shapes) {
        CASES.add(new Case(name, fused, composed, List.of(shapes)));
    }

    private static Shape s(int... dims) {
        return Shape.of(dims);
    }

    static {
        add("Linear", xs -> xs[0].linear(xs[1], xs[2]), xs -> Linear.composed(xs[0], xs[1], xs[2]), s(3, 41, 65), s(67, 65), s(67));
        add("Linear of a vector", xs -> xs[0].linear(xs[1], xs[2]), xs -> Linear.composed(xs[0], xs[1], xs[2]), s(5), s(3, 5), s(3));
        add("Linear without bias", xs -> xs[0].linear(xs[1], null), xs -> Linear.composed(xs[0], xs[1], null), s(1, 70), s(1, 70));
        for (int axis : new int[]{0, 1, -1}) {
            int n = s(3, 37, 70).dim(axis);
            add("LayerNorm along " + axis, xs -> xs[0].layerNorm(axis, xs[1], xs[2], 1e-6f), xs -> LayerNorm.composed(xs[0], axis, xs[1],
                    xs[2], 1e-6f), s(3, 37, 70), s(n), s(n));
            add("Softmax along " + axis, xs -> xs[0].softmax(axis), xs -> Softmax.composed(xs[0], axis), s(3, 37, 70));
        }
        add("Sigmoid of a picture", xs -> xs[0].sigmoid(), xs -> Sigmoid.composed(xs[0]), s(3, 37, 70));
        add("Tanh of a picture", xs -> xs[0].tanh(), xs -> Tanh.composed(xs[0]), s(3, 37, 70));
        add("Softplus of a picture", xs -> xs[0].softplus(), xs -> Softplus.composed(xs[0]), s(3, 37, 70));
        for (int[] bchw : new int[][]{{2, 3, 17, 31}, {1, 64, 5, 5}, {4, 1, 9, 7}})
            add("BatchNorm of " + bchw[1] + " channels", xs -> xs[0].batchNorm(xs[1], xs[2], 1e-5f, Tensor.full(xs[0].device(), 0, 2,
                    bchw[1])), xs -> BatchNorm.composed(xs[0], xs[1], xs[2], 1e-5f), s(bchw), s(bchw[1]), s(bchw[1]));
        for (int[] ghwd : new int[][]{{2, 3, 5, 7}, {1, 1, 1, 3}, {3, 9, 4, 16}, {1, 1, 35, 20}, {2, 14, 14, 64}}) {
            int g = ghwd[0], h = ghwd[1], w = ghwd[2], d = ghwd[3];
            add("RelPosAttention of " + h + " × " + w, xs -> xs[0].relPosAttention(xs[1], xs[2]), xs -> RelPosAttention.composed(xs[0],
                    xs[1], xs[2]), s(3, g, h * w, d), s(2 * h - 1, d), s(2 * w - 1, d));
        }
        for (int[] nm : new int[][]{{1, 1}, {3, 500}, {500, 3}, {7, 5}}) {
            Shape q = s(2, nm[0], 8 * 6), k = s(2, nm[1], 8 * 6);
            add("MultiHeadAttention of " + nm[0] + " to " + nm[1], xs -> xs[0].attention(xs[1], xs[2], 8),
                    xs -> MultiHeadAttention.composed(xs[0], xs[1], xs[2], 8), q, k, k);
        }
        for (int classes : new int[]{2, 5}) {
            Labels labels = labels(2, 17, 19, classes);
            add("CrossEntropy of " + classes + " classes", xs -> xs[0].crossEntropy(labels), xs -> CrossEntropy.composed(xs[0], labels),
                    s(2, classes, 17, 19));
            add("CrossEntropyAndDice of " + classes + " classes", xs -> xs[0].crossEntropyAndDice(labels),
                    xs -> CrossEntropyAndDice.composed(xs[0], labels), s(2, classes, 17, 19));
            add("SoftDice of " + classes + " classes", xs -> xs[0].softmax(1).softDice(labels), xs -> SoftDice.composed(xs[0].softmax(1),
                    labels), s(2, classes, 17, 19));
        }
    }

    private static Labels labels(int batch, int height, int width, int classes) {
        var random = new Random(0, "labels");
        byte[] labels = new byte[batch * height * width];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) random.below(classes);
        return new Labels(batch, height, width, labels);
    }

    @TestFactory
    Stream<DynamicTest> fusedEqualsComposedInDoublePrecision() {
        return onEvery(Device.reference(), 1e-12);
    }

    @TestFactory
    Stream<DynamicTest> fusedEqualsComposedOnScalarKernels() {
        return onEvery(Device.scalar(2), 1e-5);
    }

    @TestFactory
    Stream<DynamicTest> fusedEqualsComposedOnTheFastestKernels() {
        return onEvery(Device.cpu(2), 1e-5);
    }

    private static Stream<DynamicTest> onEvery(Device device, double tolerance) {
        return CASES.stream().map(c -> dynamicTest(c.name, () -> compare(c, device, tolerance)));
    }

    private static void compare(Case c, Device device, double tolerance) {
        Tensor[] xs = IntStream.range(0, c.shapes.size()).mapToObj(i -> Tensor.parameter(device, normal(c.name + i, c.shapes.get(i).size()),
                c.shapes.get(i), true)).toArray(Tensor[]::new);
        try (var _ = Scope.open()) {
            Tensor fused = c.fused.of(xs), composed = c.composed.of(xs);
            assertEquals(composed.shape(), fused.shape());
            assertClose("forward", composed, fused, tolerance, 0);
            Tensor dy = Tensor.of(device, normal(c.name + "dy", fused.shape().size()), fused.shape().dims());
            Gradients ofFused = fused.backward(dy), ofComposed = composed.backward(dy);
            double all = Math.sqrt(Arrays.stream(xs).mapToDouble(x -> Math.pow(norm(ofComposed.of(x).toDoubles()), 2)).sum());
            for (int i = 0; i < xs.length; i++)
                assertClose("gradient of input " + i, ofComposed.of(xs[i]), ofFused.of(xs[i]), tolerance, all / 10);
        }
    }

    private static float[] normal(String name, int n) {
        var random = new Random(0, name);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) random.normal();
        return x;
    }

    /// Equal up to a fraction of the norm. For a tensor that is really zero, such as the gradient of a table of one offset, `least` replaces the norm.
    private static void assertClose(String what, Tensor expected, Tensor actual, double tolerance, double least) {
        double[] e = expected.toDoubles(), a = actual.toDoubles();
        double difference = norm(IntStream.range(0, e.length).mapToDouble(i -> e[i] - a[i]).toArray()), norm = Math.max(norm(e), least);
        assertTrue(difference <= tolerance * norm, "%s: ‖Δ‖ = %.2e, ‖expected‖ = %.2e".formatted(what, difference, norm));
    }

    private static double norm(double[] x) {
        return Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
    }

    @Test
    void noFusedOperationIsLeftOut() {
        Set<String> fused = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(Add.class.getPackageName())
                .stream().filter(c -> c.getMethods().stream().anyMatch(m -> m.getName().equals("composed"))).map(JavaClass::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(fused, CASES.stream().map(c -> c.name.split(" ", 2)[0]).collect(Collectors.toCollection(TreeSet::new)));
    }
}
