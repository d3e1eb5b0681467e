package dev.samovar.models.train;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;
import org.jspecify.annotations.Nullable;

/// The frozen half: from a slice to its embedding. The encoder's weights are loaded when the first embedding is asked for; with a full cache, never.
///
/// One may be shared by several threads.
public final class Embedder implements AutoCloseable {
    private final SamWeights weights;
    private final Preparation preparation;
    private final Device device;
    private @Nullable Params params;
    private @Nullable ImageEncoder encoder;

    /// For slices that are prepared in this way. The checkpoint must stay open until the first slice is embedded.
    public Embedder(SamWeights weights, Preparation preparation, Device device) {
        this.weights = weights;
        this.preparation = preparation;
        this.device = device;
    }

    private synchronized ImageEncoder encoder() {
        if (encoder != null) return encoder;
        Params loaded = Params.load(weights.file(), device);
        params = loaded;
        encoder = ImageEncoder.of(loaded.in("image_encoder").frozen(), weights.config());
        return encoder;
    }

    /// The embedding of a slice: `(1, D, G, G)`, in the innermost scope.
    public Tensor embed(Picture slice) {
        ImageEncoder through = encoder();
        try (var scope = Scope.open()) {
            return scope.keep(through.forward(preparation.preprocessing().prepare(device, slice, preparation.side(), config()
                    .imageSize())));
        }
    }

    /// The embedding of a frame: `(1, D, G, G)`, in the innermost scope.
    public Tensor embedFrame(Picture frame) {
        ImageEncoder through = encoder();
        try (var scope = Scope.open()) {
            return scope.keep(through.forward(preparation.preprocessing().input(device, frame, config().imageSize())));
        }
    }

    /// The encoder's sizes.
    public SamConfig config() {
        return weights.config();
    }

    /// Frees the weights.
    @Override
    public synchronized void close() {
        if (params != null) params.close();
        params = null;
        encoder = null;
    }
}
