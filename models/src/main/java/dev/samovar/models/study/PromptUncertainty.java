package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.models.metrics.Uncertainty;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import java.util.ArrayList;
import java.util.List;

/// How much an answer of SAM depends on the exact prompt: the prompt is given as it is, and then several times moved a little.
///
/// Every point, and both corners of a box, are moved along each axis by a random distance; a mask stays as it is. If they are moved by 0, all answers
/// are the same, and there is no uncertainty.
///
/// Source: Deng and others, *SAM-U: multi-box prompts triggered uncertainty estimation for reliable SAM in medical image*, arXiv 2307.04973, for boxes.
///
/// @param answers to the prompt and to the moved ones
/// @param first the answer to the prompt as it is
/// @param stability of the first answer: the number of pixels with logits above 1, divided by the number above -1, as SAM computes it for automatic
/// masks; 1 if there are none
public record PromptUncertainty(Uncertainty answers, Candidate first, double stability) {
    private static final float OFFSET = 1;

    /// How far prompts are moved, and how many times.
    ///
    /// @param answers the total number of answers, 2 or more
    /// @param pixels the most that a coordinate is moved, in pixels of the picture
    public record Jitter(int answers, double pixels, long seed) {
        private static final double SHARE = 0.02;

        /// Checks the numbers.
        ///
        /// @throws FormatException if one is out of range
        public Jitter {
            if (answers < 2) throw new FormatException("uncertainty takes 2 answers or more, not " + answers);
            if (!(pixels >= 0) || !Double.isFinite(pixels))
                throw new FormatException("prompts are moved by 0 pixels or more, not " + pixels);
        }

        /// The default distance by which prompts are moved: 2 % of the picture's longer side.
        public static double usual(int height, int width) {
            return SHARE * Math.max(height, width);
        }
    }

    /// Measures the uncertainty of a thing in a picture.
    ///
    /// @param name of the thing, from which random numbers are derived
    public static PromptUncertainty of(SamPredictor predictor, EmbeddedImage image, Prompt prompt, Jitter jitter, String name) {
        var answers = new Uncertainty(2, image.height() * image.width());
        Candidate first = predictor.best(image, prompt);
        float[] logits = predictor.logits(image, first.lowRes());
        answers.add(logits);
        for (int n = 1; n < jitter.answers; n++) {
            Prompt moved = moved(prompt, jitter.pixels, image, new Random(jitter.seed, name + ", answer " + n));
            answers.add(moved.equals(prompt) ? logits : predictor.logits(image, predictor.best(image, moved).lowRes()));
        }
        return new PromptUncertainty(answers, first, stability(logits));
    }

    private static Prompt moved(Prompt prompt, double pixels, EmbeddedImage in, Random random) {
        Prompt.Combination all = Prompt.Combination.of(prompt);
        Prompt.Points points = null;
        if (all.points() != null) {
            List<Prompt.Point> moved = new ArrayList<>();
            for (Prompt.Point p : all.points().points()) moved.add(PromptRules.moved(p, 0, pixels, in.height(), in.width(), random));
            points = new Prompt.Points(moved);
        }
        Prompt.Box box = all.box() == null ? null : PromptRules.moved(all.box(), 0, pixels, in.height(), in.width(), random);
        var moved = new Prompt.Combination(points, box, all.mask());
        return moved.equals(all) ? prompt : moved;
    }

    private static double stability(float[] logits) {
        int strict = 0, lax = 0;
        for (float logit : logits) {
            if (logit > OFFSET) strict++;
            if (logit > -OFFSET) lax++;
        }
        return lax == 0 ? 1 : (double) strict / lax;
    }
}
