package dev.samovar.models.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How much several answers to one question agree, and where they differ: heads of several runs, mirrored pictures, prompts that were moved a little.
///
/// For every pixel or voxel
/// - the **mean** of the answers' probabilities of each class, and from it the class that all answer together;
/// - the **variance** of these probabilities, the mean over the classes: from 0 to 0.25;
/// - the **entropy** of the answers' votes, `−Σ v ln v / ln K` over `K` classes, where `v` is the share of the answers that give a class: from 0 to
///   1. Votes are used, not mean probabilities, because a network that gives the same unsure answer every time does not disagree with itself;
///
/// and for all of them together the **disagreement**, `1 −` the mean Dice of two answers. The mean is over all pairs, and in each pair over the
/// classes, without the background, that one of the two has. All of these are exactly 0 if the answers are the same.
///
/// Source: for prompts Deng and others, *SAM-U*, arXiv 2307.04973; for the disagreement Roy and others, *Bayesian QuickNAT*, NeuroImage 195 (2019),
/// who call `1 −` this number the Dice agreement of samples.
public final class Uncertainty {
    /// The largest possible variance: half of the answers are 0, and half are 1.
    public static final double MOST_VARIANCE = 0.25;

    private final int classes, voxels;
    private final float[][] mean, squares;                                         // of each class, by Welford's recurrence
    private final List<byte[]> answers = new ArrayList<>();

    /// Without answers yet.
    ///
    /// @param classes 2 or more, background included
    public Uncertainty(int classes, int voxels) {
        if (classes < 2) throw new IllegalArgumentException("there are two classes or more, not " + classes);
        this.classes = classes;
        this.voxels = voxels;
        mean = new float[classes][voxels];
        squares = new float[classes][voxels];
    }

    /// Adds an answer.
    ///
    /// @param probabilities of each class, for every voxel
    /// @param labels the class that the answer gives each voxel
    public void add(List<float[]> probabilities, byte[] labels) {
        if (probabilities.size() != classes || labels.length != voxels)
            throw new IllegalArgumentException(probabilities.size() + " classes and " + labels.length + " voxels, not " + classes + " and "
                    + voxels);
        answers.add(labels.clone());
        int n = answers.size();
        for (int c = 0; c < classes; c++) {
            float[] p = probabilities.get(c), m = mean[c], s = squares[c];
            for (int i = 0; i < voxels; i++) {
                float before = p[i] - m[i];
                m[i] += before / n;
                s[i] += before * (p[i] - m[i]);
            }
        }
    }

    /// Adds the mask of a thing: class 1 where its logit is above 0.
    public void add(float[] logits) {
        if (classes != 2) throw new IllegalArgumentException("a mask beside " + classes + " classes");
        float[] in = new float[voxels], out = new float[voxels];
        byte[] labels = new byte[voxels];
        for (int i = 0; i < voxels; i++) {
            in[i] = (float) (1 / (1 + StrictMath.exp(-logits[i])));
            out[i] = 1 - in[i];
            if (logits[i] > 0) labels[i] = 1;
        }
        add(List.of(out, in), labels);
    }

    /// The number of answers.
    public int answers() {
        return answers.size();
    }

    /// The mean probability of a class, not a copy.
    public float[] mean(int label) {
        return mean[label];
    }

    /// The class with the highest mean probability, the first of several.
    public byte[] labels() {
        return likeliest(List.of(mean));
    }

    /// The class with the highest probability, the first of several, for every voxel.
    ///
    /// @param probabilities of each class, for every voxel
    public static byte[] likeliest(List<float[]> probabilities) {
        byte[] labels = new byte[probabilities.getFirst().length];
        for (int i = 0; i < labels.length; i++) {
            int best = 0;
            for (int c = 1; c < probabilities.size(); c++) if (probabilities.get(c)[i] > probabilities.get(best)[i]) best = c;
            labels[i] = (byte) best;
        }
        return labels;
    }

    /// The variance of the probabilities, the mean over the classes.
    public float[] variance() {
        float[] variance = new float[voxels];
        for (int i = 0; i < voxels; i++) {
            double sum = 0;
            for (int c = 0; c < classes; c++) sum += squares[c][i];
            variance[i] = (float) (sum / classes / answers.size());
        }
        return variance;
    }

    /// The entropy of the votes.
    public float[] entropy() {
        float[] entropy = new float[voxels];
        int[] votes = new int[classes];
        for (int i = 0; i < voxels; i++) {
            Arrays.fill(votes, 0);
            for (byte[] answer : answers) votes[answer[i] & 0xFF]++;
            double sum = 0;
            for (int v : votes)
                if (v > 0 && v < answers.size()) sum -= (double) v / answers.size() * StrictMath.log((double) v / answers.size());
            entropy[i] = (float) (sum / StrictMath.log(classes));
        }
        return entropy;
    }

    /// How much the answers differ, from 0 to 1; 0 for a single answer.
    public double disagreement() {
        double sum = 0;
        int pairs = 0;
        for (int a = 0; a < answers.size(); a++) for (int b = 0; b < a; b++) {
            sum += 1 - dice(answers.get(a), answers.get(b));
            pairs++;
        }
        return pairs == 0 ? 0 : sum / pairs;
    }

    /// The mean Dice over the classes that one of the two has; 1 if neither has any.
    private double dice(byte[] one, byte[] other) {
        long[] both = new long[classes], sizes = new long[classes];
        for (int i = 0; i < voxels; i++) {
            if (one[i] == other[i]) both[one[i] & 0xFF]++;
            sizes[one[i] & 0xFF]++;
            sizes[other[i] & 0xFF]++;
        }
        double sum = 0;
        int there = 0;
        for (int c = 1; c < classes; c++) {
            if (sizes[c] == 0) continue;
            sum += 2.0 * both[c] / sizes[c];
            there++;
        }
        return there == 0 ? 1 : sum / there;
    }
}
