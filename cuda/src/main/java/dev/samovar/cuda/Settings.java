package dev.samovar.cuda;

/// How a GPU computes.
///
/// @param format what it multiplies in matrix products
/// @param cublas whether cuBLAS does the matrix products, instead of kernels of ours; it must be installed (`libcublas.so.12`)
/// @param cudnn whether cuDNN does the convolutions; it must be installed (`libcudnn.so.8`). Never run on a GPU so far.
public record Settings(Format format, boolean cublas, boolean cudnn) {
    /// Kernels of ours, in float32.
    public static final Settings DEFAULT = new Settings(Format.FLOAT32, false, false);

    /// These settings with another format.
    public Settings with(Format other) {
        return new Settings(other, cublas, cudnn);
    }
}
