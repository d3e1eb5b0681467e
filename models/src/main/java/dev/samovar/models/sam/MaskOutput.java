package dev.samovar.models.sam;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.fused.MaskUpscaling;
import dev.samovar.core.kernel.MaskUpscalingWeights;
import dev.samovar.core.nn.ConvTranspose2d;
import dev.samovar.core.nn.LayerNorm2d;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/// The end of the mask decoder: the attended image is enlarged four times, and every mask token is turned into the weights of a linear classifier of
/// its pixels.
///
/// Source: the second half of `predict_masks` in segment_anything/modeling/mask_decoder.py @ dca509f.
public final class MaskOutput {
    private final int dim;
    private final ConvTranspose2d up1;
    private final LayerNorm2d norm;
    private final ConvTranspose2d up2;
    private final List<Mlp> hypernetworks;

    /// For tokens of width `dim`, from the decoder's `output_upscaling` and its `output_hypernetworks_mlps`, one for each of `masks` mask tokens.
    public MaskOutput(Params decoder, int dim, int masks) {
        this.dim = dim;
        Params up = decoder.in("output_upscaling");
        up1 = new ConvTranspose2d(up.in(0), dim, dim / 4);
        norm = new LayerNorm2d(up.in(1), dim / 4);
        up2 = new ConvTranspose2d(up.in(3), dim / 4, dim / 8);
        hypernetworks = IntStream.range(0, masks).mapToObj(i -> new Mlp(decoder.in("output_hypernetworks_mlps").in(i), dim, dim, dim / 8)).toList();
    }

    /// Logits of every mask: attended tokens `(B, masks, C)` and an image in panels `(B, G·G/L, C, L)` → `(B, masks, 4G, 4G)`.
    public Tensor forward(Tensor tokens, Tensor image) {
        return forward(tokens, 0, image);
    }

    /// Logits of the masks from number `first` on, whose tokens these are.
    Tensor forward(Tensor tokens, int first, Tensor image) {
        int b = image.dim(0), masks = tokens.dim(1), positions = image.dim(1) * image.dim(3), g = (int) Math.sqrt(positions);
        Tensor[] rows = new Tensor[masks];
        for (int i = 0; i < masks; i++) rows[i] = hypernetworks.get(first + i).forward(tokens.slice(1, i, i + 1));      // (B, 1, C/8)
        Tensor weights = Tensor.concat(1, rows);                                                               // (B, masks, C/8)
        var parameters = new MaskUpscalingWeights<>(up1.parameters(), norm.parameters(), up2.parameters());
        boolean maps = image.dim(1) == 1;
        if (MaskUpscaling.fits(positions, image, weights, parameters)) {
            Tensor panels = maps ? TwoWayTransformer.inPanels(image.select(1, 0)) : image;
            return new MaskUpscaling(g, g, LayerNorm2d.EPS).apply(panels, weights, parameters);
        }
        Tensor up = tidy(x -> norm.forward(up1.forward((maps ? x : x.permute(0, 2, 1, 3)).reshape(b, dim, g, g))), image);     // (B, C/4, 2G, 2G)
        up = tidy(x -> up2.forward(x.gelu()).gelu().reshape(b, dim / 8, 16 * g * g), up);                      // (B, C/8, 4G·4G)
        return weights.matmul(up).reshape(b, masks, 4 * g, 4 * g);
    }
}
