package dev.samovar.core.tensor;

import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Follows long work from outside, and can end it: work inside [#call] reports its progress and stops soon after [#cancel].
///
/// ```java
/// var watch = new Watch((stage, done, all) -> bar.set(stage, done, all));
/// button.onClick(watch::cancel);                                                       // from any thread
/// EmbeddedImage image = watch.call(() -> predictor.embed(picture));                    // throws a CancellationException once cancelled
/// ```
///
/// Interrupting the working thread ends the work in the same way, with or without a watch; the thread stays interrupted. Work can only end between
/// its steps, which take fractions of a second: blocks of an image encoder, batches of prompts, slices, training steps. What was computed so far is
/// freed. Inside another watch's work, a watch hides the other's listener, but either can end the work.
public final class Watch {
    private static final ScopedValue<Nested> CURRENT = ScopedValue.newInstance();

    /// A watch, and those around it.
    private record Nested(Watch watch, @Nullable Nested outer) {
        boolean isCancelled() {
            return watch.cancelled || (outer != null && outer.isCancelled());
        }
    }

    private final Listener listener;
    private volatile boolean cancelled;

    /// Receives the progress, in the thread that works.
    @FunctionalInterface
    public interface Listener {
        /// `steps` of the `all` steps of a stage are done.
        void done(String stage, int steps, int all);
    }

    /// A watch that can only cancel.
    public Watch() {
        this((_, _, _) -> {});
    }

    /// A watch that reports progress to a listener.
    public Watch(Listener listener) {
        this.listener = listener;
    }

    /// Ends the watched work at its next step, and any later work under this watch.
    public void cancel() {
        cancelled = true;
    }

    /// Whether [#cancel] was called.
    public boolean isCancelled() {
        return cancelled;
    }

    /// Does work under this watch.
    ///
    /// @throws CancellationException if it was cancelled or interrupted before it was done
    public <T> T call(Supplier<T> work) {
        return ScopedValue.where(CURRENT, nested()).call(work::get);
    }

    /// Does work under this watch that returns nothing.
    ///
    /// @throws CancellationException if it was cancelled or interrupted before it was done
    public void run(Runnable work) {
        ScopedValue.where(CURRENT, nested()).run(work);
    }

    private Nested nested() {
        return new Nested(this, CURRENT.isBound() ? CURRENT.get() : null);
    }

    /// Called by long work between its steps, in the thread that was called.
    ///
    /// @throws CancellationException if the work was cancelled or interrupted
    public static void step(String stage, int steps, int all) {
        if (Thread.currentThread().isInterrupted()) throw new CancellationException(stage + ": interrupted after " + steps + " of " + all);
        if (!CURRENT.isBound()) return;
        Nested current = CURRENT.get();
        if (current.isCancelled()) throw new CancellationException(stage + ": cancelled after " + steps + " of " + all);
        current.watch.listener.done(stage, steps, all);
    }
}
