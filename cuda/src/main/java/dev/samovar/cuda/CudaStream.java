package dev.samovar.cuda;

import dev.samovar.core.kernel.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.runtime.cudaStream_t;
import org.jspecify.annotations.Nullable;

/// One GPU's queue of work: kernels and copies in the order in which they were asked for. Only reading a result waits for kernels.
///
/// Copies go through a page-locked buffer of two halves: while one travels, the other is filled. Java's own arrays never reach native code.
final class CudaStream {
    private static final int HALF = 1 << 20;                                       // floats
    private static final int MOST_PARAMETERS = 24, PARAMETER_BYTES = 128;          // the largest is a structure of 25 ints
    private static final int SHARED_UNASKED = 48 << 10;                            // bytes that a block gets without asking

    /// The shape of a launch: blocks in three dimensions, threads of a block in two, and bytes of dynamic shared memory.
    record Launch(int blocksX, int blocksY, int blocksZ, int threadsX, int threadsY, int sharedBytes) {
        static final int THREADS = 256;

        /// A thread for each of `n`.
        static Launch each(int n) {
            return blocks(Math.ceilDiv(n, THREADS), 1, 1);
        }

        static Launch blocks(int x, int y, int z) {
            return new Launch(x, y, z, THREADS, 1, 0);
        }

        Launch shared(long bytes) {
            return new Launch(blocksX, blocksY, blocksZ, threadsX, threadsY, Math.toIntExact(bytes));
        }

        Launch threads(int x, int y) {
            return new Launch(blocksX, blocksY, blocksZ, x, y, sharedBytes);
        }
    }

    private final Cuda.Gpu gpu;
    private final CUcontext context = new CUcontext();
    private final CUstream stream = new CUstream();
    private final CudaModules modules;
    private final Map<String, Function> functions = new HashMap<>();
    private final int multiprocessors, mostShared;

    private final ByteBuffer parameters = ByteBuffer.allocateDirect(MOST_PARAMETERS * PARAMETER_BYTES).order(ByteOrder.nativeOrder());
    private final Pointer[] parameterPointers = new Pointer[MOST_PARAMETERS];

    private final Pointer staging = new Pointer();
    private final FloatBuffer[] halves = new FloatBuffer[2];
    private final CUevent[] landed = {new CUevent(), new CUevent()};

