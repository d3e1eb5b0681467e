package dev.samovar.models.medsam;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.Framing;

/// The framing with which MedSAM was trained: the picture is stretched to the whole square ([MedSamInput]). Masks become probabilities at the
/// decoder's size, which are resized to the picture in one step.
///
/// Source: MedSAM_Inference.py of bowang-lab/MedSAM @ d71e8a1.
public final class MedSamFraming implements Framing {
    /// MedSAM's framing.
    public MedSamFraming() {}

    @Override
    public String title() {
        return "medsam";
    }

    @Override
    public Tensor input(Device device, Picture picture, int size) {
        return Tensor.of(device, new MedSamInput(size).prepare(picture).pixels(), 1, 3, size, size);
    }

    @Override
    public double x(double x, int h, int w, int size) {
        return x / w * size;
    }

    @Override
    public double y(double y, int h, int w, int size) {
        return y / h * size;
    }

    /// The logits of the resized probabilities, which are above 0 where the probabilities are above ½.
    @Override
    public Tensor masks(Tensor lowRes, int h, int w, int size) {
        Tensor p = sigmoid(lowRes).resizeBilinear(h, w);
        return p.div(p.affine(-1, 1)).log();
    }

    /// `1 / (1 + exp(−x))`
    private static Tensor sigmoid(Tensor x) {
        Tensor one = Tensor.full(x.device(), 1, x.shape().dims());
        return one.div(x.affine(-1, 0).exp().affine(1, 1));
    }
}
