// The parts of libcublas.so.12 and libcudnn.so.8 that dev.samovar.cuda calls: naive loops that show whether they are called correctly, not whether they are fast.
#include <cstddef>
#include <cstdint>

#define API extern "C" __attribute__((visibility("default"))) int

// ---- cuBLAS, which is column-major

API cublasCreate_v2(void** handle) {
    *handle = reinterpret_cast<void*>(0x9);
    return 0;
}

API cublasDestroy_v2(void*) { return 0; }
API cublasSetStream_v2(void*, void*) { return 0; }

API cublasGemmStridedBatchedEx(void*, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, const void* a, int type_a, int lda, long long stride_a, const void* b,
                               int type_b, int ldb, long long stride_b, const void* beta, void* c, int type_c, int ldc, long long stride_c, int batch, int, int) {
    const int FLOAT = 0, INVALID_VALUE = 7;
    if (type_a != FLOAT || type_b != FLOAT || type_c != FLOAT) return INVALID_VALUE;
    if (lda < (transpose_a ? k : m) || ldb < (transpose_b ? n : k) || ldc < m) return INVALID_VALUE;
    for (int e = 0; e < batch; e++) {
        const float *x = static_cast<const float*>(a) + e * stride_a, *y = static_cast<const float*>(b) + e * stride_b;
        float* z = static_cast<float*>(c) + e * stride_c;
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < m; i++) {
                double sum = 0;
                for (int l = 0; l < k; l++)
                    sum += static_cast<double>(transpose_a ? x[i * static_cast<long>(lda) + l] : x[l * static_cast<long>(lda) + i]) *
                           (transpose_b ? y[l * static_cast<long>(ldb) + j] : y[j * static_cast<long>(ldb) + l]);
                float& to = z[j * static_cast<long>(ldc) + i];
                float scale = *static_cast<const float*>(beta);
                to = static_cast<float>(*static_cast<const float*>(alpha) * sum) + (scale == 0 ? 0 : scale * to);
            }
        }
    }
    return 0;
}

// ---- cuDNN

struct Descriptor {
    int n[8];
};

static int make(void** descriptor) {
    *descriptor = new Descriptor{};
    return 0;
}

static int drop(void* descriptor) {
    delete static_cast<Descriptor*>(descriptor);
    return 0;
}

API cudnnCreate(void** handle) {
    *handle = reinterpret_cast<void*>(0xA);
    return 0;
}

API cudnnSetStream(void*, void*) { return 0; }
API cudnnCreateTensorDescriptor(void** d) { return make(d); }
API cudnnCreateFilterDescriptor(void** d) { return make(d); }
API cudnnCreateConvolutionDescriptor(void** d) { return make(d); }
API cudnnDestroyTensorDescriptor(void* d) { return drop(d); }
API cudnnDestroyFilterDescriptor(void* d) { return drop(d); }
API cudnnDestroyConvolutionDescriptor(void* d) { return drop(d); }
API cudnnSetConvolutionMathType(void*, int) { return 0; }

API cudnnSetTensor4dDescriptor(void* d, int format, int type, int n, int c, int h, int w) {
    if (format != 0 || type != 0) return 3;
    *static_cast<Descriptor*>(d) = {{n, c, h, w}};
    return 0;
}

API cudnnSetFilter4dDescriptor(void* d, int type, int format, int k, int c, int h, int w) {
    if (format != 0 || type != 0) return 3;
    *static_cast<Descriptor*>(d) = {{k, c, h, w}};
    return 0;
}

API cudnnSetConvolution2dDescriptor(void* d, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h, int dilation_w, int mode, int) {
    if (pad_h != pad_w || stride_h != stride_w || dilation_h != 1 || dilation_w != 1 || mode != 1) return 3;
    *static_cast<Descriptor*>(d) = {{pad_h, stride_h}};
    return 0;
}

constexpr std::size_t ROOM = 1000; // bytes of workspace that the caller must provide

