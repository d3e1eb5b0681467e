package dev.samovar.core.loss;

import dev.samovar.core.tensor.ShapeException;
import dev.samovar.core.tensor.Tensor;

/// Losses of masks, each a scalar: logits or probabilities `(B, C, …)` against targets of the same shape, 0 or 1 (or between).
public final class BinaryLosses {
    private static final double SURELY_NOT = 80;                                   // a logit so far below 0 has no loss at all

    private BinaryLosses() {}

    /// Logits in which pixels that do not count become a sure background: if they are background in the target, too, they have no loss and no gradient.
    ///
    /// @param counted 1 for a pixel that counts, 0 for one that does not, of the logits' shape
    public static Tensor counted(Tensor logits, Tensor counted) {
        same("counted", logits, counted);
        return logits.mul(counted).add(counted.affine(SURELY_NOT, -SURELY_NOT));
    }

    /// The mean binary cross entropy of logits, `(1 − t)·x + (1 + (posWeight − 1)·t) · ln(1 + exp(−x))`: `torch.nn.BCEWithLogitsLoss`.
    ///
    /// @param posWeight how many times as much a pixel of the object counts; 1 is the plain loss
    public static Tensor bceWithLogits(Tensor logits, Tensor target, double posWeight) {
        same("bceWithLogits", logits, target);
        Tensor each = target.affine(-1, 1).mul(logits).add(target.affine(posWeight - 1, 1).mul(logits.affine(-1, 0).softplus()));
        return mean(each);
    }

    /// The mean binary cross entropy of probabilities, logarithms at least −100: `torch.nn.BCELoss`.
    public static Tensor bce(Tensor p, Tensor target) {
        same("bce", p, target);
        return mean(p.binaryCrossEntropy(target));
    }

    /// The mean over pictures and channels of each one's Dice loss of probabilities: `1 − (2·Σ p·t + smooth) / (Σ p + Σ t + smooth)`.
    ///
    /// MedSAM (and MONAI) use `squares`, that is, `Σ p²` and `Σ t²` in the denominator, and `smooth = 1e-5`; the Tversky form `1 − (tp + s) / (tp +
    /// ½·fn + ½·fp + s)` is this with `smooth = 2·s`.
    public static Tensor dice(Tensor p, Tensor target, boolean squares, double smooth) {
        return mean(diceOfEach(p, target, squares, smooth));
    }

    /// The Dice loss of each picture and channel, `(B, C)`.
    public static Tensor diceOfEach(Tensor p, Tensor target, boolean squares, double smooth) {
        same("dice", p, target);
        Tensor x = rows(p), t = rows(target);
        Tensor size = squares ? x.mul(x).sum(1).add(t.mul(t).sum(1)) : x.sum(1).add(t.sum(1));
        return x.mul(t).sum(1).affine(2, smooth).div(size.affine(1, smooth)).affine(-1, 1).reshape(p.dim(0), p.dim(1));
    }

    /// The mean over pictures and channels of one minus each one's intersection over union of probabilities: `1 − (Σ p·t + 1) / (Σ p + Σ t − Σ p·t +
    /// 1)`.
    ///
    /// Together with [#bceWithLogits] of the logits this is what the SAMAug polyp script calls its structure loss.
    public static Tensor iou(Tensor p, Tensor target) {
        same("iou", p, target);
        Tensor x = rows(p), t = rows(target), both = x.mul(t).sum(1);
        return mean(both.affine(1, 1).div(x.sum(1).add(t.sum(1)).sub(both).affine(1, 1)).affine(-1, 1));
    }

    /// The mean focal loss (Lin and others, 2017) of logits: `α_t · (1 − p_t)^γ · −ln p_t`, where `p_t` is the probability of the true class and
    /// `α_t` is `alpha` on the object and `1 − alpha` elsewhere. Targets are 0 or 1. The names and defaults of torchvision's `sigmoid_focal_loss` are
    /// `alpha` 0.25 and `gamma` 2.
    public static Tensor focal(Tensor logits, Tensor target, double alpha, double gamma) {
        return mean(focalOfPixels(logits, target, alpha, gamma));
    }

    /// The mean focal loss of each picture and channel, `(B, C)`.
    public static Tensor focalOfEach(Tensor logits, Tensor target, double alpha, double gamma) {
        return rows(focalOfPixels(logits, target, alpha, gamma)).mean(1).reshape(logits.dim(0), logits.dim(1));
    }

    private static Tensor focalOfPixels(Tensor logits, Tensor target, double alpha, double gamma) {
        same("focal", logits, target);
        Tensor z = target.affine(2, -1).mul(logits);                               // p_t = σ(z), so 1 − p_t = exp(−softplus(z)), and −ln p_t = softplus(−z)
        Tensor hard = z.softplus().affine(-gamma, 0).exp(), entropy = z.affine(-1, 0).softplus();
        return target.affine(2 * alpha - 1, 1 - alpha).mul(hard).mul(entropy);
    }

    /// `mean (x − t)²`
    public static Tensor squaredError(Tensor x, Tensor target) {
        same("squaredError", x, target);
        Tensor d = x.sub(target);
        return mean(d.mul(d));
    }

    private static Tensor rows(Tensor x) {
        return x.reshape(x.dim(0) * x.dim(1), -1);
    }

    private static Tensor mean(Tensor x) {
        return x.sum().affine(1.0 / x.shape().size(), 0);
    }

    private static void same(String loss, Tensor x, Tensor target) {
        if (!x.shape().equals(target.shape())) throw new ShapeException(loss + ": input " + x.shape() + ", target " + target.shape());
    }
}
