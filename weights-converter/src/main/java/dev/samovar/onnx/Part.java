package dev.samovar.onnx;

import static dev.samovar.onnx.OnnxGraph.real;
import static dev.samovar.onnx.OnnxGraph.text;
import static dev.samovar.onnx.OnnxGraph.whole;
import static dev.samovar.onnx.OnnxGraph.wholes;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// A part of a network: a place in a checkpoint, whose parameters become constants, and a graph to which layers are appended under that name.
///
///     part.in("blocks").in(3).in("mlp.lin1").linear(x, 768, 3072)                  // x · weightᵀ + bias, with blocks.3.mlp.lin1.weight
///
/// Values are names. A parameter that is missing, or has another shape than it should, is a [FormatException].
record Part(OnnxGraph graph, TensorFile file, String path) {
    private static final double BATCH_NORM_EPS = 1e-5;

    /// The part below a name.
    Part in(Object name) {
        return new Part(graph, file, path.isEmpty() ? name.toString() : path + "." + name);
    }

    /// An operator of the standard, by its name.
    String op(String op, List<String> values, Message... attributes) {
        return graph.node(op, path, values, attributes);
    }

    // Parameters ------------------------------------------------------------------------------------------------------

    /// The values of a parameter, read when they are needed.
    Supplier<float[]> values(String name, int... dims) {
        String full = path.isEmpty() ? name : path + "." + name;
        TensorFile.Entry entry = file.entries().get(full);
        if (entry == null) throw new FormatException(file + ": " + file.lacks(full) + "; is it a whole checkpoint?");
        if (!entry.shape().equals(Shape.of(dims)))
            throw new FormatException(file + ": " + full + " has shape " + entry.shape() + ", this network needs " + Shape.of(dims));
        return () -> file.weights(full);
    }

    /// A parameter as it is.
    String parameter(String name, int... dims) {
        return constant(name, Shape.of(dims), values(name, dims));
    }

    /// Numbers that were computed from a parameter, named after it.
    String constant(String name, Shape shape, Supplier<float[]> values) {
        return graph.constant(path.isEmpty() ? name : path + "." + name, shape, values);
    }

    /// A number.
    String number(double value) {
        return graph.constant(Double.toString(value), Shape.of(), () -> new float[]{(float) value});
    }

    // Layers ----------------------------------------------------------------------------------------------------------

    /// `(…, in) → (…, out)`. The weight is stored transposed, so that it is the right-hand side of a matrix product and can be packed in advance.
    String linear(String x, int in, int out) {
        return linear(x, in, out, 1);
    }

    /// A linear layer, times a factor.
    String linear(String x, int in, int out, float factor) {
        return op("Add", List.of(op("MatMul", List.of(x, transposed(factor, out, in))), scaled("bias", factor, out)));
    }

    /// The parameter `weight (rows, …)` as `(…, rows)`, times a factor: what a matrix is multiplied with.
    String transposed(float factor, int rows, int... columns) {
        int[] dims = IntStream.concat(IntStream.of(rows), IntStream.of(columns)).toArray();
        int in = Shape.of(columns).size();
        Supplier<float[]> values = values("weight", dims);
        return constant(named("weight", factor) + ".T", Shape.of(in, rows), () -> transpose(values.get(), rows, in, factor));
    }

    static float[] transpose(float[] from, int rows, int columns, float factor) {
        float[] to = new float[from.length];
        for (int i = 0; i < rows; i++) for (int j = 0; j < columns; j++) to[j * rows + i] = factor * from[i * columns + j];
        return to;
    }

    private String scaled(String name, float factor, int size) {
        Supplier<float[]> values = values(name, size);
        return constant(named(name, factor), Shape.of(size), () -> transpose(values.get(), size, 1, factor));
    }

    /// The name of a parameter times a factor.
    static String named(String name, float factor) {
        return factor == 1 ? name : name + "*" + factor;
    }

    /// Over the last axis.
    String layerNorm(String x, int width, float epsilon) {
        return op("LayerNormalization", List.of(x, parameter("weight", width), parameter("bias", width)), whole("axis", -1),
                real("epsilon", epsilon));
    }

    /// Over the channels of a picture `(N, C, H, W)`, with SAM's epsilon.
    String layerNorm2d(String x, int channels) {
        return transpose(layerNorm(transpose(x, 0, 2, 3, 1), channels, 1e-6f), 0, 3, 1, 2);
    }

