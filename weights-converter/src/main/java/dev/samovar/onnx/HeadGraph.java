package dev.samovar.onnx;

import dev.samovar.models.methods.HeadSpec;
import dev.samovar.models.sam.SamConfig;

/// The CNN and the linear head as ONNX operators: what [dev.samovar.models.heads.CnnHead] and [dev.samovar.models.heads.LinearHead] compute, under the same
/// names. For the ViT head there is [VitHeadGraph].
///
///     embedding (N, C, G, G) → logits (N, K, H, W)
record HeadGraph(HeadSpec spec, SamConfig sam, int classes) {

    /// Appends the head, whose parameters lie in this part.
    ///
    /// @return the logits
    String append(Part p, String embedding) {
        Part decoder = p.in("mask_decoder");
        return switch (spec.kind()) {
            case VIT -> new VitHeadGraph(sam, classes).append(p, embedding, spec.samPositions());
            case CNN -> cnn(decoder, embedding);
            case LINEAR -> linear(decoder, embedding);
        };
    }

    /// The number of rows, and of columns, of the logits.
    int side() {
        boolean cnn = spec.kind() == HeadSpec.Kind.CNN;
        int doublings = !cnn ? 2 : spec.depth() > 2 ? spec.depth() - 2 : spec.depth();
        return sam.grid() << doublings;
    }

    private String cnn(Part p, String embedding) {                                     // (N, C, G, G)
        int top = spec.topChannel(), wide = top << spec.depth();
        Part input = p.in("input_block");
        String x = p.relu(input.in(0).conv(embedding, sam.promptWidth(), wide, 1, true));
        x = p.relu(input.in(2).conv(x, wide, wide, 1, true));
        for (int i = 0; i < spec.depth(); i++) {
            Part block = p.in("blocks").in(i);
            int c = top << (spec.depth() - i);
            boolean plain = spec.depth() > 2 && i < 2;
            x = block.relu(block.in(0).conv(x, c, c, 3, true));
            x = block.relu(block.in(2).conv(x, c, plain ? c / 2 : c, 3, true));
            if (!plain) x = block.in(4).convTranspose(x, c, c / 2);
        }
        x = p.in("final").in(0).conv(x, top, top, 3, true);
        return p.in("final").in(1).conv(x, top, classes, 1, true);
    }

    private String linear(Part p, String embedding) {                                  // (N, C, G, G)
        int c = sam.promptWidth();
        Part up = p.in("output_upscaling"), last = p.in("final");
        String x = up.gelu(up.in(1).layerNorm2d(up.in(0).convTranspose(embedding, c, c / 4), c / 4));       // (N, C/4, 2G, 2G)
        x = up.gelu(up.in(3).convTranspose(x, c / 4, c / 8));                          // (N, C/8, 4G, 4G)
        x = last.relu(last.in(0).conv(x, c / 8, c / 8, 1, true));
        x = last.in(2).conv(x, c / 8, classes, 1, true);                               // (N, K, 4G, 4G)
        return spec.finalRelu() ? last.relu(x) : x;
    }
}
