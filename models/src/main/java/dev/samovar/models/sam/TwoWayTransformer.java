package dev.samovar.models.sam;

import static dev.samovar.core.tensor.Scope.tidy;

import dev.samovar.core.fused.TwoWay;
import dev.samovar.core.kernel.ImageToTokensWeights;
import dev.samovar.core.kernel.TokensToImageWeights;
import dev.samovar.core.nn.LayerNorm;
import dev.samovar.core.nn.Linear;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The mask decoder's transformer: a few tokens and the many positions of an image attend to each other, in both directions.
///
/// Tokens are `(B, N, C)`, images `(I, C, H, W)`: the first B/I prompts are about the first image, the next about the second, and so on. Work that
/// concerns only an image is done once. Layer norms have the usual epsilon of 1e-5, unlike the encoder's.
///
/// If the device has fused operations for attention between tokens and an image, and nothing learns, the image stays in panels of L positions, `(B,
/// HW/L, C, L)`, from end to end; otherwise it is rows of positions, `(B, HW, C)`.
///
/// Follows segment_anything/modeling/transformer.py @ dca509f; parameter names are the checkpoint's.
public final class TwoWayTransformer {
    private static final float EPS = 1e-5f;

    /// The result: the tokens `(B, N, C)` and the image in panels `(B, HW/L, C, L)`, which are the device's own, or a single panel, that is, maps.
    public record Attended(Tensor tokens, Tensor image) {}

    private final List<Layer> layers;
    private final Attention finalAttention;
    private final LayerNorm normFinal;
    private final int heads;

    /// Its sizes.
    ///
    /// @param dim width of tokens and positions
    /// @param heads of its attentions
    /// @param mlp hidden width of the layers for each token by itself
    public record Sizes(int dim, int heads, int mlp) {}

    /// Makes a layer: SAM's own, or another.
    @FunctionalInterface
    public interface Layers {
        /// From the parameters below the layer's number.
        Layer make(Params p, Sizes sizes, boolean first);
    }

    /// From the parameters below `transformer`.
    public TwoWayTransformer(Params p, int depth, int dim, int heads, int mlp) {
        this(p, depth, new Sizes(dim, heads, mlp), Layer::new);
    }

    /// A transformer with other layers.
    public TwoWayTransformer(Params p, int depth, Sizes sizes, Layers maker) {
        int dim = sizes.dim, heads = sizes.heads;
        layers = IntStream.range(0, depth).mapToObj(i -> maker.make(p.in("layers").in(i), sizes, i == 0)).toList();
        finalAttention = new Attention(p.in("final_attn_token_to_image"), dim, dim / SamConfig.DECODER_NARROWING, heads);
        normFinal = new LayerNorm(p.in("norm_final_attn"), dim, EPS);
        this.heads = heads;
    }

    /// Lets tokens and image attend to each other. `imagePe (1, C, H, W)` is the image's positional encoding; the tokens' positional encoding is
    /// their initial value.
    public Attended forward(Tensor image, Tensor imagePe, Tensor tokens) {
        boolean fused = layers.stream().noneMatch(Layer::changesImage) && TwoWay.fits(tokens.dim(1), image.dim(2) * image.dim(3), heads,
                Stream.concat(Stream.of(tokens, image, imagePe), betweenBoth()).toList());
        Tensor kPe = flat(imagePe, fused);                                         // (1, HW/L, C, L), or (1, HW, C)
        var now = new Attended(tokens, flat(image, fused));                        // (B, N, C), and I images; after the first layer B
        for (Layer layer : layers) {
            try (var scope = Scope.open()) {                                       // frees what a layer needs on its way
                now = layer.forward(now.tokens(), now.image(), tokens, kPe, fused);
                scope.keep(now.tokens());
                scope.keep(now.image());
            }
        }
        Tensor q = now.tokens().add(finalAttention.toImage(now.tokens().add(tokens), now.image(), kPe, fused));
        Tensor k = fused ? now.image() : now.image().permute(0, 2, 1).reshape(now.image().dim(0), 1, now.image().dim(2), -1);
        return new Attended(normFinal.forward(q), k);                              // (B, N, C), (B, HW/L, C, L)
    }

