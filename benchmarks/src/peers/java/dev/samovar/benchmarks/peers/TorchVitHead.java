package dev.samovar.benchmarks.peers;

import dev.samovar.benchmarks.Sizes;
import dev.samovar.models.sam.SamConfig;
import java.util.List;

/// The text of the ViT head's forward pass: SAM's mask decoder, a pass for each class, as the AutoSAM code has it, but for its attention,
/// which is `scaled_dot_product_attention`.
///
/// `x (B, C, G, G)` is the embedding, `c[1]` the frozen tokens `(K, 1, C)`, `c[2]` the positions `(1, G·G, C)`, `p` the trained parameters by their place among the names.
final class TorchVitHead {
    private static final String DECODER = "mask_decoder.", TRANSFORMER = DECODER + "transformer.", UP = DECODER + "output_upscaling.";
    private static final int MASKS = 2;

    private final StringBuilder text = new StringBuilder();
    private final List<String> names;
    private final Sizes sizes;
    private final int dim, grid, pairs, tokens = 1 + MASKS;

    TorchVitHead(List<String> names, Sizes sizes) {
        this.names = names;
        this.sizes = sizes;
        dim = sizes.sam().promptWidth();
        grid = sizes.sam().grid();
        pairs = sizes.batch() * sizes.classes();
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private void line(String format, Object... arguments) {
        text.append("  ").append(format.formatted(arguments)).append('\n');
    }

    private String parameter(String name) {
        int at = names.indexOf(name);
        if (at < 0) throw new IllegalStateException("there is no parameter " + name);
        return "p[" + at + "]";
    }

    private String pair(String name) {
        return parameter(name + ".weight") + ", " + parameter(name + ".bias");
    }

    private String linear(String name, String x) {
        return "torch.linear(" + x + ", " + pair(name) + ")";
    }

    private String norm(String name, String x) {
        return "torch.layer_norm(" + x + ", [" + dim + "], " + pair(name) + ", 1.0e-05)";
    }

    /// Multi-head attention of `q (B, N, C)` to `k, v (B, M, C)`.
    private String attention(String name, String q, int n, String k, String v, int m) {
        return linear(name + ".out_proj", "torch.reshape(torch.permute(torch.scaled_dot_product_attention(%s, %s, %s, None, 0., False), [0, 2, 1, 3]), [%d, %d, -1])"
                .formatted(heads(name + ".q_proj", q, n), heads(name + ".k_proj", k, m), heads(name + ".v_proj", v, m), pairs, n));
    }

    private String heads(String name, String x, int n) {
        return "torch.permute(torch.reshape(%s, [%d, %d, %d, -1]), [0, 2, 1, 3])".formatted(linear(name, x), pairs, n, SamConfig.DECODER_HEADS);
    }

    /// From the embedding `x` to the logits `x`.
    String forward() {
        int b = sizes.batch(), k = sizes.classes(), n = grid * grid;
        line("t = torch.cat([c[1], torch.reshape(%s, [%d, %d, %d])], 1)", parameter(DECODER + "mask_tokens.weight"), k, MASKS, dim);
        line("t = torch.reshape(torch.expand(torch.unsqueeze(t, 0), [%d, -1, -1, -1]), [%d, %d, %d])", b, pairs, tokens, dim);
        line("i = torch.permute(torch.reshape(x, [%d, 1, %d, %d]), [0, 1, 3, 2])", b, dim, n);
        line("i = torch.reshape(torch.expand(i, [-1, %d, -1, -1]), [%d, %d, %d])", k, pairs, n, dim);
        line("q = t");
        for (int layer = 0; layer < SamConfig.DECODER_DEPTH; layer++) layer(TRANSFORMER + "layers." + layer, layer == 0, n);
        line("q = torch.add(q, %s)", attention(TRANSFORMER + "final_attn_token_to_image", "torch.add(q, t)", tokens, "torch.add(i, c[2])", "i", n));
        line("q = %s", norm(TRANSFORMER + "norm_final_attn", "q"));
        output(b, k, n);
        return text.toString();
    }

    private void layer(String name, boolean first, int n) {
        if (first) line("q = %s", attention(name + ".self_attn", "q", tokens, "q", "q", tokens));
        else {
            line("at = torch.add(q, t)");
            line("q = torch.add(q, %s)", attention(name + ".self_attn", "at", tokens, "at", "q", tokens));
        }
        line("q = %s", norm(name + ".norm1", "q"));
        line("k = torch.add(i, c[2])");
        line("q = torch.add(q, %s)", attention(name + ".cross_attn_token_to_image", "torch.add(q, t)", tokens, "k", "i", n));
        line("q = %s", norm(name + ".norm2", "q"));
        line("q = torch.add(q, %s)", linear(name + ".mlp.lin2", "torch.relu(" + linear(name + ".mlp.lin1", "q") + ")"));
        line("q = %s", norm(name + ".norm3", "q"));
        line("i = torch.add(i, %s)", attention(name + ".cross_attn_image_to_token", "k", n, "torch.add(q, t)", "q", tokens));
        line("i = %s", norm(name + ".norm4", "i"));
    }

    /// The attended image enlarged fourfold, and the first mask token of each pair as a classifier of its pixels.
    private void output(int b, int k, int n) {
        line("x = torch.reshape(torch.permute(i, [0, 2, 1]), [%d, %d, %3$d, %3$d])", pairs, dim, grid);
        line("x = torch.conv_transpose2d(x, %s, [2, 2], [0, 0], [0, 0], 1, [1, 1])", pair(UP + "0"));
        text.append(TorchTraining.norm2d(names, UP + "1"));
        line("x = torch.gelu(x, approximate=\"none\")");
        line("x = torch.gelu(torch.conv_transpose2d(x, %s, [2, 2], [0, 0], [0, 0], 1, [1, 1]), approximate=\"none\")", pair(UP + "3"));
        for (int mask = 0; mask < MASKS; mask++) {
            String mlp = DECODER + "output_hypernetworks_mlps." + mask + ".layers.";
            line("w%d = %s", mask, linear(mlp + "2", "torch.relu(" + linear(mlp + "1", "torch.relu(" + linear(mlp + "0", "torch.slice(q, 1, %d, %d, 1)".formatted(1 + mask, 2 + mask)) + ")") + ")"));
        }
        line("x = torch.matmul(torch.cat([w0, w1], 1), torch.reshape(x, [%d, %d, %d]))", pairs, dim / 8, 16 * n);
        line("x = torch.reshape(torch.select(x, 1, 0), [%d, %d, %3$d, %3$d])", b, k, 4 * grid);
    }
}
