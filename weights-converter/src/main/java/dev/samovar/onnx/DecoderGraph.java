package dev.samovar.onnx;

import dev.samovar.core.tensor.Shape;
import dev.samovar.models.sam.SamConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// The prompt encoder and the mask decoder as ONNX operators, with the inputs and outputs of the official export: what [dev.samovar.models.sam.PromptEncoder]
/// and [dev.samovar.models.sam.MaskDecoder] compute, under the same names, and then what [dev.samovar.models.sam.Zoom] does.
///
/// | input | |
/// |---|---|
/// | `image_embeddings (1, C, G, G)` | the image encoder's output for the picture |
/// | `point_coords (1, n, 2)` | x and y in pixels of the resized picture, whose longest side is S |
/// | `point_labels (1, n)` | 1 on the thing, 0 beside it, 2 and 3 the corners of a box, −1 for none: without a box one such point has to be added |
/// | `mask_input (1, 1, 4G, 4G)`, `has_mask_input (1)` | logits of an earlier mask, and 1, or anything, and 0 |
/// | `orig_im_size (2)` | height and width of the picture |
///
/// | output | |
/// |---|---|
/// | `masks (1, 4, height, width)` | logits at the picture's size; the first is for a clear prompt, the others for an ambiguous one |
/// | `iou_predictions (1, 4)` | the predicted quality of each |
/// | `low_res_masks (1, 4, 4G, 4G)` | their logits as the decoder gives them |
///
/// Constant matrices are the right-hand side of products, `(in, out)`, so that they can be quantised per channel. The random matrix of the positional
/// encoding must not be quantised, and is multiplied row by row.
///
/// Semantics: `SamOnnxModel` in segment_anything/utils/onnx.py @ dca509f, with neither of its options.
final class DecoderGraph {
    private static final int NONE = -1, KINDS = 4;

    private final SamConfig sam;
    private final TwoWayGraph transformer;
    private final int c, grid;

    DecoderGraph(SamConfig sam) {
        this.sam = sam;
        transformer = new TwoWayGraph(sam, 1);
        c = sam.promptWidth();
        grid = sam.grid();
    }

    /// Appends inputs, networks and outputs; the parameters lie in this part.
    void append(Part p) {
        OnnxGraph graph = p.graph();
        int low = 4 * grid;
        String image = graph.port("image_embeddings", 1, c, grid, grid);
        String coords = graph.port("point_coords", 1, "num_points", 2), labels = graph.port("point_labels", 1, "num_points");
        String mask = graph.port("mask_input", 1, 1, low, low), hasMask = graph.port("has_mask_input", 1);
        String size = graph.port("orig_im_size", 2);
        Part prompt = p.in("prompt_encoder"), decoder = p.in("mask_decoder");
        String sparse = points(prompt, coords, labels);                                // (1, n, C)
        String src = prompt.add(image, dense(prompt, mask, hasMask));                  // (1, C, G, G)
        src = prompt.transpose(prompt.reshape(src, 0, c, grid * grid), 0, 2, 1);       // (1, G·G, C)
        String tokens = decoder.concat(1, List.of(own(decoder), sparse));              // (1, 5 + n, C)
        var attended = transformer.append(decoder.in("transformer"), src, transformer.places(prompt.in("pe_layer")), tokens);
        String masks = masks(decoder, attended), quality = decoder.slice(attended.tokens(), 1, 0, 1);
        quality = TwoWayGraph.mlp(decoder.in("iou_prediction_head.layers"), quality, c, sam.iouHidden(), SamConfig.MASK_TOKENS);
        graph.result(whole(p, masks, size), "masks", 1, SamConfig.MASK_TOKENS, "height", "width");
        graph.result(decoder.reshape(quality, 1, SamConfig.MASK_TOKENS), "iou_predictions", 1, SamConfig.MASK_TOKENS);
        graph.result(masks, "low_res_masks", 1, SamConfig.MASK_TOKENS, low, low);
    }

