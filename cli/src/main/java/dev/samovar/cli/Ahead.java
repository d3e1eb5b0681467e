package dev.samovar.cli;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// Something that another thread makes while this one does something else.
final class Ahead<T> {
    private final FutureTask<T> making;

    private Ahead(FutureTask<T> making) {
        this.making = making;
    }

    /// Begins to make it.
    static <T> Ahead<T> of(Supplier<T> how) {
        var making = new FutureTask<>(how::get);
        Thread.ofPlatform().daemon().start(making);
        return new Ahead<>(making);
    }

    /// What was made, as soon as it is ready; or else what was thrown.
    T get() {
        try {
            return making.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException thrown -> throw thrown;
                case Error thrown -> throw thrown;
                case null, default -> throw new IllegalStateException(e);          // a supplier throws nothing else
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for another thread");
        }
    }
}
