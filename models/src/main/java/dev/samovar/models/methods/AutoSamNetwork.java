package dev.samovar.models.methods;

import dev.samovar.core.loss.BinaryLosses;
import dev.samovar.core.nn.AlignedResize;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.generator.PromptGenerator;
import dev.samovar.models.sam.MaskDecoder;
import dev.samovar.models.sam.PromptEncoder;
import dev.samovar.models.sam.SamConfig;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A frozen SAM without its image encoder, and the generator of its prompts, which learns.
///
/// With `n` classes beside the background, and `S = 4G` pixels along the side of a mask:
///
///     picture (B, 3, ·, ·) → prompts (B·n, C, G, G)        embedding + prompts → masks (B·n, 1, S, S), scaled to 0 … 1
final class AutoSamNetwork implements Network {
    private static final double LEAST_RANGE = 1e-6, SMOOTH = 2;                    // of the scaling; of Dice, where it is 1 beside the true positives in the Tversky form
    private static final double SLOPE = 4;                                         // of the logit of ½

    private final Params base;
    private final PromptGenerator generator;
    private final PromptEncoder promptEncoder;
    private final MaskDecoder decoder;
    private final SamConfig config;
    private final int side, objects;

    AutoSamNetwork(Params learnt, Params base, AutoSam method, SamConfig config, int classes) {
        this.base = base;
        this.config = config;
        side = method.side(config);
        objects = classes - 1;
        generator = new PromptGenerator(learnt, method.layout(), config.promptWidth(), objects);
        promptEncoder = new PromptEncoder(base.in("prompt_encoder").frozen(), config);
        decoder = new MaskDecoder(base.in("mask_decoder").frozen(), config);
    }

    PromptGenerator generator() {
        return generator;
    }

    /// The network's picture, resized for the generator.
    Tensor small(Tensor picture) {
        return AlignedResize.forward(picture, side, side);
    }

    /// Logits of masks `(B·n, 1, S, S)` from the generator's maps `(B, n·C, ·, ·)`.
    Tensor decode(Tensor embedding, Tensor dense) {
        int b = embedding.dim(0), c = config.promptWidth(), g = config.grid(), all = b * objects;
        Tensor prompts = AlignedResize.forward(dense, g, g).reshape(all, c, g, g);
        Tensor images = embedding.reshape(b, 1, c, g, g).expand(Shape.of(b, objects, c, g, g)).reshape(all, c, g, g);
        Tensor nothing = Tensor.of(embedding.device(), new float[0], all, 0, c);   // no points, no boxes
        return decoder.forward(images, promptEncoder.densePe(), new PromptEncoder.Encoded(nothing, prompts)).choose(false).masks();
    }

    /// Scales each map so that its least number becomes 0 and its greatest just below 1. The gradient flows through both. A constant map becomes 0.
    static Tensor scaled(Tensor masks) {                                           // (N, 1, S, S)
        int s = masks.dim(2);
        Tensor greatest = masks.maxPool2d(s, s, 0), least = masks.affine(-1, 0).maxPool2d(s, s, 0).affine(-1, 0);      // (N, 1, 1, 1)
        return masks.sub(least).div(greatest.sub(least).affine(1, LEAST_RANGE));
    }

    /// Binary cross entropy and Dice, `(2)`, of scaled masks and their targets. Pixels where `counted` is 0 have no loss and no gradient.
    static Tensor losses(Tensor scaled, Tensor targets, float @Nullable [] counted) {
        double share = 1;
        if (counted != null) {
            Tensor keep = Tensor.of(scaled.device(), counted, targets.shape().dims());
            share = Math.max(1, keep.sum().item()) / counted.length;
            scaled = scaled.mul(keep);                                             // zero, as in the targets
        }
        Tensor entropy = BinaryLosses.bce(scaled, targets).affine(1 / share, 0), dice = BinaryLosses.dice(scaled, targets, false, SMOOTH);
        return Tensor.concat(0, entropy.reshape(1), dice.reshape(1));
    }

    @Override
    public Tensor losses(Batch batch) {
        return losses(batch, true);
    }

    @Override
    public double validate(Batch batch, List<? extends Collection<Integer>> regions) {
        return losses(batch, false).select(0, 1).item();
    }

    /// Losses of the masks of every class, whether it is present or not, against the labels at the masks' size (nearest pixels).
    private Tensor losses(Batch batch, boolean training) {
        int s = 4 * config.grid();
        Labels labels = nearest(batch.labels(), s);
        int[] pictures = IntStream.range(0, labels.batch() * objects).map(i -> i / objects).toArray();         // of each mask
        float[] targets = new float[pictures.length * s * s];
        for (int i = 0; i < pictures.length; i++) Boxes.mask(labels, pictures[i], 1 + i % objects, targets, i * s * s);
        Tensor truth = Tensor.of(batch.input().device(), targets, pictures.length, 1, s, s);
        return losses(scaled(masks(batch.input(), training)), truth, Boxes.counted(labels, pictures, 1));
    }

    private static Labels nearest(Labels labels, int side) {
        int h = labels.height(), w = labels.width(), b = labels.batch();
        byte[] near = new byte[b * side * side];
        for (int i = 0; i < near.length; i++) {
            int column = i % side, row = i / side % side, picture = i / (side * side);
            near[i] = labels.classes()[(picture * h + row * h / side) * w + column * w / side];
        }
        return new Labels(b, side, side, near);
    }

    /// Logits of masks `(B·n, 1, S, S)` for the network's input.
    private Tensor masks(Tensor input, boolean training) {
        Tensor embedding = Method.Input.embedding(input, config), picture = Method.Input.picture(input, config);
        return decode(embedding, generator.forward(small(picture), training));
    }

    /// The background's logit is 0; a class is above it where its scaled mask is above ½, with a fixed slope.
    @Override
    public Tensor logits(Tensor input, @Nullable Labels asked) {
        int s = 4 * config.grid();
        Tensor classes = scaled(masks(input, false)).affine(SLOPE, -SLOPE / 2).reshape(1, objects, s, s);
        return Tensor.concat(1, Tensor.full(input.device(), 0, 1, 1, s, s), classes);
    }

    @Override
    public void close() {
        base.close();
    }
}
