package dev.samovar.models.study;

import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.models.medsam.VolumePrompt;
import dev.samovar.models.metrics.Uncertainty;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.SamPredictor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// How much the answers about things in a volume owe to their very prompts, slice by slice ([PromptUncertainty]).
///
/// Of several things, each voxel has the numbers of the one where they are highest.
///
/// @param mean probability that a voxel is of a thing; 0 in slices that were not asked about, as the others are
/// @param variance of the probabilities
/// @param entropy of the votes
/// @param things what can be said of each
public record VolumeUncertainty(Volume mean, Volume variance, Volume entropy, List<OfThing> things) {

    /// A thing.
    ///
    /// @param disagreement of the answers, the mean over its slices
    /// @param worst the slice where it is highest
    public record OfThing(double disagreement, int worst) {}

    /// Asks about all of them.
    ///
    /// @param volume of values from 0 to 255
    /// @param done is told how many slices have been embedded
    public static VolumeUncertainty of(SamPredictor predictor, Volume volume, Slices slices, List<VolumePrompt> things,
            PromptUncertainty.Jitter jitter,
            IntConsumer done) {
        int n = slices.height() * slices.width(), embedded = 0;
        List<float[]> mean = new ArrayList<>(), variance = new ArrayList<>(), entropy = new ArrayList<>();
        double[] sums = new double[things.size()], highest = new double[things.size()];
        int[] worst = things.stream().mapToInt(VolumePrompt::first).toArray();
        for (int s = 0; s < slices.count(); s++) {
            int slice = s;
            Watch.step("slices", s, slices.count());
            mean.add(new float[n]);
            variance.add(new float[n]);
            entropy.add(new float[n]);
            if (things.stream().noneMatch(thing -> thing.first() <= slice && slice <= thing.last())) continue;
            EmbeddedImage image = predictor.embed(slices.cut(volume, s));
            for (int t = 0; t < things.size(); t++) {
                if (s < things.get(t).first() || s > things.get(t).last()) continue;
                Uncertainty answers = PromptUncertainty.of(predictor, image, things.get(t).prompt(), jitter, "slice " + s + ", thing " + t).answers();
                raise(mean.getLast(), answers.mean(1));
                raise(variance.getLast(), answers.variance());
                raise(entropy.getLast(), answers.entropy());
                double disagreement = answers.disagreement();
                sums[t] += disagreement;
                if (disagreement > highest[t]) {
                    highest[t] = disagreement;
                    worst[t] = s;
                }
            }
            done.accept(++embedded);
        }
        return new VolumeUncertainty(slices.stackValues(mean), slices.stackValues(variance), slices.stackValues(entropy), IntStream.range(0,
                things.size()).mapToObj(t -> new OfThing(sums[t] / (things.get(t).last() - things.get(t).first() + 1), worst[t])).toList());
    }

    /// Raises numbers to others where these are higher.
    public static void raise(float[] these, float[] others) {
        for (int i = 0; i < these.length; i++) these[i] = Math.max(these[i], others[i]);
    }
}
