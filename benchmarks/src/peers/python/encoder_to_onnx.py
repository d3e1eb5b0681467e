"""SAM's image encoder exported to ONNX by PyTorch, for the side "onnxruntime-torch" of the comparisons: the model that a user of the reference would run in ONNX Runtime.

    python3 encoder_to_onnx.py WEIGHTS.safetensors      writes WEIGHTS-torch.onnx beside it

Needs torch, onnx and numpy (tested with torch 2.13.0). The weights are those that the benchmarks generate. The forward pass has the operators of facebookresearch/segment-anything @ dca509f
(modeling/image_encoder.py), because its handling of queries, positions and windows is to be timed. No code is copied.
"""
import json
import math
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F

OPSET = 17


def read(path):
    tensors = {}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            tensors[name] = torch.from_numpy(numpy.fromfile(file, "<f4", (end - begin) // 4).reshape(entry["shape"]))
    return tensors


class Encoder(torch.nn.Module):
    def __init__(self, weights):
        super().__init__()
        prefix = "image_encoder."
        for name, tensor in weights.items():
            if name.startswith(prefix):
                self.register_buffer(name[len(prefix) :].replace(".", "_"), tensor)
        self.depth = 1 + max(int(name.split("_")[1]) for name, _ in self.named_buffers() if name.startswith("blocks_"))

    def weight(self, name):
        return getattr(self, name.replace(".", "_"))

    def linear(self, x, name):
        return F.linear(x, self.weight(name + ".weight"), self.weight(name + ".bias"))

    def norm(self, x, name):
        return F.layer_norm(x, (x.shape[-1],), self.weight(name + ".weight"), self.weight(name + ".bias"), 1e-6)

    def norm_2d(self, x, name):
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt(variance + 1e-6)
        return self.weight(name + ".weight")[:, None, None] * x + self.weight(name + ".bias")[:, None, None]

    def distances(self, name, side):
        offset = torch.arange(side)
        return self.weight(name)[offset[:, None] - offset[None, :] + side - 1]  # (from, to, d)

    def attention(self, x, name):  # (B, h, w, C)
        b, h, w, c = x.shape
        d = self.weight(name + ".rel_pos_h").shape[1]
        heads = c // d
        qkv = self.linear(x, name + ".qkv").reshape(b, h * w, 3, heads, d).permute(2, 0, 3, 1, 4).reshape(3, b * heads, h * w, d)
        q, k, v = qkv.unbind(0)
        scores = (q * (1 / math.sqrt(d))) @ k.transpose(-2, -1)
        grid = q.reshape(b * heads, h, w, d)
        rows = torch.einsum("bhwc,hkc->bhwk", grid, self.distances(name + ".rel_pos_h", h))
        columns = torch.einsum("bhwc,wkc->bhwk", grid, self.distances(name + ".rel_pos_w", w))
        scores = (scores.view(b * heads, h, w, h, w) + rows[..., None] + columns[..., None, :]).view(b * heads, h * w, h * w)
        y = (scores.softmax(-1) @ v).view(b, heads, h, w, d).permute(0, 2, 3, 1, 4).reshape(b, h, w, c)
        return self.linear(y, name + ".proj")

    def block(self, x, name):
        y = self.norm(x, name + ".norm1")
        b, h, w, c = y.shape
        window = (self.weight(name + ".attn.rel_pos_h").shape[0] + 1) // 2  # 2 * window - 1 distances
        if window < h:
            n = (h + window - 1) // window
            y = F.pad(y, (0, 0, 0, n * window - w, 0, n * window - h))
            y = y.view(b, n, window, n, window, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, window, window, c)
            y = self.attention(y, name + ".attn")
            y = y.view(b, n, n, window, window, c).permute(0, 1, 3, 2, 4, 5).reshape(b, n * window, n * window, c)[:, :h, :w]
        else:
            y = self.attention(y, name + ".attn")
        x = x + y
        return x + self.linear(F.gelu(self.linear(self.norm(x, name + ".norm2"), name + ".mlp.lin1")), name + ".mlp.lin2")

    def forward(self, image):  # (1, 3, S, S)
        patch = self.weight("patch_embed.proj.weight")
        x = F.conv2d(image, patch, self.weight("patch_embed.proj.bias"), stride=patch.shape[-1]).permute(0, 2, 3, 1) + self.weight("pos_embed")
        for i in range(self.depth):
            x = self.block(x, f"blocks.{i}")
        x = self.norm_2d(F.conv2d(x.permute(0, 3, 1, 2), self.weight("neck.0.weight")), "neck.1")
        return self.norm_2d(F.conv2d(x, self.weight("neck.2.weight"), padding=1), "neck.3")


def main():
    weights = pathlib.Path(sys.argv[1])
    encoder = Encoder(read(weights)).eval()
    grid, patch = encoder.pos_embed.shape[1], encoder.weight("patch_embed.proj.weight").shape[-1]
    to = weights.with_name(weights.stem + "-torch.onnx")
    with torch.no_grad():
        torch.onnx.export(encoder, (torch.zeros(1, 3, grid * patch, grid * patch),), str(to), input_names=["image"], output_names=["embedding"], opset_version=OPSET, dynamo=False)
    print(to)


if __name__ == "__main__":
    main()
