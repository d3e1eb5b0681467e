/// 4. The whole forward pass of SAM, from plain operations, with the shape of every intermediate result. Read it beside the paper
/// (Kirillov et al., *Segment Anything*, arXiv 2304.02643; its appendix A describes the model).
///
/// This program uses the classes of `dev.samovar.models.sam` only for the sizes, for resizing the picture, and at the end, where it compares the
/// result with theirs. The letters in the shapes, with their values for ViT-B:
///
///     S  side of the square picture that the network sees          1024
///     G  patches along a side: S / 16                              64
///     W  side of an attention window, in patches                   14 (or G, in a global block)
///     C  channels of a patch in the encoder                        768
///     d  channels of an attention head: C / heads                  64
///     D  channels of the embedding, and of every token             256
///     N  tokens of the mask decoder: 1 + 4 + those of the prompt   7 for a click
///
/// `windows` is the number of windows in a picture; a leading 1 is the single picture, or the single prompt.
///
///     ./samovar example examples/E4_TheForwardPass.java SAM PICTURE X Y

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.sam.PromptEncoder;
import dev.samovar.models.sam.ResizeLongestSide;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;

final Device device = Device.cpu();
TensorFile weights;
SamConfig sizes;
boolean telling = true;

void main(String[] args) {
    try (var file = Checkpoints.open(Path.of(args[0])); var _ = Scope.open()) {
        weights = file;
        sizes = SamConfig.ofWhole(file);
        double x = Double.parseDouble(args[2]), y = Double.parseDouble(args[3]);

        var picture = PictureFile.read(Path.of(args[1]));
        int h = picture.height(), w = picture.width(), s = sizes.imageSize();
        var resize = new ResizeLongestSide(s);
        IO.println("picture " + h + " × " + w + ", resized to " + resize.height(h, w) + " × " + resize.width(h, w));
        Tensor image = show("image: colours normalised, then padded", normalised(resize.apply(picture)));                         // (1, 3, S, S)

        chapter("Image encoder: a vision transformer, once per picture");
        Tensor embedding = encode(image);                                          // (1, D, G, G)

        chapter("Prompt encoder: a click becomes two tokens");
        Tensor prompt = encodeClick(resize.x(x, h, w), resize.y(y, h, w));         // (1, 2, D)
        Tensor noMask = weight("prompt_encoder.no_mask_embed.weight").reshape(1, sizes.promptWidth(), 1, 1);
        embedding = show("embedding + \"no mask\" everywhere", embedding.add(noMask));

        chapter("Mask decoder: tokens and image attend to each other");
        Tensor[] decoded = decode(embedding, prompt);                              // (1, 4, 4G, 4G) and (1, 4)

        chapter("Postprocessing: back onto the picture");
        Tensor masks = show("enlarged to the network's square", decoded[0].resizeBilinear(s, s));
        masks = show("without the padding", masks.slice(2, 0, resize.height(h, w)).slice(3, 0, resize.width(h, w)));
        masks = show("at the picture's size; above 0 is mask", masks.resizeBilinear(h, w));
        float[] logits = masks.toArray(), iou = decoded[1].toArray();
        for (int m = 0; m < iou.length; m++) {
            int area = 0;
            for (int i = m * h * w; i < (m + 1) * h * w; i++) if (logits[i] > 0) area++;
            IO.println("mask " + m + (m == 0 ? " (of a clear prompt)" : " (of an ambiguous one)") + ": " + area + " pixels, predicted IoU " + iou[m]);
        }

        draw(logits, h, w);

        try (Sam sam = Sam.load(file, device)) {
            var click = new PromptEncoder.Points(Tensor.of(device, new float[]{(float) resize.x(x, h, w), (float) resize.y(y, h, w)}, 1, 1, 2), List.of(1));
            IO.println("largest difference from dev.samovar.models.sam: " + difference(decoded[0], sam.forward(image, click, null, null).masks()));
        }
    }
}

/// The picture is normalised before it is padded with zeros on the right and at the bottom, so the padding has the mean colour and is not black.
Tensor normalised(Picture resized) {
    int h = resized.height(), w = resized.width(), s = sizes.imageSize();
    Tensor mean = Tensor.of(device, new float[]{123.675f, 116.28f, 103.53f}, 1, 3, 1, 1), deviation = Tensor.of(device, new float[]{58.395f, 57.12f, 57.375f}, 1, 3, 1, 1);
    return Tensor.of(device, resized.pixels(), 1, 3, h, w).sub(mean).div(deviation).pad(2, 0, s - h).pad(3, 0, s - w);
}

