package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.imaging.Picture;
import dev.samovar.models.methods.PromptedMethod;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.sam.SamWeights;

/// The SAM that a run of a prompted method trained. It answers clicks and boxes instead of its checkpoint's model; it learnt to give one mask for a box.
public final class TrainedSam implements AutoCloseable {
    private final Preprocessing preprocessing;
    private final Sam sam;
    private final SamPredictor predictor;

    /// Puts what a run learnt into its checkpoint's model.
    ///
    /// @param of that model; close it after this one
    /// @throws FormatException if the run has learnt nothing yet, its method takes no prompts, or the checkpoint is another
    public TrainedSam(Run run, Run.Which which, SamWeights weights, Sam of) {
        if (!(run.config().method() instanceof PromptedMethod method))
            throw new FormatException("the method " + run.config().method().title() + " takes no prompts");
        run.config().require(weights);
        preprocessing = run.config().preparation().preprocessing();
        try (var file = Safetensors.open(run.head(which))) {
            Params learnt = Params.load(file, of.device());
            try {
                sam = method.sam(learnt, of);
                predictor = new SamPredictor(sam, preprocessing.framing());
            } catch (RuntimeException e) {
                learnt.close();
                throw e;
            }
        }
    }

    /// The model.
    public Sam sam() {
        return sam;
    }

    /// Answers prompts about pictures that were [prepared][#seen] for it.
    public SamPredictor predictor() {
        return predictor;
    }

    /// A slice of a file as the run learnt to see it, in 8 bits.
    public Picture seen(Picture slice) {
        return Preprocessing.stretched(slice);
    }

    @Override
    public void close() {
        sam.close();
    }
}
