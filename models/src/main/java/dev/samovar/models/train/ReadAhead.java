package dev.samovar.models.train;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Reads items in order, each while the one before it is used: one ahead, on a thread of its own, and never two at a time.
///
/// If reading an item throws, [#next()] throws that exception in its place, and no item follows. Closing waits for the item that is being read, so
/// that afterwards nothing uses its source.
public final class ReadAhead<T> implements Iterator<T>, AutoCloseable {
    private final int count;
    private final IntFunction<T> read;
    private final boolean ahead;
    private int begun;
    private @Nullable FutureTask<T> pending;

    /// For `count` items, which `read` reads by their numbers.
    ///
    /// @param ahead whether items are read ahead; if not, [#next()] reads them
    public ReadAhead(int count, IntFunction<T> read, boolean ahead) {
        this.count = count;
        this.read = read;
        this.ahead = ahead;
        begin();
    }

    private void begin() {
        pending = null;
        if (begun == count) return;
        final int number = begun++;
        var task = new FutureTask<>(() -> read.apply(number));
        if (ahead) Thread.ofVirtual().name("samovar-read-ahead").start(task);
        pending = task;
    }

    @Override
    public boolean hasNext() {
        return pending != null;
    }

    @Override
    public T next() {
        FutureTask<T> task = pending;
        if (task == null) throw new NoSuchElementException();
        pending = null;
        if (!ahead) task.run();
        await(task);
        if (task.state() == FutureTask.State.SUCCESS) {
            begin();
            return task.resultNow();
        }
        switch (task.exceptionNow()) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable t -> throw new IllegalStateException(t);
        }
    }

    @Override
    public void close() {
        FutureTask<T> task = pending;
        begun = count;
        pending = null;
        if (ahead && task != null) await(task);
    }

    /// Waits until a task has succeeded or failed, even if the thread is interrupted.
    private static void await(FutureTask<?> task) {
        boolean interrupted = false;
        while (!task.isDone()) {
            try {
                task.get();
            } catch (InterruptedException _) {
                interrupted = true;
            } catch (ExecutionException _) {
                break;                                                             // the caller of next() will get the exception
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
