package dev.samovar.core.tensor;

import dev.samovar.core.kernel.Buffer;
import dev.samovar.core.op.Add;
import dev.samovar.core.op.Affine;
import dev.samovar.core.op.BatchNorm;
import dev.samovar.core.op.BinaryCrossEntropy;
import dev.samovar.core.op.Checkpoint;
import dev.samovar.core.op.Clamp;
import dev.samovar.core.op.Concat;
import dev.samovar.core.op.Conv2d;
import dev.samovar.core.op.ConvTranspose2d;
import dev.samovar.core.op.Cos;
import dev.samovar.core.op.CrossEntropy;
import dev.samovar.core.op.CrossEntropyAndDice;
import dev.samovar.core.op.Div;
import dev.samovar.core.op.Exp;
import dev.samovar.core.op.Expand;
import dev.samovar.core.op.Gelu;
import dev.samovar.core.op.LayerNorm;
import dev.samovar.core.op.Linear;
import dev.samovar.core.op.Log;
import dev.samovar.core.op.MatMul;
import dev.samovar.core.op.MaxPool2d;
import dev.samovar.core.op.Mul;
import dev.samovar.core.op.MultiHeadAttention;
import dev.samovar.core.op.Pad;
import dev.samovar.core.op.Permute;
import dev.samovar.core.op.RelPosAttention;
import dev.samovar.core.op.Relu;
import dev.samovar.core.op.Reshape;
import dev.samovar.core.op.ResizeBilinear;
import dev.samovar.core.op.Sigmoid;
import dev.samovar.core.op.Sin;
import dev.samovar.core.op.Slice;
import dev.samovar.core.op.SoftDice;
import dev.samovar.core.op.Softmax;
import dev.samovar.core.op.Softplus;
import dev.samovar.core.op.Sqrt;
import dev.samovar.core.op.Sub;
import dev.samovar.core.op.Sum;
import dev.samovar.core.op.Tanh;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A block of numbers with a shape, contiguous and row-major, that no operation changes, and the computation that made it, if a gradient may be asked for.
///
/// Every method makes a new tensor and is one line: the mathematics, forward and backward, is in the operation of the same name.
/// The result belongs to the innermost open [Scope].
///
/// Shapes that do not fit give a [ShapeException], and tensors on different devices an [IllegalArgumentException].
public final class Tensor {
    private final Device device;
    private final Shape shape;
    private final Storage storage;
    private final @Nullable Node node;
    private final boolean requiresGrad;

    private Tensor(Device device, Shape shape, Storage storage, @Nullable Node node, boolean requiresGrad) {
        this.device = device;
        this.shape = shape;
        this.storage = storage;
        this.node = node;
        this.requiresGrad = requiresGrad;
    }

    // ---- making tensors

    /// A constant of these values.
    ///
    /// @throws ShapeException if the shape has another number of elements
    public static Tensor of(Device device, float[] values, int... shape) {
        Tensor t = allocate(device, fits(Shape.of(shape), values.length));
        device.memory().write(values, t.buffer());
        return t;
    }

    /// A constant of these values, in double precision where the device has it.
    ///
    /// @throws ShapeException if the shape has another number of elements
    public static Tensor of(Device device, double[] values, int... shape) {
        Tensor t = allocate(device, fits(Shape.of(shape), values.length));
        device.memory().write(values, t.buffer());
        return t;
    }

    /// A constant with every element the same.
    public static Tensor full(Device device, float value, int... shape) {
        Tensor t = allocate(device, Shape.of(shape));
        device.kernels().fill(value, t.buffer());
        return t;
    }

    private static Shape fits(Shape shape, int values) {
        if (shape.size() != values) throw new ShapeException(values + " values do not fill the shape " + shape);
        return shape;
    }

    static Tensor allocate(Device device, Shape shape) {
        Scope scope = Scope.innermost();                                           // may throw, so before memory is allocated
        var storage = new Storage(device, device.memory().allocate(shape.size()));
        scope.own(storage);
        return new Tensor(device, shape, storage, null, false);
    }

    /// A leaf with these elements that requires a gradient, or a constant that never changes. It belongs to no scope: [#release] frees it.
    public static Tensor parameter(Device device, float[] values, Shape shape, boolean trainable) {
        fits(shape, values.length);
        var storage = new Storage(device, device.memory().allocate(shape.size()));
        device.memory().write(values, storage.buffer());
        if (!trainable) storage.buffer().markConstant();
        return new Tensor(device, shape, storage, null, trainable);
    }

