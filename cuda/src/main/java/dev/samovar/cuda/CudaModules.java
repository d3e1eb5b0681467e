package dev.samovar.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;
import org.jspecify.annotations.Nullable;

/// Loads the `.cu` files on a GPU, each when its first kernel is asked for: as the PTX that the build made from it or, if there is none or the driver
/// is too old for it, compiled at run time by NVRTC, if that is installed.
final class CudaModules {
    /// The files that a `.cu` file may include.
    private static final List<String> HEADERS = List.of("common.cuh", "gelu.cuh", "ending.cuh", "tile.cuh", "mma.cuh", "conv.cuh",
            "block.cuh",
            "attention.cuh");

    private static final class Nvrtc {
        static final @Nullable String PROBLEM = Natives.load("JNvrtc", "12.6.0", () -> JNvrtc.setExceptionsEnabled(false));
    }

    private final Cuda.Gpu gpu;
    private final Map<String, CUmodule> modules = new HashMap<>();

    CudaModules(Cuda.Gpu gpu) {
        this.gpu = gpu;
        get("elementwise");                                                        // so that making a device that cannot work fails at once
    }

    CUmodule get(String source) {
        CUmodule known = modules.get(source);
        if (known != null) return known;
        CUmodule module = load(source);
        modules.put(source, module);
        return module;
    }

    /// How kernels are loaded on a GPU whose driver is made for CUDA `driver`: 13000 for 13.0.
    static String describe(int driver) {
        String problem = ptxProblem(driver);
        if (problem == null) return "the PTX of this build";
        return Nvrtc.PROBLEM == null ? "compiled by NVRTC, because " + problem : "none: " + noKernels(problem);
    }

    /// Why the PTX of this build cannot be used; null if it can.
    private static @Nullable String ptxProblem(int driver) {
        String ptx = text("elementwise.ptx");
        if (ptx == null) return "this build has no PTX: it was made without nvcc";
        int needed = ptx.lines().filter(line -> line.startsWith(".version ")).findFirst().map(CudaModules::cudaOf).orElse(0);
        return driver >= needed
                ? null
                : "the driver is made for CUDA " + version(driver) + " and too old for the PTX of this build, which needs CUDA "
                        + version(needed);
    }

    /// The CUDA that a version of PTX came with, `.version 9.0` with 13.0: PTX 7, 8, 9 belong to CUDA 11, 12, 13, and their second numbers differ by at most one.
    private static int cudaOf(String line) {
        String[] numbers = line.substring(".version ".length()).strip().split("\\.", -1);
        return (Integer.parseInt(numbers[0]) + 4) * 1000 + Integer.parseInt(numbers[1]) * 10;
    }

    private static String noKernels(String problem) {
        return problem + "; and NVRTC, which would compile the kernels on the spot, is not there: " + Nvrtc.PROBLEM;
    }

    private CUmodule load(String source) {
        var module = new CUmodule();
        String ptx = text(source + ".ptx"), problem = ptxProblem(Cuda.driverVersion());
        if (ptx != null && problem == null) {
            CudaDriver.check(load(module, ptx), "loading " + source + ".ptx");
            return module;
        }
        if (Nvrtc.PROBLEM != null) throw new CudaException(noKernels(String.valueOf(problem)));
        CudaDriver.check(load(module, compile(source)), "loading " + source + ".cu as NVRTC compiled it");
        return module;
    }

    private static int load(CUmodule module, String ptx) {
        byte[] bytes = (ptx + "\0").getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes);
        return JCudaDriver.cuModuleLoadDataEx(module, Pointer.to(direct.flip()), 0, new int[0], Pointer.to(new Pointer[0]));
    }

    static String version(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    private String compile(String source) {
        var program = new nvrtcProgram();
        String[] headers = HEADERS.stream().map(CudaModules::source).toArray(String[]::new);
        check(JNvrtc.nvrtcCreateProgram(program, source(source + ".cu"), source + ".cu", headers.length, headers, HEADERS.toArray(String[]::new)),
                "reading " + source + ".cu");
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
            throw new CudaException("NVRTC failed while " + doing + ": " + nvrtcResult.stringFor(status));
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