API cudnnGetConvolutionForwardWorkspaceSize(void*, void*, void*, void*, void*, int, std::size_t* bytes) {
    *bytes = ROOM;
    return 0;
}

API cudnnGetConvolutionBackwardDataWorkspaceSize(void*, void*, void*, void*, void*, int, std::size_t* bytes) {
    *bytes = 0;
    return 0;
}

API cudnnGetConvolutionBackwardFilterWorkspaceSize(void*, void*, void*, void*, void*, int, std::size_t* bytes) {
    *bytes = ROOM;
    return 0;
}

/// Calls `with(x, w, y)` with the indices of every product of a convolution.
template <class With> static void each_product(const void* x_descriptor, const void* w_descriptor, const void* convolution, const void* y_descriptor, With with) {
    const int *x = static_cast<const Descriptor*>(x_descriptor)->n, *w = static_cast<const Descriptor*>(w_descriptor)->n, *y = static_cast<const Descriptor*>(y_descriptor)->n;
    int pad = static_cast<const Descriptor*>(convolution)->n[0], stride = static_cast<const Descriptor*>(convolution)->n[1];
    for (int b = 0; b < y[0]; b++)
        for (int o = 0; o < y[1]; o++)
            for (int i = 0; i < y[2]; i++)
                for (int j = 0; j < y[3]; j++)
                    for (int c = 0; c < x[1]; c++)
                        for (int u = 0; u < w[2]; u++)
                            for (int v = 0; v < w[3]; v++) {
                                int row = i * stride + u - pad, column = j * stride + v - pad;
                                if (row >= 0 && row < x[2] && column >= 0 && column < x[3])
                                    with(((b * x[1] + c) * x[2] + row) * x[3] + column, ((o * w[1] + c) * w[2] + u) * w[3] + v, ((b * y[1] + o) * y[2] + i) * y[3] + j);
                            }
}

static int size(const void* descriptor) {
    const int* n = static_cast<const Descriptor*>(descriptor)->n;
    return n[0] * n[1] * n[2] * n[3];
}

/// Computes sums in double, one for each element of `descriptor`, and writes them to `to`.
template <class Fill> static int summed(const void* descriptor, void* to, Fill fill) {
    double* sums = new double[static_cast<std::size_t>(size(descriptor))]();
    fill(sums);
    for (int i = 0; i < size(descriptor); i++) static_cast<float*>(to)[i] = static_cast<float>(sums[i]);
    delete[] sums;
    return 0;
}

API cudnnConvolutionForward(void*, const void*, const void* dx, const void* x, const void* dw, const void* w, const void* convolution, int, void* room, std::size_t bytes, const void*,
                            const void* dy, void* y) {
    if (bytes < ROOM || !room) return 3;
    return summed(dy, y, [&](double* sums) {
        each_product(dx, dw, convolution, dy, [&](int i, int j, int k) { sums[k] += static_cast<double>(static_cast<const float*>(x)[i]) * static_cast<const float*>(w)[j]; });
    });
}

API cudnnConvolutionBackwardData(void*, const void*, const void* dw, const void* w, const void* dy, const void* y, const void* convolution, int, void*, std::size_t, const void*,
                                 const void* dx, void* x) {
    return summed(dx, x, [&](double* sums) {
        each_product(dx, dw, convolution, dy, [&](int i, int j, int k) { sums[i] += static_cast<double>(static_cast<const float*>(y)[k]) * static_cast<const float*>(w)[j]; });
    });
}

API cudnnConvolutionBackwardFilter(void*, const void*, const void* dx, const void* x, const void* dy, const void* y, const void* convolution, int, void* room, std::size_t bytes,
                                   const void*, const void* dw, void* w) {
    if (bytes < ROOM || !room) return 3;
    return summed(dw, w, [&](double* sums) {
        each_product(dx, dw, convolution, dy, [&](int i, int j, int k) { sums[j] += static_cast<double>(static_cast<const float*>(x)[i]) * static_cast<const float*>(y)[k]; });
    });
}
