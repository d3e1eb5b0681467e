package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.EncoderBlockShape;
import dev.samovar.core.kernel.EncoderBlockWeights;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A block of the image encoder in three steps, each spread over all threads. Tokens stay in panels from the first step to the last,
/// `[panel][channel][NR tokens]`, so the result of every product is already in the form that the next one needs; weights are packed into strips once.
///
/// 1. For some panels of tokens, in the order of their pictures: layer norm, then qkv.
/// 2. For some panels of queries of one window and head: attention ([VectorAttention]). Places beyond the grid are zero after the norm, so their keys
///    and values are the biases, and
///    their output is not wanted. [TokenOrder] says which token goes where.
/// 3. Again for some panels of tokens: proj, residual, layer norm, and the MLP, [#HIDDEN] hidden units at a time, whose values (192 KiB at 256 bits)
///    never leave the second cache.
final class VectorEncoderBlock {
    /// Panels of a task.
    private static final int PANELS = 4;
    /// Hidden units of a block of work, from the first layer through GELU to the second; a multiple of the height of a strip.
    private static final int HIDDEN = 768;
    /// Places of a window that are packed at a time: whole panels and whole strips.
    private static final int PIECE = 384;
    private static final int NR = VectorGemm.NR;
    private static final int V = VectorGemm.V;
    /// The number of shapes whose order of tokens is cached.
    private static final int ORDERS = 16;

    private final Parallel parallel;
    private final CpuMemory pool;
    private final Map<EncoderBlockShape, TokenOrder> orders = new ConcurrentHashMap<>();           // a network has two shapes

    VectorEncoderBlock(Parallel parallel, CpuMemory pool) {
        this.parallel = parallel;
        this.pool = pool;
    }

    private TokenOrder order(EncoderBlockShape s) {
        if (orders.size() > ORDERS) orders.clear();
        return orders.computeIfAbsent(s, TokenOrder::new);
    }

    void run(EncoderBlockShape s, float[] x, EncoderBlockWeights<CpuBuffer> weights, float[] y) {
        var block = new Block(s, order(s), weights);
        final int c = s.channels(), tokens = s.batch() * s.height() * s.width();
        float[] qkv = pool.take(Math.addExact(Math.multiplyExact(VectorGemm.padded(tokens), 3 * c), V));
        float[] attended = pool.take(Math.addExact(Math.multiplyExact(block.order.places.length, c), V));
        try {
            qkv(block, x, qkv);
            attend(block, qkv, attended);
            mlp(block, x, attended, y);
        } finally {
            pool.give(qkv);
            pool.give(attended);
        }
    }

    /// The data that all steps share.
    private static final class Block {
        final EncoderBlockShape s;
        final AttentionShape attention;
        final TokenOrder order;
        final float[] norm1Weight;
        final float[] norm1Bias;
        final VectorAttention.Tables tables;
        final float[] qkvWeight;
        final float[] qkvBias;
        final float[] projWeight;
        final float[] projBias;
        final float[] norm2Weight;
        final float[] norm2Bias;
        final float[] lin1Weight;
        final float[] lin1Bias;
        final float[] lin2Weight;
        final float[] lin2Bias;

        Block(EncoderBlockShape s, TokenOrder order, EncoderBlockWeights<CpuBuffer> w) {
            this.s = s;
            int c = s.channels();
            attention = s.attention();
            this.order = order;
            norm1Weight = w.norm1().weight().rows();
            norm1Bias = w.norm1().bias().rows();
            int d = attention.dim();
            tables = new VectorAttention.Tables(w.relPosH().strips(2 * attention.height() - 1, d), w.relPosW().strips(2 * attention.width()
                    - 1, d));
            qkvWeight = w.qkv().weight().strips(3 * c, c);
            qkvBias = w.qkv().bias().rows();
            projWeight = w.proj().weight().strips(c, c);
            projBias = w.proj().bias().rows();
            norm2Weight = w.norm2().weight().rows();
            norm2Bias = w.norm2().bias().rows();
            lin1Weight = w.lin1().weight().strips(s.hidden(), c);
            lin1Bias = w.lin1().bias().rows();
            lin2Weight = w.lin2().weight().strips(c, s.hidden());
            lin2Bias = w.lin2().bias().rows();
        }
    }

    /// `qkv [panel][3·channels][NR] = linear(norm1(x))`
    private void qkv(Block b, float[] x, float[] qkv) {
        final int c = b.s.channels(), tokens = b.s.batch() * b.s.height() * b.s.width(), step = PANELS * NR;
        parallel.run(Math.ceilDiv(tokens, step), 3L * tokens * c * c, task -> {
            int first = task * step, n = Math.min(step, tokens - first), panels = VectorGemm.panels(n);
            float[] in = Scratch.floats(Scratch.NORMED, step * c);
            for (int j = 0; j < panels; j++) {
                VectorGemm.packTransposed(c, Math.min(NR, n - j * NR), x, (first + j * NR) * c, c, in, j * c * NR);
                VectorPanels.layerNorm(c, b.s.eps(), b.norm1Weight, b.norm1Bias, in, j * c * NR, in, j * c * NR);
                VectorPanels.broadcast(3 * c, b.qkvBias, 0, qkv, (first + j * NR) * 3 * c);
            }
            VectorGemm.multiplyStrips(3 * c, panels * NR, c, b.qkvWeight, 0, c, 0, in, 0, c * NR, qkv, first * 3 * c, NR, 3 * c * NR);
        });
    }