    private static Tensor flat(Tensor image, boolean panels) {                       // (B, C, H, W)
        Tensor flat = image.reshape(image.dim(0), image.dim(1), -1);               // (B, C, HW)
        return panels ? inPanels(flat) : flat.permute(0, 2, 1);                   // (B, HW/L, C, L) or (B, HW, C)
    }

    /// Maps `(B, C, P)` as the device's panels of L positions, `(B, P/L, C, L)`.
    static Tensor inPanels(Tensor maps) {
        int panel = TwoWay.panel(maps.device());
        return maps.reshape(maps.dim(0), maps.dim(1), maps.dim(2) / panel, panel).permute(0, 2, 1, 3);
    }

    /// The parameters of attention between tokens and image.
    private Stream<Tensor> betweenBoth() {
        return Stream.concat(layers.stream().flatMap(layer -> Stream.of(layer.tokenToImage.parameters(), layer.imageToToken.parameters(),
                layer.norm4.parameters().all())), Stream.of(finalAttention.parameters())).flatMap(parameters -> parameters);
    }

    /// Tokens to tokens, tokens to image, each token by itself, image to tokens.
    public static class Layer {
        private final Attention selfAttention;
        private final LayerNorm norm1;
        private final Attention tokenToImage;
        private final LayerNorm norm2;
        private final Linear lin1;
        private final Linear lin2;
        private final LayerNorm norm3;
        private final LayerNorm norm4;
        private final Attention imageToToken;
        private final boolean first;

        /// From the parameters below the layer's number.
        public Layer(Params p, Sizes sizes, boolean first) {
            this(p, sizes, first, "mlp.lin1", "mlp.lin2");
        }

        /// A layer with other names for the two layers of its MLP.
        protected Layer(Params p, Sizes sizes, boolean first, String in, String out) {
            int dim = sizes.dim, heads = sizes.heads, narrow = dim / SamConfig.DECODER_NARROWING;
            this.first = first;
            selfAttention = new Attention(p.in("self_attn"), dim, dim, heads);
            norm1 = new LayerNorm(p.in("norm1"), dim, EPS);
            tokenToImage = new Attention(p.in("cross_attn_token_to_image"), dim, narrow, heads);
            norm2 = new LayerNorm(p.in("norm2"), dim, EPS);
            lin1 = new Linear(p.in(in), dim, sizes.mlp);
            lin2 = new Linear(p.in(out), sizes.mlp, dim);
            norm3 = new LayerNorm(p.in("norm3"), dim, EPS);
            norm4 = new LayerNorm(p.in("norm4"), dim, EPS);
            imageToToken = new Attention(p.in("cross_attn_image_to_token"), dim, narrow, heads);
        }

        private Attended forward(Tensor q, Tensor k, Tensor qPe, Tensor kPe, boolean fused) {
            q = norm1.forward(amongTokens(q, qPe));
            q = norm2.forward(q.add(afterTokensToImage(tokenToImage.toImage(q.add(qPe), k, kPe, fused))));
            q = norm3.forward(q.add(mlp(q)));
            return new Attended(q, afterImageToTokens(imageToToken.fromImage(k, kPe, q.add(qPe), q, norm4, fused)));
        }

        /// Tokens `(B, N, C)` after they attended to each other; `qPe` are their positions. In the first layer the result replaces them: there is no
        /// residual, and positions are not added.
        protected Tensor amongTokens(Tensor q, Tensor qPe) {
            if (first) return attend(q, q, q);
            Tensor t = q.add(qPe);
            return q.add(attend(t, t, q));
        }

        /// The attention of tokens to tokens.
        protected final Tensor attend(Tensor q, Tensor k, Tensor v) {
            return selfAttention.forward(q, k, v);
        }

