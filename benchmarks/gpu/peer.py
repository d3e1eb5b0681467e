"""The same networks as Samovar's, in plain PyTorch with random weights: the other side of the table of benchmarks/gpu/run.

It answers lines on its standard input, as GpuWorker.java says: "encode vit_b 1 float32 eager" -> #row {"seconds": [...], "peak": bytes}.
After SAM (facebookresearch/segment-anything) and AutoSAM's heads (xhu248/AutoSAM); nothing is copied from either.

cuDNN may try its algorithms out (cudnn.benchmark). Formats: float32 without TF32; TF32 for products and convolutions; BF16 as weights and activations in the encoder and in single products and attention, and by autocast, with
float32 weights and Adam, in a training. "compiled" is torch.compile: of each of the encoder's blocks (their code is the same, so it is compiled twice, not 12 or 32 times), of the attention, or of
a head with its loss.
"""
import contextlib
import json
import sys
import time

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError as error:  # said in answer to the first line
    torch, nn, missing = None, None, str(error)

WARM_UP, BLOCK, LEAST, MOST, BLOCKS = 0.5, 0.02, 0.5, 2.5, 5  # seconds, and a number; the same as in GpuWorker.java
MODELS = {  # width, depth, heads, window, global blocks, side of the picture, patch, hidden, embedding, hidden in the decoder
    "vit_b": (768, 12, 12, 14, (2, 5, 8, 11), 1024, 16, 3072, 256, 2048),
    "vit_h": (1280, 32, 16, 14, (7, 15, 23, 31), 1024, 16, 5120, 256, 2048),
    "tiny": (24, 2, 2, 4, (1,), 40, 4, 48, 16, 32),
}
DEVICE = "cuda"


def attention_with_positions(q, k, v, rel_h, rel_w, side):
    """q, k, v (B, heads, side*side, d); rel_* (2*side-1, d): each key's distance in rows and in columns has a vector, whose product with the query is added to the score."""
    b, heads, n, d = q.shape
    offset = torch.arange(side, device=q.device)
    offset = offset[:, None] - offset[None, :] + side - 1
    grid = q.reshape(b, heads, side, side, d)
    rows = torch.einsum("bnhwd,hkd->bnhwk", grid, rel_h[offset])
    columns = torch.einsum("bnhwd,wkd->bnhwk", grid, rel_w[offset])
    bias = (rows[..., :, None] + columns[..., None, :]).reshape(b, heads, n, n)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)


