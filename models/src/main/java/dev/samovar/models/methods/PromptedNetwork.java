package dev.samovar.models.methods;

import dev.samovar.core.loss.BinaryLosses;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.MaskDecoder;
import dev.samovar.models.sam.PromptEncoder;
import dev.samovar.models.sam.SamConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A SAM, prompted with boxes, of which a part learns. If the image encoder learns, it can be computed again in the backward pass, a block at a time ([#recompute], the default here).
///
/// Source of the losses: train_one_gpu.py of bowang-lab/MedSAM @ d71e8a1.
final class PromptedNetwork implements Network {
    private static final double SMOOTH = 1e-5;                                     // of the Dice loss
    private static final float NOT_ASKED = -15;                                    // the logit of a class that was not prompted for, and the largest absolute value of the others

    private final Params base;
    private final PromptedMethod method;
    private final @Nullable Supplier<ImageEncoder> encoder;                        // null if the inputs are embeddings
    private final PromptEncoder promptEncoder;
    private final MaskDecoder decoder;
    private final List<Tensor> learning;
    private final int size, classes, grid;
    private boolean anew = true;

    PromptedNetwork(Params learnt, Params base, PromptedMethod method, SamConfig config, int classes) {
        this.base = base;
        this.method = method;
        this.classes = classes;
        size = config.imageSize();
        Params p = learnt.over(base, method::learns);
        grid = config.grid();
        encoder = method.input() == Method.Input.PICTURE ? encoder(p, method, config) : null;
        promptEncoder = new PromptEncoder(p.in("prompt_encoder"), config);
        decoder = method.decoder(p, config);
        learning = List.copyOf(learnt.trainable().values());
    }

    private static Supplier<ImageEncoder> encoder(Params p, PromptedMethod method, SamConfig config) {
        config.vit();                                                              // refuses encoders that cannot learn
        try (var _ = Scope.open()) {
            ImageEncoder first = method.encoder(p, config);
            return method.rebuilds() && !p.trainable().isEmpty() ? () -> method.encoder(p, config) : () -> first;
        }
    }

    /// The embeddings of a batch.
    Tensor embed(Tensor input) {
        if (encoder == null) return input;
        return anew ? encoder.get().recomputed(input, learning) : encoder.get().forward(input);
    }

    @Override
    public void recompute(boolean again) {
        anew = again;
    }

    /// Logits of the masks of boxes `(B, 4)`, one in each of B pictures or all in the only one: `(B, 1, 4G, 4G)`.
    Tensor decode(Tensor embedding, Tensor boxes) {
        return decode(embedding, promptEncoder.forward(null, boxes, null));
    }

    /// Logits of the masks of prompts of any kind.
    Tensor decode(Tensor embedding, PromptEncoder.Encoded prompts) {
        return decoder.forward(embedding, promptEncoder.densePe(), prompts).choose(false).masks();
    }

    PromptEncoder promptEncoder() {
        return promptEncoder;
    }

    /// Dice and binary cross entropy, `(2)`, of logits `(B, 1, ·, ·)` at the size of the targets. Pixels where `counted` is 0 have no loss and no
    /// gradient.
    ///
    /// @param objectWeight the weight of the object's pixels in the cross entropy
    static Tensor losses(Tensor lowRes, Tensor targets, float @Nullable [] counted, double objectWeight) {
        Tensor logits = lowRes.resizeBilinear(targets.dim(2), targets.dim(3));
        double share = 1;
        if (counted != null) {
            Tensor keep = Tensor.of(lowRes.device(), counted, targets.shape().dims());
            share = Math.max(1, keep.sum().item()) / counted.length;
            logits = BinaryLosses.counted(logits, keep);
        }
        Tensor dice = BinaryLosses.dice(logits.sigmoid(), targets, true, SMOOTH);
        return Tensor.concat(0, dice.reshape(1), BinaryLosses.bceWithLogits(logits, targets, objectWeight).affine(1 / share, 0).reshape(1));
    }

    static Tensor losses(Tensor lowRes, Tensor targets) {
        return losses(lowRes, targets, null, 1);
    }

    /// In a stack of neighbouring slices, those without labels are seen by the others, but not prompted for.
    @Override
    public Tensor losses(Batch batch) {
        Labels labels = batch.labels();
        int[] asked = IntStream.range(0, labels.batch()).filter(i -> method.neighbours() == 1 || Boxes.classes(labels, i).length > 0).toArray();
        int b = asked.length, pixels = labels.height() * labels.width();
        float[] boxes = new float[4 * b], targets = new float[b * pixels];
        for (int k = 0; k < b; k++) {
            var random = batch.draws().get(asked[k]);
            int[] there = Boxes.classes(labels, asked[k]);
            int c = there.length == 0 ? 1 : there[random.below(there.length)];
            System.arraycopy(Boxes.around(labels, asked[k], c, size, random), 0, boxes, 4 * k, 4);
            Boxes.mask(labels, asked[k], c, targets, k * pixels);
        }
        var device = batch.input().device();
        Tensor truth = Tensor.of(device, targets, b, 1, labels.height(), labels.width());
        Tensor lowRes = decode(pictures(embed(batch.input()), asked), Tensor.of(device, boxes, b, 4));
        Tensor both = losses(lowRes, truth, Boxes.counted(labels, asked, 1), method.objectWeight());
        return method.losses().contains(PromptedMethod.DICE) ? both : both.slice(0, 1, 2);
    }

    private static Tensor pictures(Tensor embedding, int... chosen) {
        if (chosen.length == embedding.dim(0)) return embedding;
        return Tensor.concat(0, IntStream.of(chosen).mapToObj(i -> embedding.slice(0, i, i + 1)).toArray(Tensor[]::new));
    }

    /// The mean Dice loss over all classes that are present, each prompted with its tight box.
    @Override
    public double validate(Batch batch, List<? extends Collection<Integer>> regions) {
        Labels labels = batch.labels();
        int pixels = labels.height() * labels.width(), asked = 0;
        Tensor embedding = embed(batch.input()).detach();
        double sum = 0;
        for (int i = 0; i < labels.batch(); i++) {
            int[] there = Boxes.classes(labels, i);
            if (there.length == 0) continue;
            Tensor lowRes = ask(embedding, labels, i, there);
            float[] targets = new float[there.length * pixels];
            for (int k = 0; k < there.length; k++) Boxes.mask(labels, i, there[k], targets, k * pixels);
            Tensor truth = Tensor.of(batch.input().device(), targets, there.length, 1, labels.height(), labels.width());
            float[] counted = Boxes.counted(labels, new int[]{i}, there.length);
            sum += there.length * losses(lowRes, truth, counted, 1).select(0, 0).item();
            asked += there.length;
        }
        return asked == 0 ? 0 : sum / asked;
    }

    /// The answers for the tight boxes of these classes in one of the pictures, `(n, 1, 4G, 4G)`, without history.
    private Tensor ask(Tensor embedding, Labels labels, int picture, int[] there) {
        float[] boxes = new float[4 * there.length];
        for (int k = 0; k < there.length; k++) System.arraycopy(Boxes.around(labels, picture, there[k], size, null), 0, boxes, 4 * k, 4);
        return decode(pictures(embedding, picture), Tensor.of(embedding.device(), boxes, there.length, 4)).detach();
    }

    /// The background's logit is 0; a class that was prompted for has the logits of its mask. If several masks cover a pixel, the surest wins.
    @Override
    public Tensor logits(Tensor input, @Nullable Labels asked) {
        if (asked == null)
            throw new IllegalArgumentException("a prompted network needs prompts: labels to draw boxes around are missing");
        Tensor embedding = embed(input).detach();
        return Tensor.concat(0, IntStream.range(0, asked.batch()).mapToObj(i -> logits(embedding, asked, i)).toArray(Tensor[]::new));
    }

    private Tensor logits(Tensor embedding, Labels asked, int picture) {                // (1, K, 4G, 4G)
        int[] there = Boxes.classes(asked, picture);
        int side = 4 * grid;
        List<Tensor> all = new ArrayList<>();
        Tensor answers = there.length == 0 ? null : ask(embedding, asked, picture, there).clamp(NOT_ASKED, -NOT_ASKED);
        for (int c = 0, k = 0; c < classes; c++) {
            if (answers != null && k < there.length && there[k] == c) all.add(answers.slice(0, k, ++k));
            else all.add(Tensor.full(embedding.device(), c == 0 ? 0 : NOT_ASKED, 1, 1, side, side));
        }
        return Tensor.concat(1, all.toArray(Tensor[]::new));
    }

    @Override
    public void close() {
        base.close();
    }
}
