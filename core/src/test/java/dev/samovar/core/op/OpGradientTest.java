package dev.samovar.core.op;

import static dev.samovar.core.testkit.GradCheck.Points.ANY;
import static dev.samovar.core.testkit.GradCheck.Points.NOT_ZERO;
import static dev.samovar.core.testkit.GradCheck.Points.POSITIVE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Context;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Graph;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Op;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.GradCheck;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.AssertionFailedError;

/// The backward pass of every operation and of every method of [Tensor] is the derivative of its forward pass. The name of a case begins with that of the method.
class OpGradientTest {
    private record Case(String name, GradCheck.Points where, GradCheck.Function f, List<Shape> shapes) {}

    private static final List<Case> CASES = new ArrayList<>();

    private static void add(String name, GradCheck.Points where, GradCheck.Function f, Shape... shapes) {
        CASES.add(new Case(name, where, f, List.of(shapes)));
    }

    private static void add(String name, GradCheck.Function f, Shape... shapes) {
        add(name, ANY, f, shapes);
    }

    private static Shape s(int... dims) {
        return Shape.of(dims);
    }

    static {
        // ---- element by element
        for (Shape[] ab : new Shape[][]{{s(2, 3, 5), s(2, 3, 5)}, {s(2, 3, 5), s(5)}, {s(5), s(2, 3, 5)}, {s(2, 3, 5), s(3, 1)}, {s(2, 1,
                5),
            s(3, 1)}, {s(4, 1), s(1, 7)}, {s(), s(3, 2)}, {s(3, 2), s()}, {s(), s()}, {s(1), s(3)}, {s(1, 1, 3), s(3)}, {s(2, 1, 3, 1), s(4, 1, 5)},
            {s(1, 17, 1), s(2, 1, 31)}}) {
            add("add", xs -> xs[0].add(xs[1]), ab);
            add("sub", xs -> xs[0].sub(xs[1]), ab);
            add("mul", xs -> xs[0].mul(xs[1]), ab);
            add("div", NOT_ZERO, xs -> xs[0].div(xs[1]), ab);
        }
        for (Shape x : List.of(s(), s(1), s(207), s(3, 1, 7), s(2, 3, 4, 5))) {
            add("affine", xs -> xs[0].affine(-1.7, 0.3), x);
            add("exp", xs -> xs[0].exp(), x);
            add("log", POSITIVE, xs -> xs[0].log(), x);
            add("sqrt", POSITIVE, xs -> xs[0].sqrt(), x);
            add("sin", xs -> xs[0].sin(), x);
            add("cos", xs -> xs[0].cos(), x);
            add("relu", NOT_ZERO, xs -> xs[0].relu(), x);
            add("gelu", xs -> xs[0].gelu(), x);
            add("leakyRelu", NOT_ZERO, xs -> xs[0].leakyRelu(0.01), x);
            add("relu6", NOT_ZERO, xs -> xs[0].affine(5, 0).relu6(), x);
            add("clamp", NOT_ZERO, xs -> xs[0].affine(5, 0).clamp(-1, 4), x);
            add("sigmoid", xs -> xs[0].sigmoid(), x);
            add("tanh", xs -> xs[0].tanh(), x);
            add("softplus", xs -> xs[0].affine(3, 0).softplus(), x);
            add("binaryCrossEntropy", POSITIVE, xs -> xs[0].affine(0.4, 0).binaryCrossEntropy(half(xs[0])), x);
        }

        // ---- moving
        add("reshape", xs -> xs[0].reshape(4, -1, 3), s(2, 6, 5));
        add("reshape to a scalar", xs -> xs[0].reshape(), s(1, 1));
        add("permute two axes", xs -> xs[0].permute(1, 0), s(3, 7));
        add("permute all axes", xs -> xs[0].permute(3, 0, 2, 1), s(2, 3, 4, 5));
        add("permute round", xs -> xs[0].permute(2, 0, 1), s(3, 1, 7));
        for (int axis : new int[]{0, 1, -1}) {
            add("slice along " + axis, xs -> xs[0].slice(axis, 1, 3), s(4, 5, 3));
            add("select along " + axis, xs -> xs[0].select(axis, 1), s(4, 5, 3));
            add("pad along " + axis, xs -> xs[0].pad(axis, 2, 1), s(4, 5, 3));
            add("concat along " + axis, xs -> Tensor.concat(axis, xs), s(4, 5, 3), s(4, 5, 3));
            add("sum along " + axis, xs -> xs[0].sum(axis), s(4, 5, 3));
            add("mean along " + axis, xs -> xs[0].mean(axis), s(4, 5, 3));
            add("softmax along " + axis, xs -> xs[0].softmax(axis), s(4, 5, 3));
        }
        add("slice all", xs -> xs[0].slice(1, 0, 5), s(4, 5));
        add("slice nothing and pad", xs -> xs[0].slice(0, 2, 2).pad(0, 0, 3), s(4, 5));
        add("pad before only", xs -> xs[0].pad(0, 3, 0), s(2, 3));
        add("pad by nothing", xs -> xs[0].pad(0, 0, 0).exp(), s(2, 3));
        add("concat of different lengths", xs -> Tensor.concat(1, xs), s(2, 1, 3), s(2, 4, 3), s(2, 2, 3));
        add("concat of one with itself", xs -> Tensor.concat(0, xs[0], xs[1], xs[0]), s(2, 3), s(1, 3));
        add("expand inner and outer", xs -> xs[0].expand(s(5, 2, 3, 4)), s(2, 1, 4));
        add("expand a scalar", xs -> xs[0].expand(s(3, 2)), s());
        add("expand to itself", xs -> xs[0].expand(s(3, 2)).exp(), s(3, 2));
        add("sum of all", xs -> xs[0].sum(), s(3, 1, 7));
        add("sum of a scalar", xs -> xs[0].sum(), s());

        // ---- matrices
        for (boolean ta : new boolean[]{false, true}) {
            for (boolean tb : new boolean[]{false, true}) {
                for (int[] lead : new int[][]{{}, {3}, {2, 3}, {1, 1}}) {
                    for (int[] mnk : new int[][]{{3, 5, 7}, {1, 4, 1}, {17, 2, 3}}) {
                        int m = mnk[0], n = mnk[1], k = mnk[2];
                        add("matmul" + (ta ? ", a transposed" : "") + (tb ? ", b transposed" : ""), xs -> xs[0].matmul(xs[1], ta, tb),
                                ta ? below(lead, k, m) : below(lead, m, k), tb ? below(lead, n, k) : below(lead, k, n));
                    }
                }
            }
        }
        add("matmul of a matrix with itself", xs -> xs[0].matmul(xs[0], false, true), s(3, 5));
        add("linear", xs -> xs[0].linear(xs[1], xs[2]), s(2, 3, 5), s(7, 5), s(7));
        add("linear of a vector", xs -> xs[0].linear(xs[1], xs[2]), s(5), s(1, 5), s(1));
        add("linear without bias", xs -> xs[0].linear(xs[1], null), s(17, 5), s(3, 5));

        // ---- convolutions
        for (int[] c : new int[][]{{1, 1, 0}, {3, 1, 1}, {3, 1, 0}, {3, 2, 1}, {2, 2, 0}, {2, 3, 1}, {5, 1, 2}, {3, 1, 2}, {4, 4, 0}}) {
            int kernel = c[0], stride = c[1], padding = c[2];
            String how = " of kernel " + kernel + ", stride " + stride + ", padding " + padding;
            add("conv2d" + how, xs -> xs[0].conv2d(xs[1], xs[2], stride, padding), s(2, 3, 5, 8), s(4, 3, kernel, kernel), s(4));
            add("conv2d without bias" + how, xs -> xs[0].conv2d(xs[1], null, stride, padding), s(1, 2, 7, 4), s(3, 2, kernel, kernel));
        }
        for (int stride : new int[]{1, 2}) {
            add("groupedConv2d by depth, stride " + stride, xs -> xs[0].groupedConv2d(xs[1], xs[2], stride, 1, 4), s(2, 4, 5, 6), s(4, 1, 3,
                    3), s(4));
            add("groupedConv2d, stride " + stride, xs -> xs[0].groupedConv2d(xs[1], null, stride, 0, 2), s(1, 6, 5, 4), s(4, 3, 2, 2));
        }
        add("conv2d that leaves pixels over", xs -> xs[0].conv2d(xs[1], null, 4, 0), s(1, 2, 11, 6), s(3, 2, 4, 4));
        for (int kernel : new int[]{1, 2, 3}) {
            add("convTranspose2d of kernel " + kernel, xs -> xs[0].convTranspose2d(xs[1], xs[2]), s(2, 3, 4, 5), s(3, 2, kernel, kernel), s(2));
            add("convTranspose2d without bias of kernel " + kernel, xs -> xs[0].convTranspose2d(xs[1], null), s(1, 5, 1, 3), s(5, 1, kernel, kernel));
        }

        // ---- normalisation and attention
        add("layerNorm along the last axis", xs -> xs[0].layerNorm(-1, xs[1], xs[2], 1e-6f), s(2, 3, 17), s(17), s(17));
        add("layerNorm along channels", xs -> xs[0].layerNorm(1, xs[1], xs[2], 1e-5f), s(2, 7, 3, 5), s(7), s(7));
        add("layerNorm along the first axis", xs -> xs[0].layerNorm(0, xs[1], xs[2], 0.5f), s(4, 3), s(4), s(4));
        add("layerNorm of one value", xs -> xs[0].layerNorm(1, xs[1], xs[2], 1e-5f), s(4, 1, 3), s(1), s(1));
        for (int[] bchw : new int[][]{{2, 3, 5, 4}, {1, 7, 1, 3}, {4, 1, 2, 2}})
            add("batchNorm", xs -> xs[0].batchNorm(xs[1], xs[2], 0.5f, Tensor.full(xs[0].device(), 0, 2, bchw[1])), s(bchw), s(bchw[1]), s(bchw[1]));
        for (int[] c : new int[][]{{2, 2, 0}, {3, 2, 1}, {3, 1, 1}, {1, 1, 0}})
            add("maxPool2d of " + c[0] + ", stride " + c[1], xs -> xs[0].maxPool2d(c[0], c[1], c[2]), s(2, 3, 5, 8));
        add("checkpoint", xs -> xs[0].exp().checkpoint(x -> x.mul(xs[1]).sin().mul(x), List.of(xs[1])), s(2, 3), s(3));
        add("checkpoint within a checkpoint",
                xs -> xs[0].checkpoint(x -> x.checkpoint(y -> y.mul(y).add(xs[1]).cos(), List.of(xs[1])).mul(x), List.of(xs[1])), s(2, 3), s(3));
        add("softmax of one value", xs -> xs[0].softmax(1), s(3, 1));
        add("softmax of pictures", xs -> xs[0].softmax(1), s(2, 3, 4, 5));
        for (int[] hw : new int[][]{{1, 1}, {3, 3}, {2, 5}, {5, 2}, {1, 7}, {4, 1}}) {
            int h = hw[0], w = hw[1];
            add("relPosAttention of " + h + " × " + w, xs -> xs[0].relPosAttention(xs[1], xs[2]), s(3, 2, h * w, 5), s(2 * h - 1, 5), s(2
                    * w
                    - 1, 5));
        }
        for (int[] nm : new int[][]{{1, 1}, {3, 5}, {7, 2}})
            add("attention of " + nm[0] + " to " + nm[1], xs -> xs[0].attention(xs[1], xs[2], 2), s(2, nm[0], 6), s(2, nm[1], 6), s(2,
                    nm[1], 6));
        add("attention to itself", xs -> xs[0].attention(xs[0], xs[0], 3), s(1, 4, 6));
        for (int side : new int[]{1, 2, 5}) add("RelPosTable of side " + side, xs -> RelPosTable.of(xs[0]), s(2 * side - 1, 3));

        // ---- pictures and losses
        for (int[] to : new int[][]{{8, 10}, {4, 5}, {2, 2}, {7, 3}, {1, 1}, {3, 16}})
            add("resizeBilinear to " + to[0] + " × " + to[1], xs -> xs[0].resizeBilinear(to[0], to[1]), s(2, 3, 4, 5));
        add("resizeBilinear of one pixel", xs -> xs[0].resizeBilinear(3, 2), s(1, 1));
        for (int classes : new int[]{2, 3, 5}) {
            Labels labels = labels(2, 3, 5, classes);
            add("crossEntropy of " + classes + " classes", xs -> xs[0].crossEntropy(labels), s(2, classes, 3, 5));
            add("crossEntropyAndDice of " + classes + " classes", xs -> xs[0].crossEntropyAndDice(labels), s(2, classes, 3, 5));
            add("softDice of " + classes + " classes", POSITIVE, xs -> xs[0].softDice(labels), s(2, classes, 3, 5));
            add("softDice of a softmax over " + classes + " classes", xs -> xs[0].softmax(1).softDice(labels), s(2, classes, 3, 5));
        }
        add("crossEntropy of one class", xs -> xs[0].crossEntropy(labels(1, 2, 2, 1)).exp(), s(1, 1, 2, 2));
    }