// ---- the image encoder

Tensor encode(Tensor image) {
    String p = "image_encoder.";
    Tensor x = image.conv2d(weight(p + "patch_embed.proj.weight"), weight(p + "patch_embed.proj.bias"), sizes.vit().patch(), 0);
    show("patches: a convolution whose stride is its width", x);                   // (1, C, G, G)
    x = show("channels last, positions added", x.permute(0, 2, 3, 1).add(weight(p + "pos_embed")));      // (1, G, G, C)
    for (int i = 0; i < sizes.vit().depth(); i++) {
        boolean global = sizes.vit().isGlobal(i);
        telling = i == 0 || global && sizes.vit().globalBlocks().indexOf(i) == 0;        // one of each kind in full
        if (telling) IO.println("  block " + i + (global ? ", which sees the whole picture" : ", which sees windows of " + sizes.vit().window() + " × " + sizes.vit().window()));
        String name = p + "blocks." + i + ".";
        x = Scope.tidy(y -> block(y, name, global ? sizes.grid() : sizes.vit().window()), x);
    }
    telling = true;
    x = show("after all " + sizes.vit().depth() + " blocks", x).permute(0, 3, 1, 2);     // (1, C, G, G)
    x = norm2d(x.conv2d(weight(p + "neck.0.weight"), null, 1, 0), p + "neck.1");   // (1, D, G, G)
    return show("embedding, after the neck", norm2d(x.conv2d(weight(p + "neck.2.weight"), null, 1, 1), p + "neck.3"));
}

Tensor block(Tensor x, String p, int window) {
    int g = x.dim(1), c = x.dim(3), across = Math.ceilDiv(g, window), pad = across * window - g;
    Tensor y = norm(x, p + "norm1", 1e-6f).pad(1, 0, pad).pad(2, 0, pad);          // zeros after the norm: they are attended to
    show("    normalised, filled up to whole windows", y);                         // (1, nW, nW, C) with n windows across
    y = y.reshape(across, window, across, window, c).permute(0, 2, 1, 3, 4).reshape(across * across, window, window, c);
    show("    normalised, in windows", y);                                         // (windows, W, W, C)
    y = attention(y, p + "attn.");
    y = y.reshape(across, across, window, window, c).permute(0, 2, 1, 3, 4).reshape(1, across * window, across * window, c);
    x = x.add(y.slice(1, 0, g).slice(2, 0, g));                                    // (1, G, G, C)
    Tensor hidden = show("    hidden layer of the MLP", linear(norm(x, p + "norm2", 1e-6f), p + "mlp.lin1"));                  // (1, G, G, 4C)
    return show("    block", x.add(linear(hidden.gelu(), p + "mlp.lin2")));
}

/// softmax(q·k/√d + q·Rh + q·Rw) · v. The operation `RelPosAttention` is a fused version of this. Its `composed` is the plain version.
Tensor attention(Tensor x, String p) {
    int b = x.dim(0), side = x.dim(1), n = side * side, heads = sizes.vit().heads(), d = sizes.vit().headWidth();
    Tensor qkv = linear(x, p + "qkv").reshape(b, n, 3, heads, d).permute(2, 0, 3, 1, 4).reshape(3, b * heads, n, d);
    show("    queries, keys, values", qkv);                                        // (3, windows·heads, W·W, d)
    show("    relative positions, one vector per offset", weight(p + "rel_pos_h"));
    Tensor y = qkv.relPosAttention(weight(p + "rel_pos_h"), weight(p + "rel_pos_w"));
    if (telling && p.contains(".0.")) IO.println("      the fused operation differs from the composed one by " + difference(y, composed(qkv, p, side)));
    y = y.reshape(b, heads, n, d).permute(0, 2, 1, 3).reshape(b, side, side, heads * d);
    return linear(y, p + "proj");                                                  // (windows, W, W, C)
}

