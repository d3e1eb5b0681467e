package dev.samovar.serve;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.core.tensor.Watch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Work that takes longer than a request: it runs in the background, reports its progress, and can be stopped.
final class Jobs {
    private static final int REMEMBERED = 50;
    private static final long PAUSE = 100_000_000;                      // nanoseconds between two events of one job

    private final Events events;
    private final SequencedMap<String, Job> jobs = new LinkedHashMap<>();
    private int last;

    Jobs(Events events) {
        this.events = events;
    }

    /// One piece of work.
    final class Job {
        private final String id, kind, tab;
        private final @Nullable String of;
        private final Watch watch = new Watch();
        private final long begun = System.nanoTime();
        private String note = "", state = "running";
        private @Nullable String error;
        private int done, total;
        private long told;
        private @Nullable Thread thread;

        private Job(String id, String kind, @Nullable String of, String tab) {
            this.id = id;
            this.kind = kind;
            this.of = of;
            this.tab = tab;
        }

        String id() {
            return id;
        }

        /// Reports its progress.
        void at(int steps, int all, String words) {
            synchronized (this) {
                done = steps;
                total = all;
                note = words;
                if (System.nanoTime() - told < PAUSE && steps < all) return;
                told = System.nanoTime();
            }
            events.tell("job", json());
        }

        /// Passes on the progress that the library reports.
        Progress progress() {
            return new Progress() {
                private int all;

                @Override
                public void begin(String what, int steps) {
                    all = steps;
                    at(0, steps, what);
                }

                @Override
                public void done(int steps, String note) {
                    at(steps, all, note);
                }
            };
        }

        private void end(String how, @Nullable String why) {
            synchronized (this) {
                state = how;
                error = why;
            }
            events.tell("job", json());
        }

        synchronized boolean isRunning() {
            return state.equals("running");
        }

        synchronized Json json() {
            double seconds = (System.nanoTime() - begun) * 1e-9;
            Json json = Json.object().with("job", id).with("kind", kind).with("case", of).with("tab", tab).with("done", done).with("total",
                    total).with("note", note).with("state", state).with("error", error);
            return json.with("eta", done > 0 && total > done && state.equals("running")
                    ? (Object) Math.round(seconds / done * (total - done))
                    : null);
        }
    }

    /// Begins work.
    ///
    /// @param of the case that the work is about; null if it is about none
    Job begin(String kind, @Nullable String of, String tab, Consumer<Job> work) {
        Job job;
        synchronized (this) {
            job = new Job("j" + ++last, kind, of, tab);
            jobs.put(job.id, job);
            if (jobs.size() > REMEMBERED) jobs.values().removeIf(old -> jobs.size() > REMEMBERED && !old.isRunning());
        }
        events.tell("job", job.json());
        job.thread = Thread.ofPlatform().daemon().name("job " + job.id).start(() -> {
            try {
                job.watch.run(() -> work.accept(job));
                job.end("done", null);
            } catch (CancellationException _) {
                job.end("stopped", null);
            } catch (RuntimeException | OutOfMemoryError e) {
                job.end("failed", Refusal.of(e).sentence());
            }
        });
        return job;
    }

    /// Whether work of this kind is running.
    synchronized boolean isRunning(String kind) {
        return jobs.values().stream().anyMatch(job -> job.kind.equals(kind) && job.isRunning());
    }

    /// The job with this name.
    synchronized Job of(String id) {
        Job job = jobs.get(id);
        if (job == null) throw Refusal.absent("there is no job of this name");
        return job;
    }

    void stop(Job job) {
        job.watch.cancel();
    }

    synchronized List<Json> json() {
        return jobs.values().stream().filter(Job::isRunning).map(Job::json).toList();
    }

    /// Stops all jobs, and waits until they have ended.
    void close() {
        List<Job> all;
        synchronized (this) {
            all = List.copyOf(jobs.values());
        }
        for (Job job : all) job.watch.cancel();
        for (Job job : all) {
            try {
                Thread thread = job.thread;
                if (thread != null) thread.join(10_000);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