    /// Targets of ¼ that ask for no gradient.
    private static Tensor half(Tensor like) {
        return Tensor.full(like.device(), 0.25f, like.shape().dims());
    }

    private static Shape below(int[] lead, int rows, int columns) {
        int[] dims = Arrays.copyOf(lead, lead.length + 2);
        dims[lead.length] = rows;
        dims[lead.length + 1] = columns;
        return Shape.of(dims);
    }

    private static Labels labels(int batch, int height, int width, int classes) {
        var random = new Random(0, "labels");
        byte[] labels = new byte[batch * height * width];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) random.below(classes);
        return new Labels(batch, height, width, labels);
    }

    @TestFactory
    Stream<DynamicTest> everyBackwardPassIsTheDerivativeOfItsForwardPass() {
        return CASES.stream()
                .map(c -> dynamicTest(c.name + " " + c.shapes, () -> GradCheck.check(c.name, 0, c.where, c.f, c.shapes.toArray(Shape[]::new))));
    }

    @TestFactory
    Stream<DynamicTest> soItIsForRandomShapes() {
        return Stream.iterate(0L, seed -> seed + 1).limit(20).map(seed -> dynamicTest("seed " + seed, () -> randomShapes(seed)));
    }

    private static void randomShapes(long seed) {
        var random = new Random(seed, "shapes");
        UnaryOperator<int[]> mayRepeat = dims -> Arrays.stream(dims).map(d -> random.below(3) == 0 ? 1 : d).toArray();
        int[] dims = new int[1 + random.below(4)];
        for (int i = 0; i < dims.length; i++) dims[i] = 1 + random.below(6);
        int[] b = mayRepeat.apply(dims);
        b = Arrays.copyOfRange(b, random.below(b.length), b.length);
        GradCheck.check("broadcasting", seed, NOT_ZERO, xs -> xs[0].mul(xs[1]).add(xs[1]).sub(xs[0].div(xs[1])), Shape.of(mayRepeat.apply(dims)),
                Shape.of(b));

        int axis = random.below(dims.length), n = dims[axis], from = random.below(n), to = from + 1 + random.below(n - from);
        GradCheck.check("moving", seed, ANY, xs -> Tensor.concat(axis, xs[0].slice(axis, from, to).pad(axis, from, 2), xs[0]).softmax(axis)
                .sum(axis), Shape.of(dims));

        int h = 1 + random.below(9), w = 1 + random.below(9), kernel = 1 + random.below(Math.min(h, w)), c = 1 + random.below(4);
        int stride = 1 + random.below(4), padding = random.below(kernel), out = 1 + random.below(4);
        GradCheck.check("conv2d, stride " + stride + ", padding " + padding, seed, ANY, xs -> xs[0].conv2d(xs[1], xs[2], stride, padding),
                Shape.of(2, c, h, w), Shape.of(out, c, kernel, kernel), Shape.of(out));
        int toH = 1 + random.below(17), toW = 1 + random.below(17);
        GradCheck.check("resizeBilinear to " + toH + " × " + toW, seed, ANY, xs -> xs[0].resizeBilinear(toH, toW), Shape.of(c, h, w));
        int sideH = 1 + random.below(4), sideW = 1 + random.below(4), d = 1 + random.below(9);
        GradCheck.check("relPosAttention", seed, ANY, xs -> xs[0].relPosAttention(xs[1], xs[2]), Shape.of(3, out, sideH * sideW, d),
                Shape.of(2 * sideH - 1, d), Shape.of(2 * sideW - 1, d));
    }

    @Test
    void noOperationIsLeftOut() {
        Set<String> exist = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(Add.class.getPackageName())
                .stream().filter(c -> c.isAssignableTo(Op.class)).map(JavaClass::getSimpleName).collect(Collectors.toCollection(TreeSet::new));
        Set<String> exercised = CASES.stream().flatMap(c -> Graph.operations(onParameters(c)).stream()).map(Class::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(exist, exercised);
        assertTrue(exist.size() >= 27, "found " + exist);
    }

    private static Tensor onParameters(Case c) {
        Device device = Device.reference();
        try (var scope = Scope.open()) {
            return scope.keep(c.f.of(c.shapes.stream().map(s -> Tensor.parameter(device, new float[s.size()], s, true)).toArray(Tensor[]::new)));
        }
    }

    @Test
    void noMethodOfTensorIsLeftOut() {
        Set<String> withoutGradient = Set.of("of", "full", "parameter", "apply", "detach", "view", "toString", "frozen",
                "state", "leaf");
        for (Method method : Tensor.class.getDeclaredMethods()) {
            String name = method.getName();
            if (!Modifier.isPublic(method.getModifiers()) || method.getReturnType() != Tensor.class || withoutGradient.contains(name))
                continue;
            assertTrue(CASES.stream().anyMatch(c -> c.name.split("[ ,]", 2)[0].equals(name)), "no case for " + name);
        }
    }

    @Test
    void aTallProductPassesThroughNoShapeThatIsTooLarge() {
        Device device = Device.scalar(1);
        try (var _ = Scope.open()) {
            assertEquals(s(50_000, 2), Tensor.full(device, 1, 1, 50_000).matmul(Tensor.full(device, 1, 1, 2), true, false).shape());
        }
    }

    @Test
    void aWrongGradientIsFound() {
        assertThrows(AssertionFailedError.class, () -> GradCheck.check("exp", xs -> Tensor.apply(new Wrong(), xs[0]), s(2, 3)));
    }

    /// `y = exp(x)` with a gradient that is off by a part in a hundred thousand.
    private record Wrong() implements Op.Unary {
        @Override
        public Tensor forward(Context ctx, Tensor x) {
            return new Exp().forward(ctx, x);
        }

        @Override
        public Tensor backward(Context ctx, Tensor dy) {
            return new Exp().backward(ctx, dy).affine(1 + 1e-5, 0);
        }
    }
}
