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

/// How much the answers about things in a volume depend on their exact prompts, slice by slice ([PromptUncertainty]).
///
/// If there are several things, each voxel has the highest of their numbers.
///
/// @param mean probability that a voxel belongs to a thing; 0 in slices without prompts, as are the other two
/// @param variance of the probabilities
/// @param entropy of the votes
/// @param things the results for each thing
public record VolumeUncertainty(Volume mean, Volume variance, Volume entropy, List<OfThing> things) {

    /// The results for a thing.
    ///
    /// @param disagreement of the answers, the mean over its slices
    /// @param worst the slice where it is highest
    public record OfThing(double disagreement, int worst) {}

    /// Measures the uncertainty of all things.
    ///
    /// @param volume with values from 0 to 255
    /// @param done receives the number of slices embedded so far
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

    /// Raises each number in the first array to that in the second, if that is higher.
    public static void raise(float[] these, float[] others) {
        for (int i = 0; i < these.length; i++) these[i] = Math.max(these[i], others[i]);
    }
}