    /// A token for each point: the encoding of its place, plus that of its label.
    private String points(Part p, String coords, String labels) {
        Part pe = p.in("pe_layer");
        int half = c / 2;
        String at = pe.op("Div", List.of(pe.add(coords, pe.number(0.5)), pe.number(sam.imageSize())));
        at = pe.op("Sub", List.of(pe.op("Mul", List.of(at, pe.number(2))), pe.number(1)));                          // from −1 to 1
        var matrix = pe.values("positional_encoding_gaussian_matrix", 2, half);
        List<String> parts = new ArrayList<>();
        for (int axis = 0; axis < 2; axis++) {
            int from = axis * half;
            String row = pe.constant("positional_encoding_gaussian_matrix." + axis, Shape.of(half), () -> Arrays.copyOfRange(matrix.get(),
                    from,
                    from + half));
            parts.add(pe.op("Mul", List.of(pe.slice(at, 2, axis, axis + 1), row)));                                 // (1, n, C/2)
        }
        String angle = pe.op("Mul", List.of(pe.op("Add", parts), pe.number(2 * Math.PI)));
        String x = pe.concat(2, List.of(pe.op("Sin", List.of(angle)), pe.op("Cos", List.of(angle))));               // (1, n, C)
        String kind = p.reshape(labels, 0, -1, 1);                                                                  // (1, n, 1)
        x = p.op("Where", List.of(is(p, kind, NONE), p.parameter("not_a_point_embed.weight", 1, c), x));
        for (int i = 0; i < KINDS; i++) {
            String embedding = p.parameter("point_embeddings." + i + ".weight", 1, c);
            x = p.op("Where", List.of(is(p, kind, i), p.add(x, embedding), x));
        }
        return x;
    }

    private static String is(Part p, String labels, int value) {
        return p.op("Equal", List.of(labels, p.number(value)));
    }

    /// The tensor that is added to the image's embedding, `(1, C, G, G)`: the mask's if there is one, else the embedding of no mask.
    private String dense(Part p, String mask, String hasMask) {
        Part down = p.in("mask_downscaling");
        int wide = SamConfig.MASK_CHANNELS, narrow = wide / 4;
        String x = down.gelu(down.in(1).layerNorm2d(down.in(0).patches(mask, 1, narrow, 2), narrow));               // (1, 4, 2G, 2G)
        x = down.gelu(down.in(4).layerNorm2d(down.in(3).patches(x, narrow, wide, 2), wide));                        // (1, 16, G, G)
        x = down.in(6).conv(x, wide, c, 1, true);                                                                   // (1, C, G, G)
        String none = p.reshape(p.parameter("no_mask_embed.weight", 1, c), 1, c, 1, 1);
        String without = p.op("Mul", List.of(p.op("Sub", List.of(p.number(1), hasMask)), none));
        return p.add(p.op("Mul", List.of(hasMask, x)), without);
    }

    /// The tokens for the quality and for each mask, `(1, 5, C)`.
    private String own(Part p) {
        var quality = p.values("iou_token.weight", 1, c);
        var masks = p.values("mask_tokens.weight", SamConfig.MASK_TOKENS, c);
        return p.constant("tokens", Shape.of(1, 1 + SamConfig.MASK_TOKENS, c), () -> {
            float[] all = Arrays.copyOf(quality.get(), (1 + SamConfig.MASK_TOKENS) * c);
            System.arraycopy(masks.get(), 0, all, c, SamConfig.MASK_TOKENS * c);
            return all;
        });
    }

    /// Logits of all masks, `(1, 4, 4G, 4G)`.
    private String masks(Part p, TwoWayGraph.Attended attended) {
        int low = 4 * grid;
        String image = transformer.enlarged(p.in("output_upscaling"), attended.image());
        List<String> weights = IntStream.range(0, SamConfig.MASK_TOKENS).mapToObj(
                i -> TwoWayGraph.mlp(p.in("output_hypernetworks_mlps").in(i).in("layers"), p.slice(attended.tokens(), 1, 1 + i, 2 + i), c, c, c / 8))
                .toList();
        return p.reshape(p.matmul(p.concat(1, weights), p.reshape(image, 0, c / 8, low * low)), 0, SamConfig.MASK_TOKENS, low, low);
    }

    /// The masks at the picture's size: enlarged to the square, cut to the part that the picture filled, and resized to the picture.
    private String whole(Part p, String masks, String size) {
        String square = p.resize(masks, p.graph().wholes(1, SamConfig.MASK_TOKENS, sam.imageSize(), sam.imageSize()));
        String longest = p.op("ReduceMax", List.of(size));
        String scaled = p.op("Mul", List.of(size, p.op("Div", List.of(p.number(sam.imageSize()), longest))));
        String rounded = p.op("Floor", List.of(p.add(scaled, p.number(0.5))));
        String filled = p.toWhole(p.op("Max", List.of(rounded, p.number(1))));                                      // rows, columns
        String cut = p.op("Slice", List.of(square, p.graph().wholes(0, 0), filled, p.graph().wholes(2, 3)));
        return p.resize(cut, p.concat(0, List.of(p.graph().wholes(1, SamConfig.MASK_TOKENS), p.toWhole(size))));
    }
}
