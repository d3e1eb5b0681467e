package dev.samovar.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;
import org.jspecify.annotations.Nullable;

/// Brings the `.cu` files to a GPU, each when its first kernel is asked for: as the PTX that the build made of it, or, where there is none or the driver is too old for it,
/// compiled on the spot by NVRTC, if that is installed.
final class CudaModules {
    /// What a `.cu` file may include.
    private static final List<String> HEADERS = List.of("common.cuh", "gelu.cuh", "tile.cuh", "mma.cuh", "attention.cuh");

    private static final class Nvrtc {
        static final @Nullable String PROBLEM = Natives.load("JNvrtc", "12.6.0", () -> JNvrtc.setExceptionsEnabled(false));
    }

    private final Cuda.Gpu gpu;
    private final Map<String, CUmodule> modules = new HashMap<>();

    CudaModules(Cuda.Gpu gpu) {
        this.gpu = gpu;
        get("elementwise");                                                        // so that a device that cannot work is not made
    }

    CUmodule get(String source) {
        CUmodule known = modules.get(source);
        if (known != null) return known;
        CUmodule module = load(source);
        modules.put(source, module);
        return module;
    }

    private CUmodule load(String source) {
        String ptx = text(source + ".ptx");
        List<String> problems = new ArrayList<>();
        if (ptx == null) {
            problems.add("this build of Samovar has no PTX, because it was made without nvcc");
        } else {
            var module = new CUmodule();
            int status = load(module, ptx);
            if (status == CUresult.CUDA_SUCCESS) return module;
            if (status != CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION && status != CUresult.CUDA_ERROR_INVALID_PTX)
                CudaDriver.check(status, "loading " + source + ".ptx");
            problems.add("the driver, which is made for CUDA " + version(Cuda.driverVersion()) + ", is too old for the PTX of this build"
                    + toolkit(ptx));
        }
        if (Nvrtc.PROBLEM != null) {
            problems.add("and NVRTC, which could compile the kernels here, is not there: " + Nvrtc.PROBLEM);
            throw new CudaException(String.join("; ", problems));
        }
        var module = new CUmodule();
        CudaDriver.check(load(module, compile(source)), "loading " + source + ".cu as NVRTC compiled it");
        return module;
    }

    private static int load(CUmodule module, String ptx) {
        byte[] bytes = (ptx + "\0").getBytes(StandardCharsets.UTF_8);
        var direct = java.nio.ByteBuffer.allocateDirect(bytes.length).put(bytes);
        return JCudaDriver.cuModuleLoadDataEx(module, Pointer.to(direct.flip()), 0, new int[0], Pointer.to(new Pointer[0]));
    }

    /// `, which wants CUDA 13.0`, from what PTX says of its own version.
    private static String toolkit(String ptx) {
        return ptx.lines().filter(line -> line.startsWith(".version ")).findFirst().map(line -> ", of PTX " + line.substring(9).strip()
                + (line.contains(" 9.") ? ", which wants a driver for CUDA 13" : "")).orElse("");
    }

    static String version(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    private String compile(String source) {
        var program = new nvrtcProgram();
        String[] headers = HEADERS.stream().map(CudaModules::source).toArray(String[]::new);
        check(JNvrtc.nvrtcCreateProgram(program, source(source + ".cu"), source + ".cu", headers.length, headers, HEADERS.toArray(
                String[]::new)), "reading " + source + ".cu");
        try {
            int status = JNvrtc.nvrtcCompileProgram(program, 2, new String[]{"--gpu-architecture=compute_" + architecture(),
                "--std=c++17"});
            if (status != nvrtcResult.NVRTC_SUCCESS) {
                String[] log = {""};
                JNvrtc.nvrtcGetProgramLog(program, log);
                throw new CudaException("NVRTC cannot compile " + source + ".cu: " + nvrtcResult.stringFor(status) + ": " + log[0].strip());
            }
            String[] ptx = new String[1];
            check(JNvrtc.nvrtcGetPTX(program, ptx), "compiling " + source + ".cu");
            return ptx[0];
        } finally {
            JNvrtc.nvrtcDestroyProgram(program);
        }
    }

    private static void check(int status, String doing) {
        if (status != nvrtcResult.NVRTC_SUCCESS)
            throw new CudaException("NVRTC failed while " + doing + ": " + nvrtcResult.stringFor(
                    status));
    }

    /// The newest architecture that NVRTC 12 knows and this GPU understands.
    private int architecture() {
        return Math.min(gpu.capability(), 90);
    }

    private static String source(String file) {
        String text = text(file);
        if (text == null) throw new CudaException("this build of Samovar is not whole: it has no " + file);
        return text;
    }

    private static @Nullable String text(String file) {
        try (InputStream in = CudaModules.class.getResourceAsStream(file)) {
            return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
