package dev.samovar.models.study;

import dev.samovar.core.nn.Random;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.Counts;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.Prompt;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Prompts for one object in one slice, in every way of a study.
final class ObjectStudy {
    private final Asked picture;
    private final Mask truth;
    private final Mask labelled, ignored;
    private final PromptSettings settings;
    private final String name;
    private final List<PromptScore> scores = new ArrayList<>();

    /// @param truth the object, not empty
    /// @param labelled everything that is labelled in the slice, of any class
    /// @param ignored pixels that do not count
    /// @param name of the object, from which random numbers are derived
    private ObjectStudy(Asked picture, Mask truth, Mask labelled, Mask ignored, PromptSettings settings, String name) {
        this.picture = picture.without(ignored);
        this.truth = truth;
        this.labelled = labelled;
        this.ignored = ignored;
        this.settings = settings;
        this.name = name;
    }

    /// Its scores, protocol by protocol.
    ///
    /// @param everything the automatic masks of the slice, only computed if a protocol needs them
    static List<PromptScore> scores(Asked picture, Mask truth, Mask labelled, Mask ignored, PromptSettings settings, String name,
            Supplier<List<MaskRecord>> everything) {
        var study = new ObjectStudy(picture, truth, labelled, ignored, settings, name);
        for (Protocol protocol : settings.protocols()) study.ask(protocol, everything);
        return study.scores;
    }

    private Random random(Protocol protocol, Object of) {
        return new Random(settings.seed(), name + ", " + protocol + ", " + of);
    }

    private void ask(Protocol protocol, Supplier<List<MaskRecord>> everything) {
        switch (protocol) {
            case CLICK -> one(protocol, centres(protocol, PromptRules.pieces(truth).subList(0, 1)));
            case CLICKS -> one(protocol, centres(protocol, PromptRules.pieces(truth)));
            case BOX -> one(protocol, Prompt.Box.around(PromptRules.pieces(truth).getFirst()));
            case BOXES -> boxes();
            case BOX_ALL -> one(protocol, Prompt.Box.around(truth));
            case POINT -> one(protocol, points(1, 0));
            case POINTS -> one(protocol, points(PromptRules.POINTS, 0));
            case POINTS_BESIDE -> one(protocol, points(PromptRules.POINTS, PromptRules.POINTS));
            case BOX_POINT -> one(protocol, Prompt.Box.around(truth).and(points(1, 0)));
            case EVERYTHING -> everything(everything.get());
            case INTERACTIVE -> {
                for (Choice choice : Choice.values()) interactive(choice);
            }
            case CORRECTIONS -> corrections(protocol, centres(protocol, List.of(truth)), null, 1);
            case BOX_CORRECTIONS -> corrections(protocol, null, Prompt.Box.around(truth), 0);
            case MOVED_POINT -> moved(protocol, (from, to, random) -> new Prompt.Points(List.of(PromptRules.moved(points(1, 0).points()
                    .getFirst(), from, to, truth.height(), truth.width(), random))));
            case MOVED_BOX -> moved(protocol, (from, to, random) -> PromptRules.moved(Prompt.Box.around(truth), from, to, truth.height(),
                    truth.width(), random));
        }
    }

    private void one(Protocol protocol, Prompt prompt) {
        List<Candidate> answers = picture.ask(prompt, true);
        for (Choice choice : Choice.values()) add(protocol, 0, choice, choice.of(answers, truth));
    }

    private void add(Protocol protocol, int step, Choice choice, Candidate answer) {
        Counts counts = Counts.of(answer.mask(), truth);
        scores.add(new PromptScore(protocol, step, choice, counts.dice(), counts.iou(), finite(answer.iou())));
    }

    private static double finite(float iou) {
        return Float.isFinite(iou) ? iou : 0;
    }

    private Prompt.Points centres(Protocol protocol, List<Mask> of) {
        List<Prompt.Point> points = new ArrayList<>();
        for (Mask piece : of) {
            PromptRules.Pixel centre = PromptRules.centre(piece, random(protocol, "piece " + points.size()));
            if (centre != null) points.add(centre.click(true));
        }
        return new Prompt.Points(points);
    }

    private Prompt.Points points(int on, int beside) {
        List<Prompt.Point> points = new ArrayList<>();
        for (PromptRules.Pixel pixel : PromptRules.onObject(truth, on)) points.add(pixel.click(true));
        if (beside > 0) for (PromptRules.Pixel pixel : PromptRules.besideObject(truth, beside)) points.add(pixel.click(false));
        return new Prompt.Points(points);
    }

