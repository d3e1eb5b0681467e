package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.optim.RateSchedule;

/// The settings of SimCLR, by which an encoder learns from slices without labels before training begins.
///
/// Source of the numbers: scripts/main_simclr.py of the AutoSAM code @ 50a6ff4. There the length of the cosine is the number of batches in an epoch,
/// whatever the number of epochs; here it is the number of epochs.
///
/// @param epochs passes over the slices; published: 100
/// @param learningRate Adam's initial learning rate; published: 3e-4
/// @param batch slices per step, each seen twice; published: 8
public record Pretraining(int epochs, double learningRate, int batch) {
    /// The temperature of the contrastive loss.
    public static final double TEMPERATURE = 0.5;
    /// Adam's weight decay, which is added to the gradient.
    public static final double WEIGHT_DECAY = 1e-5;

    private static final int FIRST_SCHEDULED = 10, MOST = 127;

    /// Checks the numbers.
    ///
    /// @throws FormatException if one is out of range
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

    /// The learning rate of an epoch, counted from 1: the full rate for the first ten, then along half a period of the cosine.
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
