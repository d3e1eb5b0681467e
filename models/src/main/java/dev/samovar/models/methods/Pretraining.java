package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.optim.RateSchedule;

/// How an encoder learns from slices without labels, before the training begins: SimCLR.
///
/// Source of the numbers: scripts/main_simclr.py of the AutoSAM code @ 50a6ff4. There the cosine is as long as an epoch has batches, whatever the number of epochs; here it ends with them.
///
/// @param epochs passes over the slices, 100 there
/// @param learningRate of Adam at first, 3e-4 there
/// @param batch slices per step, each seen twice, 8 there
public record Pretraining(int epochs, double learningRate, int batch) {
    /// Of the contrastive loss.
    public static final double TEMPERATURE = 0.5;
    /// Adam's, in the gradient.
    public static final double WEIGHT_DECAY = 1e-5;

    private static final int FIRST_SCHEDULED = 10, MOST = 127;

    /// Checks the numbers.
    public Pretraining {
        if (epochs < 1) throw new FormatException("a pre-training has at least one epoch, not " + epochs);
        if (batch < 2 || batch > MOST)
            throw new FormatException("SimCLR tells 2 to " + MOST + " slices of a batch from each other, not " + batch);
        if (!(learningRate > 0) || learningRate > 1)
            throw new FormatException("the learning rate of the pre-training is above 0 and at most 1, not " + learningRate);
    }

    /// The published numbers.
    public static Pretraining published() {
        return new Pretraining(100, 3e-4, 8);
    }

    /// The rate of an epoch, counted from 1: the first ten at the full one, then down half a wave of the cosine.
    public double rate(int epoch) {
        var cosine = new RateSchedule.Cosine(Math.max(1, epochs - FIRST_SCHEDULED), 0);
        return learningRate * cosine.factor(Math.max(0, epoch - 1 - FIRST_SCHEDULED));
    }

    /// As JSON.
    Json json() {
        return Json.object().with("kind", "simclr").with("epochs", epochs).with("learningRate", learningRate).with("batch", batch);
    }

    static Pretraining of(Json json) {
        return new Pretraining(json.at("epochs").integer(), json.at("learningRate").number(), json.at("batch").integer());
    }
}