    /// The first masks of all boxes united, the second, and the third.
    private void boxes() {
        List<List<Candidate>> answers = PromptRules.pieces(truth).stream().map(piece -> picture.ask(Prompt.Box.around(piece), true)).toList();
        List<Candidate> united = new ArrayList<>();
        for (int slot = 0; slot < answers.getFirst().size(); slot++) {
            boolean[] pixels = new boolean[truth.pixels().length];
            float iou = 0;
            for (List<Candidate> answer : answers) {
                Candidate one = answer.get(slot);
                for (int i = 0; i < pixels.length; i++) pixels[i] |= one.mask().pixels()[i];
                iou += one.iou() / answers.size();
            }
            united.add(new Candidate(new Mask(truth.height(), truth.width(), pixels), iou, answers.getFirst().get(slot).lowRes()));
        }
        for (Choice choice : Choice.values()) add(Protocol.BOXES, 0, choice, choice.of(united, truth));
    }

    /// If there are no masks at all, nothing was found.
    private void everything(List<MaskRecord> found) {
        var nothing = new Candidate(new Mask(truth.height(), truth.width(), new boolean[truth.pixels().length]), 0, new Prompt.LowRes(1,
                new float[1]));
        List<Candidate> masks = found.isEmpty()
                ? List.of(nothing)
                : found.stream().map(m -> new Candidate(m.segmentation().mask().without(ignored), m.predictedIou(), nothing.lowRes())).toList();
        for (Choice choice : List.of(Choice.PREDICTED, Choice.ORACLE)) add(Protocol.EVERYTHING, 0, choice, choice.of(masks, truth));
    }

    /// Once nothing is wrong, the scores stay as they are.
    private void interactive(Choice choice) {
        Random random = random(Protocol.INTERACTIVE, choice);
        PromptRules.Pixel centre = PromptRules.centre(truth, random);
        if (centre == null) throw new IllegalArgumentException("an object without a pixel");
        List<Prompt.Point> points = new ArrayList<>(List.of(centre.click(true)));
        Candidate now = choice.of(picture.ask(new Prompt.Points(points), true), truth);
        add(Protocol.INTERACTIVE, 1, choice, now);
        for (int n = 2; n <= settings.clicks(); n++) {
            Prompt.Point next = PromptRules.correction(now.mask(), truth, labelled, random);
            if (next != null) {
                points.add(next);
                now = choice.of(picture.ask(new Prompt.Points(points), true), truth);
            }
            add(Protocol.INTERACTIVE, n, choice, now);
        }
    }

    /// Corrections of the mask that SAM thinks best, each with all clicks so far and the last mask.
    ///
    /// @param clicked points to begin with, or null
    /// @param boxed a box to begin with, or null
    /// @param step the number of clicks to begin with
    private void corrections(Protocol protocol, Prompt.@Nullable Points clicked,
            Prompt.@Nullable Box boxed, int step) {
        Random random = random(protocol, "corrections");
        List<Prompt.Point> points = new ArrayList<>(clicked == null ? List.of() : clicked.points());
        Candidate now = Choice.PREDICTED.of(picture.ask(new Prompt.Combination(clicked, boxed, null), clicked != null), truth);
        add(protocol, step, Choice.PREDICTED, now);
        for (int n = step + 1; n <= settings.clicks(); n++) {
            Prompt.Point next = PromptRules.correction(now.mask(), truth, random);
            if (next != null) {
                points.add(next);
                now = picture.ask(new Prompt.Combination(new Prompt.Points(points), boxed, now.lowRes()), false).getFirst();
            }
            add(protocol, n, Choice.PREDICTED, now);
        }
    }

    private interface Moved {
        Prompt by(double from, double to, Random random);
    }

    private void moved(Protocol protocol, Moved prompt) {
        int from = 0;
        for (int to : settings.jitter()) {
            Map<Choice, double[]> sums = new EnumMap<>(Choice.class);
            for (int draw = 0; draw < settings.draws(); draw++) {
                List<Candidate> answers = picture.ask(prompt.by(from, to, random(protocol, to + ", draw " + draw)), true);
                for (Choice choice : Choice.values()) {
                    Candidate answer = choice.of(answers, truth);
                    Counts counts = Counts.of(answer.mask(), truth);
                    double[] sum = sums.computeIfAbsent(choice, _ -> new double[3]);
                    sum[0] += counts.dice() / settings.draws();
                    sum[1] += counts.iou() / settings.draws();
                    sum[2] += finite(answer.iou()) / settings.draws();
                }
            }
            int step = to;
            sums.forEach((choice, sum) -> scores.add(new PromptScore(protocol, step, choice, sum[0], sum[1], sum[2])));
            from = to;
        }
    }
}