    /// `attended [panel][channels][NR]` in the queries' order.
    private void attend(Block b, float[] qkv, float[] attended) {
        final AttentionShape a = b.attention;
        final TokenOrder order = b.order;
        final int c = b.s.channels(), heads = b.s.heads(), t = a.tokens(), d = a.dim(), step = VectorAttention.PANELS * NR;
        float[] keys = pool.take(Math.multiplyExact(a.groups(), t * d)), values = pool.take(a.groups() * t * d);
        try {
            final int pieces = Math.ceilDiv(t, PIECE);
            parallel.run(a.groups() * pieces, 8L * a.groups() * t * d, task -> {
                int g = task / pieces, from = task % pieces * PIECE, n = Math.min(PIECE, t - from), ld = PIECE + V;
                float[] rows = places(b, g / heads, from, n, qkv, c + g % heads * d);
                VectorGemm.packStrips(n, d, rows, 0, 1, ld, keys, (g * t + from) * d);
                rows = places(b, g / heads, from, n, qkv, 2 * c + g % heads * d);
                for (int e = 0, h; e < d; e += h) {
                    h = VectorGemm.height(d - e);
                    VectorGemm.packStrips(h, n, rows, e * ld, ld, 1, values, (g * d + e) * t + from * h);
                }
            });
            final int blocks = Math.ceilDiv(t, step);
            parallel.run(a.groups() * blocks, 2L * a.groups() * t * t * d, task -> {
                int g = task / blocks, window = g / heads, head = g % heads, from = task % blocks * step;
                int n = Math.min(step, order.count[window] - from), lane = order.firstLane[window] + from;
                if (n <= 0) return;                                                // this window is partly beyond the grid
                float[] q = Scratch.floats(Scratch.QUERIES, step * d + V), out = Scratch.floats(Scratch.OUT, step * d);
                if (n % NR > 0) Arrays.fill(q, n / NR * d * NR, (n / NR + 1) * d * NR, 0);
                for (int j = 0; j < n; j += NR) order.queries.copy((lane + j) / NR, d, qkv, head * d * NR, 3 * c, q, j * d, NR);
                VectorAttention.attend(a, n, order.places, lane, q, keys, g * t * d, values, g * t * d, b.tables, out, null);
                for (int j = 0; j < n; j += NR) System.arraycopy(out, j * d, attended, (lane + j) * c + head * d * NR, d * NR);
            });
        } finally {
            pool.give(keys);
            pool.give(values);
        }
    }

    /// `(dim, n)`, rows `PIECE + V` apart: the channels from `channel` on of `n` places of a window.
    private static float[] places(Block b, int window, int from, int n, float[] qkv, int channel) {
        final int d = b.attention.dim(), ld = PIECE + V, panel = window * b.order.panels + from / NR;
        float[] rows = Scratch.floats(Scratch.PANELS, d * ld + V);
        for (int i = 0; i < n; i += NR) b.order.keys.copy(panel + i / NR, d, qkv, channel * NR, 3 * b.s.channels(), rows, i, ld);
        for (int i = 0; i < n; i++) {
            if (b.order.tokens[panel * NR + i] < 0) for (int e = 0; e < d; e++) rows[e * ld + i] = b.qkvBias[channel + e];
        }
        return rows;
    }

    /// `z = x + proj(attended)`, `y = z + lin2(gelu(lin1(norm2(z))))`
    private void mlp(Block b, float[] x, float[] attended, float[] y) {
        final int c = b.s.channels(), hidden = b.s.hidden(), tokens = b.s.batch() * b.s.height() * b.s.width(), step = PANELS * NR;
        parallel.run(Math.ceilDiv(tokens, step), (long) tokens * c * (c + 2 * hidden), task -> {
            int first = task * step, n = Math.min(step, tokens - first), panels = VectorGemm.panels(n), lanes = panels * NR;
            int part = Math.min(HIDDEN, hidden);
            float[] z = Scratch.floats(Scratch.OUT, step * c), normed = Scratch.floats(Scratch.NORMED, step * c + V);
            float[] between = Scratch.floats(Scratch.HIDDEN, step * part);
            for (int j = 0; j < panels; j++) {
                VectorGemm.packTransposed(c, Math.min(NR, n - j * NR), x, (first + j * NR) * c, c, z, j * c * NR);
                VectorPanels.addBias(c, b.projBias, z, j * c * NR);
            }
            if (b.order.same) {
                VectorGemm.multiplyStrips(c, lanes, c, b.projWeight, 0, c, 0, attended, first * c, c * NR, z, 0, NR, c * NR);
            } else {
                for (int j = 0; j < panels; j++) b.order.back.copy(first / NR + j, c, attended, 0, c, normed, j * c * NR, NR);
                VectorGemm.multiplyStrips(c, lanes, c, b.projWeight, 0, c, 0, normed, 0, c * NR, z, 0, NR, c * NR);
            }
            for (int j = 0; j < panels; j++) {
                VectorPanels.layerNorm(c, b.s.eps(), b.norm2Weight, b.norm2Bias, z, j * c * NR, normed, j * c * NR);
                VectorPanels.addBias(c, b.lin2Bias, z, j * c * NR);
            }
            for (int h0 = 0; h0 < hidden; h0 += part) {
                int h = Math.min(part, hidden - h0);
                for (int j = 0; j < panels; j++) VectorPanels.broadcast(h, b.lin1Bias, h0, between, j * h * NR);
                VectorGemm.multiplyStrips(h, lanes, c, b.lin1Weight, h0 * c, c, 0, normed, 0, c * NR, between, 0, NR, h * NR);
                VectorMath.gelu(between, between, 0, h * lanes);
                VectorGemm.multiplyStrips(c, lanes, h, b.lin2Weight, 0, hidden, h0, between, 0, h * NR, z, 0, NR, c * NR);
            }
            for (int j = 0; j < n; j += NR) {
                VectorGemm.unpackTransposed(c, Math.min(NR, n - j), z, j * c, y, (first + j) * c, c);
            }
        });
    }
}
