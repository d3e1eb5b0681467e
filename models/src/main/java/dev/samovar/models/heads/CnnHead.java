package dev.samovar.models.heads;

import dev.samovar.core.nn.Conv2d;
import dev.samovar.core.nn.ConvTranspose2d;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// A plain convolutional decoder: two 1×1 convolutions, `depth` blocks that halve the channels, and a last pair that gives the classes.
///
/// If there are more than two blocks, the first two keep the size; all others double it. So depths 1 to 6 end at 2·G, 4·G, 2·G, 4·G, 8·G and 16·G. There is no
/// normalisation.
///
/// Follows `CNNHead` of models/build_sam_feat_seg_model.py in the AutoSAM code @ 50a6ff4; parameter names are its own.
public final class CnnHead implements SegmentationHead {
    private final Conv2d in0;
    private final Conv2d in2;
    private final List<Block> blocks = new ArrayList<>();
    private final Conv2d last0;
    private final Conv2d last1;

    /// From parameters below `mask_decoder`. Block `i` has `topChannel · 2^(depth−i)` channels, 64 being the paper's top.
    public CnnHead(Params p, int embedding, int classes, int depth, int topChannel) {
        if (depth < 1 || depth > 6) throw new IllegalArgumentException("cnn head: depth " + depth + " is not in 1 … 6");
        Params decoder = p.in("mask_decoder");
        int wide = topChannel << depth;
        in0 = new Conv2d(decoder.in("input_block").in(0), embedding, wide, 1);
        in2 = new Conv2d(decoder.in("input_block").in(2), wide, wide, 1);
        for (int i = 0; i < depth; i++) {
            int c = topChannel << (depth - i);
            Params block = decoder.in("blocks").in(i);
            blocks.add(depth > 2 && i < 2 ? new Plain(block, c) : new Up(block, c));
        }
        last0 = new Conv2d(decoder.in("final").in(0), topChannel, topChannel, 3);
        last1 = new Conv2d(decoder.in("final").in(1), topChannel, classes, 1);
    }

    @Override
    public Tensor forward(Tensor embedding) {                                      // (B, C, G, G)
        Tensor x = in2.forward(in0.forward(embedding).relu()).relu();              // (B, top·2^depth, G, G)
        for (Block block : blocks) x = block.forward(x);                           // half the channels each
        return last1.forward(last0.forward(x));                                    // (B, K, H, W)
    }

    private sealed interface Block {
        Tensor forward(Tensor x);
    }

    /// `(B, c, H, W) → (B, c/2, H, W)`
    private static final class Plain implements Block {
        private final Conv2d conv0;
        private final Conv2d conv2;

        Plain(Params p, int c) {
            conv0 = new Conv2d(p.in(0), c, c, 3);
            conv2 = new Conv2d(p.in(2), c, c / 2, 3);
        }

        @Override
        public Tensor forward(Tensor x) {
            return conv2.forward(conv0.forward(x).relu()).relu();
        }
    }

    /// `(B, c, H, W) → (B, c/2, 2H, 2W)`
    private static final class Up implements Block {
        private final Conv2d conv0;
        private final Conv2d conv2;
        private final ConvTranspose2d up4;

        Up(Params p, int c) {
            conv0 = new Conv2d(p.in(0), c, c, 3);
            conv2 = new Conv2d(p.in(2), c, c, 3);
            up4 = new ConvTranspose2d(p.in(4), c, c / 2);
        }

        @Override
        public Tensor forward(Tensor x) {
            return up4.forward(conv2.forward(conv0.forward(x).relu()).relu());
        }
    }
}
