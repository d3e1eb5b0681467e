package dev.samovar.serve;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.models.edit.Labelling;
import dev.samovar.models.edit.LabellingStore;
import dev.samovar.models.edit.Learning;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.TrainingLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Trains on what was labelled, and proposes labels with what was learnt.
final class LearnRoutes {
    private static final String KIND = "learn", RANK = "rank";
    private static final int MOST_EPOCHS = 10_000;

    private final Desk desk;
    private final Events events;
    private final Jobs jobs;
    private final EditRoutes edits;
    private final @Nullable Engine engine;
    private final Map<String, String> running = new ConcurrentHashMap<>();      // jobs by run

    LearnRoutes(Desk desk, Events events, Jobs jobs, EditRoutes edits, @Nullable Engine engine) {
        this.desk = desk;
        this.events = events;
        this.jobs = jobs;
        this.edits = edits;
        this.engine = engine;
    }

    void addTo(Routes routes) {
        routes.on("GET", "/api/learn", this::told).on("POST", "/api/learn", this::begin).on("POST", "/api/learn/*/resume", this::resume)
                .on("POST", "/api/learn/*/rank", this::rank)
                .on("POST", "/api/cases/*/propose", this::propose);
    }

    private Learning learning() {
        if (engine == null) throw Refusal.notNow("there are no weights to learn with: start samovar open with --weights FILE");
        return new Learning(desk.store().folder(), engine.weights(), engine.device());
    }

    // ---- state

    private void told(Call call) {
        List<Json> methods = engine == null
                ? List.of()
                : learning().choices().stream().map(choice -> Json.object().with("name", choice.method()
                        .title()).with("title", choice.title()).with("about", choice.about()).with("epochs", choice.method().defaults().epochs()))
                        .toList();
        List<String> labelled = new ArrayList<>();
        List<Json> proposed = new ArrayList<>();
        for (String id : byProposal()) {
            LabellingStore.Summary known = desk.readable(() -> desk.store().summary(id));
            if (known == null) continue;
            if (known.voxels() > 0) labelled.add(id);
            if (known.run() != null)
                proposed.add(Json.object().with("id", id).with("run", known.run()).with("corrected", known.corrected()).with("of", known.voxels()));
        }
        List<Json> runs = new ArrayList<>();
        for (String name : engine == null ? List.<String>of() : learning().runs()) {
            Json run = desk.readable(() -> run(name));
            if (run != null) runs.add(run);
        }
        call.json(Json.object().with("methods", methods).with("labelled", labelled).with("runs", runs).with("proposed", proposed));
    }

    /// All cases: first those without proposed labels, then the others from the oldest proposal to the newest.
    private List<String> byProposal() {
        return desk.opened().images().keySet().stream().sorted(Comparator.comparingLong(id -> desk.store().proposedAt(id, desk.files(id)
                .getFirst()))).toList();
    }

    private Json run(String name) {
        Run run = Run.open(learning().run(name));
        RunConfig config = run.config();
        List<Json> log = log(run);
        String job = running.get(name);
        boolean now = job != null && jobs.of(job).isRunning();
        return Json.object().with("name", name).with("method", config.method().title()).with("prompted", config.method().prompted())
                .with("epochs", config.schedule().epochs())
                .with("done", log.size()).with("finished", run.isFinished()).with("running", now).with("job", now ? job : null)
                .with("classes", config.classNames()).with("log", log);
    }

    /// The number of epochs that are finished.
    static List<Json> log(Run run) {
        if (!Files.exists(run.log())) return List.of();
        return TrainingLog.read(run.log()).epochs().stream().map(LearnRoutes::epoch).toList();
    }

    private static Json epoch(TrainingLog.Epoch epoch) {
        return Json.object().with("epoch", epoch.number()).with("loss", epoch.loss()).with("dice", Json.orNull(epoch.dice())).with("validation",
                Json.orNull(epoch.validation()));
    }

    // ---- training

    private void begin(Call call) {
        Learning learning = learning();
        Json body = call.body();
        var method = learning.method(body.at("method").string());
        int epochs = body.has("epochs") ? body.at("epochs").integer() : 0, validation = body.has("validation")
                ? body.at("validation").integer()
                : 0;
        if (epochs < 0 || epochs > MOST_EPOCHS) throw Refusal.bad("a training has 1 to " + MOST_EPOCHS + " epochs");
        List<String> ids = body.has("cases") ? body.at("cases").strings() : List.copyOf(desk.opened().images().keySet());
        if (Set.copyOf(ids).size() < ids.size()) throw Refusal.bad("a case is named twice");
        desk.settle();
        List<Learning.Example> examples = new ArrayList<>();
        for (String id : ids) {
            LabellingStore.Summary known = desk.files(id).isEmpty() ? null : desk.store().summary(id);
            if (known != null && known.voxels() > 0)
                examples.add(new Learning.Example(id, desk.files(id), desk.store().labels(id, desk.files(id).getFirst()), known.objects()));
            else
                if (body.has("cases")) throw Refusal.bad(id + " is not labelled yet");
        }
        if (examples.isEmpty()) throw Refusal.notNow("nothing is labelled yet: label a few slices first");
        var plan = new Learning.Plan(method, epochs, validation, !body.has("whole") || body.at("whole").truth());
        synchronized (this) {
            requireFree();
            String name = learning.free(method);
            Run run = learning.begin(name, plan, examples, desk.opened().reading(examples.getFirst().name()));
            train(call, learning, run, name);
        }
    }

