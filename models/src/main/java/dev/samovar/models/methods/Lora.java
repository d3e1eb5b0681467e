package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Init;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.sam.ImageEncoder;
import dev.samovar.models.sam.SamConfig;

/// The mask decoder learns, and so do low-rank updates of the image encoder's queries, keys and values: `W + B · A`, with `A (rank, C)` drawn at
/// random and `B (3C, rank)` initially zero, so that training starts from SAM itself. Losses, boxes and optimizer are [MedSam]'s.
///
/// For prediction the sum is computed once, when the network is built, so inference costs as much as SAM's.
///
/// *LoRA: Low-Rank Adaptation of Large Language Models* (Hu and others, 2021); for SAM as in micro-sam and finetune-SAM.
///
/// @param rank 1 to 256
/// @param blocks the number of blocks of the encoder that have an update, counted from the last; 0 for all
public record Lora(int rank, int blocks) implements PromptedMethod {
    /// Its name.
    static final String TITLE = "lora";

    private static final String QKV = "attn.qkv.weight", BLOCKS = "image_encoder.blocks.";

    /// Checks the sizes.
    ///
    /// @throws FormatException if one is out of range
    public Lora {
        if (rank < 1 || rank > 256) throw new FormatException("the rank of an update is 1 to 256, not " + rank);
        if (blocks < 0) throw new FormatException("the number of blocks is 0, for all, or more, not " + blocks);
    }

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public String describe() {
        return TITLE + " of rank " + rank + " in " + (blocks == 0 ? "all blocks" : "the last " + blocks + " blocks") + ", prompted with boxes";
    }

    @Override
    public String whatIsTrained() {
        return "SAM with low-rank updates in its image encoder, whose mask decoder learnt with them, prompted with boxes";
    }

    @Override
    public Input input() {
        return Input.PICTURE;
    }

    @Override
    public Defaults paper() {
        return new Defaults(100, 1e-4, new Course.Constant(), 2, "sam", true);
    }

    @Override
    public boolean learns(String parameter) {
        return PromptedMethod.isDecoder(parameter) || parameter.contains(".lora_");
    }

    /// The encoder with the updates added to its weights: recorded for gradients if they learn, otherwise computed once.
    @Override
    public ImageEncoder encoder(Params p, SamConfig config) {
        int depth = config.vit().depth(), first = blocks == 0 ? 0 : depth - Math.min(blocks, depth);
        return ImageEncoder.of(p.through((at, name, weight) -> {
            if (!at.path().startsWith(BLOCKS) || !(at.path() + name).endsWith(QKV)) return weight;
            int block = Integer.parseInt(at.path().substring(BLOCKS.length()).split("\\.", 2)[0]), out = weight.dim(0), in = weight.dim(1);
            if (block < first) return weight;
            Tensor a = at.get("lora_a", Init.uniform(in), rank, in), b = at.get("lora_b", Init.constant(0), out, rank);
            if (a.requiresGrad()) return weight.add(b.matmul(a));
            try (var _ = Scope.open()) {
                return at.derived(weight.add(b.matmul(a)).toArray(), weight.shape());
            }
        }).in("image_encoder"), config);
    }

    @Override
    public boolean rebuilds() {
        return true;
    }

    @Override
    public Json json() {
        return Json.object().with("kind", TITLE).with("rank", rank).with("blocks", blocks);
    }

    static Lora of(Json json) {
        return new Lora(json.at("rank").integer(), json.at("blocks").integer());
    }
}
