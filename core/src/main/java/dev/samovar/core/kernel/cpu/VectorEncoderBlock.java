package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.AttentionShape;
import dev.samovar.core.kernel.EncoderBlockShape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A block of the image encoder in three steps, each spread over all threads. Tokens lie in panels from the first to the last of them, `[panel][channel][NR tokens]`, so the
/// result of every product is the next one's operand as it lies; weights are packed into strips once.
///
/// 1. Some panels of tokens, window by window: layer norm, then qkv.
/// 2. Some panels of queries of one window and head: attention ([VectorAttention]). Places beyond the grid are zero after the norm, so their keys and values are the biases, and
///    nobody asks for their output.
/// 3. Some panels of tokens, picture by picture: proj, residual, layer norm, and the MLP, [#HIDDEN] hidden units at a time, whose values (192 KiB at 256 bits) never leave the second cache.
final class VectorEncoderBlock {
    /// Panels of a task.
    private static final int PANELS = 4;
    /// Hidden units that are computed, bent and used up at a time: whole strips.
    private static final int HIDDEN = 768;
    private static final int NR = VectorGemm.NR;
    /// Shapes whose order of tokens is remembered.
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
        return orders.computeIfAbsent(s, shape -> new TokenOrder(shape, NR));
    }

    void run(EncoderBlockShape s, float[] x, List<CpuBuffer> parameters, float[] y) {
        var block = new Block(s, order(s), parameters);
        final int c = s.channels(), tokens = s.batch() * s.height() * s.width();
        float[] qkv = pool.take(Math.multiplyExact(block.order.tokens.length, 3 * c));
        float[] attended = pool.take(Math.multiplyExact(VectorGemm.padded(tokens), c));
        try {
            qkv(block, x, qkv);
            attend(block, qkv, attended);
            mlp(block, x, attended, y);
        } finally {
            pool.give(qkv);
            pool.give(attended);
        }
    }

    /// What the steps have in common.
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

        Block(EncoderBlockShape s, TokenOrder order, List<CpuBuffer> p) {
            this.s = s;
            int c = s.channels();
            attention = s.attention();
            this.order = order;
            norm1Weight = p.get(0).rows();
            norm1Bias = p.get(1).rows();
            int d = attention.dim();
            tables = new VectorAttention.Tables(p.get(2).strips(2 * attention.height() - 1, d), p.get(3).strips(2 * attention.width() - 1,
                    d));
            qkvWeight = p.get(4).strips(3 * c, c);
            qkvBias = p.get(5).rows();
            projWeight = p.get(6).strips(c, c);
            projBias = p.get(7).rows();
            norm2Weight = p.get(8).rows();
            norm2Bias = p.get(9).rows();
            lin1Weight = p.get(10).strips(s.hidden(), c);
            lin1Bias = p.get(11).rows();
            lin2Weight = p.get(12).strips(c, s.hidden());
            lin2Bias = p.get(13).rows();
        }
    }

    /// `qkv [panel][3·channels][NR] = linear(norm1(x))`
    private void qkv(Block b, float[] x, float[] qkv) {
        final int c = b.s.channels(), all = b.order.tokens.length, step = PANELS * NR;
        parallel.run(Math.ceilDiv(all, step), 3L * all * c * c, task -> {
            int lane = task * step, panels = Math.min(PANELS, (all - lane) / NR);
            float[] in = Scratch.floats(Scratch.NORMED, step * c);
            for (int j = 0; j < panels; j++) {
                gather(b.order.tokens, lane + j * NR, x, c, in, j * c * NR);
                VectorPanels.layerNorm(c, b.s.eps(), b.norm1Weight, b.norm1Bias, in, j * c * NR, in, j * c * NR);
                VectorPanels.broadcast(3 * c, b.qkvBias, 0, qkv, (lane + j * NR) * 3 * c);
            }
            VectorGemm.multiplyStrips(3 * c, panels * NR, c, b.qkvWeight, 0, c, 0, in, 0, c * NR, qkv, lane * 3 * c, NR, 3 * c * NR);
        });
    }

    /// `attended [panel][channels][NR]`, tokens in the pictures' order.
    private void attend(Block b, float[] qkv, float[] attended) {
        final AttentionShape a = b.attention;
        final int c = b.s.channels(), heads = b.s.heads(), t = a.tokens(), d = a.dim(), step = VectorAttention.PANELS * NR;
        float[] keys = pool.take(Math.multiplyExact(a.groups(), t * d)), values = pool.take(a.groups() * t * d);
        try {
            parallel.run(a.groups(), 8L * a.groups() * t * d, g -> {
                packKeys(b, g / heads, qkv, c + g % heads * d, keys, g * t * d);
                packValues(b, g / heads, qkv, 2 * c + g % heads * d, values, g * t * d);
            });
            final int blocks = Math.ceilDiv(t, step);
            parallel.run(a.groups() * blocks, 2L * a.groups() * t * t * d, task -> {
                int g = task / blocks, window = g / heads, head = g % heads, from = task % blocks * step;
                int n = Math.min(step, b.order.count[window] - from), lane = b.order.firstLane[window] + from;
                if (n <= 0) return;                                                // this window is partly beyond the grid
                float[] q = Scratch.floats(Scratch.QUERIES, step * d), out = Scratch.floats(Scratch.OUT, step * d);
                for (int j = 0; j < n; j += NR) System.arraycopy(qkv, (lane + j) * 3 * c + head * d * NR, q, j * d, d * NR);
                VectorAttention.attend(a, n, b.order.places, lane, q, keys, g * t * d, values, g * t * d, b.tables, out, null);
                for (int j = 0; j < n; j += NR) scatterPanel(b.order.tokens, lane + j, d, out, j * d, attended, c, head * d);
            });
        } finally {
            pool.give(keys);
            pool.give(values);
        }
    }

    /// Strips of `(places, dim)`: the channels from `channel` on of every place of a window.
    private static void packKeys(Block b, int window, float[] qkv, int channel, float[] strips, int to) {
        final int t = b.attention.tokens(), d = b.attention.dim(), wide = 3 * b.s.channels();
        for (int i = 0, h; i < t; i += h) {
            h = VectorGemm.height(t - i);
            int start = b.order.lanes[window * t + i];
            if (h == VectorGemm.MR && start >= 0 && b.order.lanes[window * t + i + h - 1] == start + h - 1 && start % NR + h <= NR) {
                packSide(d, qkv, start / NR * wide * NR + channel * NR + start % NR, strips, to + i * d);
                continue;
            }
            for (int r = 0; r < h; r++) {
                int lane = b.order.lanes[window * t + i + r], at = to + i * d + r;
                if (lane < 0) {
                    for (int e = 0; e < d; e++) strips[at + e * h] = b.qkvBias[channel + e];
                } else {
                    int from = lane / NR * wide * NR + channel * NR + lane % NR;
                    for (int e = 0; e < d; e++) strips[at + e * h] = qkv[from + e * NR];
                }
            }
        }
    }

    /// A strip of places that lie side by side in one panel.
    private static void packSide(int d, float[] qkv, int from, float[] strips, int to) {
        final int MR = VectorGemm.MR;
        for (int e = 0; e < d; e++) for (int r = 0; r < MR; r++) strips[to + e * MR + r] = qkv[from + e * NR + r];
    }

    /// Strips of `(dim, places)`.
    private static void packValues(Block b, int window, float[] qkv, int channel, float[] strips, int to) {
        final int t = b.attention.tokens(), d = b.attention.dim(), wide = 3 * b.s.channels();
        for (int e = 0, h; e < d; e += h) {
            h = VectorGemm.height(d - e);
            for (int i = 0, run; i < t; i += run) {
                int lane = b.order.lanes[window * t + i], at = to + e * t + i * h;
                run = h == VectorGemm.MR ? run(b, window * t + i, t - i) : 1;
                if (run > 1) {
                    packRun(run, qkv, lane / NR * wide * NR + (channel + e) * NR + lane % NR, strips, at);
                } else if (lane < 0) {
                    for (int r = 0; r < h; r++) strips[at + r] = b.qkvBias[channel + e + r];
                } else {
                    int from = lane / NR * wide * NR + (channel + e) * NR + lane % NR;
                    for (int r = 0; r < h; r++) strips[at + r] = qkv[from + r * NR];
                }
            }
        }
    }

    /// How many places from one on, at most `most`, lie side by side in one panel.
    private static int run(Block b, int place, int most) {
        int lane = b.order.lanes[place], n = 1;
        if (lane < 0) return 1;
        final int end = Math.min(most, NR - lane % NR);
        while (n < end && b.order.lanes[place + n] == lane + n) n++;
        return n;
    }

    /// [VectorGemm#MR] channels of `n` places that lie side by side in a panel.
    private static void packRun(int n, float[] qkv, int from, float[] strips, int to) {
        final int MR = VectorGemm.MR;
        for (int r = 0; r < MR; r++) {
            int at = to + r, x = from + r * NR;
            for (int i = 0; i < n; i++) strips[at + i * MR] = qkv[x + i];
        }
    }

    /// `z = x + proj(attended)`, `y = z + lin2(gelu(lin1(norm2(z))))`
    private void mlp(Block b, float[] x, float[] attended, float[] y) {
        final int c = b.s.channels(), hidden = b.s.hidden(), tokens = b.s.batch() * b.s.height() * b.s.width(), step = PANELS * NR;
        parallel.run(Math.ceilDiv(tokens, step), (long) tokens * c * (c + 2 * hidden), task -> {
            int first = task * step, n = Math.min(step, tokens - first), panels = VectorGemm.panels(n), lanes = panels * NR;
            int part = Math.min(HIDDEN, hidden);
            float[] z = Scratch.floats(Scratch.OUT, step * c), normed = Scratch.floats(Scratch.NORMED, step * c), between = Scratch.floats(
                    Scratch.HIDDEN, step * part);
            for (int j = 0; j < panels; j++) {
                VectorGemm.packTransposed(c, Math.min(NR, n - j * NR), x, (first + j * NR) * c, c, z, j * c * NR);
                VectorPanels.addBias(c, b.projBias, z, j * c * NR);
            }
            VectorGemm.multiplyStrips(c, lanes, c, b.projWeight, 0, c, 0, attended, first * c, c * NR, z, 0, NR, c * NR);
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

    // ---- between rows of tokens and panels

    /// The panel of the tokens in NR lanes; lanes without a token are 0.
    private static void gather(int[] tokens, int lane, float[] x, int c, float[] panel, int to) {
        for (int i = 0; i < NR; i++) {
            if (tokens[lane + i] < 0) {
                for (int e = 0; e < c; e++) panel[to + e * NR + i] = 0;
            }
        }
        final int some = 64;
        for (int eb = 0; eb < c; eb += some) {
            int end = Math.min(c, eb + some);
            for (int i = 0; i < NR; i++) {
                int from = tokens[lane + i] * c;
                if (from >= 0) for (int e = eb; e < end; e++) panel[to + e * NR + i] = x[from + e];
            }
        }
    }

    /// Writes `d` channels of the tokens in NR lanes to their places among panels of `c` channels, from `channel` on.
    private static void scatterPanel(int[] tokens, int lane, int d, float[] panel, int from, float[] y, int c, int channel) {
        int first = tokens[lane];
        if (first % NR == 0 && tokens[lane + NR - 1] == first + NR - 1) {          // a whole panel there, too
            System.arraycopy(panel, from, y, first * c + channel * NR, d * NR);
            return;
        }
        for (int i = 0; i < NR && tokens[lane + i] >= 0; i++) {
            int to = tokens[lane + i] / NR * c * NR + channel * NR + tokens[lane + i] % NR;
            for (int e = 0; e < d; e++) y[to + e * NR] = panel[from + e * NR + i];
        }
    }
}