    /// A tensor that belongs to no scope and requires no gradient, and whose numbers may change between computations.
    public static Tensor state(Device device, float[] values, Shape shape) {
        return parameter(device, values, shape, true).detach();
    }

    /// Updates a [#state] in place: `this ← (1 − share) · this + share · now`.
    ///
    /// @throws ShapeException if `now` has another shape
    public void follow(Tensor now, double share) {
        if (!now.shape.equals(shape)) throw new ShapeException("follow: a state of shape " + shape + " and numbers of shape " + now.shape);
        try (var _ = Scope.open()) {
            Tensor step = now.detach().affine(share, 0);
            device.kernels().affine(1 - share, buffer(), 0, buffer());
            device.kernels().add(buffer(), step.buffer(), buffer());
        }
    }

    /// The same numbers without their history: no gradient flows through.
    public Tensor detach() {
        return node == null && !requiresGrad ? this : new Tensor(device, shape, storage, null, false);
    }

    /// The same numbers as a new leaf, for an operation that differentiates within its backward pass.
    public Tensor leaf(boolean trainable) {
        return new Tensor(device, shape, storage, null, trainable);
    }

    // ---- properties and contents

    /// Where it lives.
    public Device device() {
        return device;
    }

    /// Its dimensions.
    public Shape shape() {
        return shape;
    }

    /// The dimension along an axis; negative axes count from the end.
    public int dim(int axis) {
        return shape.dim(axis);
    }

    /// Its memory, for kernels. Only optimizers and [#follow] write to it.
    ///
    /// @throws IllegalStateException if the tensor's scope was closed
    public Buffer buffer() {
        return storage.buffer();
    }

    /// Its elements, row-major, copied to the host.
    public float[] toArray() {
        float[] values = new float[shape.size()];
        device.memory().read(buffer(), values);
        return values;
    }

    /// Its elements in double precision, row-major, copied to the host.
    public double[] toDoubles() {
        double[] values = new double[shape.size()];
        device.memory().read(buffer(), values);
        return values;
    }

    /// The value of a tensor of one element.
    ///
    /// @throws ShapeException if it has more, or none
    public double item() {
        if (shape.size() != 1) throw new ShapeException("item: needs one element, has shape " + shape);
        return toDoubles()[0];
    }

    /// Whether a gradient can reach it.
    public boolean requiresGrad() {
        return requiresGrad;
    }

    /// Frees its memory: for a parameter, or for a large tensor that will not be read again, before its [Scope] does.
    public void release() {
        storage.release();
    }

    Storage storage() {
        return storage;
    }

    @Nullable
    Node node() {
        return node;
    }

    // ---- gradients

    /// The gradients of this scalar with respect to every parameter it was computed from.
    ///
    /// @throws ShapeException if this has more than one element
    /// @throws IllegalStateException if this depends on nothing that asks for a gradient
    public Gradients backward() {
        if (shape.size() != 1) throw new ShapeException("backward: starts from a scalar, or takes a gradient; this has shape " + shape);
        return backward(full(device, 1, shape.dims()));
    }

    /// The gradients of `Σ this · dy`.
    ///
    /// @throws ShapeException if `dy` has another shape
    /// @throws IllegalArgumentException if `dy` is on another device
    /// @throws IllegalStateException if this depends on nothing that asks for a gradient
    public Gradients backward(Tensor dy) {
        if (!dy.shape.equals(shape)) throw new ShapeException("backward: gradient " + dy.shape + " for a tensor of shape " + shape);
        sameDevice("backward", this, dy);
        if (!requiresGrad) throw new IllegalStateException("backward: this tensor depends on nothing that asks for a gradient");
        return Gradients.backward(this, dy);
    }

    /// Computes an operation of one input, and records it if a gradient may be asked for.
    public static Tensor apply(Op.Unary op, Tensor x) {
        var ctx = new Context(x.device, List.of(x));
        return x.record(op, ctx, List.of(x), op.forward(ctx, x));
    }

