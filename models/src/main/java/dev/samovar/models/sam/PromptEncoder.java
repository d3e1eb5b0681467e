package dev.samovar.models.sam;

import dev.samovar.core.nn.Conv2d;
import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.LayerNorm2d;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Encodes a prompt for the mask decoder: points and boxes become tokens, a mask becomes a map that is added to the image's embedding.
///
///     points, boxes → tokens (B, N, C)        mask (B, 1, 4G, 4G) → (B, C, G, G)
///
/// A token is the encoding of a position, plus one learned vector for what is there: a point on the thing, a point not on it, or the first or second
/// corner of its box. Coordinates are pixels of the network's own square picture.
///
/// Follows segment_anything/modeling/prompt_encoder.py @ dca509f; parameter names are the checkpoint's.
public final class PromptEncoder {
    private static final int NOT_A_POINT = -1, FIRST_CORNER = 2, SECOND_CORNER = 3, KINDS = 5;

    /// Points of a batch of prompts, the same number for each.
    ///
    /// @param coords `(B, N, 2)`: x and y in pixels of the network's picture; the centre of the first is (0, 0)
    /// @param labels `B · N` of them: 1 for a point on the thing, 0 for one not on it, −1 for a padding point; 2 and 3 for the corners of a box
    public record Points(Tensor coords, List<Integer> labels) {
        /// Copies the list.
        public Points {
            labels = List.copyOf(labels);
            if (coords.shape().rank() != 3 || coords.dim(2) != 2 || labels.size() != coords.dim(0) * coords.dim(1))
                throw new PromptException(labels.size() + " labels for points of shape " + coords.shape() + ", which should be (B, N, 2)");
            for (int label : labels)
                if (label < NOT_A_POINT || label > SECOND_CORNER)
                    throw new PromptException("a point with the label " + label + ", which is not a label");
        }
    }

    /// Prompts in the decoder's form.
    ///
    /// @param sparse tokens `(B, N, C)`; N may be 0
    /// @param dense the map to add to the image's embedding: `(B, C, G, G)`, or `(1, C, G, G)` if it is the same for all
    public record Encoded(Tensor sparse, Tensor dense) {}

    private final PositionEmbeddingRandom pe;
    private final List<Tensor> pointEmbeddings;
    private final Tensor notAPointEmbed;
    private final Conv2d down1;
    private final LayerNorm2d norm1;
    private final Conv2d down2;
    private final LayerNorm2d norm2;
    private final Conv2d widen;
    private final Tensor noMaskEmbed;
    private final int dim, grid, imageSize;

    /// From the parameters below `prompt_encoder`.
    public PromptEncoder(Params p, SamConfig c) {
        dim = c.promptWidth();
        grid = c.grid();
        imageSize = c.imageSize();
        pe = new PositionEmbeddingRandom(p.in("pe_layer"), dim);
        pointEmbeddings = List.of(embedding(p, "point_embeddings.0"), embedding(p, "point_embeddings.1"), embedding(p,
                "point_embeddings.2"), embedding(p, "point_embeddings.3"));
        notAPointEmbed = embedding(p, "not_a_point_embed");
        Params down = p.in("mask_downscaling");
        down1 = Conv2d.patches(down.in(0), 1, SamConfig.MASK_CHANNELS / 4, 2);
        norm1 = new LayerNorm2d(down.in(1), SamConfig.MASK_CHANNELS / 4);
        down2 = Conv2d.patches(down.in(3), SamConfig.MASK_CHANNELS / 4, SamConfig.MASK_CHANNELS, 2);
        norm2 = new LayerNorm2d(down.in(4), SamConfig.MASK_CHANNELS);
        widen = new Conv2d(down.in(6), SamConfig.MASK_CHANNELS, dim, 1);
        noMaskEmbed = embedding(p, "no_mask_embed");
    }

    private Tensor embedding(Params p, String name) {
        return p.in(name).get("weight", Init.normal(), 1, dim);
    }

