import org.jspecify.annotations.NullMarked;

/// Reads checkpoints of other programs and converts them to safetensors; exports networks in the ONNX format.
@NullMarked module dev.samovar.convert {
    requires transitive dev.samovar.core;
    requires transitive dev.samovar.models;
    requires static org.jspecify;

    exports dev.samovar.convert;
    exports dev.samovar.onnx;
}
