package dev.samovar.models.train;

import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.Picture;
import dev.samovar.models.augment.PriorMaps;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.sam.SamWeights;
import org.jspecify.annotations.Nullable;

/// From a slice to the prior maps of SAM's automatic masks. SAM's weights are loaded when the first maps are asked for; with a full cache, never.
///
/// One may be shared by several threads.
public final class PriorMaker implements AutoCloseable {
    private final SamWeights weights;
    private final Priors priors;
    private final Device device;
    private @Nullable Sam sam;

    /// For masks that are found in this way. The checkpoint must stay open until the first maps are computed.
    public PriorMaker(SamWeights weights, Priors priors, Device device) {
        this.weights = weights;
        this.priors = priors;
        this.device = device;
    }

    /// One for a method that sees prior maps; null for others.
    public static @Nullable PriorMaker of(SamWeights weights, @Nullable Priors priors, Device device) {
        return priors == null ? null : new PriorMaker(weights, priors, device);
    }

    private synchronized Sam sam() {
        if (sam == null) sam = Sam.load(weights.file(), device);
        return sam;
    }

    /// The two maps, `(2, h, w)`, of a slice as it is in its file.
    public Picture of(Picture slice) {
        Sam through = sam();
        var predictor = new SamPredictor(through, LiteMedSamFraming.orSams(through.config()));
        var generator = new AutomaticMaskGenerator(predictor, priors.settings());
        return PriorMaps.of(generator.generate(Preprocessing.stretched(slice)), slice.height(), slice.width());
    }

    /// The settings that the masks depend on, besides weights and pixels.
    String masks() {
        return priors.masks();
    }

    /// Frees the weights.
    @Override
    public synchronized void close() {
        if (sam != null) sam.close();
        sam = null;
    }
}
