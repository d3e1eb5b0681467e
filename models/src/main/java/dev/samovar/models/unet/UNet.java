package dev.samovar.models.unet;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.nn.Conv2d;
import dev.samovar.core.nn.ConvTranspose2d;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// A U-Net that does not use SAM: down by [UNetEncoder], up by as many levels, each of which also sees the map of its size from the way down.
///
/// *U-Net: Convolutional Networks for Biomedical Image Segmentation* (Ronneberger, Fischer, Brox, 2015), as *How to Efficiently Adapt Large Segmentation Model (SAM) to Medical
/// Images* (Hu, Xu, Shi; arXiv 2306.13731) trains it from scratch. Follows the class that scripts/main_baseline.py of the AutoSAM code @ 50a6ff4 takes; parameter names are its own.
public final class UNet {
    static final double SLOPE = 0.01;                                              // of LeakyReLU below 0

    private final UNetEncoder encoder;
    private final List<Expand> expand = new ArrayList<>();                         // the deepest first
    private final Conv2d head;

    /// For pictures with so many channels; `width` channels in the uppermost level, in the paper's code 64.
    public UNet(Params p, int channels, int width, int classes) {
        encoder = new UNetEncoder(p, channels, width);
        for (int level = UNetEncoder.LEVELS; level >= 1; level--) expand.add(new Expand(p.in("encoder"), level, width << (level - 1)));
        head = new Conv2d(p.in("head"), width, classes, 1);
    }

    /// Logits of every class: `(B, channels, H, W) → (B, K, H, W)`. A side that is not a multiple of 16 is cut to the last one.
    public Tensor forward(Tensor picture) {
        UNetEncoder.Features seen = encoder.forward(picture);
        Tensor x = seen.center();
        for (int i = 0; i < expand.size(); i++) x = expand.get(i).forward(x, seen.skips().get(expand.size() - 1 - i));
        return head.forward(x);
    }

    /// Multiply-adds of a forward pass for one picture.
    public static long operations(int channels, int width, int classes, int side) {
        long pixels = (long) side * side, c = width, sum = UNetEncoder.operations(channels, width, side) + pixels * width * classes;
        for (int level = 0; level < UNetEncoder.LEVELS; level++, pixels /= 4, c *= 2) {
            sum += pixels * 9 * (2 * c * c + c * c);
            if (level + 1 < UNetEncoder.LEVELS) sum += pixels * 2 * c * c;         // the way up to it
        }
        return sum;
    }

    /// The floats that a training step holds for each picture at its peak, besides parameters and their gradients, as measured: what the backward
    /// pass of every unit needs, and the gradients of the uppermost level.
    public static long activations(int width, int classes, int side) {
        long uppermost = (long) side * side * width, logits = (long) side * side * classes;
        return 20 * uppermost + 4 * logits;
    }

    /// Joins the map from below, enlarged twofold, with `skip (B, c, H, W)`; then two units of convolution and LeakyReLU: `(B, c, H, W)`
    private static final class Expand {
        private final UnaryOperator<Tensor> upscale;
        private final Conv2d first, second;

        Expand(Params encoder, int level, int c) {
            upscale = level == UNetEncoder.LEVELS                                  // the center goes up by itself
                    ? UnaryOperator.identity()
                    : new ConvTranspose2d(encoder.in("upscale" + (level + 1)), 2 * c, c)::forward;
            first = new Conv2d(encoder.in("expand_" + level + "_1").in(0), 2 * c, c, 3);
            second = new Conv2d(encoder.in("expand_" + level + "_2").in(0), c, c, 3);
        }

        Tensor forward(Tensor below, Tensor skip) {
            Tensor y = tidy(t -> {
                Tensor x = upscale.apply(t);                                       // (B, c, H, W)
                return first.forward(Tensor.concat(1, x, cropped(skip, x.dim(2), x.dim(3)))).leakyRelu(SLOPE);
            }, below);
            return tidy(t -> second.forward(t).leakyRelu(SLOPE), y);
        }

        /// The middle part of it.
        private static Tensor cropped(Tensor skip, int h, int w) {
            int top = (skip.dim(2) - h) / 2, left = (skip.dim(3) - w) / 2;
            return top == 0 && left == 0 && skip.dim(2) == h && skip.dim(3) == w
                    ? skip
                    : skip.slice(2, top, top + h).slice(3, left, left + w);
        }
    }
}
