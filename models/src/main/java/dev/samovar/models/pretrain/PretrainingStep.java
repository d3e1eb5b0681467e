package dev.samovar.models.pretrain;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamFraming;
import dev.samovar.models.sam.VitConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step of training a promptable SAM: pictures are embedded, and some things in each are prompted for, round after round.
///
/// Each picture goes there and back by itself, and its gradients are added to those of the pictures before it. Its graph is cut at the embedding,
/// where the decoder begins. Each round goes back through the decoder by itself, and its gradient at the embedding is summed; the sum then goes back
/// through the encoder once. So only one round is held in memory at a time.
final class PretrainingStep {
    private static final long MUCH = 1L << 28;                                     // numbers, beyond which the encoder is computed again rather than kept
    private static final int SMALL = 512;                                          // pixels along a side, up to which pictures are learnt from side by side
    private static final int KEPT_PER_BLOCK = 16;                                  // times the size of its result, about

    /// A picture, its things, and a stream of random numbers for each.
    record Example(Picture picture, List<Thing> things, List<Random> draws) {}

    /// Gradients, and figures for the log: means over the things and rounds of the step, and the mean IoU after the first and the last round.
    record Result(Gradients gradients, double loss, double focal, double dice, double judgement, double firstIou, double lastIou) {}

    private final Sam sam;
    private final Device device;
    private final List<Tensor> learning;

    /// A step of a network whose parameters learn.
    PretrainingStep(Sam sam, Params params) {
        this.sam = sam;
        device = params.device();
        learning = List.copyOf(params.trainable().values());
    }

    /// The gradients of a step, in the innermost scope.
    ///
    /// @param rounds for each round after the first, whether it brings a correction
    /// @param focalShare of the focal loss beside the Dice loss
    Result of(List<Example> examples, List<Boolean> rounds, double focalShare) {
        int things = examples.stream().mapToInt(e -> e.things.size()).sum();
        double share = 1.0 / (things * (1 + rounds.size()));
        Sums all = new Sums();
        if (sam.config().imageSize() <= SMALL) {
            Scope.sideBySide(device, examples.size(), (i, scope) -> picture(examples.get(i), rounds, share, focalShare).keptBy(scope))
                    .forEach(all::add);
        } else {
            for (Example example : examples) {
                try (var scope = Scope.open()) {
                    all.add(picture(example, rounds, share, focalShare));
                    all.keptBy(scope);
                }
            }
        }
        return all.result(things);
    }

    /// What a picture adds to the step.
    private Sums picture(Example example, List<Boolean> rounds, double share, double focalShare) {
        Tensor embedding = embed(SamFraming.filledUp(device, example.picture, sam.config().imageSize())), leaf = embedding.detach().leaf(true);
        Sums sums = ask(leaf, example, rounds, share, focalShare);
        Gradients decoder = requireNonNull(sums.gradients);
        sums.gradients = embedding.backward(decoder.of(leaf)).plus(decoder.without(leaf));
        return sums;
    }

    /// `(1, 3, S, S) → (1, C, G, G)`
    private Tensor embed(Tensor picture) {
        VitConfig vit = sam.config().vit();
        long kept = (long) KEPT_PER_BLOCK * vit.depth() * vit.grid() * vit.grid() * vit.width();
        return kept > MUCH ? sam.imageEncoder().recomputed(picture, learning) : sam.imageEncoder().forward(picture);
    }

    /// Goes through the rounds with an embedding that takes a gradient.
    private Sums ask(Tensor embedding, Example example, List<Boolean> rounds, double share, double focalShare) {
        var dialogue = new Dialogue(example.things, example.draws);
        Sums sums = new Sums();
        for (int round = 0; round <= rounds.size(); round++) {
            if (round > 0 && rounds.get(round - 1)) dialogue.correct();
            try (var scope = Scope.open()) {
                var prompts = sam.promptEncoder().complete(dialogue.points(device), dialogue.isAnswered() ? dialogue.masks(device) : null);
                var decoded = sam.maskDecoder().forward(embedding, sam.promptEncoder().densePe(), prompts);
                sums.add(PromptableLoss.of(decoded, dialogue, focalShare), share, round == 0);
                sums.keptBy(scope);
            }
        }
        return sums;
    }

    /// The sums over rounds and pictures.
    private static final class Sums {
        private @Nullable Gradients gradients;
        private double loss, focal, dice, judgement, firstIou, lastIou;

        void add(PromptableLoss.Round round, double share, boolean first) {
            gradients = round.loss().affine(share, 0).backward().addedTo(gradients);
            loss += share * round.loss().item();
            focal += share * round.focal();
            dice += share * round.dice();
            judgement += share * round.judgement();
            if (first) firstIou = round.iou();
            lastIou = round.iou();
        }

        void add(Sums picture) {
            gradients = requireNonNull(picture.gradients).addedTo(gradients);
            loss += picture.loss;
            focal += picture.focal;
            dice += picture.dice;
            judgement += picture.judgement;
            firstIou += picture.firstIou;
            lastIou += picture.lastIou;
        }

        Sums keptBy(Scope scope) {
            requireNonNull(gradients).keptBy(scope);
            return this;
        }

        Result result(int things) {
            return new Result(requireNonNull(gradients), loss, focal, dice, judgement, firstIou / things, lastIou / things);
        }
    }
}