    /// Computes an operation of two inputs, and records it if a gradient may be required.
    ///
    /// @throws IllegalArgumentException if they are on different devices
    public static Tensor apply(Op.Binary op, Tensor a, Tensor b) {
        sameDevice(op, a, b);
        var ctx = new Context(a.device, List.of(a, b));
        return a.record(op, ctx, List.of(a, b), op.forward(ctx, a, b));
    }

    /// Computes an operation of several inputs, and records it if a gradient may be required.
    ///
    /// @throws IllegalArgumentException if they are on different devices
    public static Tensor apply(Op.Nary op, List<Tensor> xs) {
        for (Tensor x : xs) sameDevice(op, xs.getFirst(), x);
        var ctx = new Context(xs.getFirst().device, xs);
        return xs.getFirst().record(op, ctx, xs, op.forward(ctx, xs));
    }

    /// Computes an operation that has no gradient, from inputs that ask for none: a fused piece of a network whose parameters are frozen. Nothing is
    /// recorded.
    ///
    /// @param op its name in errors
    /// @throws IllegalStateException if a gradient may be asked for: then the piece must be composed of other operations
    /// @throws IllegalArgumentException if they are on different devices
    public static Tensor frozen(String op, List<Tensor> xs, Function<Context, Tensor> forward) {
        for (Tensor x : xs) sameDevice(op, xs.getFirst(), x);
        var ctx = new Context(xs.getFirst().device, xs);
        if (ctx.recording())
            throw new IllegalStateException(op + ": has no gradient; where one is asked for, compose it of other operations");
        return forward.apply(ctx);
    }

    private Tensor record(Op op, Context ctx, List<Tensor> inputs, Tensor y) {
        return ctx.recording() ? new Tensor(device, y.shape, y.storage, new Node(op, ctx, inputs), true) : y;
    }

    private static void sameDevice(Object op, Tensor a, Tensor b) {
        if (a.device != b.device) throw new IllegalArgumentException(op + ": one tensor is on " + a.device + ", the other on " + b.device);
    }

    /// This tensor's numbers in another shape, without a copy and without history: [Reshape] uses it.
    public Tensor view(Shape to) {
        if (to.size() != shape.size())
            throw new ShapeException("reshape: " + shape + " has " + shape.size() + " elements, " + to + " has " + to.size());
        return new Tensor(device, to, storage, null, false);
    }

    // ---- element by element; shapes broadcast

    /// `this + b`
    public Tensor add(Tensor b) { return broadcast(new Add(), b); }

    /// `this − b`
    public Tensor sub(Tensor b) { return broadcast(new Sub(), b); }

    /// `this · b`, element by element
    public Tensor mul(Tensor b) { return broadcast(new Mul(), b); }

    /// `this / b`
    public Tensor div(Tensor b) { return broadcast(new Div(), b); }

    /// `a · this + b` with two numbers
    public Tensor affine(double a, double b) { return apply(new Affine(a, b), this); }

    /// `exp(this)`
    public Tensor exp() { return apply(new Exp(), this); }

    /// `ln(this)`
    public Tensor log() { return apply(new Log(), this); }

    /// `√this`
    public Tensor sqrt() { return apply(new Sqrt(), this); }

    /// `sin(this)`
    public Tensor sin() { return apply(new Sin(), this); }

    /// `cos(this)`
    public Tensor cos() { return apply(new Cos(), this); }

    /// `max(this, 0)`
    public Tensor relu() { return apply(new Relu(), this); }

    /// `this · Φ(this)`: the exact GELU
    public Tensor gelu() { return apply(new Gelu(), this); }

    /// `this` where it is positive, else `slope · this`
    public Tensor leakyRelu(double slope) { return apply(new Clamp(0, Double.POSITIVE_INFINITY, slope), this); }

    /// `min(max(this, 0), 6)`
    public Tensor relu6() { return apply(new Clamp(0, 6, 0), this); }

    /// `min(max(this, low), high)`
    public Tensor clamp(double low, double high) { return apply(new Clamp(low, high, 0), this); }

    /// `1 / (1 + exp(−this))`
    public Tensor sigmoid() { return apply(new Sigmoid(), this); }

    /// `tanh(this)`
    public Tensor tanh() { return apply(new Tanh(), this); }

    /// `ln(1 + exp(this))`
    public Tensor softplus() { return apply(new Softplus(), this); }

