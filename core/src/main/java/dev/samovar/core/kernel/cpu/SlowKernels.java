package dev.samovar.core.kernel.cpu;

import java.lang.System.Logger.Level;

/// Warns, once in a program and by the program's own logging, that everything would be several times as fast if the JVM were started in another way.
final class SlowKernels {
    private SlowKernels() {}

    private static final class Once {
        static final boolean TOLD = log();

        private static boolean log() {
            System.getLogger("dev.samovar").log(Level.WARNING, "Samovar computes with scalar kernels, which are slow: " + Cpu.whyNoVectors());
            return true;
        }
    }

    static boolean tell() {
        return Once.TOLD;
    }
}
