package dev.samovar.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.samovar.core.op.RelPosTable;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Shapes that do not fit are refused with a sentence that names the operation and every shape.
class ShapeExceptionTest {
    private static final Device DEVICE = Device.reference();

    private record Row(String operation, Runnable wrong, List<String> shapes) {
        Row(String operation, Runnable wrong, String... shapes) {
            this(operation, wrong, List.of(shapes));
        }
    }

    private static Tensor t(int... shape) {
        return Tensor.full(DEVICE, 1, shape);
    }

    private static Labels labels(int b, int h, int w, int of) {
        byte[] classes = new byte[b * h * w];
        classes[0] = (byte) of;
        return new Labels(b, h, w, classes);
    }

    @Test
    void aProductOfLongAndThinMatricesNeedsNoShapeLargerThanTheirs() {
        try (var _ = Scope.open()) {
            Tensor wide = t(1, 50_000), one = t(1, 1);                            // 50,000² would be more than a tensor can hold
            assertEquals(Shape.of(50_000, 1), wide.matmul(one, true, false).shape());
            assertEquals(Shape.of(1, 50_000), one.matmul(wide).shape());
            assertEquals(Shape.of(1, 1), wide.matmul(wide, false, true).shape());
        }
    }

    @TestFactory
    Stream<DynamicTest> theMessageNamesTheOperationAndEveryShape() {
        return Stream.of(
                new Row("add", () -> t(2, 3).add(t(4)), "(2, 3)", "(4)"),
                new Row("sub", () -> t(2, 3).sub(t(2)), "(2, 3)", "(2)"),
                new Row("mul", () -> t(2, 3).mul(t(3, 2)), "(2, 3)", "(3, 2)"),
                new Row("div", () -> t(5, 1, 3).div(t(2, 2)), "(5, 1, 3)", "(2, 2)"),
                new Row("reshape", () -> t(2, 3).reshape(4), "(2, 3)", "(4)"),
                new Row("reshape", () -> t(2, 3).reshape(4, -1), "(2, 3)", "4"),
                new Row("permute", () -> t(2, 3).permute(0, 0), "(2, 3)", "[0, 0]"),
                new Row("permute", () -> t(2, 3).permute(0, 1, 2), "(2, 3)", "[0, 1, 2]"),
                new Row("permute", () -> t(2, 3).permute(0, 2), "(2, 3)", "[0, 2]"),
                new Row("slice", () -> t(2, 3).slice(1, 2, 4), "(2, 3)", "2 … 4"),
                new Row("slice", () -> t(2, 3).slice(2, 0, 1), "(2, 3)", "2"),
                new Row("slice", () -> t(2, 3).select(0, 2), "(2, 3)", "2 … 3"),
                new Row("pad", () -> t(2, 3).pad(-3, 1, 1), "(2, 3)", "-3"),
                new Row("pad", () -> t(2, 3).pad(0, -1, 1), "(2, 3)", "-1"),
                new Row("concat", () -> Tensor.concat(0, t(2, 3), t(2, 4)), "(2, 3)", "(2, 4)"),
                new Row("concat", () -> Tensor.concat(1, t(2, 3), t(2)), "(2, 3)", "(2)"),
                new Row("", () -> Shape.of(1 << 30, 1 << 30, 1 << 30), "1073741824, 1073741824, 1073741824"),
                new Row("linear", () -> t(2, 0).linear(t(4, 0), null), "(2, 0)", "(4, 0)"),
                new Row("batchNorm", () -> t(1, 2, 3, 3).batchNorm(t(2), t(2), 1e-5f, t(2, 3)), "(2, 3)", "(2, 2)"),
                new Row("concat", () -> Tensor.concat(5, t(2, 3), t(2, 3)), "(2, 3)", "5"),
                new Row("expand", () -> t(2, 3).expand(Shape.of(2, 4)), "(2, 3)", "(2, 4)"),
                new Row("expand", () -> t(2, 3).expand(Shape.of(3)), "(2, 3)", "(3)"),
                new Row("expand", () -> t(2, 3).expand(Shape.of(1, 3)), "(2, 3)", "(1, 3)"),
                new Row("sum", () -> t(2, 3).sum(2), "(2, 3)", "2"),
                new Row("mean", () -> t(2, 3).mean(-3), "(2, 3)", "-3"),
                new Row("matmul", () -> t(2, 3).matmul(t(2, 3)), "(2, 3)"),
                new Row("matmul", () -> t(2, 3, 4).matmul(t(3, 4, 5)), "(2, 3, 4)", "(3, 4, 5)"),
                new Row("matmul", () -> t(2, 3, 4).matmul(t(4, 5)), "(2, 3, 4)", "(4, 5)"),
                new Row("matmul", () -> t(3).matmul(t(3)), "(3)"),
                new Row("linear", () -> t(2, 3).linear(t(4, 5), null), "(2, 3)", "(4, 5)"),
                new Row("linear", () -> t(2, 3).linear(t(4, 3), t(5)), "(2, 3)", "(4, 3)", "(5)"),
                new Row("linear", () -> t(2, 3).linear(t(3), null), "(2, 3)", "(3)"),
                new Row("linear", () -> t().linear(t(1, 1), null), "()", "(1, 1)"),
                new Row("conv2d", () -> t(1, 3, 8, 8).conv2d(t(4, 2, 3, 3), null, 1, 1), "(1, 3, 8, 8)", "(4, 2, 3, 3)"),
                new Row("conv2d", () -> t(1, 6, 8, 8).groupedConv2d(t(4, 3, 3, 3), null, 1, 1, 3), "(4, 3, 3, 3)", "3 groups"),
                new Row("conv2d", () -> t(1, 6, 8, 8).groupedConv2d(t(4, 2, 3, 3), null, 1, 1, 3), "(4, 2, 3, 3)", "3 groups"),
                new Row("conv2d", () -> t(1, 3, 2, 8).conv2d(t(4, 3, 5, 5), null, 1, 1), "(1, 3, 2, 8)", "(4, 3, 5, 5)"),
                new Row("conv2d", () -> t(3, 8, 8).conv2d(t(4, 3, 3, 3), null, 1, 1), "(3, 8, 8)", "(4, 3, 3, 3)"),
                new Row("conv2d", () -> t(1, 3, 8, 8).conv2d(t(4, 3, 3, 3), null, 0, 1), "(1, 3, 8, 8)", "stride 0"),
                new Row("conv2d", () -> t(1, 3, 8, 8).conv2d(t(4, 3, 3, 3), t(3), 1, 1), "(3)", "4 channels"),
                new Row("convTranspose2d", () -> t(1, 3, 8, 8).convTranspose2d(t(4, 3, 2, 2), null), "(1, 3, 8, 8)", "(4, 3, 2, 2)"),
                new Row("convTranspose2d", () -> t(1, 3, 8, 8).convTranspose2d(t(3, 4, 2, 2), t(3)), "(3)", "4 channels"),
                new Row("layerNorm", () -> t(2, 3).layerNorm(-1, t(2), t(3), 1e-6f), "(2, 3)", "(2)", "(3)"),
                new Row("layerNorm", () -> t(2, 3).layerNorm(2, t(3), t(3), 1e-6f), "(2, 3)", "2"),
                new Row("softmax", () -> t(2, 3).softmax(-3), "(2, 3)", "-3"),
                new Row("relPosAttention", () -> t(3, 2, 6, 5).relPosAttention(t(3, 5), t(3, 5)), "(3, 2, 6, 5)", "(3, 5)"),
                new Row("relPosAttention", () -> t(3, 2, 6, 5).relPosAttention(t(3, 5), t(6, 5)), "(3, 2, 6, 5)", "(6, 5)"),
                new Row("relPosAttention", () -> t(3, 2, 6, 5).relPosAttention(t(3, 4), t(5, 5)), "(3, 2, 6, 5)", "(3, 4)"),
                new Row("relPosAttention", () -> t(3, 6, 5).relPosAttention(t(3, 5), t(5)), "(3, 6, 5)", "(5)"),
                new Row("relPosTable", () -> RelPosTable.of(t(4, 5)), "(4, 5)"),
                new Row("resizeBilinear", () -> t(5).resizeBilinear(2, 3), "(5)", "(2, 3)"),
                new Row("resizeBilinear", () -> t(5, 5).resizeBilinear(0, 3), "(5, 5)", "(0, 3)"),
                new Row("crossEntropy", () -> t(2, 3, 4, 5).crossEntropy(labels(2, 5, 4, 0)), "(2, 3, 4, 5)", "(2, 5, 4)"),
                new Row("crossEntropy", () -> t(2, 3, 4, 5).crossEntropy(labels(2, 4, 5, 3)), "class 3", "3 classes"),
                new Row("softDice", () -> t(2, 3, 4, 5).softDice(labels(1, 4, 5, 0)), "(2, 3, 4, 5)", "(1, 4, 5)"),
                new Row("backward", () -> t(2, 3).backward(t(3, 2)), "(2, 3)", "(3, 2)"),
                new Row("item", () -> t(2, 3).item(), "(2, 3)"),
                new Row("", () -> Tensor.of(DEVICE, new float[5], 2, 3), "5 values", "(2, 3)"),
                new Row("labels", () -> new Labels(1, 2, 3, new byte[5]), "1 × 2 × 3")).map(
                        row -> dynamicTest(row.operation + " "
                                + String.join(" ", row.shapes), () -> check(row)));
    }

    private static void check(Row row) {
        try (var _ = Scope.open()) {
            String message = String.valueOf(assertThrows(ShapeException.class, row.wrong::run).getMessage());
            assertTrue(message.startsWith(row.operation), message);
            for (String shape : row.shapes) assertTrue(message.contains(shape), message + ", without " + shape);
        }
    }
}