    private Tensor broadcast(Op.Binary op, Tensor b) {
        if (shape.equals(b.shape)) return apply(op, this, b);
        Shape to = Shape.broadcast(op.getClass().getSimpleName().toLowerCase(Locale.ROOT), shape, b.shape);
        return apply(op, expand(to), b.expand(to));
    }

    // ---- rearranging

    /// The same numbers in another shape. One dimension may be −1, which is computed from the others.
    public Tensor reshape(int... dims) { return apply(new Reshape(Reshape.complete(shape, dims)), this); }

    /// Axis `i` of the result is axis `axes[i]` of this.
    public Tensor permute(int... axes) { return apply(new Permute(List.of(boxed(axes))), this); }

    /// Elements `from … to−1` along an axis.
    public Tensor slice(int axis, int from, int to) { return apply(new Slice(axis("slice", axis), from, to), this); }

    /// Element `index` along an axis, which disappears.
    public Tensor select(int axis, int index) { return slice(axis, index, index + 1).reshape(shape.without(axis).dims()); }

    /// Zeros along an axis, `before` and `after` the elements.
    public Tensor pad(int axis, int before, int after) {
        return before == 0 && after == 0 ? this : apply(new Pad(axis("pad", axis), before, after), this);
    }

    /// Tensors one after the other along an axis.
    public static Tensor concat(int axis, Tensor... xs) {
        if (xs.length == 0) throw new IllegalArgumentException("concat: there is nothing to join");
        return apply(new Concat(xs[0].axis("concat", axis)), List.of(xs));
    }

    /// Repeats dimensions of 1, and absent leading ones, to a larger shape.
    public Tensor expand(Shape to) { return shape.equals(to) ? this : apply(new Expand(to), this); }

    /// The axis counted from 0, for an operation.
    private int axis(String op, int axis) {
        if (axis < -shape.rank() || axis >= shape.rank()) throw new ShapeException(op + ": no axis " + axis + " in " + shape);
        return shape.axis(axis);
    }

    private static Integer[] boxed(int[] axes) {
        Integer[] b = new Integer[axes.length];
        for (int i = 0; i < b.length; i++) b[i] = axes[i];
        return b;
    }

    // ---- reducing

    /// The sum along an axis, which disappears.
    public Tensor sum(int axis) { return apply(new Sum(axis("sum", axis)), this); }

    /// The mean along an axis, which disappears.
    public Tensor mean(int axis) { return sum(axis("mean", axis)).affine(1.0 / dim(axis), 0); }

    /// The sum of all elements, a scalar.
    public Tensor sum() { return reshape(-1).sum(0); }

    // ---- the rest, in the order a network uses them

    /// `(…, m, k) · (…, k, n) → (…, m, n)`, with the same leading dimensions.
    public Tensor matmul(Tensor b) { return matmul(b, false, false); }

    /// The matrix product, where the last two axes of either operand may be exchanged first.
    public Tensor matmul(Tensor b, boolean transposeThis, boolean transposeB) {
        return apply(new MatMul(transposeThis, transposeB), this, b);
    }

    /// `x · weightᵀ + bias`: `(…, in)` with `(out, in)` and `(out)` gives `(…, out)`.
    public Tensor linear(Tensor weight, @Nullable Tensor bias) { return apply(new Linear(), present(this, weight, bias)); }

    /// `(B, C, H, W)` with `(O, C, k, k)` and `(O)` gives `(B, O, H', W')`.
    public Tensor conv2d(Tensor weight, @Nullable Tensor bias, int stride, int padding) {
        return conv2d(weight, bias, stride, padding, false);
    }

    /// [#conv2d(Tensor, Tensor, int, int)]; if `exact`, no faster algorithm that loses precision is used.
    public Tensor conv2d(Tensor weight, @Nullable Tensor bias, int stride, int padding, boolean exact) {
        return apply(new Conv2d(stride, padding, 1, exact), present(this, weight, bias));
    }

    /// A convolution in groups: `(B, C, H, W)` with `(O, C/groups, k, k)`, where an output channel sees only the input channels of its own part. With
    /// C groups it is a depthwise convolution.
    public Tensor groupedConv2d(Tensor weight, @Nullable Tensor bias, int stride, int padding, int groups) {
        return apply(new Conv2d(stride, padding, groups, false), present(this, weight, bias));
    }

