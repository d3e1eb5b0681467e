package dev.samovar.models.heads;

import dev.samovar.core.nn.Conv2d;
import dev.samovar.core.nn.ConvTranspose2d;
import dev.samovar.core.nn.LayerNorm2d;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;

/// The smallest head: two transposed convolutions up to 4·G, then each pixel by itself.
///
/// The reference ends in a ReLU on the logits, which can kill a class: once its value is negative everywhere, no gradient reaches it.
/// `finalRelu` keeps this ReLU for comparison; without it the head trains better.
///
/// Follows `LinearHead` of models/build_sam_feat_seg_model.py in the AutoSAM code @ 50a6ff4; parameter names are its own.
public final class LinearHead implements SegmentationHead {
    private final ConvTranspose2d up0;
    private final LayerNorm2d norm1;
    private final ConvTranspose2d up3;
    private final Conv2d last0;
    private final Conv2d last2;
    private final boolean finalRelu;

    /// From parameters below `mask_decoder`.
    public LinearHead(Params p, int embedding, int classes, boolean finalRelu) {
        Params decoder = p.in("mask_decoder"), upscaling = decoder.in("output_upscaling");
        up0 = new ConvTranspose2d(upscaling.in(0), embedding, embedding / 4);
        norm1 = new LayerNorm2d(upscaling.in(1), embedding / 4);
        up3 = new ConvTranspose2d(upscaling.in(3), embedding / 4, embedding / 8);
        last0 = new Conv2d(decoder.in("final").in(0), embedding / 8, embedding / 8, 1);
        last2 = new Conv2d(decoder.in("final").in(2), embedding / 8, classes, 1);
        this.finalRelu = finalRelu;
    }

    @Override
    public Tensor forward(Tensor embedding) {                                      // (B, C, G, G)
        Tensor x = norm1.forward(up0.forward(embedding)).gelu();                   // (B, C/4, 2G, 2G)
        x = up3.forward(x).gelu();                                                 // (B, C/8, 4G, 4G)
        Tensor logits = last2.forward(last0.forward(x).relu());                    // (B, K, 4G, 4G)
        return finalRelu ? logits.relu() : logits;
    }
}
