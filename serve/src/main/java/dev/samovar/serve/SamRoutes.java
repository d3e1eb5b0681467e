package dev.samovar.serve;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Slices;
import dev.samovar.models.edit.Answerer;
import dev.samovar.models.edit.Asked;
import dev.samovar.models.edit.Labelling.State;
import dev.samovar.models.edit.Runs;
import dev.samovar.models.edit.SliceEmbeddings.Place;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.medsam.VolumePredictor;
import dev.samovar.models.medsam.VolumePrompt;
import dev.samovar.models.metrics.Uncertainty;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.KeptMasks;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.study.PromptUncertainty;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a page asks of the network: masks for prompts, an object followed through a volume, and everything in a slice.
final class SamRoutes implements AutoCloseable {
    private static final int MOST_POINTS = 64, AHEAD = 3, ANSWERS = 8, HOTTEST = 255;
    private static final double USUAL_STOP = 0.3;

    private final Desk desk;
    private final Jobs jobs;
    private final EditRoutes edits;
    private final Answerers answerers;

    SamRoutes(Desk desk, Jobs jobs, EditRoutes edits, Answerers answerers) {
        this.desk = desk;
        this.jobs = jobs;
        this.edits = edits;
        this.answerers = answerers;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/api/cases/*/prompt", this::prompt).on("POST", "/api/cases/*/ahead", this::ahead)
                .on("GET", "/api/cases/*/uncertainty/*/*", this::uncertainty)
                .on("POST", "/api/cases/*/propagate", this::propagate).on("POST", "/api/cases/*/box", this::box)
                .on("POST", "/api/cases/*/everything", this::everything)
                .on("GET", "/api/cases/*/everything/*/*", this::found).on("GET", "/api/cases/*/everything/*/*/kept", this::kept);
    }

    /// The model that answers: a run that was trained here, or the checkpoint.
    private Answerers.Lease who(Json body) {
        return answerers.use(run(body));
    }

    private static @Nullable String run(Json body) {
        return body.has("run") && !body.at("run").isNull() ? body.at("run").string() : null;
    }

    private static EmbeddedImage embedded(Answerer with, OpenCase one, int axis, int index) {
        return with.embeddings().of(new Place(one.image(), axis, index));
    }

    // ---- prompts

    private void prompt(Call call) {
        long start = System.nanoTime();
        Json body = call.body();
        try (Answerers.Lease who = who(body); Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            Asked asked = asked(one, body);
            Slices slices = one.image().slices(asked.axis());
            SamPredictor.check(asked.prompt(), slices.height(), slices.width());
            require(one, asked.object());
            List<Candidate> found = who.it().predictor().candidates(embedded(who.it(), one, asked.axis(), asked.index()), asked.prompt());
            int chosen = body.has("chosen") ? body.at("chosen").integer() : 0;
            if (chosen < 0 || chosen >= found.size()) throw Refusal.bad("of this prompt there are the answers 0 to " + (found.size() - 1));
            List<Asked.Answer> answers = found.stream().map(c -> new Asked.Answer(c.iou(), c.mask().area())).toList();
            State state = one.labelling().prompt(call.tab(), asked.answered(answers, chosen), found.get(chosen).mask());
            edits.told(one, call.tab(), state);
            Json json = Json.object().with("candidates", found.stream().map(c -> Json.object().with("iou", c.iou()).with("area", c.mask()
                    .area()).with("runs", Runs.of(c.mask().pixels()))).toList());
            call.json(Described.work(json, one, state).with("ms", (System.nanoTime() - start) / 1_000_000));
        }
    }

    private static Asked asked(OpenCase one, Json body) {
        int axis = body.at("axis").integer(), index = body.at("index").integer();
        one.check(axis, index);
        List<Prompt.Point> points = new ArrayList<>();
        for (Json point : body.has("points") ? body.at("points").list() : List.<Json>of())
            points.add(new Prompt.Point(point.at("x").number(), point.at("y").number(), point.at("label").integer()));
        if (points.size() > MOST_POINTS) throw Refusal.bad("a prompt has " + MOST_POINTS + " points at most");
        return new Asked(body.at("object").integer(), axis, index, points, body.has("box") ? box(body) : null, List.of(), 0);
    }

