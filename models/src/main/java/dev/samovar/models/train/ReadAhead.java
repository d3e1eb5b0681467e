package dev.samovar.models.train;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// A number of things in their order, each read while the one before it is used: one ahead, on a thread of its own, and never two at a time.
///
/// What the reading of one throws comes out of [#next()] in its place, and none follows. Closing waits for the one that is being read, so that afterwards none
/// looks at what it was read from.
public final class ReadAhead<T> implements Iterator<T>, AutoCloseable {
    private final int count;
    private final IntFunction<T> read;
    private final boolean ahead;
    private int begun;
    private @Nullable FutureTask<T> pending;

    /// Of `count` things, `read` by their numbers.
    ///
    /// @param ahead whether they are; otherwise the one who asks for it reads it
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

    /// Until it has succeeded or failed; an interruption waits as long.
    private static void await(FutureTask<?> task) {
        boolean interrupted = false;
        while (!task.isDone()) {
            try {
                task.get();
            } catch (InterruptedException _) {
                interrupted = true;
            } catch (ExecutionException _) {
                break;                                                             // the taker will see
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