    /// The encoding of the image's own positions, which the decoder also needs: `(1, C, G, G)`.
    public Tensor densePe() {
        return pe.grid(grid);
    }

    /// Encodes a batch of prompts. A part that is null is absent from all of them.
    ///
    /// @param boxes `(B, 4)`: x and y of the first corner, then of the second, in pixels of the network's picture
    /// @param masks `(B, 1, 4G, 4G)`: logits
    public Encoded forward(@Nullable Points points, @Nullable Tensor boxes, @Nullable Tensor masks) {
        int b = points != null ? points.coords.dim(0) : boxes != null ? boxes.dim(0) : masks != null ? masks.dim(0) : 1;
        List<Tensor> sparse = new ArrayList<>();
        if (points != null) sparse.add(embedPoints(boxes == null ? padded(points) : points));
        if (boxes != null) sparse.add(embedBoxes(boxes));
        Tensor tokens = sparse.isEmpty()
                ? Tensor.of(noMaskEmbed.device(), new float[0], b, 0, dim)
                : Tensor.concat(1, sparse.toArray(Tensor[]::new));                 // (B, N, C)
        return new Encoded(tokens, dense(masks));
    }

    /// Encodes complete points: they include the corners of boxes, or a padding point for a prompt without a box. So prompts with boxes and without
    /// can be encoded together.
    public Encoded complete(Points points, @Nullable Tensor masks) {
        return new Encoded(embedPoints(points), dense(masks));
    }

    private Tensor dense(@Nullable Tensor masks) {
        return masks != null ? embedMasks(masks) : noMaskEmbed.reshape(1, dim, 1, 1).expand(Shape.of(1, dim, grid, grid));
    }

    /// Without a box, adds a padding point, because SAM was trained that way.
    private static Points padded(Points points) {
        int b = points.coords.dim(0), n = points.coords.dim(1);
        List<Integer> labels = new ArrayList<>();
        for (int i = 0; i < b; i++) {
            labels.addAll(points.labels.subList(i * n, i * n + n));
            labels.add(NOT_A_POINT);
        }
        return new Points(points.coords.pad(1, 0, 1), labels);                     // (B, N + 1, 2)
    }

    /// Boxes are two points each: their corners.
    private Tensor embedBoxes(Tensor boxes) {                                      // (B, 4)
        List<Integer> corners = Collections.nCopies(boxes.dim(0), List.of(FIRST_CORNER, SECOND_CORNER)).stream().flatMap(List::stream).toList();
        return embedPoints(new Points(boxes.reshape(-1, 2, 2), corners));          // (B, 2, C)
    }

    private Tensor embedPoints(Points points) {
        Device device = points.coords.device();
        int b = points.coords.dim(0), n = points.coords.dim(1);
        float[] there = new float[b * n], kind = new float[b * n * KINDS];
        for (int i = 0; i < b * n; i++) {
            int label = points.labels.get(i);
            there[i] = label == NOT_A_POINT ? 0 : 1;
            kind[i * KINDS + label + 1] = 1;
        }
        Tensor place = pe.encode(points.coords.affine(1.0 / imageSize, 0.5 / imageSize).reshape(b * n, 2));    // (B·N, C), at the pixel's centre
        Tensor table = Tensor.concat(0, notAPointEmbed, pointEmbeddings.get(0), pointEmbeddings.get(1), pointEmbeddings.get(2),
                pointEmbeddings.get(3));
        return place.mul(Tensor.of(device, there, b * n, 1)).add(Tensor.of(device, kind, b * n, KINDS).matmul(table)).reshape(b, n, dim);
    }

    private Tensor embedMasks(Tensor masks) {                                      // (B, 1, 4G, 4G)
        Tensor x = norm1.forward(down1.forward(masks)).gelu();                     // (B, 4, 2G, 2G)
        x = norm2.forward(down2.forward(x)).gelu();                                // (B, 16, G, G)
        return widen.forward(x);                                                   // (B, C, G, G)
    }
}