    private static Prompt.Box box(Json body) {
        double[] corners = body.at("box").numbers();
        if (corners.length != 4) throw Refusal.bad("a box is [x0,y0,x1,y1]");
        return new Prompt.Box(corners[0], corners[1], corners[2], corners[3]);
    }

    private static void require(OpenCase one, int object) {
        if (one.labelling().objects().stream().noneMatch(known -> known.number() == object))
            throw Refusal.bad("there is no object " + object + "; add it first");
    }

    /// Embeds the slice and its neighbours, the nearest first.
    private void ahead(Call call) {
        try (Answerers.Lease who = who(call.body()); Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            int axis = call.body().at("axis").integer(), index = call.body().at("index").integer();
            one.check(axis, index);
            List<Place> places = new ArrayList<>(List.of(new Place(one.image(), axis, index)));
            for (int away = 1; away <= AHEAD; away++)
                for (int s : new int[]{index + away, index - away})
                    if (s >= 0 && s < one.image().slices(axis).count()) places.add(new Place(one.image(), axis, s));
            who.it().embeddings().ahead(places);
            call.json(202, Json.object().with("ready", who.it().embeddings().has(places.getFirst())));
        }
    }

    /// How much the mask of an object in a slice depends on the exact prompt.
    private void uncertainty(Call call) {
        try (Answerers.Lease who = answerers.use(call.asked("run")); Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            int axis = call.number(1), index = call.number(2), object = call.wholes("object", 1)[0];
            one.check(axis, index);
            Prompt prompt = one.labelling().asks(call.tab(), object, axis, index);
            EmbeddedImage image = embedded(who.it(), one, axis, index);
            var jitter = new PromptUncertainty.Jitter(ANSWERS, PromptUncertainty.Jitter.usual(image.height(), image.width()), 1);
            Uncertainty answers = PromptUncertainty.of(who.it().predictor(), image, prompt, jitter, "object " + object).answers();
            float[] variance = answers.variance();
            byte[] heat = new byte[variance.length];
            for (int i = 0; i < heat.length; i++) heat[i] = (byte) Math.round(HOTTEST * variance[i] / Uncertainty.MOST_VARIANCE);
            call.json(Json.object().with("answers", answers.answers()).with("disagreement", answers.disagreement()).with("runs", Runs.of(heat)));
        }
    }

    // ---- through a volume

    private static VolumePredictor through(Answerer with, OpenCase one, Slices slices) {
        return new VolumePredictor(with.predictor(), slices, s -> embedded(with, one, slices.axis(), s));
    }

    private void propagate(Call call) {
        Json body = call.body();
        String tab = call.tab();
        int object = body.at("object").integer(), axis = body.at("axis").integer(), index = body.at("index").integer();
        try (Answerers.Lease _ = who(body); Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            one.check(axis, index);
            require(one, object);
            Slices slices = one.image().slices(axis);
            Mask mask = one.labelling().mask(object, axis, index);
            if (mask.area() == 0) throw Refusal.notNow("this object is not in slice " + index + "; label it there first");
            var stop = new VolumePredictor.Stop(body.has("stop") ? body.at("stop").number() : USUAL_STOP, 1);
            int first = limit(body, "first", "down", index, 0, slices), last = limit(body, "last", "up", index, slices.count() - 1, slices);
            if (first > index || last < index) throw Refusal.bad("the slices from first to last must contain the slice " + index);
            begin(call, "propagate", tab, (job, it, with) -> {
                LabelVolume found = through(with, it, slices).propagate(index, List.of(mask), stop, first, last, n -> job.at(n, last - first, ""));
                put(it, tab, object, slices, found, index);
            });
        }
    }

    private static int limit(Json body, String name, String way, int index, int otherwise, Slices slices) {
        if (body.has(way) && !body.at(way).truth()) return index;
        if (!body.has(name)) return otherwise;
        int limit = body.at(name).integer();
        if (limit < 0 || limit >= slices.count()) throw Refusal.bad("there is no slice " + limit);
        return limit;
    }

