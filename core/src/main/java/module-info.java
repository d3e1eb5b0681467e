import org.jspecify.annotations.NullMarked;

/// The tensor engine: values with gradients, the kernels that compute them, layers, losses, optimizers, and safetensors files.
@SuppressWarnings("module") // the models are compiled later
@NullMarked module dev.samovar.core {
    requires java.management;
    requires static jdk.incubator.vector;
    requires static org.jspecify;

    exports dev.samovar.core.fused to dev.samovar.models;
    exports dev.samovar.core.io;
    exports dev.samovar.core.kernel;
    exports dev.samovar.core.loss;
    exports dev.samovar.core.nn;
    exports dev.samovar.core.optim;
    exports dev.samovar.core.tensor;
}