    private void resume(Call call) {
        Learning learning = learning();
        String name = call.part(0);
        if (!Run.isRun(learning.run(name))) throw Refusal.absent("there is no run of this name");
        synchronized (this) {
            requireFree();
            Run run = Run.open(learning.run(name));
            if (call.body().has("epochs")) {
                int epochs = call.body().at("epochs").integer();
                if (epochs < 1 || epochs > MOST_EPOCHS) throw Refusal.bad("a training has 1 to " + MOST_EPOCHS + " epochs");
                RunConfig.Schedule schedule = run.config().schedule();
                run = run.with(schedule.with(epochs, schedule.patience()));
            }
            train(call, learning, run, name);
        }
    }

    private void requireFree() {
        if (jobs.isRunning(KIND)) throw Refusal.notNow("a training is under way already; stop it, or wait for its end");
    }

    private void train(Call call, Learning learning, Run run, String name) {
        Jobs.Job job = jobs.begin(KIND, null, call.tab(), now -> learning.train(run, new Told(now, run, name)));
        running.put(name, job.id());
        call.json(202, Json.object().with("job", job.id()).with("run", name));
    }

    /// Tells the pages how the training goes.
    private final class Told implements Progress {
        private final Jobs.Job job;
        private final Run run;
        private final String name;
        private String stage = "";
        private int steps, epochs;

        Told(Jobs.Job job, Run run, String name) {
            this.job = job;
            this.run = run;
            this.name = name;
            epochs = log(run).size();
        }

        @Override
        public void begin(String what, int all) {
            stage = what;
            steps = all;
            job.at(0, all, what);
        }

        @Override
        public void done(int count, String note) {
            job.at(count, steps, note.isEmpty() ? stage : stage + ": " + note);
            if (!stage.equals("training")) return;
            List<Json> log = log(run);
            for (; epochs < log.size(); epochs++) events.tell("epoch", log.get(epochs).with("run", name));
        }
    }

    // ---- proposals

    /// The run of this name, which must have learnt something.
    static Run learnt(Learning learning, String name) {
        if (!Run.isRun(learning.run(name))) throw Refusal.absent("there is no run of this name");
        Run run = Run.open(learning.run(name));
        if (!run.has(Run.Which.LAST)) throw Refusal.notNow("this run has learnt nothing yet");
        return run;
    }

    /// Ranks the unlabelled cases by the uncertainty of a run.
    private void rank(Call call) {
        Learning learning = learning();
        String name = call.part(0);
        learnt(learning, name);
        desk.settle();
        SequencedMap<String, List<Path>> images = new LinkedHashMap<>();
        desk.opened().images().forEach((id, files) -> {
            LabellingStore.Summary known = desk.store().summary(id);
            if (known == null || known.voxels() == 0) images.put(id, files);
        });
        if (images.isEmpty()) throw Refusal.notNow("all cases are labelled already");
        if (jobs.isRunning(RANK)) throw Refusal.notNow("the cases are being looked through already");
        Jobs.Job job = jobs.begin(RANK, null, call.tab(), now -> learning.rank(name, images, now.progress()));
        call.json(202, Json.object().with("job", job.id()));
    }

    private void propose(Call call) {
        Learning learning = learning();
        String id = call.part(0), tab = call.tab(), name = call.body().at("run").string();
        desk.files(id);
        Run run = learnt(learning, name);
        Jobs.Job job = jobs.begin("propose", id, tab, now -> {
            try (Desk.Lease lease = desk.use(id)) {
                OpenCase one = lease.it();
                int slices = one.image().grid().dim(one.image().grid().sliceAxis());
                LabelVolume found = learning.propose(run, one.image(), done -> now.at(done, slices, ""));
                Labelling.State state = one.labelling().replace(tab, found, run.config().classNames());
                var proposal = new LabellingStore.Proposal(name, one.labelling().labels());
                desk.store().propose(one.image(), proposal);
                one.proposal(proposal);
                edits.told(one, tab, state);
            }
        });
        call.json(202, Json.object().with("job", job.id()));
    }
}
