package dev.samovar.core.loss;

import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Tensor;

/// Losses of class logits `(B, K, H, W)` against labels `(B, H, W)`, each a scalar.
public final class Losses {
    private Losses() {}

    /// The mean over all pixels of `−log softmax(logits)[label]`.
    public static Tensor crossEntropy(Tensor logits, Labels labels) {
        return logits.crossEntropy(labels);
    }

    /// Both, `(2)`, in one pass: what the heads are trained with is their sum.
    public static Tensor crossEntropyAndDice(Tensor logits, Labels labels) {
        return logits.crossEntropyAndDice(labels);
    }

    /// The soft Dice loss of `softmax(logits)` over the classes but the background; 0, not NaN, where every class is predicted perfectly.
    public static Tensor softDice(Tensor logits, Labels labels) {
        return logits.softmax(1).softDice(labels);
    }
}
