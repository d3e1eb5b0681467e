package dev.samovar.models.edit;

import dev.samovar.models.edit.SliceEmbeddings.Place;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.train.TrainedSam;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Answers clicks and boxes in the slices of opened images: a checkpoint's model, or a run that was trained for it. Each sees slices as in its training.
///
/// @param predictor what answers
/// @param embeddings of the slices, as it sees them
/// @param trained null for a checkpoint's model
public record Answerer(SamPredictor predictor, SliceEmbeddings embeddings, @Nullable TrainedSam trained) implements AutoCloseable {

    /// Of a checkpoint's model, which the caller closes.
    ///
    /// @param cache where embeddings are kept; null for memory alone
    /// @param held how many of them stay in memory
    /// @param computed is told which slices were embedded ahead
    public static Answerer of(Sam sam, @Nullable Path cache, int held, Consumer<Place> computed) {
        var predictor = new SamPredictor(sam, LiteMedSamFraming.orSams(sam.config()));
        return new Answerer(predictor, new SliceEmbeddings(predictor, Place::bright, sam.fingerprint(), cache, held, computed), null);
    }

    /// Of a run, which is closed with this.
    public static Answerer of(TrainedSam run, @Nullable Path cache, int held, Consumer<Place> computed) {
        return new Answerer(run.predictor(), new SliceEmbeddings(run.predictor(), place -> run.seen(place.stored()), run.sam().fingerprint(), cache,
                held, computed), run);
    }

    @Override
    public void close() {
        embeddings.close();
        if (trained != null) trained.close();
    }
}
