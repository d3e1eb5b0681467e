package dev.samovar.serve;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The opened run: its settings, its curves, and its scores.
final class RunRoutes {
    private static final String KIND = "run", EVALUATION = "evaluation.json";

    private final Desk desk;
    private final Jobs jobs;
    private final CaseRoutes cases;
    private final @Nullable Engine engine;

    RunRoutes(Desk desk, Jobs jobs, CaseRoutes cases, @Nullable Engine engine) {
        this.desk = desk;
        this.jobs = jobs;
        this.cases = cases;
        this.engine = engine;
    }

    void addTo(Routes routes) {
        routes.on("GET", "/api/run", this::told).on("POST", "/api/run/judge", this::judge);
    }

    private Run run() {
        Run run = desk.opened().run();
        if (run == null) throw Refusal.absent("no run was opened: start samovar open with the folder of one");
        return run;
    }

    private void told(Call call) {
        Run run = run();
        RunConfig config = run.config();
        RunConfig.Schedule schedule = config.schedule();
        Path evaluation = run.folder().resolve(EVALUATION);
        Json scores = Files.exists(evaluation) ? Json.read(evaluation) : null;
        List<List<String>> settings = new ArrayList<>(
                List.of(List.of("Method", config.method().describe()), List.of("Epochs", "" + schedule.epochs()),
                        List.of("Learning rate", "" + schedule.learningRate()), List.of("Slices per step", "" + schedule.batch()),
                        List.of("Learnt from", run.split().train().size() + " cases"), List.of("Validated on", run.split().val().size()
                                + " cases"),
                        List.of("Preprocessing", config.preparation().preprocessing().title()), List.of("Checkpoint",
                                config.origin().weights().toString())));
        if (scores != null && scores.has("decision")) settings.add(List.of("Labels", scores.at("decision").string()));
        call.json(Json.object().with("name", desk.opened().name()).with("method", config.method().title()).with("settings", settings)
                .with("classes", config.classNames()).with("log", LearnRoutes.log(run)).with("judged", Judge.cases(run))
                .with("evaluation", scores));
    }

    /// Segments and scores the cases that the run is evaluated on.
    private void judge(Call call) {
        Run run = run();
        Dataset dataset = desk.opened().dataset();
        if (engine == null) throw Refusal.notNow("there are no weights to segment with: start samovar open with --weights FILE");
        if (dataset == null) throw Refusal.notNow("the dataset of this run is not there");
        if (jobs.isRunning(KIND)) throw Refusal.notNow("its cases are being segmented already");
        Engine with = engine;
        Jobs.Job job = jobs.begin(KIND, null, call.tab(), now -> {
            Progress progress = now.progress();
            var cache = new EmbeddingCache(run.config().origin().cache(), with.weights(), run.config().preparation(), with.device(), progress);
            Evaluation evaluation = Judge.judge(run, Run.Which.LAST, dataset, with.weights(), cache, with.device(), progress);
            AtomicFile.write(run.folder().resolve(EVALUATION), evaluation.json().pretty());
            AtomicFile.write(run.folder().resolve("evaluation.csv"), evaluation.csv());
            cases.forget();
        });
        call.json(202, Json.object().with("job", job.id()));
    }
}
