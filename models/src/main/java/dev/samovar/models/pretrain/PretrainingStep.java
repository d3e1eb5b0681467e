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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step of training a promptable SAM: pictures are embedded, and some things in each are prompted for, round after round.
///
/// The graph is cut at the embedding, where the decoder begins. Each round goes back through the decoder by itself, and its gradient at the embedding
/// is summed; the sum then goes back through the encoder once. So only one round is held in memory at a time.
final class PretrainingStep {
    private static final long MUCH = 1L << 28;                                     // numbers, beyond which the encoder is computed again rather than kept
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
        int size = sam.config().imageSize(), things = examples.stream().mapToInt(e -> e.things.size()).sum();
        Tensor embeddings = embed(Tensor.concat(0, examples.stream().map(e -> SamFraming.filledUp(device, e.picture, size)).toArray(Tensor[]::new)));
        var sums = new Sums(1.0 / (things * (1 + rounds.size())), focalShare);
        List<Tensor> back = new ArrayList<>();
        for (int i = 0; i < examples.size(); i++) back.add(ask(embeddings.detach().slice(0, i, i + 1), examples.get(i), rounds, sums));
        Gradients all = embeddings.backward(Tensor.concat(0, back.toArray(Tensor[]::new)));
        return sums.result(all.plus(requireNonNull(sums.gradients)), things);
    }

    /// `(B, 3, S, S) → (B, C, G, G)`
    private Tensor embed(Tensor pictures) {
        VitConfig vit = sam.config().vit();
        long kept = (long) KEPT_PER_BLOCK * pictures.dim(0) * vit.depth() * vit.grid() * vit.grid() * vit.width();
        return kept > MUCH ? sam.imageEncoder().recomputed(pictures, learning) : sam.imageEncoder().forward(pictures);
    }

    /// Goes through the rounds for one picture; returns the gradient of its embedding.
    private Tensor ask(Tensor embedding, Example example, List<Boolean> rounds, Sums sums) {
        Tensor leaf = embedding.leaf(true);
        var dialogue = new Dialogue(example.things, example.draws);
        round(leaf, dialogue, sums, 0);
        for (int r = 0; r < rounds.size(); r++) {
            if (rounds.get(r)) dialogue.correct();
            round(leaf, dialogue, sums, r + 1);
        }
        sums.lastIou += sums.iou;
        return requireNonNull(sums.gradients).of(leaf);
    }

    private void round(Tensor leaf, Dialogue dialogue, Sums sums, int number) {
        try (var scope = Scope.open()) {
            var prompts = sam.promptEncoder().complete(dialogue.points(device), dialogue.isAnswered() ? dialogue.masks(device) : null);
            var decoded = sam.maskDecoder().forward(leaf, sam.promptEncoder().densePe(), prompts);
            sums.add(PromptableLoss.of(decoded, dialogue, sums.focalShare), number, scope);
        }
    }

    /// The sums over all rounds.
    private static final class Sums {
        private final double share;                                                // of each thing and round
        private final double focalShare;
        private @Nullable Gradients gradients;
        private double loss, focal, dice, judgement, iou, firstIou, lastIou;

        Sums(double share, double focalShare) {
            this.share = share;
            this.focalShare = focalShare;
        }

        void add(PromptableLoss.Round round, int number, Scope scope) {
            Gradients g = round.loss().affine(share, 0).backward(), before = gradients, sum = before == null ? g : before.plus(g);
            gradients = sum.keptBy(scope);
            if (before != null) before.release(sum);
            loss += share * round.loss().item();
            focal += share * round.focal();
            dice += share * round.dice();
            judgement += share * round.judgement();
            iou = round.iou();
            if (number == 0) firstIou += iou;
        }

        Result result(Gradients all, int things) {
            return new Result(all, loss, focal, dice, judgement, firstIou / things, lastIou / things);
        }
    }
}