    private void box(Call call) {
        Json body = call.body();
        String tab = call.tab();
        int object = body.at("object").integer(), axis = body.at("axis").integer(), from = body.at("from").integer(), to = body.at("to").integer();
        try (Answerers.Lease _ = who(body); Desk.Lease lease = desk.use(call.part(0))) {
            OpenCase one = lease.it();
            one.check(axis, from);
            one.check(axis, to);
            require(one, object);
            Slices slices = one.image().slices(axis);
            var thing = new VolumePrompt(box(body), Math.min(from, to), Math.max(from, to));
            VolumePredictor.check(List.of(thing), slices);
            begin(call, "box", tab, (job, it, with) -> {
                int all = thing.last() - thing.first() + 1;
                LabelVolume found = through(with, it, slices).segment(List.of(thing), n -> job.at(n, all, ""));
                put(it, tab, object, slices, found, -1);
            });
        }
    }

    /// Adds what was found to the object, in all slices except the one that it started from.
    private void put(OpenCase one, String tab, int object, Slices slices, LabelVolume found, int start) {
        Map<Integer, Mask> masks = new TreeMap<>();
        for (int s = 0; s < slices.count(); s++) {
            Mask mask = Mask.of(1, slices.height(), slices.width(), slices.cut(found, s));
            if (s != start && mask.area() > 0) masks.put(s, mask);
        }
        edits.told(one, tab, one.labelling().put(tab, object, slices.axis(), masks));
    }

    private interface Work {
        void on(Jobs.Job job, OpenCase one, Answerer with);
    }

    /// Begins a job on a case. Until it ends, the case stays open and the model stays loaded.
    private void begin(Call call, String kind, String tab, Work work) {
        String id = call.part(0), run = run(call.body());
        Jobs.Job job = jobs.begin(kind, id, tab, running -> {
            try (Answerers.Lease who = answerers.use(run); Desk.Lease lease = desk.use(id)) {
                work.on(running, lease.it(), who.it());
            }
        });
        call.json(202, Json.object().with("job", job.id()));
    }

    // ---- everything

    private void everything(Call call) {
        Json body = call.body();
        int axis = body.at("axis").integer(), index = body.at("index").integer(), points = body.has("points")
                ? body.at("points").integer()
                : 16;
        if (points < 4 || points > 32) throw Refusal.bad("there are 4 to 32 points along a side, not " + points);
        double iou = share(body, "iou"), stability = share(body, "stability");
        try (Answerers.Lease _ = who(body); Desk.Lease lease = desk.use(call.part(0))) {
            lease.it().check(axis, index);
            begin(call, "everything", call.tab(),
                    (job, one, with) -> one.found(axis, index, KeptMasks.find(with.predictor(), embedded(with, one, axis, index),
                            one.image().seen(axis, index), points, iou, stability, (done, all) -> job.at(done, all, ""))));
        }
    }

    /// The threshold of a share: a half unless the request gives another.
    private static double share(Json body, String name) {
        double least = body.has(name) ? body.at(name).number() : 0.5;
        if (!(least >= 0 && least <= 1)) throw Refusal.bad(name + " is a number from 0 to 1");
        return least;
    }

    private void found(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            KeptMasks kept = lease.it().masks(call.number(1), call.number(2));
            List<Json> all = new ArrayList<>();
            for (MaskRecord r : kept.masks())
                all.add(Json.object().with("id", all.size()).with("iou", r.predictedIou()).with("stability", r.stabilityScore()).with("area",
                        r.area()).with("box", List.of(r.box().x0(), r.box().y0(), r.box().x1(), r.box().y1()))
                        .with("runs", Runs.of(r.segmentation().mask().pixels())));
            call.json(Json.object().with("masks", all).with("floor",
                    Json.object().with("iou", kept.leastIou()).with("stability", kept.leastStability())));
        }
    }

    private void kept(Call call) {
        try (Desk.Lease lease = desk.use(call.part(0))) {
            KeptMasks masks = lease.it().masks(call.number(1), call.number(2));
            call.json(Json.object().with("kept",
                    masks.chosen(call.decimal("iou", 0.88), call.decimal("stability", 0.95), call.decimal("overlap", 0.7))));
        }
    }

    @Override
    public void close() {
        answerers.close();
    }
}
