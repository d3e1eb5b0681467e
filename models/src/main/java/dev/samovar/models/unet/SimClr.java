package dev.samovar.models.unet;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.loss.NtXent;
import dev.samovar.core.nn.Linear;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;

/// The encoder of a [UNet] with a projection on top, which learns without labels: two views of one picture should be projected alike, those of
/// different pictures not.
///
/// *A Simple Framework for Contrastive Learning of Visual Representations* (Chen and others, 2020). Follows the SimCLR of scripts/main_simclr.py of the AutoSAM code @ 50a6ff4, whose projection has no
/// activation between its two layers; parameter names are its own.
public final class SimClr {
    private final UNetEncoder encoder;
    private final Linear f1, f2;

    /// From parameters below `encoder`, which a U-Net of the same width takes over, and `mlp`.
    public SimClr(Params p, int channels, int width) {
        int features = width << (UNetEncoder.LEVELS - 1);
        encoder = new UNetEncoder(p, channels, width);
        f1 = new Linear(p.in("mlp").in("f1"), features, features);
        f2 = new Linear(p.in("mlp").in("f2"), features, features / 2);
    }

    /// `(B, channels, H, W) → (B, 4 · width)`; the vectors are not normalised.
    public Tensor project(Tensor pictures) {
        return tidy(x -> {
            Tensor center = encoder.forward(x).center();                           // (B, 8·width, H/8, W/8)
            int pixels = center.dim(2) * center.dim(3);
            Tensor mean = center.reshape(center.dim(0), center.dim(1), pixels).sum(2).affine(1.0 / pixels, 0);
            return f2.forward(f1.forward(mean));
        }, pictures);
    }

    /// The contrastive loss of two views of the same B pictures, `(B, channels, H, W)` each, B from 2 to 127; a scalar.
    public Tensor loss(Tensor first, Tensor second, double temperature) {
        return NtXent.of(project(first), project(second), temperature);
    }

    /// The floats that a training step holds for each picture at its peak, besides parameters and their gradients, as measured: what the backward
    /// passes of both views need.
    public static long activations(int width, int side) {
        return 2 * 9L * side * side * width;
    }
}