    CudaStream(Cuda.Gpu gpu) {
        this.gpu = gpu;
        CUdevice device = CudaDriver.device(gpu.index());
        CudaDriver.check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "taking hold of GPU " + gpu.index());
        enter();
        CudaDriver.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
        multiprocessors = CudaDriver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        mostShared = CudaDriver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
        CudaDriver.check(JCudaDriver.cuMemHostAlloc(staging, 8L * HALF, 0), "taking page-locked memory for copies");
        ByteBuffer memory = staging.getByteBuffer(0, 8L * HALF).order(ByteOrder.nativeOrder());
        for (int i = 0; i < 2; i++) {
            halves[i] = memory.slice(4 * i * HALF, 4 * HALF).order(ByteOrder.nativeOrder()).asFloatBuffer();
            CudaDriver.check(JCudaDriver.cuEventCreate(landed[i], CUevent_flags.CU_EVENT_DISABLE_TIMING), "making an event");
        }
        Pointer all = Pointer.to(parameters);
        for (int i = 0; i < MOST_PARAMETERS; i++) parameterPointers[i] = all.withByteOffset((long) i * PARAMETER_BYTES);
        modules = new CudaModules(gpu);
    }

    Cuda.Gpu gpu() {
        return gpu;
    }

    /// This queue for NVIDIA's libraries. They use the context of the calling thread, so the thread enters it here.
    cudaStream_t forLibraries() {
        enter();
        return new cudaStream_t(stream);
    }

    int multiprocessors() {
        return multiprocessors;
    }

    /// Enters the context: it is current for one thread only, and any thread may call.
    void enter() {
        CudaDriver.check(JCudaDriver.cuCtxSetCurrent(context), "entering the context of GPU " + gpu.index());
    }

    // ---- memory

    /// Fresh memory for `size` floats; null if there is not enough.
    synchronized @Nullable DevicePointer allocate(int size) {
        enter();
        var pointer = new DevicePointer();
        int status = JCudaDriver.cuMemAlloc(pointer, 4L * Math.max(size, 1));
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) return null;
        CudaDriver.check(status, "allocating " + 4L * size + " bytes");
        return pointer;
    }

    synchronized void free(DevicePointer pointer) {
        enter();
        CudaDriver.check(JCudaDriver.cuMemFree(pointer), "freeing memory");
    }

    /// Bytes of the GPU's memory that are free.
    synchronized long freeBytes() {
        enter();
        long[] free = new long[1], total = new long[1];
        CudaDriver.check(JCudaDriver.cuMemGetInfo(free, total), "asking for the free memory");
        return free[0];
    }

    /// Copies numbers into, or out of, one half of the page-locked buffer.
    @FunctionalInterface
    interface Move {
        void floats(FloatBuffer half, int first, int count);
    }

    /// Copies `size` floats to the device. `fill` puts them into the buffer, some at a time.
    synchronized void upload(DevicePointer to, int size, Move fill) {
        enter();
        for (int first = 0, turn = 0; first < size; first += HALF, turn ^= 1) {
            int count = Math.min(HALF, size - first);
            CudaDriver.check(JCudaDriver.cuEventSynchronize(landed[turn]), "waiting for a copy");
            fill.floats(halves[turn].clear(), first, count);
            CudaDriver.check(JCudaDriver.cuMemcpyHtoDAsync(to.withByteOffset(4L * first), half(turn), 4L * count, stream),
                    "copying to the device");
            CudaDriver.check(JCudaDriver.cuEventRecord(landed[turn], stream), "marking a copy");
        }
    }

    /// Waits for all work in the queue, and hands `size` floats of the device to `take`, some at a time.
    synchronized void download(CUdeviceptr from, int size, Move take) {
        enter();
        for (int first = 0; first < size; first += HALF) {
            int count = Math.min(HALF, size - first);
            CudaDriver.check(JCudaDriver.cuMemcpyDtoHAsync(half(0), from.withByteOffset(4L * first), 4L * count, stream),
                    "copying from the device");
            synchronize();
            take.floats(halves[0].clear(), first, count);
        }
    }

    private Pointer half(int which) {
        return staging.withByteOffset(4L * which * HALF);
    }

    /// Waits for all work in the queue.
    synchronized void synchronize() {
        enter();
        CudaDriver.check(JCudaDriver.cuStreamSynchronize(stream), "waiting for the device");
    }

    /// Puts an event into the queue.
    synchronized void record(CUevent event) {
        enter();
        CudaDriver.check(JCudaDriver.cuEventRecord(event, stream), "marking a place in the queue");
    }

    // ---- kernels

    /// Puts a kernel into the queue.
    ///
    /// @param source the file it is in, without `.cu`
    /// @param arguments what it takes: buffers (null for none), ints, floats, and structures of ints as `int[]`
    synchronized void launch(String source, String kernel, Launch how, @Nullable Object... arguments) {
        if (how.blocksX == 0 || how.blocksY == 0 || how.blocksZ == 0) return;
        enter();
        Function function = function(source, kernel);
        if (how.sharedBytes > mostShared)
            throw new CudaException(kernel + " needs " + how.sharedBytes + " bytes of shared memory for this shape; " + gpu.name() + " has "
                    + mostShared + " for a block");
        if (how.sharedBytes > function.sharedBytes) {
            CudaDriver.check(JCudaDriver.cuFuncSetAttribute(function.handle,
                    CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, how.sharedBytes), "asking for shared memory");
            function.sharedBytes = how.sharedBytes;
        }
        var pointers = new Pointer[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            pack(i * PARAMETER_BYTES, arguments[i]);
            pointers[i] = parameterPointers[i];
        }
        CudaDriver.check(JCudaDriver.cuLaunchKernel(function.handle, how.blocksX, how.blocksY, how.blocksZ, how.threadsX, how.threadsY, 1,
                how.sharedBytes, stream, Pointer.to(pointers), null), "launching " + kernel);
    }

    private void pack(int at, @Nullable Object argument) {
        switch (argument) {
            case null -> parameters.putLong(at, 0);
            case CudaBuffer buffer -> parameters.putLong(at, buffer.pointer().address());
            case Integer value -> parameters.putInt(at, value);
            case Float value -> parameters.putFloat(at, value);
            case int[] structure -> {
                for (int i = 0; i < structure.length; i++) parameters.putInt(at + 4 * i, structure[i]);
            }
            case Buffer _ -> throw new IllegalArgumentException("a tensor of another device");
            default -> throw new IllegalArgumentException("a kernel cannot take " + argument);
        }
    }

    /// A kernel, and the dynamic shared memory that a block of it may have.
    private static final class Function {
        final CUfunction handle = new CUfunction();
        int sharedBytes = SHARED_UNASKED;
    }

    private Function function(String source, String kernel) {
        Function known = functions.get(kernel);
        if (known != null) return known;
        var function = new Function();
        CudaDriver.check(JCudaDriver.cuModuleGetFunction(function.handle, modules.get(source), kernel), "looking for " + kernel + " in "
                + source + ".cu");
        functions.put(kernel, function);
        return function;
    }
}
