"""SAM's prompt encoder and mask decoder in PyTorch, for comparison with the rows "click" and "everything".

    python3 clicks.py WEIGHTS.safetensors [THREADS]

Needs torch and numpy. The weights are those that the benchmarks generate. The forward pass has the operators of facebookresearch/segment-anything @ dca509f (modeling/prompt_encoder.py,
mask_decoder.py, transformer.py), but no code is copied. It runs in inference mode on one click, and on a grid of 32 × 32 clicks in batches of 1, 8 and 64, of which the fastest counts.
"""
import math
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from encoder_to_onnx import read

SIDE, HEADS, MASKS, SIZE = 32, 8, 4, 1024
BATCHES, WARM, RUNS = (1, 8, 64), 3, 5


class Clicks:
    def __init__(self, weights, image=None):
        self.weights, self.fused = weights, False
        self.depth = 1 + max(int(name.split(".")[3]) for name in weights if name.startswith("mask_decoder.transformer.layers."))
        width = self.weights["mask_decoder.iou_token.weight"].shape[1]
        positions = weights.get("image_encoder.pos_embed")  # MobileSAM has none
        self.grid = SIZE // 16 if positions is None else positions.shape[1]
        self.size = SIZE if positions is None else self.grid * weights["image_encoder.patch_embed.proj.weight"].shape[-1]
        centre = (torch.arange(self.grid) + 0.5) / self.grid
        self.image_pe = self.places(torch.stack(torch.meshgrid(centre, centre, indexing="xy"), -1)).reshape(1, -1, width)
        drawn = torch.rand((1, width, self.grid, self.grid), generator=torch.Generator().manual_seed(1)) * 2 - 1
        self.image = drawn if image is None else image

    def linear(self, x, name):
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def norm(self, x, name):
        return F.layer_norm(x, (x.shape[-1],), self.weights[name + ".weight"], self.weights[name + ".bias"])

    def mlp(self, x, name):
        for layer in range(2):
            x = self.linear(x, f"{name}.layers.{layer}").relu()
        return self.linear(x, name + ".layers.2")

    def places(self, at):
        angle = 2 * math.pi * ((2 * at - 1) @ self.weights["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"])
        return torch.cat([angle.sin(), angle.cos()], -1)

    def tokens(self, points):  # (B, 2) in pixels of the network's input
        point = self.places((points + 0.5) / self.size) + self.weights["prompt_encoder.point_embeddings.1.weight"]
        none = self.weights["prompt_encoder.not_a_point_embed.weight"].expand(len(points), -1)
        own = torch.cat([self.weights["mask_decoder.iou_token.weight"], self.weights["mask_decoder.mask_tokens.weight"]])
        return torch.cat([own.expand(len(points), -1, -1), torch.stack([point, none], 1)], 1)  # (B, 7, C)

    def attention(self, q, k, v, name):
        q, k, v = (self.linear(x, f"{name}.{part}_proj") for x, part in ((q, "q"), (k, "k"), (v, "v")))
        q, k, v = (x.reshape(x.shape[0], x.shape[1], HEADS, -1).transpose(1, 2) for x in (q, k, v))
        if self.fused:
            seen = F.scaled_dot_product_attention(q, k, v)
        else:
            seen = (q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])).softmax(-1) @ v
        return self.linear(seen.transpose(1, 2).flatten(2), name + ".out_proj")

    def masks(self, points):
        start = self.tokens(points)
        b, c = len(points), start.shape[-1]
        dense = self.weights["prompt_encoder.no_mask_embed.weight"].reshape(1, -1, 1, 1)
        image = (self.image.repeat_interleave(b, 0) + dense).flatten(2).transpose(1, 2)  # (B, HW, C)
        pe, tokens = self.image_pe, start
        for layer in range(self.depth):
            name = f"mask_decoder.transformer.layers.{layer}."
            if layer == 0:
                tokens = self.attention(tokens, tokens, tokens, name + "self_attn")
            else:
                placed = tokens + start
                tokens = tokens + self.attention(placed, placed, tokens, name + "self_attn")
            tokens = self.norm(tokens, name + "norm1")
            tokens = tokens + self.attention(tokens + start, image + pe, image, name + "cross_attn_token_to_image")
            tokens = self.norm(tokens, name + "norm2")
            tokens = tokens + self.linear(self.linear(tokens, name + "mlp.lin1").relu(), name + "mlp.lin2")
            tokens = self.norm(tokens, name + "norm3")
            image = image + self.attention(image + pe, tokens + start, tokens, name + "cross_attn_image_to_token")
            image = self.norm(image, name + "norm4")
        end = "mask_decoder.transformer."
        tokens = tokens + self.attention(tokens + start, image + pe, image, end + "final_attn_token_to_image")
        tokens = self.norm(tokens, end + "norm_final_attn")
        return self.enlarged(image.transpose(1, 2).reshape(b, c, self.grid, self.grid), tokens)

    def enlarged(self, image, tokens):
        up = "mask_decoder.output_upscaling."
        x = F.conv_transpose2d(image, self.weights[up + "0.weight"], self.weights[up + "0.bias"], stride=2)
        mean = x.mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt((x - mean).pow(2).mean(1, keepdim=True) + 1e-6)
        x = F.gelu(self.weights[up + "1.weight"][:, None, None] * x + self.weights[up + "1.bias"][:, None, None])
        x = F.gelu(F.conv_transpose2d(x, self.weights[up + "3.weight"], self.weights[up + "3.bias"], stride=2))
        rows = [self.mlp(tokens[:, 1 + i], f"mask_decoder.output_hypernetworks_mlps.{i}") for i in range(MASKS)]
        masks = (torch.stack(rows, 1) @ x.flatten(2)).reshape(len(x), MASKS, x.shape[2], x.shape[3])
        return masks[:, 1:], self.mlp(tokens[:, 0], "mask_decoder.iou_prediction_head")[:, 1:]


def median(work, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    if len(sys.argv) == 3:
        torch.set_num_threads(int(sys.argv[2]))
    clicks = Clicks(read(sys.argv[1]))
    step = SIZE / SIDE
    grid = torch.tensor([[(i % SIDE + 0.5) * step, (i // SIDE + 0.5) * step] for i in range(SIDE * SIDE)])
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    with torch.inference_mode():
        for batch in BATCHES:
            for _ in range(WARM):
                clicks.masks(grid[:batch])
            once = median(lambda: clicks.masks(grid[:batch]), RUNS)
            if batch == 1:
                print(f"click: {1000 * once:.1f} ms")
            runs = RUNS if once * SIDE * SIDE / batch < 60 else 1
            whole = median(lambda: [clicks.masks(part) for part in grid.split(batch)], runs)
            print(f"everything, {batch} at a time: {whole:.1f} s, {1000 * whole / len(grid):.1f} ms each")


if __name__ == "__main__":
    main()
