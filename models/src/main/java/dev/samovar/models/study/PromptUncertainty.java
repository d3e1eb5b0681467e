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

/// How much an answer of SAM owes to the very prompt: the prompt is asked as it is, and then moved a little, again and again.
///
/// Every point, and both corners of a box, are moved along each axis by up to a distance that is drawn; a mask stays as it is. Moved by nothing, all answers are the same, and so there is no
/// uncertainty.
///
/// Source: Deng and others, *SAM-U: multi-box prompts triggered uncertainty estimation for reliable SAM in medical image*, arXiv 2307.04973, for boxes.
///
/// @param answers of the prompt and those that were moved
/// @param first the answer to the prompt as it is
/// @param stability of the first: the pixels whose logits are above 1 as a share of those above -1, as SAM counts it for automatic masks; 1 where there are none
public record PromptUncertainty(Uncertainty answers, Candidate first, double stability) {
    private static final float OFFSET = 1;

    /// How far prompts are moved, and how often.
    ///
    /// @param answers altogether, 2 or more
    /// @param pixels the most that a coordinate is moved by, of the picture
    public record Jitter(int answers, double pixels, long seed) {
        private static final double SHARE = 0.02;

        /// Checks the numbers.
        public Jitter {
            if (answers < 2) throw new FormatException("uncertainty takes 2 answers or more, not " + answers);
            if (!(pixels >= 0) || !Double.isFinite(pixels))
                throw new FormatException("prompts are moved by 0 pixels or more, not " + pixels);
        }

        /// How far prompts are moved unless one says otherwise: 2 % of the picture's longer side.
        public static double usual(int height, int width) {
            return SHARE * Math.max(height, width);
        }
    }

    /// Asks about a thing in a picture.
    ///
    /// @param name of the thing: what is drawn follows from it
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
