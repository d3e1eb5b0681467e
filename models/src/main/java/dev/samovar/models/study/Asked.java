package dev.samovar.models.study;

import dev.samovar.models.mask.Mask;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import java.util.List;

/// A picture that answers prompts, by a SAM, or in a test by something simpler.
@FunctionalInterface
public interface Asked {
    /// The masks that a prompt may mean, in the decoder's order: three if `multimask`, else one.
    List<Candidate> ask(Prompt prompt, boolean multimask);

    /// An embedded picture.
    static Asked of(SamPredictor predictor, EmbeddedImage image) {
        return (prompt, multimask) -> predictor.predict(image, prompt, multimask);
    }

    /// The same answers without ignored pixels, so that these are in no score, and no click corrects them.
    default Asked without(Mask ignored) {
        return (prompt, multimask) -> ask(prompt, multimask).stream().map(c -> c.without(ignored)).toList();
    }
}
