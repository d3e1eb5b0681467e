package dev.samovar.cuda.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/// The emulated driver of `src/test/cpp`, which replaces NVIDIA's on the library path of the tests.
public final class Emulated {
    private static final Path LIBRARY = Path.of(String.valueOf(System.getenv("LD_LIBRARY_PATH")), "libcuda.so.1");

    private Emulated() {}

    /// Skips a test if the library was not built.
    public static void assumePresent() {
        assumeTrue(Files.exists(LIBRARY), "the CUDA kernels are not checked: g++ was missing when this was built");
    }

    /// Sets one of the switches of driver.cpp.
    @SuppressWarnings("restricted")
    public static void set(String name, long value) {
        try (Arena arena = Arena.ofConfined()) {
            var set = Linker.nativeLinker().downcallHandle(SymbolLookup.libraryLookup(LIBRARY, arena).find("emulation_set").orElseThrow(),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
            MemorySegment text = arena.allocateFrom(name);
            assertEquals(0, (int) set.invokeExact(text, value), name);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /// The number of kernels launched so far.
    @SuppressWarnings("restricted")
    public static long launches() {
        try (Arena arena = Arena.ofConfined()) {
            return (long) Linker.nativeLinker().downcallHandle(SymbolLookup.libraryLookup(LIBRARY, arena).find("emulation_launches")
                    .orElseThrow(), FunctionDescriptor.of(ValueLayout.JAVA_LONG)).invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