/// Attention with all its scores in memory, from plain operations.
Tensor composed(Tensor qkv, String p, int side) {
    Tensor q = qkv.select(0, 0), k = qkv.select(0, 1), v = qkv.select(0, 2);       // (windows·heads, W·W, d)
    int b = q.dim(0), n = side * side, d = q.dim(2);
    Tensor grid = q.reshape(b, side, side, d);                                     // (windows·heads, W, W, d)
    Tensor byRow = grid.permute(1, 0, 2, 3).reshape(side, b * side, d).matmul(offsets(weight(p + "rel_pos_h"), side), false, true);
    byRow = byRow.reshape(side, b, side, side, 1).permute(1, 0, 2, 3, 4);          // (windows·heads, W, W, W, 1): for each row of keys
    Tensor byColumn = grid.permute(2, 0, 1, 3).reshape(side, b * side, d).matmul(offsets(weight(p + "rel_pos_w"), side), false, true);
    byColumn = byColumn.reshape(side, b, side, 1, side).permute(1, 2, 0, 3, 4);    // (windows·heads, W, W, 1, W): for each column of keys
    Tensor scores = q.matmul(k, false, true).affine(1 / Math.sqrt(d), 0);          // (windows·heads, W·W, W·W)
    scores = scores.add(byRow.add(byColumn).reshape(b, n, n));
    return show("    scores of all pairs: q·k/√d + q·Rh + q·Rw", scores).softmax(2).matmul(v);
}

/// For each row (or column) of a query and of a key, the vector of their distance: row `i − j + W − 1` of the table.
Tensor offsets(Tensor table, int side) {                                           // (2W − 1, d)
    Tensor[] each = new Tensor[side * side];
    for (int i = 0; i < side; i++) for (int j = 0; j < side; j++) each[i * side + j] = table.slice(0, i - j + side - 1, i - j + side);
    return Tensor.concat(0, each).reshape(side, side, -1);                         // (W, W, d)
}

// ---- the prompt encoder

/// The click, and a padding point, because there is no box.
Tensor encodeClick(double x, double y) {
    String p = "prompt_encoder.";
    float s = sizes.imageSize();
    Tensor centre = Tensor.of(device, new float[]{(float) (x + 0.5) / s, (float) (y + 0.5) / s}, 1, 2);
    Tensor click = show("the click's place", positions(centre)).add(weight(p + "point_embeddings.1.weight"));                  // (1, D)
    return show("tokens: click, padding", Tensor.concat(0, click, weight(p + "not_a_point_embed.weight")).reshape(1, 2, -1));
}

/// Points in [0, 1]² as sines and cosines of random directions.
Tensor positions(Tensor points) {                                                  // (n, 2)
    Tensor angles = points.affine(2, -1).matmul(weight("prompt_encoder.pe_layer.positional_encoding_gaussian_matrix")).affine(2 * Math.PI, 0);
    return Tensor.concat(1, angles.sin(), angles.cos());                           // (n, D)
}

// ---- the mask decoder

