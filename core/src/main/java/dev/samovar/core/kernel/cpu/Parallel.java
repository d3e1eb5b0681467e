package dev.samovar.core.kernel.cpu;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Spreads numbered tasks over the threads of a device; the only place where kernels become parallel.
///
/// *What* a task computes depends only on its number, so results do not depend on how many threads there are or which thread takes which task.
/// The caller works, too. A task that starts tasks of its own runs them itself, one after another.
public final class Parallel {
    /// One numbered piece of work.
    @FunctionalInterface
    public interface Task {
        /// Does piece number `index`.
        void run(int index);
    }

    /// If there are fewer additions or multiplications than this, the caller does them alone.
    public static final long WORTHWHILE = 100_000;

    private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

    private final int threads;
    private final @Nullable ThreadPoolExecutor helpers;

    /// A team of `threads`, of which the caller is one.
    public Parallel(int threads) {
        if (threads < 1) throw new IllegalArgumentException("threads: needs at least 1, got " + threads);
        this.threads = threads;
        this.helpers = threads == 1 ? null : team(threads - 1);
    }

    private static ThreadPoolExecutor team(int size) {
        var pool = new ThreadPoolExecutor(size, size, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                task -> Thread.ofPlatform().daemon().name("samovar-", 0).unstarted(task));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /// The size of the team.
    public int threads() {
        return threads;
    }

    /// Runs tasks that are worth sharing, as [#run(int, long, Task)].
    public void run(int tasks, Task task) {
        run(tasks, Long.MAX_VALUE, task);
    }

    /// Runs tasks `0 … tasks−1` and returns when all are done. The first exception of a task is thrown here.
    /// If they have fewer than [#WORTHWHILE] operations in all, the caller does them, because waking the others would take longer.
    public void run(int tasks, long operations, Task task) {
        if (helpers == null || tasks <= 1 || operations < WORTHWHILE || INSIDE.get()) {
            for (int i = 0; i < tasks; i++) task.run(i);
            return;
        }
        var job = new Job(tasks, task);
        for (int i = 1; i < Math.min(threads, tasks); i++) helpers.execute(job);
        job.run();
        job.await();
    }

    private static final class Job implements Runnable {
        private final int tasks;
        private final Task task;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger finished = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Job(int tasks, Task task) {
            this.tasks = tasks;
            this.task = task;
        }

        @Override
        public void run() {
            INSIDE.set(true);
            try {
                for (int i; (i = next.getAndIncrement()) < tasks;) {
                    try {
                        if (failure.get() == null) task.run(i);
                    } catch (Throwable t) {
                        failure.compareAndSet(null, t);
                    } finally {
                        if (finished.incrementAndGet() == tasks) {
                            synchronized (this) {
                                notifyAll();
                            }
                        }
                    }
                }
            } finally {
                INSIDE.set(false);
            }
        }

        void await() {
            boolean interrupted = false;
            synchronized (this) {
                while (finished.get() < tasks) {
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        interrupted = true;                                        // finish first, because a half-written buffer is of no use
                    }
                }
            }
            if (interrupted) Thread.currentThread().interrupt();
            switch (failure.get()) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable t -> throw new IllegalStateException(t);
            }
        }
    }
}
