package dev.samovar.models.generator;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.nn.BatchNorm2d;
import dev.samovar.core.nn.Conv2d;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Computes dense prompts from a picture, in place of those that SAM's prompt encoder computes from a mask: a [HarDNet], and a decoder that goes up
/// from its deepest map and takes in two others.
///
///     picture (B, 3, I, I) → prompts (B, n·C, I/4, I/4), between −1 and 1
///
/// *AutoSAM: Adapting SAM to Medical Images by Overloading the Prompt Encoder* (Shaharabany and others, 2023; arXiv 2306.06370); parameter names are those of
/// talshaharabany/AutoSAM @ 3959d72.
public final class PromptGenerator {
    /// Where the parameters of its backbone lie.
    public static final String BACKBONE = "backbone";

    private final HarDNet backbone;
    private final Up up1, up2;
    private final Conv2d conv1, conv2;
    private final BatchNorm2d norm;

    /// The intermediate maps.
    ///
    /// @param taps the backbone's maps
    /// @param up1 at an eighth of the picture's size
    /// @param up2 at a quarter
    /// @param end `(B, n·C, I/4, I/4)`, of which the prompts are the tanh
    public record Maps(List<Tensor> taps, Tensor up1, Tensor up2, Tensor end) {
        /// Copies the list.
        public Maps {
            taps = List.copyOf(taps);
        }
    }

    /// Reads its parameters below `backbone` and `decoder`. The published generator has one prompt.
    ///
    /// @param width channels of a prompt, C
    /// @param prompts how many, n
    public PromptGenerator(Params p, HarDNet.Layout layout, int width, int prompts) {
        List<Integer> taps = layout.taps();
        backbone = new HarDNet(p.in(BACKBONE), layout);
        Params decoder = p.in("decoder"), last = decoder.in("final");
        up1 = new Up(decoder.in("up1"), taps.get(3), taps.get(2));
        up2 = new Up(decoder.in("up2"), taps.get(2), taps.get(1));
        conv1 = new Conv2d(last.in("conv1"), taps.get(1), width, 3);
        norm = new BatchNorm2d(last.in("BN1"), width);
        conv2 = new Conv2d(last.in("conv2"), width, prompts * width, 3);
    }

    /// Whether a parameter of this name is one of the backbone's.
    public static boolean isOfBackbone(String name) {
        return name.startsWith(BACKBONE + ".");
    }

    /// The prompts of pictures whose side is a multiple of 16. In training, batch norms use the batch's statistics, and update the stored ones.
    public Tensor forward(Tensor x, boolean training) {
        return maps(x, training).end.tanh();
    }

    /// The prompts with all intermediate maps.
    public Maps maps(Tensor x, boolean training) {
        List<Tensor> taps = backbone.forward(x, training);
        Tensor one = up1.forward(taps.get(3), taps.get(2), training), two = up2.forward(one, taps.get(1), training);
        Tensor end = conv2.forward(normed(norm, conv1.forward(two), training).relu());
        return new Maps(taps, one, two, end);
    }

    private static Tensor normed(BatchNorm2d norm, Tensor x, boolean training) {
        return training ? norm.train(x) : norm.forward(x);
    }

    /// Enlarges a map twofold and joins it with another of that size: two convolutions with nothing between them, batch norm, LeakyReLU.
    private static final class Up {
        private static final double SLOPE = 0.01;

        private final Conv2d conv1, conv2;
        private final BatchNorm2d norm;

        Up(Params p, int deep, int skipped) {
            conv1 = new Conv2d(p.in("conv1"), deep + skipped, skipped, 3);
            conv2 = new Conv2d(p.in("conv2"), skipped, skipped, 3);
            norm = new BatchNorm2d(p.in("BN"), skipped);
        }

        Tensor forward(Tensor deep, Tensor skipped, boolean training) {
            return tidy(in -> {
                Tensor both = Tensor.concat(1, in.resizeBilinear(skipped.dim(2), skipped.dim(3)), skipped);
                return normed(norm, conv2.forward(conv1.forward(both)), training).leakyRelu(SLOPE);
            }, deep);
        }
    }

    /// Multiply-adds of a forward pass for one picture.
    public static long operations(HarDNet.Layout layout, int side, int width, int prompts) {
        return convolutions(layout, side, width, prompts).stream().mapToLong(Convolution::operations).sum();
    }

    /// Numbers that the backward pass for one picture needs.
    public static long activations(HarDNet.Layout layout, int side, int width, int prompts) {
        return convolutions(layout, side, width, prompts).stream().mapToLong(Convolution::activations).sum();
    }

    private static List<Convolution> convolutions(HarDNet.Layout layout, int side, int width, int prompts) {
        List<Convolution> all = new ArrayList<>(layout.convolutions(side));
        List<Integer> taps = layout.taps();
        long pixels = (long) side * side / 64;
        for (int i = 2; i > 0; i--, pixels *= 4) {
            all.add(new Convolution(taps.get(i + 1) + taps.get(i), taps.get(i), 3, pixels));
            all.add(new Convolution(taps.get(i), taps.get(i), 3, pixels));
        }
        all.add(new Convolution(taps.get(1), width, 3, pixels / 4));
        all.add(new Convolution(width, prompts * width, 3, pixels / 4));
        return all;
    }
}
