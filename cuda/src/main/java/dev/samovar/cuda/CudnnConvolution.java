package dev.samovar.cuda;

import dev.samovar.core.kernel.Conv2dShape;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnStatus;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import org.jspecify.annotations.Nullable;

/// Convolutions by NVIDIA's cuDNN 8, where it is installed; forward and both gradients, by algorithms whose sums have a fixed order.
///
/// *Untested on a GPU*: no machine with cuDNN 8 was at hand. The last version of JCudnn is 11.7.0, but it asks for a native library of JCuda's
/// version; [Natives] provides its own under that name.
final class CudnnConvolution {
    private static final class Library {
        static final @Nullable String PROBLEM = Natives.load("JCudnn", "11.7.0", () -> JCudnn.setExceptionsEnabled(false));
    }

    private final CudaStream stream;
    private final cudnnHandle handle = new cudnnHandle();
    private final CudaMemory memory;
    private final int mathType;
    private final Pointer one = CudaDriver.number(1), zero = CudaDriver.number(0);

    /// Opens cuDNN on a stream.
    ///
    /// @throws CudaException if it is not installed
    CudnnConvolution(CudaStream stream, CudaMemory memory, Format format) {
        String problem = whyNot();
        if (problem != null) throw new CudaException(problem);
        this.stream = stream;
        this.memory = memory;
        mathType = format == Format.FLOAT32 ? cudnnMathType.CUDNN_FMA_MATH : cudnnMathType.CUDNN_DEFAULT_MATH; // the default may take TF32
        check(JCudnn.cudnnCreate(handle), "starting");
        check(JCudnn.cudnnSetStream(handle, stream.forLibraries()), "taking our stream");
    }

    /// Why it cannot be used, null if it can.
    static @Nullable String whyNot() {
        return Library.PROBLEM == null ? null : "cuDNN is not there: " + Library.PROBLEM;
    }

    /// cuDNN's descriptors of a shape, which are freed when this is closed.
    private final class Descriptors implements AutoCloseable {
        private final cudnnTensorDescriptor x = new cudnnTensorDescriptor(), y = new cudnnTensorDescriptor();
        private final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
        private final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();

        Descriptors(Conv2dShape s) {
            stream.enter();
            check(JCudnn.cudnnCreateTensorDescriptor(x), "describing x");
            check(JCudnn.cudnnCreateTensorDescriptor(y), "describing y");
            check(JCudnn.cudnnCreateFilterDescriptor(w), "describing w");
            check(JCudnn.cudnnCreateConvolutionDescriptor(convolution), "describing a convolution");
            check(JCudnn.cudnnSetTensor4dDescriptor(x, cudnnTensorFormat.CUDNN_TENSOR_NCHW, cudnnDataType.CUDNN_DATA_FLOAT, s.batch(), s.inChannels(),
                    s.height(), s.width()), "describing x");
            check(JCudnn.cudnnSetTensor4dDescriptor(y, cudnnTensorFormat.CUDNN_TENSOR_NCHW, cudnnDataType.CUDNN_DATA_FLOAT, s.batch(),
                    s.outChannels(), s.outHeight(), s.outWidth()), "describing y");
            check(JCudnn.cudnnSetFilter4dDescriptor(w, cudnnDataType.CUDNN_DATA_FLOAT, cudnnTensorFormat.CUDNN_TENSOR_NCHW, s.outChannels(),
                    s.inChannels(), s.kernel(), s.kernel()), "describing w");
            check(JCudnn.cudnnSetConvolution2dDescriptor(convolution, s.padding(), s.padding(), s.stride(), s.stride(), 1, 1,
                    cudnnConvolutionMode.CUDNN_CROSS_CORRELATION, cudnnDataType.CUDNN_DATA_FLOAT), "describing a convolution");
            check(JCudnn.cudnnSetConvolutionMathType(convolution, mathType), "choosing how to multiply");
        }

        @Override
        public void close() {
            JCudnn.cudnnDestroyConvolutionDescriptor(convolution);
            JCudnn.cudnnDestroyFilterDescriptor(w);
            JCudnn.cudnnDestroyTensorDescriptor(y);
            JCudnn.cudnnDestroyTensorDescriptor(x);
        }
    }

    /// `y`, without a bias.
    void forward(Conv2dShape s, CudaBuffer x, CudaBuffer w, CudaBuffer y) {
        int algorithm = cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
        long[] bytes = new long[1];
        try (var d = new Descriptors(s); var scratch = memory.scratch()) {
            check(JCudnn.cudnnGetConvolutionForwardWorkspaceSize(handle, d.x, d.w, d.convolution, d.y, algorithm, bytes), "planning");
            check(JCudnn.cudnnConvolutionForward(handle, one, d.x, x.pointer(), d.w, w.pointer(), d.convolution, algorithm, room(scratch,
                    bytes[0]), bytes[0], zero, d.y, y.pointer()), "convolving " + s);
        }
    }

    /// `dx`, without a bias.
    void backwardInput(Conv2dShape s, CudaBuffer dy, CudaBuffer w, CudaBuffer dx) {
        int algorithm = cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
        long[] bytes = new long[1];
        try (var d = new Descriptors(s); var scratch = memory.scratch()) {
            check(JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(handle, d.w, d.y, d.convolution, d.x, algorithm, bytes), "planning");
            check(JCudnn.cudnnConvolutionBackwardData(handle, one, d.w, w.pointer(), d.y, dy.pointer(), d.convolution, algorithm,
                    room(scratch, bytes[0]), bytes[0], zero, d.x, dx.pointer()), "going back through " + s);
        }
    }

    /// `dw`.
    void backwardWeight(Conv2dShape s, CudaBuffer x, CudaBuffer dy, CudaBuffer dw) {
        int algorithm = cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
        long[] bytes = new long[1];
        try (var d = new Descriptors(s); var scratch = memory.scratch()) {
            check(JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, d.x, d.y, d.convolution, d.w, algorithm, bytes), "planning");
            check(JCudnn.cudnnConvolutionBackwardFilter(handle, one, d.x, x.pointer(), d.y, dy.pointer(), d.convolution, algorithm,
                    room(scratch, bytes[0]), bytes[0], zero, d.w, dw.pointer()), "taking the weights' gradient of " + s);
        }
    }

    private static Pointer room(CudaMemory.Scratch scratch, long bytes) {
        return bytes == 0 ? new Pointer() : scratch.allocate(Math.toIntExact((bytes + 3) / 4)).pointer();
    }

    private static void check(int status, String doing) {
        if (status != cudnnStatus.CUDNN_STATUS_SUCCESS)
            throw new CudaException("cuDNN failed while " + doing + ": " + cudnnStatus.stringFor(status));
    }
}
