package dev.samovar.benchmarks;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.Conv2dShape;
import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.methods.PromptedMethod;
import dev.samovar.models.pretrain.PretrainingWork;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.unet.UNet;
import java.util.List;

/// The pieces of work by name, their shapes, and the floating-point operations that they are credited with, whatever computes them. A multiply-add
/// counts as two.
public final class Operations {
    private Operations() {}

    /// The names of all pieces.
    public static final List<String> NAMES = List.of("gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2", "attention-global",
            "attention-window",
            "layer-norm", "layer-norm-2d", "resize", "gelu", "conv1x1-forward", "conv1x1-backward", "conv3x3-wide-forward",
            "conv3x3-wide-backward",
            "conv3x3-middle-forward",
            "conv3x3-middle-backward", "conv3x3-large-forward", "conv3x3-large-backward", "deconv-forward", "deconv-backward", "dice",
            "train-linear", "train-cnn", "train-vit", "train-unet", "train-medsam", "train-lora", "train-adapter", "train-mini", "encode",
            "encode-mobile", "encode-batch", "encode-large", "encode-huge", "click", "everything", "read-volume", "write-labels");

    /// Operations of one run; 0 if memory is the limit, so that their number means nothing.
    public static double of(String name, Sizes sizes) {
        return switch (name) {
            case "gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2" -> Product.of(name, sizes).operations();
            case "attention-global" -> attention(global(sizes));
            case "attention-window" -> attention(windows(sizes));
            case "layer-norm", "layer-norm-2d", "resize", "gelu", "dice", "click", "everything", "read-volume", "write-labels" -> 0;
            case "train-linear" -> training(HeadSpec.Kind.LINEAR, sizes);
            case "train-cnn" -> training(HeadSpec.Kind.CNN, sizes);
            case "train-vit" -> training(HeadSpec.Kind.VIT, sizes);
            case "train-unet" -> 6.0 * sizes.batch() * UNet.operations(3, sizes.topChannel(), sizes.classes(), sizes.frameSide());
            case "train-medsam" -> 6.0 * SamTraining.method(name).operations(sizes.sam(), 2, sizes.sam().imageSize());
            case "train-lora", "train-adapter" -> {
                double decoder = PromptedMethod.decoderOperations(sizes.sam()), all = SamTraining.method(name).operations(sizes.sam(), 2,
                        sizes.sam().imageSize());
                yield 4 * (all - decoder) + 6 * decoder;                           // no gradient of the encoder's own weights
            }
            case "train-mini" -> {
                SamConfig mini = sizes.of(name).sam();
                yield 6.0 * PretrainingWork.operations(mini, sizes.batch(), PromptedMethod.decoderOperations(mini));
            }
            case "encode", "encode-large", "encode-huge" -> encoder(sizes.of(name));
            case "encode-batch" -> sizes.batch() * encoder(sizes);
            case "encode-mobile" -> 2.0 * sizes.mobile().sam().encoder().operations(sizes.mobile().sam().promptWidth());
            default -> Convolution.of(name, sizes).operations() * (name.endsWith("-backward") ? 2 : 1);
        };
    }

    /// Attention in a global block.
    public static AttentionShape global(Sizes sizes) {
        SamConfig sam = sizes.sam();
        return new AttentionShape(sam.vit().heads(), sam.grid(), sam.grid(), sam.vit().headWidth());
    }

    /// Attention in a block of windows, filled up at the edges.
    public static AttentionShape windows(Sizes sizes) {
        SamConfig sam = sizes.sam();
        return new AttentionShape(sizes.windows() * sam.vit().heads(), sam.vit().window(), sam.vit().window(), sam.vit().headWidth());
    }

    /// A step forward and back: twice as much back as forward.
    private static double training(HeadSpec.Kind kind, Sizes sizes) {
        return 6.0 * sizes.batch() * Works.head(kind, sizes).operations(sizes.sam(), sizes.classes());
    }

    /// Operations of both products of an attention, and of the positions.
    private static double attention(AttentionShape s) {
        double rows = (double) s.groups() * s.tokens();
        return 4 * rows * s.tokens() * s.dim() + 2 * rows * s.dim() * (s.height() + s.width());
    }

    /// Operations that one picture needs; the padding of the last windows is not counted.
    private static double encoder(Sizes sizes) {
        SamConfig sam = sizes.sam();
        double t = sizes.tokens(), c = sam.vit().width(), products = 2 * t * c * (4 * c + 2 * sam.vit().mlp()),
                sum = 2 * t * c * 3 * sam.vit().patch() * sam.vit().patch();
        for (int i = 0; i < sam.vit().depth(); i++)
            sum += products + attention(sam.vit().isGlobal(i)
                    ? global(sizes)
                    : windows(sizes));
        return sum + 2 * t * sam.promptWidth() * (c + 9.0 * sam.promptWidth());
    }

    /// A product of matrices, `y (m, n) = x (m, k) · wᵀ + bias`, of a block of the encoder.
    public record Product(int m, int n, int k) {
        /// That of this name.
        public static Product of(String name, Sizes sizes) {
            int m = sizes.tokens(), c = sizes.sam().vit().width(), mlp = sizes.sam().vit().mlp();
            return switch (name) {
                case "gemm-qkv" -> new Product(m, 3 * c, c);
                case "gemm-proj" -> new Product(m, c, c);
                case "gemm-mlp1" -> new Product(m, mlp, c);
                case "gemm-mlp2" -> new Product(m, c, mlp);
                default -> throw new IllegalArgumentException("there is no product " + name);
            };
        }

        /// Its floating-point operations.
        public double operations() {
            return 2.0 * m * n * k;
        }
    }

    /// A convolution of the CNN head, for one picture. A transposed one has the shape of the convolution that it reverses.
    public record Convolution(Conv2dShape shape, boolean transposed) {
        /// That of this name: where in the head, and which way.
        public static Convolution of(String name, Sizes sizes) {
            int g = sizes.sam().grid(), top = sizes.topChannel();
            return switch (name.substring(0, name.lastIndexOf('-'))) {
                case "conv1x1" -> plain(16 * top, 16 * top, g, 1);                 // the second of the input block
                case "conv3x3-wide" -> plain(16 * top, 16 * top, g, 3);            // the first of the first block
                case "conv3x3-middle" -> plain(4 * top, 4 * top, g, 3);            // the first of the third block
                case "conv3x3-large" -> plain(top, top, 4 * g, 3);                 // the last but one of all
                case "deconv" -> new Convolution(new Conv2dShape(1, 2 * top, 2 * g, 2 * g, 4 * top, 2, 2, 0), true); // of the third block
                default -> throw new IllegalArgumentException("there is no convolution " + name);
            };
        }

        private static Convolution plain(int in, int out, int side, int kernel) {
            return new Convolution(new Conv2dShape(1, in, side, side, out, kernel, 1, kernel / 2), false);
        }

        /// Its floating-point operations one way.
        public double operations() {
            return 2.0 * shape.outPixels() * shape.outChannels() * shape.fanIn();
        }

        /// Numbers of the larger picture, or of that with `inChannels`.
        public int inputs() {
            return shape.inChannels() * shape.height() * shape.width();
        }

        /// Numbers of the other.
        public int outputs() {
            return shape.outChannels() * shape.outPixels();
        }

        /// Numbers of the weights.
        public int weights() {
            return shape.outChannels() * shape.fanIn();
        }
    }
}
