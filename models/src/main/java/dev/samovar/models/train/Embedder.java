package dev.samovar.models.train;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.data.Picture;
import dev.samovar.models.sam.ImageEncoderViT;
import dev.samovar.models.sam.SamConfig;

/// The frozen half: from a slice to its embedding.
public final class Embedder implements AutoCloseable {
    private final Params params;
    private final ImageEncoderViT encoder;
    private final Preprocessing preprocessing;
    private final int side;
    private final Device device;

    /// Loads the image encoder. Slices go through a frame of `side · side` pixels, where the preprocessing has one.
    public Embedder(SamWeights weights, Preprocessing preprocessing, int side, Device device) {
        this.preprocessing = preprocessing;
        this.side = side;
        this.device = device;
        params = Params.load(weights.file(), device);
        encoder = new ImageEncoderViT(params.in("image_encoder").frozen(), weights.config());
    }

    /// The embedding of a slice: `(1, D, G, G)`, in the innermost scope.
    public Tensor embed(Picture slice) {
        try (var scope = Scope.open()) {
            return scope.keep(encoder.forward(preprocessing.prepare(device, slice, side, encoder.config().imageSize())));
        }
    }

    /// The embedding of a frame: `(1, D, G, G)`, in the innermost scope.
    public Tensor embedFrame(Picture frame) {
        try (var scope = Scope.open()) {
            return scope.keep(encoder.forward(preprocessing.input(device, frame, encoder.config().imageSize())));
        }
    }

    /// The encoder's sizes.
    public SamConfig config() {
        return encoder.config();
    }

    @Override
    public void close() {
        params.close();
    }
}
