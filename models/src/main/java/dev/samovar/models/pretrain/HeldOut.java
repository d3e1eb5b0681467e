package dev.samovar.models.pretrain;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.Progress;
import dev.samovar.core.nn.Random;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.Counts;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.scenes.Scene;
import dev.samovar.models.scenes.SceneSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How well a SAM segments scenes on which no SAM was trained. It is prompted through [SamPredictor], so this works for any checkpoint.
///
/// A click is where a person would point, on the pixel of the thing that is farthest from its edge ([Deepest]). A correction goes to the deepest
/// pixel of what is missing or too much. Each correction is given together with the last mask.
///
/// @param things asked for
/// @param bestOfThree mean IoU of one click, for the really best of its three masks
/// @param chosen mean IoU of one click, for that of its three masks that the network thinks best
/// @param box mean IoU of the tight box
/// @param corrected mean IoU of `chosen` after 1, 2, … [#CORRECTIONS] corrections
/// @param correlation of the predicted with the true IoU over all masks, Pearson's
public record HeldOut(int things, double bestOfThree, double chosen, double box, List<Double> corrected, double correlation) {
    /// The most corrections.
    public static final int CORRECTIONS = 5;

    private static final String SEED_NAME = "held out ";
    private static final long SEED = 20261129;                                     // its streams have other names than those of training
    private static final double SMALLEST = 1.0 / 700;                               // of a picture's area, below which a thing is not asked for
    private static final int TRIES = 1000, THINGS = 4;                                           // of a scene, at most

    /// Copies the list.
    public HeldOut {
        corrected = List.copyOf(corrected);
    }

    /// The scene with this number, and the things to prompt for: up to four that cover at least a seven-hundredth of the picture, as in training.
    public static Scene scene(SceneSource source, int number, int side) {
        Random random = new Random(SEED, SEED_NAME + number);
        Scene scene = source.draw(random, side);
        List<Mask> things = large(scene);
        for (int tries = 0; things.isEmpty(); tries++) {
            if (tries == TRIES) throw new FormatException(source.describe() + ": none of " + TRIES + " pictures has a thing");
            scene = source.draw(random, side);
            things = large(scene);
        }
        while (things.size() > THINGS) things.remove(random.below(things.size()));
        return new Scene(scene.picture(), things, scene.ignored());
    }

    /// The things that are larger than a few pixels of the network's picture.
    private static List<Mask> large(Scene scene) {
        double least = SMALLEST * scene.picture().height() * scene.picture().width();
        return new ArrayList<>(scene.things().stream().filter(thing -> thing.area() >= least).toList());
    }

    /// Prompts a network for the things in `scenes` scenes.
    ///
    /// @param side of the scenes, in pixels
    public static HeldOut of(SamPredictor predictor, SceneSource source, int scenes, int side, Progress progress) {
        var judge = new Judge(predictor);
        progress.begin("held out", scenes);
        for (int i = 0; i < scenes; i++) {
            judge.ask(scene(source, i, side));
            progress.done(i + 1, "");
        }
        return judge.result();
    }

    /// As JSON.
    public Json json() {
        return Json.object().with("things", things).with("bestOfThree", bestOfThree).with("chosen", chosen).with("box", box)
                .with("corrected", corrected).with("correlation", correlation);
    }

    /// The place where a person would click to mean this thing.
    public static Prompt.Point click(Mask thing) {
        int[] place = Deepest.of(thing.pixels(), thing.height(), thing.width());
        if (place == null) throw new IllegalArgumentException("a thing without a pixel");
        return new Prompt.Point(place[0], place[1], Prompt.Point.FOREGROUND);
    }

    private static final class Judge {
        private final SamPredictor predictor;
        private final double[] corrected = new double[CORRECTIONS];
        private double best, chosen, box;
        private double n, x, y, xx, yy, xy;                                        // of predicted and true IoU
        private int things;

        Judge(SamPredictor predictor) {
            this.predictor = predictor;
        }

