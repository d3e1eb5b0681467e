package dev.samovar.serve;

import dev.samovar.core.io.Json;
import dev.samovar.models.edit.Answerer;
import dev.samovar.models.edit.Learning;
import dev.samovar.models.edit.SliceEmbeddings.Place;
import dev.samovar.models.train.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Who answers prompts: the checkpoint's model, or a run that was trained on the labels. The runs that were asked last stay loaded.
final class Answerers implements AutoCloseable {
    private static final int HELD = 48, MOST_RUNS = 2;

    private final Desk desk;
    private final Events events;
    private final @Nullable Engine engine;
    private final @Nullable Loaded checkpoint;
    private final List<Loaded> runs = new ArrayList<>();                // the one that was asked last is at the end

    /// A run, or the checkpoint's model. It is loaded when it is first asked, by the request that asks it, while others use other runs.
    private static final class Loaded {
        final String name;
        final @Nullable FileTime since;                                 // when its last epoch ended: it may be trained further
        private final Supplier<Answerer> load;
        private @Nullable Answerer answerer;
        int users;

        Loaded(String name, @Nullable FileTime since, Supplier<Answerer> load) {
            this.name = name;
            this.since = since;
            this.load = load;
        }

        synchronized Answerer answerer() {
            if (answerer == null) answerer = load.get();
            return answerer;
        }

        synchronized void close() {
            if (answerer != null) answerer.close();
        }
    }

    /// @param cache where the checkpoint's embeddings are kept
    Answerers(Desk desk, Events events, @Nullable Engine engine, Path cache) {
        this.desk = desk;
        this.events = events;
        this.engine = engine;
        checkpoint = engine == null ? null : new Loaded("", null, () -> Answerer.of(engine.sam(), cache, HELD, this::tell));
        if (checkpoint != null) checkpoint.answerer();
    }

    private void tell(Place place) {
        events.tell("embedded", Json.object().with("case", place.image().name()).with("axis", place.axis()).with("index", place.index()));
    }

    /// A model in use, which stays loaded until this is closed.
    final class Lease implements AutoCloseable {
        private final Loaded one;

        private Lease(Loaded one) {
            this.one = one;
            one.users++;
        }

        Answerer it() {
            return one.answerer();
        }

        @Override
        public void close() {
            synchronized (runs) {
                one.users--;
                closeSome();
            }
        }
    }

    /// The model that answers a request.
    ///
    /// @param run the name of a run; null for the checkpoint
    /// @throws Refusal if there are no weights, or no such run that has learnt something
    Lease use(@Nullable String run) {
        if (engine == null || checkpoint == null)
            throw Refusal.notNow("there are no weights to answer with: start samovar open with --weights FILE");
        if (run == null) return leased(checkpoint);
        var learning = new Learning(desk.store().folder(), engine.weights(), engine.device());
        Run trained = LearnRoutes.learnt(learning, run);
        FileTime since = since(trained);
        synchronized (runs) {
            Loaded known = runs.stream().filter(one -> one.name.equals(run) && since.equals(one.since)).findFirst().orElse(null);
            if (known != null) runs.remove(known);
            else known = new Loaded(run, since, () -> learning.answerer(trained, engine.sam(), HELD, this::tell));
            runs.add(known);
            return leased(known);
        }
    }

    private Lease leased(Loaded one) {
        synchronized (runs) {
            Lease lease = new Lease(one);
            closeSome();
            return lease;
        }
    }

    /// When the last epoch of a run ended.
    private static FileTime since(Run run) {
        try {
            return Files.getLastModifiedTime(run.log());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot see when " + run.log() + " was written", e);
        }
    }

    /// Unloads runs without a lease, those first that were not asked for longest.
    private void closeSome() {
        for (Loaded one : List.copyOf(runs)) {
            if (runs.size() <= MOST_RUNS) return;
            if (one.users > 0) continue;
            runs.remove(one);
            one.close();
        }
    }

    @Override
    public void close() {
        synchronized (runs) {
            runs.forEach(Loaded::close);
            runs.clear();
        }
        if (checkpoint != null) checkpoint.close();
    }
}