    /// `(B, C, H, W)` with `(C, O, k, k)` and `(O)` gives `(B, O, H·k, W·k)`, stride `k`.
    public Tensor convTranspose2d(Tensor weight, @Nullable Tensor bias) {
        return apply(new ConvTranspose2d(), present(this, weight, bias));
    }

    /// Mean 0 and variance 1 along an axis, then times `weight` plus `bias`, each of that axis' length.
    public Tensor layerNorm(int axis, Tensor weight, Tensor bias, float eps) {
        return apply(new LayerNorm(axis("layerNorm", axis), eps), List.of(this, weight, bias));
    }

    /// Each channel of `(B, C, H, W)` brought to mean 0 and variance 1 over pictures and pixels, then times `weight` plus `bias`, each `(C)`.
    ///
    /// @param statistics `(2, C)`, a constant that receives each channel's mean and its factor, `1/√(σ² + eps)`
    public Tensor batchNorm(Tensor weight, Tensor bias, float eps, Tensor statistics) {
        return apply(new BatchNorm(eps, statistics), List.of(this, weight, bias));
    }

    /// The largest of every window of `kernel · kernel` pixels: `(B, C, H, W) → (B, C, H', W')`. Padding is never the largest.
    public Tensor maxPool2d(int kernel, int stride, int padding) { return apply(new MaxPool2d(kernel, stride, padding), this); }

    /// `exp(x) / Σ exp(x)` along an axis.
    public Tensor softmax(int axis) { return apply(new Softmax(axis("softmax", axis)), this); }

    /// Attention of `heads` heads that lie side by side: the queries are this `(B, N, heads·d)`, the keys and values `(B, M, heads·d)`.
    public Tensor attention(Tensor k, Tensor v, int heads) { return apply(new MultiHeadAttention(heads), List.of(this, k, v)); }

    /// Self-attention over a grid: `this (3, G, H·W, d)` holds queries, keys and values, `relH (2H−1, d)` and `relW (2W−1, d)` the relative positions.
    public Tensor relPosAttention(Tensor relH, Tensor relW) { return apply(new RelPosAttention(), List.of(this, relH, relW)); }

    /// Pictures `(…, H, W)` resized to `(…, height, width)`, bilinearly, without aligned corners or antialiasing.
    public Tensor resizeBilinear(int height, int width) { return apply(new ResizeBilinear(height, width), this); }

    /// The cross entropy of logits `(B, K, H, W)`, a scalar: the mean over all pixels of `−ln softmax(logits)[label]`.
    public Tensor crossEntropy(Labels labels) { return apply(new CrossEntropy(labels), this); }

    /// The soft Dice loss of *probabilities* `(B, K, H, W)`, a scalar; for logits use `softmax(1).softDice(labels)`. It is 0, not NaN, if every class
    /// is predicted perfectly.
    public Tensor softDice(Labels labels) { return apply(new SoftDice(labels), this); }

    /// Both losses of logits `(B, K, H, W)`: the cross entropy, and the soft Dice of their softmax, `(2)`.
    public Tensor crossEntropyAndDice(Labels labels) { return apply(new CrossEntropyAndDice(labels), this); }

    /// `−t · ln this − (1 − t) · ln(1 − this)` of probabilities and targets `t`, element by element.
    public Tensor binaryCrossEntropy(Tensor t) { return apply(new BinaryCrossEntropy(), this, t); }

    /// `f` of this tensor, computed again in the backward pass, so that nothing inside it is kept until then. `parameters` are all leaves that `f` uses
    /// and that learn; a forgotten one is an error in the backward pass.
    ///
    /// @throws IllegalArgumentException if one is not a leaf
    public Tensor checkpoint(UnaryOperator<Tensor> f, List<Tensor> parameters) {
        for (Tensor p : parameters)
            if (p.node != null)
                throw new IllegalArgumentException(
                        "checkpoint: a parameter of shape " + p.shape + " was computed; give the leaves that it was computed "
                                + "from, and compute it inside the function");
        var xs = new ArrayList<>(List.of(this));
        xs.addAll(parameters);
        return apply(new Checkpoint(f, parameters), xs);
    }

    private static List<Tensor> present(Tensor x, Tensor weight, @Nullable Tensor bias) {
        return bias == null ? List.of(x, weight) : List.of(x, weight, bias);
    }

    @Override
    public String toString() {
        return "Tensor" + shape + (node != null ? " from " + node.op() : "") + " on " + device;
    }
}
