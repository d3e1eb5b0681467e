"""MobileSAM's image encoder in PyTorch, from its checkpoint's tensors, with the operators of ChaoningZhang/MobileSAM @ 34bbbfd (modeling/tiny_vit_sam.py). No code is copied."""
import torch
import torch.nn.functional as F

EPS = 1e-5


class Encoder:
    def __init__(self, weights):
        at = "image_encoder."
        self.weights = {name[len(at):]: tensor for name, tensor in weights.items() if name.startswith(at)}
        self.tables = {}

    def conv(self, x, name, stride=1):
        """Convolution without a bias, depthwise if its weight has that shape, and batch norm with the stored statistics."""
        w, norm = self.weights[name + ".c.weight"], name + ".bn."
        groups = w.shape[0] if w.shape[1] == 1 and x.shape[1] > 1 else 1
        x = F.conv2d(x, w, stride=stride, padding=w.shape[2] // 2, groups=groups)
        return F.batch_norm(x, *(self.weights[norm + part] for part in ("running_mean", "running_var", "weight", "bias")), eps=EPS)

    def linear(self, x, name):
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def norm(self, x, name):
        return F.layer_norm(x, (x.shape[-1],), self.weights[name + ".weight"], self.weights[name + ".bias"], EPS)

    def norm_2d(self, x, name):
        mean = x.mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt((x - mean).pow(2).mean(1, keepdim=True) + 1e-6)
        return self.weights[name + ".weight"][:, None, None] * x + self.weights[name + ".bias"][:, None, None]

    def bottleneck(self, x, name, stride=1):
        x = F.gelu(self.conv(x, name + ".conv1"))
        return self.conv(F.gelu(self.conv(x, name + ".conv2", stride)), name + ".conv3")

    def biases(self, name, window):
        """A bias for each pair of places in a window, which depends on their distance. Computed once, as in the reference's evaluation mode."""
        if name not in self.tables:
            at = torch.arange(window)
            row, column = at.repeat_interleave(window), at.repeat(window)
            far = (row[:, None] - row).abs() * window + (column[:, None] - column).abs()
            self.tables[name] = self.weights[name][:, far]
        return self.tables[name]

    def attention(self, x, name):  # (G, N, C)
        table = self.weights[name + ".attention_biases"]
        g, n, c = x.shape
        heads, window = table.shape[0], int(n**0.5)
        d = c // heads
        q, k, v = self.linear(self.norm(x, name + ".norm"), name + ".qkv").view(g, n, heads, 3 * d).split(d, 3)
        q, k, v = (y.permute(0, 2, 1, 3) for y in (q, k, v))
        shares = (q @ k.transpose(-2, -1) * d**-0.5 + self.biases(name + ".attention_biases", window)).softmax(-1)
        return self.linear((shares @ v).transpose(1, 2).reshape(g, n, c), name + ".proj")

    def block(self, x, name):  # (B, H, W, C)
        window = int(self.weights[name + ".attn.attention_biases"].shape[1] ** 0.5)
        b, h, w, c = x.shape
        down, across = -(-h // window), -(-w // window)
        y = F.pad(x, (0, 0, 0, across * window - w, 0, down * window - h))
        y = y.view(b, down, window, across, window, c).transpose(2, 3).reshape(-1, window * window, c)
        y = self.attention(y, name + ".attn")
        y = y.view(b, down, across, window, window, c).transpose(2, 3).reshape(b, down * window, across * window, c)[:, :h, :w]
        x = self.conv((x + y).permute(0, 3, 1, 2), name + ".local_conv").permute(0, 2, 3, 1)
        return x + self.linear(F.gelu(self.linear(self.norm(x, name + ".mlp.norm"), name + ".mlp.fc1")), name + ".mlp.fc2")

    def blocks(self, stage):
        return sorted({int(name.split(".")[3]) for name in self.weights if name.startswith(f"layers.{stage}.blocks.")})

    def __call__(self, image):  # (B, 3, S, S)
        x = self.conv(F.gelu(self.conv(image, "patch_embed.seq.0", 2)), "patch_embed.seq.2", 2)
        for i in self.blocks(0):
            x = F.gelu(x + self.bottleneck(x, f"layers.0.blocks.{i}"))
        for stage in (1, 2, 3):
            x = self.bottleneck(x, f"layers.{stage - 1}.downsample", 2 if stage < 3 else 1).permute(0, 2, 3, 1)
            for i in self.blocks(stage):
                x = self.block(x, f"layers.{stage}.blocks.{i}")
            x = x.permute(0, 3, 1, 2)
        x = self.norm_2d(F.conv2d(x, self.weights["neck.0.weight"]), "neck.1")
        return self.norm_2d(F.conv2d(x, self.weights["neck.2.weight"], padding=1), "neck.3")
