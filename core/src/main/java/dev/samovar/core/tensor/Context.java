package dev.samovar.core.tensor;

import dev.samovar.core.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;

/// What an operation may touch: kernels, fresh tensors, and what it saved in the forward pass for the backward pass.
public final class Context {
    private final Device device;
    private final boolean[] needsGrad;
    private final Shape[] shapes;
    private final boolean recording;
    private final List<Tensor> saved = new ArrayList<>();

    Context(Device device, List<Tensor> inputs) {
        this.device = device;
        this.needsGrad = new boolean[inputs.size()];
        for (int i = 0; i < needsGrad.length; i++) needsGrad[i] = inputs.get(i).requiresGrad();
        this.shapes = inputs.stream().map(Tensor::shape).toArray(Shape[]::new);
        this.recording = inputs.stream().anyMatch(Tensor::requiresGrad);
    }

    /// The kernels of the device.
    public Kernels kernels() {
        return device.kernels();
    }

    /// The kernel for a fused piece of a network ([Kernels#fused]).
    ///
    /// @throws UnsupportedOperationException if this device has none
    public <T> T fused(Class<T> piece) {
        T kernel = kernels().fused(piece);
        if (kernel == null) throw new UnsupportedOperationException(device + " has no " + piece.getSimpleName() + "; ask Device.has first");
        return kernel;
    }

    /// A fresh tensor of a shape, contents undefined.
    public Tensor empty(Shape shape) {
        return Tensor.allocate(device, shape);
    }

    /// A fresh tensor of the shape of another, contents undefined.
    public Tensor emptyLike(Tensor x) {
        return empty(x.shape());
    }

    /// A fresh tensor full of zeros.
    public Tensor zeros(Shape shape) {
        Tensor y = empty(shape);
        kernels().fill(0, y.buffer());
        return y;
    }

    /// Remembers tensors for the backward pass, if there will be one.
    public void save(Tensor... tensors) {
        if (recording) for (Tensor t : tensors) saved.add(t.detach());
    }

    /// The `i`-th tensor saved.
    public Tensor saved(int i) {
        return saved.get(i);
    }

    /// The shape of input `i`. An operation whose gradient needs only the shape saves nothing.
    public Shape inputShape(int i) {
        return shapes[i];
    }

    /// Whether a gradient may be asked for. If not, nothing has to be computed for it.
    public boolean recording() {
        return recording;
    }

    /// Whether the gradient of input `i` is asked for.
    public boolean needsGrad(int i) {
        return needsGrad[i];
    }

    /// The number of inputs the operation was given.
    public int inputs() {
        return needsGrad.length;
    }

    List<Tensor> allSaved() {
        return saved;
    }
}