Tensor[] decode(Tensor embedding, Tensor prompt) {
    int d = embedding.dim(1), g = embedding.dim(2), masks = SamConfig.MASK_TOKENS;
    Tensor tokens = Tensor.concat(0, weight("mask_decoder.iou_token.weight"), weight("mask_decoder.mask_tokens.weight")).reshape(1, 1 + masks, d);
    tokens = show("tokens: quality, four masks, prompt", Tensor.concat(1, tokens, prompt));                // (1, N, D)
    Tensor image = show("image, flattened", embedding.reshape(1, d, g * g).permute(0, 2, 1));             // (1, G·G, D)
    float[] centres = new float[2 * g * g];
    for (int i = 0; i < centres.length; i++) centres[i] = ((i % 2 == 0 ? i / 2 % g : i / 2 / g) + 0.5f) / g;
    Tensor places = show("places of the image", positions(Tensor.of(device, centres, g * g, 2)).reshape(1, g * g, d));

    String t = "mask_decoder.transformer.";
    Tensor q = tokens, k = image;
    for (int i = 0; i < SamConfig.DECODER_DEPTH; i++) {
        String layer = t + "layers." + i + ".";
        Tensor self = i == 0 ? q : q.add(tokens);
        Tensor attended = cross(self, self, q, layer + "self_attn.");
        q = norm(i == 0 ? attended : q.add(attended), layer + "norm1", 1e-5f);     // the first layer does not add
        q = norm(q.add(cross(q.add(tokens), k.add(places), k, layer + "cross_attn_token_to_image.")), layer + "norm2", 1e-5f);
        q = norm(q.add(linear(linear(q, layer + "mlp.lin1").relu(), layer + "mlp.lin2")), layer + "norm3", 1e-5f);
        k = norm(k.add(cross(k.add(places), q.add(tokens), q, layer + "cross_attn_image_to_token.")), layer + "norm4", 1e-5f);
        telling = false;                                                           // the second layer has the same shapes
    }
    q = norm(q.add(cross(q.add(tokens), k.add(places), k, t + "final_attn_token_to_image.")), t + "norm_final_attn", 1e-5f);
    telling = true;
    show("attended tokens", q);                                                    // (1, N, D)
    show("attended image", k);                                                     // (1, G·G, D)

    String u = "mask_decoder.output_upscaling.";
    Tensor up = k.permute(0, 2, 1).reshape(1, d, g, g).convTranspose2d(weight(u + "0.weight"), weight(u + "0.bias"));
    up = norm2d(show("image, twice as large", up), u + "1").gelu();                // (1, D/4, 2G, 2G)
    up = show("image, four times as large", up.convTranspose2d(weight(u + "3.weight"), weight(u + "3.bias")).gelu());          // (1, D/8, 4G, 4G)
    Tensor[] classifiers = new Tensor[masks];
    for (int m = 0; m < masks; m++) classifiers[m] = mlp(q.slice(1, 1 + m, 2 + m), "mask_decoder.output_hypernetworks_mlps." + m + ".layers.");
    Tensor perPixel = show("each mask token, as a classifier of pixels", Tensor.concat(1, classifiers));  // (1, 4, D/8)
    Tensor logits = perPixel.matmul(up.reshape(1, d / 8, 16 * g * g)).reshape(1, masks, 4 * g, 4 * g);
    Tensor iou = mlp(q.select(1, 0), "mask_decoder.iou_prediction_head.layers.");
    return new Tensor[]{show("masks", logits), show("their predicted IoU", iou)};
}

/// Multi-head attention between two lists of tokens, (1, N, D) and (1, M, D).
Tensor cross(Tensor q, Tensor k, Tensor v, String p) {
    Tensor qs = heads(linear(q, p + "q_proj")), ks = heads(linear(k, p + "k_proj")), vs = heads(linear(v, p + "v_proj"));
    Tensor scores = qs.matmul(ks, false, true).affine(1 / Math.sqrt(qs.dim(3)), 0).softmax(3);            // (1, heads, N, M)
    show("    who attends to whom, " + p.split("\\.")[p.startsWith("mask_decoder.transformer.layers") ? 4 : 2], scores);
    return linear(scores.matmul(vs).permute(0, 2, 1, 3).reshape(1, q.dim(1), -1), p + "out_proj");
}

Tensor heads(Tensor x) {                                                           // (1, N, heads·d)
    return x.reshape(1, x.dim(1), sizes.decoderHeads(), -1).permute(0, 2, 1, 3);                       // (1, heads, N, d)
}

Tensor mlp(Tensor x, String p) {
    return linear(linear(linear(x, p + 0).relu(), p + 1).relu(), p + 2);
}

// ---- helpers

Tensor weight(String name) {
    return Tensor.of(device, weights.floats(name), weights.shape(name).dims());
}

Tensor linear(Tensor x, String p) {
    return x.linear(weight(p + ".weight"), weight(p + ".bias"));
}

Tensor norm(Tensor x, String p, float eps) {
    return x.layerNorm(-1, weight(p + ".weight"), weight(p + ".bias"), eps);
}

Tensor norm2d(Tensor x, String p) {
    return x.layerNorm(1, weight(p + ".weight"), weight(p + ".bias"), 1e-6f);
}

void chapter(String title) {
    IO.println("\n" + title);
}

Tensor show(String what, Tensor x) {
    if (telling) IO.println("  " + what + " ".repeat(Math.max(1, 60 - what.length())) + x.shape());
    return x;
}

/// The first mask, as characters.
void draw(float[] logits, int h, int w) {
    int across = Math.min(64, w), down = Math.max(1, across * h / w / 2);
    for (int i = 0; i < down; i++) {
        var line = new StringBuilder("  ");
        for (int j = 0; j < across; j++) line.append(logits[(2 * i + 1) * h / (2 * down) * w + (2 * j + 1) * w / (2 * across)] > 0 ? '#' : '.');
        IO.println(line);
    }
}

float difference(Tensor a, Tensor b) {
    float[] x = a.toArray(), y = b.toArray();
    float largest = 0;
    for (int i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i] - y[i]));
    return largest;
}