        void ask(Scene scene) {
            List<Mask> all = scene.things();
            EmbeddedImage image = predictor.embed(scene.picture());
            List<List<Prompt.Point>> points = new ArrayList<>();
            for (Mask thing : all) points.add(new ArrayList<>(List.of(click(thing))));
            List<Candidate> now = new ArrayList<>();
            List<List<Candidate>> clicked = answers(image, prompts(points, null), true, scene.ignored());
            for (int i = 0; i < all.size(); i++) {
                double most = 0;
                Candidate favourite = clicked.get(i).getFirst();
                for (Candidate c : clicked.get(i)) {
                    most = Math.max(most, compare(c, all.get(i)));
                    if (c.iou() > favourite.iou()) favourite = c;
                }
                best += most;
                chosen += Counts.of(favourite.mask(), all.get(i)).iou();
                now.add(favourite);
            }
            List<List<Candidate>> boxed = answers(image, all.stream().<Prompt>map(Prompt.Box::around).toList(), false, scene.ignored());
            for (int i = 0; i < all.size(); i++) box += compare(boxed.get(i).getFirst(), all.get(i));
            for (int round = 0; round < CORRECTIONS; round++) {
                for (int i = 0; i < all.size(); i++) points.get(i).add(correction(now.get(i).mask(), all.get(i)));
                List<List<Candidate>> answers = answers(image, prompts(points, now), false, scene.ignored());
                for (int i = 0; i < all.size(); i++) {
                    now.set(i, answers.get(i).getFirst());
                    corrected[round] += compare(now.get(i), all.get(i));
                }
            }
            things += all.size();
        }

        private List<List<Candidate>> answers(EmbeddedImage image, List<Prompt> prompts, boolean multimask, @Nullable Mask ignored) {
            List<List<Candidate>> answers = predictor.predict(image, prompts, multimask);
            if (ignored == null) return answers;
            List<List<Candidate>> counted = new ArrayList<>();
            for (List<Candidate> of : answers) {
                counted.add(new ArrayList<>());
                for (Candidate c : of) counted.getLast().add(c.without(ignored));
            }
            return counted;
        }

        private static List<Prompt> prompts(List<List<Prompt.Point>> points, @Nullable List<Candidate> masks) {
            List<Prompt> prompts = new ArrayList<>();
            for (int i = 0; i < points.size(); i++) {
                Prompt clicks = new Prompt.Points(points.get(i));
                prompts.add(masks == null ? clicks : clicks.and(masks.get(i).lowRes()));
            }
            return prompts;
        }

        /// A click where most is wrong; if nothing is wrong, another one on the thing.
        private static Prompt.Point correction(Mask mask, Mask thing) {
            boolean[] missing = new boolean[mask.pixels().length], excess = new boolean[missing.length];
            for (int i = 0; i < missing.length; i++) {
                missing[i] = thing.pixels()[i] && !mask.pixels()[i];
                excess[i] = mask.pixels()[i] && !thing.pixels()[i];
            }
            int[] lacks = Deepest.of(missing, mask.height(), mask.width()), over = Deepest.of(excess, mask.height(), mask.width());
            if (over != null && (lacks == null || over[2] > lacks[2])) return new Prompt.Point(over[0], over[1], Prompt.Point.BACKGROUND);
            return lacks == null ? click(thing) : new Prompt.Point(lacks[0], lacks[1], Prompt.Point.FOREGROUND);
        }

        private double compare(Candidate candidate, Mask thing) {
            double p = candidate.iou(), t = Counts.of(candidate.mask(), thing).iou();
            n++;
            x += p;
            y += t;
            xx += p * p;
            yy += t * t;
            xy += p * t;
            return t;
        }

        HeldOut result() {
            List<Double> after = new ArrayList<>();
            for (double sum : corrected) after.add(sum / things);
            double spread = Math.sqrt((n * xx - x * x) * (n * yy - y * y));
            return new HeldOut(things, best / things, chosen / things, box / things, after, spread > 0 ? (n * xy - x * y) / spread : 0);
        }
    }
}
