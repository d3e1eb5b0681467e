package dev.samovar.models.train;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.ImageEncoderViT;
import dev.samovar.models.sam.SamConfig;

/// The frozen half: from a slice to its embedding.
public final class Embedder implements AutoCloseable {
    private final Params params;
    private final ImageEncoderViT encoder;
    private final Preprocessing preprocessing;
    private final Device device;

    /// Loads the image encoder.
    public Embedder(SamWeights weights, Preprocessing preprocessing, Device device) {
        this.preprocessing = preprocessing;
        this.device = device;
        params = Params.load(weights.file(), device);
        encoder = new ImageEncoderViT(params.in("image_encoder").frozen(), weights.config());
    }

    /// The embedding of a slice of `h · w` pixels: `(1, D, G, G)`, in the innermost scope.
    public Tensor embed(float[] slice, int h, int w) {
        try (var scope = Scope.open()) {
            return scope.keep(encoder.forward(preprocessing.prepare(device, slice, h, w, encoder.config().imageSize())));
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
