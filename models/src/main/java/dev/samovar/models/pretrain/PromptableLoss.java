package dev.samovar.models.pretrain;

import dev.samovar.core.loss.BinaryLosses;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.MaskDecoder;
import dev.samovar.models.sam.SamConfig;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// SAM's training loss for one round of prompts: 20 times the focal loss plus the Dice loss of masks, plus the squared error of the predicted IoU.
///
/// A single click may mean several things. It gets three masks, and only the one with the smallest loss learns, so that the three can differ; any
/// other prompt gets one mask. The IoU prediction learns from every mask that was predicted.
///
/// Source: *Segment Anything* (Kirillov and others, 2023), section 3 and appendix A; that the IoU prediction learns from all three masks is from SAM
/// 2.
final class PromptableLoss {
    private static final double ALPHA = 0.25, GAMMA = 2, SMOOTH = 1;

    private PromptableLoss() {}

    /// A round's loss, a scalar, and its parts for the log: sums over the things.
    ///
    /// @param loss the loss to minimise
    /// @param focal of the masks that learn
    /// @param dice of those masks
    /// @param judgement the squared error, a mean over the masks of a thing
    /// @param iou of the masks that the network itself thinks best
    record Round(Tensor loss, double focal, double dice, double judgement, double iou) {}

    /// The loss of the masks decoded for a dialogue, which gets the best of them as its answer.
    ///
    /// @param focalShare the factor of the focal loss: 20, but less in the beginning ([Recipe])
    static Round of(MaskDecoder.Decoded all, Dialogue dialogue, double focalShare) {
        boolean first = !dialogue.isAnswered();                                    // later on there is one mask for each thing
        List<Boolean> ambiguous = IntStream.range(0, dialogue.size()).mapToObj(dialogue::isAmbiguous).toList();      // as long as nothing is answered
        var decoded = first ? all : all.choose(false);
        int b = dialogue.size(), m = decoded.iou().dim(1), cells = decoded.masks().shape().size() / (b * m);
        Device device = decoded.iou().device();
        Tensor truth = Tensor.of(device, targets(dialogue, m, cells), decoded.masks().shape().dims());               // (B, M, 4G, 4G)
        Tensor masks = counted(decoded.masks(), dialogue, m, cells);
        Tensor focal = BinaryLosses.focalOfEach(masks, truth, ALPHA, GAMMA);                                         // (B, M)
        Tensor dice = BinaryLosses.diceOfEach(masks.sigmoid(), truth, false, SMOOTH);                                // (B, M)
        float[] logits = decoded.masks().toArray(), thought = decoded.iou().toArray(), f = focal.toArray(), d = dice.toArray();
        float[] learns = new float[b * m], judges = new float[b * m], real = new float[b * m];
        double focals = 0, dices = 0, judgement = 0, ious = 0;
        for (int i = 0; i < b; i++) {
            boolean several = ambiguous.get(i);
            int from = i * m + (several ? 1 : 0), to = several ? i * m + SamConfig.MASK_TOKENS : from + 1, learning = from, best = from;
            for (int k = from; k < to; k++) {
                real[k] = (float) dialogue.thing(i).iou(logits, k * cells);
                judges[k] = 1f / (to - from);
                judgement += judges[k] * (thought[k] - real[k]) * (thought[k] - real[k]);
                if (focalShare * f[k] + d[k] < focalShare * f[learning] + d[learning]) learning = k;
                if (thought[k] > thought[best]) best = k;
            }
            learns[learning] = 1;
            focals += f[learning];
            dices += d[learning];
            ious += real[best];
            dialogue.answer(i, logits, best * cells);
        }
        Tensor mask = focal.affine(focalShare, 0).add(dice).mul(Tensor.of(device, learns, b, m));
        Tensor error = decoded.iou().sub(Tensor.of(device, real, b, m));
        Tensor loss = mask.add(error.mul(error).mul(Tensor.of(device, judges, b, m))).sum();
        return new Round(loss, focals, dices, judgement, ious);
    }

    /// The masks' logits, in which ignored cells become a sure background, like their targets, so that they have no loss and no gradient.
    private static Tensor counted(Tensor logits, Dialogue dialogue, int m, int cells) {
        float[] keep = new float[dialogue.size() * m * cells];
        boolean all = true;
        for (int k = 0; k < dialogue.size() * m; k++) {
            float[] counts = dialogue.thing(k / m).counts();
            all &= counts == null;
            if (counts == null) Arrays.fill(keep, k * cells, (k + 1) * cells, 1);
            else System.arraycopy(counts, 0, keep, k * cells, cells);
        }
        if (all) return logits;
        Tensor kept = Tensor.of(logits.device(), keep, logits.shape().dims());
        return BinaryLosses.counted(logits, kept);
    }

    /// Each thing's target, once for each of its masks.
    private static float[] targets(Dialogue dialogue, int m, int cells) {
        float[] targets = new float[dialogue.size() * m * cells];
        for (int k = 0; k < dialogue.size() * m; k++) System.arraycopy(dialogue.thing(k / m).target(), 0, targets, k * cells, cells);
        return targets;
    }
}