    /// A convolution with a square kernel that keeps the size, with or without a bias.
    String conv(String x, int in, int out, int kernel, boolean bias) {
        String weight = parameter("weight", out, in, kernel, kernel);
        int pad = kernel / 2;
        return op("Conv", bias ? List.of(x, weight, parameter("bias", out)) : List.of(x, weight), wholes("kernel_shape", kernel, kernel),
                wholes("pads", pad, pad, pad, pad));
    }

    /// A convolution without bias and batch norm with its stored statistics, as one convolution with a bias; the size is kept where the stride is 1.
    String convBn(String x, int in, int out, int kernel, int stride, int groups) {
        int each = in / groups * kernel * kernel, pad = kernel / 2;
        Part bn = in("bn");
        Supplier<float[]> weight = in("c").values("weight", out, in / groups, kernel, kernel), scale = bn.values("weight", out),
                shift = bn.values("bias", out), mean = bn.values("running_mean", out), variance = bn.values("running_var", out);
        Supplier<double[]> factors = () -> {
            float[] g = scale.get(), v = variance.get();
            return IntStream.range(0, out).mapToDouble(i -> g[i] / Math.sqrt(v[i] + BATCH_NORM_EPS)).toArray();
        };
        String w = constant("c.weight*bn", Shape.of(out, in / groups, kernel, kernel), () -> {
            float[] values = weight.get();
            double[] by = factors.get();
            for (int i = 0; i < values.length; i++) values[i] = (float) (values[i] * by[i / each]);
            return values;
        });
        String b = constant("bn.bias-mean*bn", Shape.of(out), () -> {
            float[] values = shift.get(), m = mean.get();
            double[] by = factors.get();
            for (int i = 0; i < out; i++) values[i] = (float) (values[i] - m[i] * by[i]);
            return values;
        });
        return op("Conv", List.of(x, w, b), wholes("kernel_shape", kernel, kernel), wholes("pads", pad, pad, pad, pad), wholes("strides",
                stride, stride), whole("group", groups));
    }

    /// A convolution with a square kernel that covers every place once: the result is `kernel` times smaller.
    String patches(String x, int in, int out, int kernel) {
        return op("Conv", List.of(x, parameter("weight", out, in, kernel, kernel), parameter("bias", out)), wholes("kernel_shape", kernel,
                kernel),
                wholes("strides", kernel, kernel));
    }

    /// A transposed convolution that doubles the size.
    String convTranspose(String x, int in, int out) {
        return op("ConvTranspose", List.of(x, parameter("weight", in, out, 2, 2), parameter("bias", out)), wholes("kernel_shape", 2, 2),
                wholes("strides", 2, 2));
    }

    /// `x · Φ(x)` by way of `erf`, in the form that ONNX Runtime fuses.
    String gelu(String x) {
        String erf = op("Erf", List.of(op("Div", List.of(x, number(Math.sqrt(2))))));
        return op("Mul", List.of(op("Mul", List.of(x, op("Add", List.of(erf, number(1))))), number(0.5)));
    }

    /// Resizes bilinearly, like PyTorch's `interpolate` without aligned corners, to a size that is a whole number for each axis.
    String resize(String x, String size) {
        return op("Resize", List.of(x, "", "", size), text("mode", "linear"), text("coordinate_transformation_mode", "half_pixel"));
    }

    /// Whole numbers of 64 bits.
    String toWhole(String x) {
        return op("Cast", List.of(x), whole("to", OnnxGraph.INT64));
    }

    String relu(String x) {
        return op("Relu", List.of(x));
    }

    /// Over the last axis.
    String softmax(String x) {
        return op("Softmax", List.of(x), whole("axis", -1));
    }

    String add(String a, String b) {
        return op("Add", List.of(a, b));
    }

    String matmul(String a, String b) {
        return op("MatMul", List.of(a, b));
    }

    /// 0 keeps a dimension, one may be −1.
    String reshape(String x, int... dims) {
        return op("Reshape", List.of(x, graph.wholes(dims)));
    }

    String transpose(String x, int... axes) {
        return op("Transpose", List.of(x), wholes("perm", axes));
    }

    /// Pads with zeros: first the numbers before each axis, then those after.
    String pad(String x, int... counts) {
        return op("Pad", List.of(x, graph.wholes(counts)));
    }

    /// The range `from … to` of an axis.
    String slice(String x, int axis, int from, int to) {
        return op("Slice", List.of(x, graph.wholes(from), graph.wholes(to), graph.wholes(axis)));
    }

    /// Equal parts along an axis.
    List<String> split(String x, int axis, int parts) {
        return graph.nodes("Split", path, List.of(x), parts, whole("axis", axis));
    }

    /// Parts put together along an axis.
    String concat(int axis, List<String> parts) {
        return op("Concat", parts, whole("axis", axis));
    }
}
