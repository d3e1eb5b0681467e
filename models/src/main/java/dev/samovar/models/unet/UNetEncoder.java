package dev.samovar.models.unet;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.nn.Conv2d;
import dev.samovar.core.nn.ConvTranspose2d;
import dev.samovar.core.nn.InstanceNorm2d;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The way down of a [UNet]: four levels, each with half the size and twice the channels of the one before, and the center below them, which goes up
/// by one level again.
///
/// Follows `UNet_base`'s encoder in the AutoSAM code @ 50a6ff4; parameter names are its own.
public final class UNetEncoder {
    /// Levels above the center.
    public static final int LEVELS = 4;
    /// A picture's sides should be multiples of this: pixels beyond the last multiple are not seen.
    public static final int STEP = 1 << LEVELS;

    private final List<Contract> contract = new ArrayList<>();
    private final Conv2d center0, center2;
    private final ConvTranspose2d center4;

    /// The features of pictures `(B, channels, H, W)`.
    ///
    /// @param skips the map of each level, the uppermost first: `(B, width · 2^l, H/2^l, W/2^l)`
    /// @param center `(B, 8 · width, H/8, W/8)`
    public record Features(List<Tensor> skips, Tensor center) {
        /// Copies the list.
        public Features {
            skips = List.copyOf(skips);
        }
    }

    /// Reads its parameters below `encoder`; `width` channels in the uppermost level, in the paper's code 64.
    public UNetEncoder(Params p, int channels, int width) {
        Params encoder = p.in("encoder");
        for (int level = 0; level < LEVELS; level++) {
            int out = width << level, in = level == 0 ? channels : out / 2;
            contract.add(new Contract(encoder, level + 1, in, out));
        }
        int deepest = width << LEVELS;
        center0 = new Conv2d(encoder.in("center").in(0), deepest / 2, deepest, 3);
        center2 = new Conv2d(encoder.in("center").in(2), deepest, deepest, 3);
        center4 = new ConvTranspose2d(encoder.in("center").in(4), deepest, deepest / 2);
    }

    /// Whether a parameter, by its full name, belongs to an encoder, and so is taken over from a pre-training.
    public static boolean has(String parameter) {
        return parameter.startsWith("encoder.contr_") || parameter.startsWith("encoder.center.");
    }

    /// Multiply-adds of a forward pass for one picture.
    public static long operations(int channels, int width, int side) {
        long pixels = (long) side * side, c = width, in = channels, sum = 0;
        for (int level = 0; level < LEVELS; level++, pixels /= 4, in = c, c *= 2) sum += pixels * 9 * (in * c + c * c);
        return sum + pixels * 9 * (in * c + c * c) + pixels * 4 * c * in;
    }

    /// See [Features].
    public Features forward(Tensor x) {
        List<Tensor> skips = new ArrayList<>();
        for (Contract level : contract) {
            Tensor skip = level.forward(x);
            skips.add(skip);
            x = skip.maxPool2d(2, 2, 0);
        }
        return new Features(skips, tidy(this::center, x));
    }

    private Tensor center(Tensor x) {                                              // (B, 8·width, H/16, W/16)
        Tensor deepest = center2.forward(center0.forward(x).relu()).relu();        // (B, 16·width, H/16, W/16)
        return center4.forward(deepest).relu();                                    // (B, 8·width, H/8, W/8)
    }

    /// Two units of convolution, instance norm and LeakyReLU: `(B, in, H, W) → (B, out, H, W)`
    private static final class Contract {
        private final Conv2d first, second;

        Contract(Params encoder, int level, int in, int out) {
            first = new Conv2d(encoder.in("contr_" + level + "_1").in(0), in, out, 3);
            second = new Conv2d(encoder.in("contr_" + level + "_2").in(0), out, out, 3);
        }

        Tensor forward(Tensor x) {
            return unit(second, unit(first, x));
        }

        private static Tensor unit(Conv2d conv, Tensor x) {
            return tidy(t -> InstanceNorm2d.forward(conv.forward(t)).leakyRelu(UNet.SLOPE), x);
        }
    }
}
