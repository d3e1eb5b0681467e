import org.jspecify.annotations.NullMarked;

/// Checkpoints of other programs: what is in them, and how to turn them into safetensors; and the way out, networks in the ONNX format.
@NullMarked module dev.samovar.convert {
    requires transitive dev.samovar.core;
    requires transitive dev.samovar.models;
    requires static org.jspecify;

    exports dev.samovar.convert;
    exports dev.samovar.onnx;
}