if torch:

    class Norm2d(nn.LayerNorm):
        """Over the channels of (B, C, H, W)."""

        def __init__(self, channels):
            super().__init__(channels, eps=1e-6)

        def forward(self, x):
            return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    class EncoderBlock(nn.Module):
        def __init__(self, width, heads, window, side, hidden):
            super().__init__()
            self.heads, self.window, self.side = heads, window, window or side
            self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
            self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.rel_h = nn.Parameter(0.1 * torch.randn(2 * self.side - 1, width // heads))
            self.rel_w = nn.Parameter(0.1 * torch.randn(2 * self.side - 1, width // heads))
            self.lin1, self.lin2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

        def attend(self, x):  # (B, s, s, C)
            b, s, _, c = x.shape
            q, k, v = self.qkv(x).reshape(b, s * s, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
            y = attention_with_positions(q, k, v, self.rel_h, self.rel_w, s)
            return self.proj(y.transpose(1, 2).reshape(b, s, s, c))

        def forward(self, x):  # (B, G, G, C)
            y = self.norm1(x)
            if self.window:
                b, g, _, c = x.shape
                s, n = self.window, -(-g // self.window)
                y = F.pad(y, (0, 0, 0, n * s - g, 0, n * s - g))
                y = y.reshape(b, n, s, n, s, c).transpose(2, 3).reshape(b * n * n, s, s, c)
                y = self.attend(y).reshape(b, n, n, s, s, c).transpose(2, 3).reshape(b, n * s, n * s, c)[:, :g, :g]
            else:
                y = self.attend(y)
            x = x + y
            return x + self.lin2(F.gelu(self.lin1(self.norm2(x))))

    class Encoder(nn.Module):
        def __init__(self, width, depth, heads, window, global_blocks, picture, patch, hidden, out, _):
            super().__init__()
            side = picture // patch
            self.patches = nn.Conv2d(3, width, patch, patch)
            self.positions = nn.Parameter(0.2 * torch.randn(1, side, side, width))
            self.blocks = nn.ModuleList(EncoderBlock(width, heads, 0 if i in global_blocks else window, side, hidden) for i in range(depth))
            self.neck = nn.Sequential(nn.Conv2d(width, out, 1, bias=False), Norm2d(out), nn.Conv2d(out, out, 3, padding=1, bias=False), Norm2d(out))

        def forward(self, x):  # (B, 3, S, S)
            x = self.patches(x).permute(0, 2, 3, 1) + self.positions
            for block in self.blocks:
                x = block(x)
            return self.neck(x.permute(0, 3, 1, 2))

    class Attention(nn.Module):
        """Of several heads, within an inner width."""

        def __init__(self, width, inner, heads=8):
            super().__init__()
            self.heads = heads
            self.q, self.k, self.v, self.out = nn.Linear(width, inner), nn.Linear(width, inner), nn.Linear(width, inner), nn.Linear(inner, width)

        def split(self, x):
            return x.reshape(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

        def forward(self, q, k, v):
            y = F.scaled_dot_product_attention(self.split(self.q(q)), self.split(self.k(k)), self.split(self.v(v)))
            return self.out(y.transpose(1, 2).flatten(2))

    class TwoWay(nn.Module):
        """A layer of the decoder: tokens look at each other and at the image, then the image at them."""

        def __init__(self, width, hidden, first):
            super().__init__()
            self.first = first
            self.to_self, self.to_image, self.to_tokens = Attention(width, width), Attention(width, width // 2), Attention(width, width // 2)
            self.lin1, self.lin2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
            self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))

        def forward(self, q, x, tokens, positions):
            at = q + tokens
            q = self.norms[0](self.to_self(q, q, q) if self.first else q + self.to_self(at, at, q))
            q = self.norms[1](q + self.to_image(q + tokens, x + positions, x))
            q = self.norms[2](q + self.lin2(F.relu(self.lin1(q))))
            return q, self.norms[3](x + self.to_tokens(x + positions, q + tokens, q))

    class VitHead(nn.Module):
        """SAM's mask decoder without a prompt, a pass for each class: three tokens, of which the second becomes a mask."""

        def __init__(self, width, hidden, classes):
            super().__init__()
            self.classes = classes
            self.register_buffer("judges", torch.randn(classes, 1, width))  # these never learn
            self.register_buffer("waves", torch.randn(2, width // 2))
            self.masks = nn.Parameter(torch.randn(classes, 2, width))
            self.layers = nn.ModuleList([TwoWay(width, hidden, True), TwoWay(width, hidden, False)])
            self.last, self.norm = Attention(width, width // 2), nn.LayerNorm(width)
            self.up = nn.Sequential(nn.ConvTranspose2d(width, width // 4, 2, 2), Norm2d(width // 4), nn.GELU(), nn.ConvTranspose2d(width // 4, width // 8, 2, 2), nn.GELU())
            self.hyper = nn.ModuleList(
                nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width // 8)) for _ in range(2))

        def positions(self, side):  # (1, side*side, C)
            at = 2 * (torch.arange(side, device=self.waves.device) + 0.5) / side - 1
            xy = torch.stack((at[None, :].expand(side, side), at[:, None].expand(side, side)), -1)
            angle = 2 * torch.pi * (xy @ self.waves)
            return torch.cat((angle.sin(), angle.cos()), -1).reshape(1, side * side, -1)

        def forward(self, x):  # (B, C, G, G)
            b, c, g, _ = x.shape
            k = self.classes
            tokens = torch.cat((self.judges, self.masks), 1).expand(b, k, 3, c).reshape(b * k, 3, c)
            x = x.flatten(2).transpose(1, 2)[:, None].expand(b, k, g * g, c).reshape(b * k, g * g, c)
            positions, q = self.positions(g), tokens
            for layer in self.layers:
                q, x = layer(q, x, tokens, positions)
            q = self.norm(q + self.last(q + tokens, x + positions, x))
            picture = self.up(x.transpose(1, 2).reshape(b * k, c, g, g))
            weights = torch.stack([mlp(q[:, 1 + i]) for i, mlp in enumerate(self.hyper)], 1)
            return (weights @ picture.flatten(2))[:, 0].reshape(b, k, 4 * g, 4 * g)

    def cnn_head(width, classes, top, depth=4):
        c = top << depth
        layers = [nn.Conv2d(width, c, 1), nn.ReLU(), nn.Conv2d(c, c, 1), nn.ReLU()]
        for i in range(depth):
            if depth > 2 and i < 2:
                layers += [nn.Conv2d(c, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c // 2, 3, padding=1), nn.ReLU()]
            else:
                layers += [nn.Conv2d(c, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1), nn.ReLU(), nn.ConvTranspose2d(c, c // 2, 2, 2)]
            c //= 2
        return nn.Sequential(*layers, nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, classes, 1))

    def linear_head(width, classes):
        return nn.Sequential(nn.ConvTranspose2d(width, width // 4, 2, 2), Norm2d(width // 4), nn.GELU(), nn.ConvTranspose2d(width // 4, width // 8, 2, 2), nn.GELU(),
                             nn.Conv2d(width // 8, width // 8, 1), nn.ReLU(), nn.Conv2d(width // 8, classes, 1))


def loss_of(logits, labels, hot):
    """Cross entropy and soft Dice of logits that are resized to the labels; hot (B, K-1, H, W)."""
    logits = F.interpolate(logits.float(), size=labels.shape[1:], mode="bilinear", align_corners=False)
    p = logits.softmax(1)[:, 1:]
    overlap, sizes = (p * hot).sum((0, 2, 3)), (p * p).sum((0, 2, 3)) + (hot * hot).sum((0, 2, 3))
    return F.cross_entropy(logits, labels) + (1 - (2 * overlap + 1) / (sizes + 1)).mean()


def encode(model, batch, dtype, compiled):
    with torch.device(DEVICE):
        encoder = Encoder(*MODELS[model]).to(dtype).eval().requires_grad_(False)
    side = MODELS[model][5]
    picture = torch.randn(batch, 3, side, side, device=DEVICE, dtype=dtype)
    if compiled:
        for block in encoder.blocks:
            block.compile()
    return lambda: encoder(picture)


def product(work, model, batch, dtype):
    width, side, hidden = MODELS[model][0], MODELS[model][5] // MODELS[model][6], MODELS[model][7]
    n, k = {"gemm-qkv": (3 * width, width), "gemm-proj": (width, width), "gemm-mlp1": (hidden, width), "gemm-mlp2": (width, hidden)}[work]
    x, w, b = (torch.randn(*shape, device=DEVICE, dtype=dtype) for shape in ((batch * side * side, k), (n, k), (n,)))
    return lambda: F.linear(x, w, b)


def attention(work, model, batch, dtype, compiled):
    width, _, heads, window, _, picture, patch = MODELS[model][:7]
    side, groups = picture // patch, batch
    if work == "attention-window":
        side, groups = window, batch * (-(-side // window)) ** 2
    d = width // heads
    q, k, v = torch.randn(3, groups, heads, side * side, d, device=DEVICE, dtype=dtype).unbind(0)
    rel_h, rel_w = 0.1 * torch.randn(2, 2 * side - 1, d, device=DEVICE, dtype=dtype)
    run = torch.compile(attention_with_positions) if compiled else attention_with_positions
    return lambda: run(q, k, v, rel_h, rel_w, side)


def training(kind, model, batch, bf16, compiled):
    _, _, _, _, _, picture, patch, _, width, hidden = MODELS[model]
    tiny = model == "tiny"
    classes, label_side, top, side = (3, 13, 2, picture // patch) if tiny else (4, 224, 64, picture // patch)
    head = {"vit": lambda: VitHead(width, hidden, classes), "cnn": lambda: cnn_head(width, classes, top), "linear": lambda: linear_head(width, classes)}[kind]().to(DEVICE)
    x = torch.randn(batch, width, side, side, device=DEVICE)
    labels = torch.randint(0, classes, (batch, label_side, label_side), device=DEVICE)
    hot = F.one_hot(labels, classes).permute(0, 3, 1, 2)[:, 1:].float()
    adam = torch.optim.Adam(head.parameters(), lr=5e-4, fused=True)

    def loss():
        with torch.autocast(DEVICE, torch.bfloat16) if bf16 else contextlib.nullcontext():
            logits = head(x)
        return loss_of(logits, labels, hot)

    forward = torch.compile(loss) if compiled else loss

    def step():
        adam.zero_grad(set_to_none=True)
        forward().backward()
        adam.step()

    return step


def prepare(work, model, batch, form, mode):
    torch.set_float32_matmul_precision("high" if form == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark = form == "tf32", True
    dtype, compiled = torch.bfloat16 if form == "bf16" else torch.float32, mode == "compiled"
    if work.startswith("train-"):
        return training(work[len("train-"):], model, batch, form == "bf16", compiled), False
    if work.startswith("gemm"):
        return product(work, model, batch, dtype), True
    return (encode(model, batch, dtype, compiled) if work == "encode" else attention(work, model, batch, dtype, compiled)), True


def runs(call, times):
    """Seconds of so many runs: on a GPU by events before and after them."""
    if DEVICE == "cpu":
        start = time.perf_counter()
        for _ in range(times):
            call()
        return time.perf_counter() - start
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    start.record()
    for _ in range(times):
        call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / 1e3


def empty():
    if DEVICE == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak():
    return torch.cuda.max_memory_allocated() if DEVICE == "cuda" else 0


class Peer:
    def __init__(self):
        self.line, self.call, self.inference = "", None, True

    def measure(self, line):
        if line != self.line:
            self.line, self.call = "", None
            if "torch._dynamo" in sys.modules:
                torch._dynamo.reset()  # what was compiled for another row
            empty()
            work, model, batch, form, mode = line.split(" ")
            self.call, self.inference = prepare(work, model, int(batch), form, mode)
            empty()
        with torch.inference_mode() if self.inference else contextlib.nullcontext():
            if line != self.line:
                start = time.perf_counter()
                runs(self.call, 2)  # compiles
                while time.perf_counter() - start < WARM_UP:
                    runs(self.call, 1)
                self.line = line
            times = max(1, -int(-BLOCK // runs(self.call, 1)))
            seconds, total = [], 0.0
            while total < MOST and (len(seconds) < BLOCKS or total < LEAST):
                block = runs(self.call, times)
                total += block
                seconds.append(block / times)
        return {"seconds": seconds, "peak": peak()}


def machine():
    if torch is None:
        return {"error": missing}
    if DEVICE == "cuda" and not torch.cuda.is_available():
        return {"error": f"PyTorch {torch.__version__} sees no GPU"}
    name = torch.cuda.get_device_name(0) if DEVICE == "cuda" else "cpu"
    return {"torch": torch.__version__, "python": sys.version.split()[0], "gpu": name}


def main():
    peer = Peer()
    for line in map(str.strip, sys.stdin):
        try:
            answer = machine() if line == "machine" else peer.measure(line)
        except Exception as error:  # a row without a number, and the reason
            words = [w.strip() for w in str(error).splitlines() if w.strip()]
            answer = {"error": f"{type(error).__name__}: {words[0] if words else ''}"[:300]}
            peer = Peer()
        print("#row " + json.dumps(answer), flush=True)


if __name__ == "__main__":
    DEVICE = sys.argv[1] if len(sys.argv) > 1 else DEVICE
    main()