        /// A hook for the attention from tokens to image, `(B, N, C)`, before it is added to the tokens.
        protected Tensor afterTokensToImage(Tensor x) {
            return x;
        }

        /// The MLP's output for each token, `(B, N, C)`, which is added to it.
        protected Tensor mlp(Tensor q) {
            return lin2.forward(lin1.forward(q).relu());
        }

        /// A hook for the image's positions, `(B, H·W, C)`, after they attended to the tokens.
        protected Tensor afterImageToTokens(Tensor image) {
            return image;
        }

        /// Whether [#afterImageToTokens] changes the image; if not, the image may be in panels.
        protected boolean changesImage() {
            return false;
        }
    }

    /// Multi-head attention whose inner width may be smaller than that of its inputs.
    private static final class Attention {
        private final Linear qProj;
        private final Linear kProj;
        private final Linear vProj;
        private final Linear outProj;
        private final int heads;

        Attention(Params p, int dim, int inner, int heads) {
            qProj = new Linear(p.in("q_proj"), dim, inner);
            kProj = new Linear(p.in("k_proj"), dim, inner);
            vProj = new Linear(p.in("v_proj"), dim, inner);
            outProj = new Linear(p.in("out_proj"), inner, dim);
            this.heads = heads;
        }

        /// Queries `(B, N, C)`, keys and values `(B, M, C)`. If there are fewer of one than of the other, each serves as many in a row of the other.
        Tensor forward(Tensor q, Tensor k, Tensor v) {
            int b = Math.max(q.dim(0), k.dim(0)), n = q.dim(1);
            try (var scope = Scope.open()) {
                Tensor queries = qProj.forward(q), keys = kProj.forward(k), values = vProj.forward(v);                 // (·, N or M, heads·d)
                queries = q.dim(0) < b ? repeat(queries, b) : queries.reshape(k.dim(0), b / k.dim(0) * n, -1);         // all of some attend to the same keys
                Tensor y = queries.attention(keys, values, heads);
                return scope.keep(outProj.forward(y.reshape(b, n, -1)));           // (B, N, C)
            }
        }

        /// Each element of `(I, N, C)` as many times in a row as it takes to make `(B, N, C)`.
        private static Tensor repeat(Tensor x, int b) {
            int i = x.dim(0), n = x.dim(1), c = x.dim(2);
            return x.reshape(i, 1, n, c).expand(Shape.of(i, b / i, n, c)).reshape(b, n, c);
        }

        /// Attention from tokens `(B, N, C)` to images, whose positional encoding is part of the keys. If fused, images are in panels `(I, M/L, C,
        /// L)`, otherwise `(I, M, C)`.
        Tensor toImage(Tensor q, Tensor image, Tensor pe, boolean fused) {
            if (!fused) return forward(q, image.add(pe), image);
            var weights = new TokensToImageWeights<>(kProj.parameters(), vProj.parameters());
            return tidy(t -> outProj.forward(new TwoWay(heads, EPS).tokensToImage(qProj.forward(t), image, pe, weights)), q);
        }

        /// Attention from positions to tokens, followed by a norm: `norm(image + attention)`.
        Tensor fromImage(Tensor image, Tensor pe, Tensor k, Tensor v, LayerNorm norm, boolean fused) {
            if (!fused) {
                Tensor seen = forward(image.add(pe), k, v);                        // (B, M, C)
                int i = image.dim(0), b = seen.dim(0), m = image.dim(1), c = image.dim(2);
                return norm.forward(image.reshape(i, 1, m, c).add(seen.reshape(i, b / i, m, c)).reshape(b, m, c));
            }
            var weights = new ImageToTokensWeights<>(qProj.parameters(), outProj.parameters(), norm.parameters());
            return new TwoWay(heads, EPS).imageToTokens(image, pe, kProj.forward(k), vProj.forward(v), weights);
        }

        Stream<Tensor> parameters() {
            return Stream.of(qProj, kProj, vProj, outProj).flatMap(layer -> layer.parameters().all());
        }
    }
}
