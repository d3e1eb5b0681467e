package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.heads.CnnHead;
import dev.samovar.models.heads.LinearHead;
import dev.samovar.models.heads.SegmentationHead;
import dev.samovar.models.heads.VitHead;
import dev.samovar.models.sam.SamConfig;
import java.util.Locale;

/// The kind of a head, and its sizes.
///
/// @param kind which of the three heads
/// @param depth blocks of the CNN head
/// @param topChannel channels of the CNN head's last block
/// @param finalRelu whether the linear head ends in a ReLU, as the reference's does
/// @param samPositions whether the ViT head encodes positions with SAM's matrix, instead of one of its own as in the reference
public record HeadSpec(Kind kind, int depth, int topChannel, boolean finalRelu, boolean samPositions) {

    /// The paper's three heads.
    public enum Kind {
        /// SAM's mask decoder without a prompt: "AutoSAM".
        VIT,
        /// A convolutional decoder.
        CNN,
        /// Two transposed convolutions.
        LINEAR;

        /// Its name in files and on the command line.
        public String title() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The kind of this name.
        ///
        /// @throws FormatException if there is none
        public static Kind of(String name) {
            for (Kind kind : values()) if (kind.title().equals(name)) return kind;
            throw new FormatException("there is no head " + FormatException.shown(name) + ": it is vit, cnn or linear");
        }
    }

    /// Checks the sizes.
    ///
    /// @throws FormatException if one is out of range
    public HeadSpec {
        if (depth < 1 || depth > 6) throw new FormatException("the CNN head has a depth of 1 to 6, not " + depth);
        if (topChannel < 1 || topChannel > 1024) throw new FormatException("the CNN head's top has 1 to 1024 channels, not " + topChannel);
    }

    /// The paper's sizes.
    public static HeadSpec of(Kind kind) {
        return new HeadSpec(kind, 4, 64, true, false);
    }

    /// A head from parameters that exist or can be drawn.
    ///
    /// @throws FormatException if it needs a mask decoder and the checkpoint has none
    public SegmentationHead build(Params p, SamConfig sam, int classes) {
        if (kind == Kind.VIT && !sam.hasDecoder())
            throw new FormatException(
                    "the ViT head starts from SAM's mask decoder, and the checkpoint is an image encoder alone; take a whole SAM, or a CNN or "
                            + "linear head");
        return switch (kind) {
            case VIT -> new VitHead(p, sam, classes, samPositions);
            case CNN -> new CnnHead(p, sam.promptWidth(), classes, depth, topChannel);
            case LINEAR -> new LinearHead(p, sam.promptWidth(), classes, finalRelu);
        };
    }

    /// A head's initial parameters: the ViT head's from the decoder of a SAM checkpoint, as far as they fit; all others are drawn from the seed.
    public Params initial(TensorFile sam, long seed, Device device) {
        return kind == Kind.VIT ? Params.partial(sam, VitHead.FROM_SAM, seed, device) : Params.random(seed, device);
    }

    /// Multiply-adds of a forward pass for one picture.
    public long operations(SamConfig sam, int classes) {
        long n = (long) sam.grid() * sam.grid(), c = sam.promptWidth(), k = classes;
        return switch (kind) {
            case VIT -> k * vit(n, c, sam.decoderMlp());
            case CNN -> cnn(n, c, k);
            case LINEAR -> n * c * c + 4 * n * c / 4 * c / 2 + 16 * n * c / 8 * (c / 8 + k);
        };
    }

    /// The decoder's pass for one class: projections of the image's positions, attention with 3 tokens, upscaling.
    private static long vit(long n, long c, long mlp) {
        long tokens = 3, layer = 2 * n * c * c + 2 * tokens * n * c + 2 * tokens * c * mlp;
        return SamConfig.DECODER_DEPTH * layer + n * c * c + tokens * n * c + n * c * c + 2 * n * c * c / 4 + 4 * n * c;
    }

    private long cnn(long n, long c, long k) {
        long wide = (long) topChannel << depth, sum = n * wide * (c + wide), pixels = n;
        for (int i = 0; i < depth; i++) {
            long in = (long) topChannel << (depth - i);
            boolean plain = depth > 2 && i < 2;
            sum += pixels * 9 * in * in + pixels * 9 * in * (plain ? in / 2 : in);
            if (plain) continue;
            sum += pixels * in * in * 2;
            pixels *= 4;
        }
        return sum + pixels * topChannel * (9L * topChannel + k);
    }

    /// The floats that a training step holds per picture at its peak, besides parameters and their gradients: either deep in the head's backward
    /// pass, or at the loss, where there are several copies of the logits in the size of the labels. The factors were measured.
    long activations(SamConfig sam, int classes, int labelSide) {
        long n = (long) sam.grid() * sam.grid(), c = sam.promptWidth(), logits = (long) classes * labelSide * labelSide;
        long head = switch (kind) {
            case VIT -> 29L * classes * n * c;
            case CNN -> cnnActivations(n);
            case LINEAR -> 18 * n * c;
        };
        return Math.max(head + 2 * logits, head * 3 / 5 + 7 * logits);
    }

    private long cnnActivations(long n) {
        long sum = (4 * n * topChannel) << depth, pixels = n;
        for (int i = 0; i < depth; i++) {
            long in = (long) topChannel << (depth - i);
            boolean plain = depth > 2 && i < 2;
            sum += pixels * in * (plain ? 3 : 6);
            if (!plain) pixels *= 4;
        }
        return sum + 3 * pixels * topChannel;
    }

    /// As JSON.
    Json json() {
        return Json.object().with("kind", kind.title()).with("depth", depth).with("topChannel", topChannel).with("finalRelu", finalRelu)
                .with("samPositions", samPositions);
    }

    static HeadSpec of(Json json) {
        return new HeadSpec(Kind.of(json.at("kind").string()), json.at("depth").integer(), json.at("topChannel").integer(),
                json.at("finalRelu").truth(), json.at("samPositions").truth());
    }
}
