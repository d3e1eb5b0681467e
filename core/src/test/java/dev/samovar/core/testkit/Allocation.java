package dev.samovar.core.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// How many bytes of heap the current thread has asked for: a file that lies about its size must not cost more than it has.
public final class Allocation {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /// What an action allocates on this thread, in bytes.
    public static long of(Runnable action) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        action.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
