import org.jspecify.annotations.NullMarked;

/// The CUDA backend: the engine's kernels on an NVIDIA GPU.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // JCuda's jars have no module descriptors
@NullMarked module dev.samovar.cuda {
    requires transitive dev.samovar.core;
    requires jcublas;
    requires jcuda;
    requires jcudnn;
    requires static org.jspecify;

    exports dev.samovar.cuda;
}
