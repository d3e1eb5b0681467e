"""PyTorch's side of the comparisons, in the protocol of Worker.java:

    python3 torch_worker.py SIDE WORK THREADS RESULT_FILE WEIGHTS.safetensors GIVEN.safetensors

Needs torch, transformers and numpy, and peft for train-lora. SIDE may contain "-channels-last", or "-recompute" for torch.utils.checkpoint around each block of the image encoder;
"-tuned" only changes the environment. Everything except training runs in inference mode.
"""
import sys
import time

import torch
import torch_mobile
import torch_sam
import torch_training
import worker
from clicks import Clicks
from encoder_to_onnx import read

TOGETHER = 8  # clicks in one batch of Samovar's: the masks of the last batch are compared
BATCHES = (1, 8, 64)


class Computed:
    """A computation without gradients."""

    def __init__(self, compute):
        self.compute, self.computed = compute, None

    def run(self):
        with torch.inference_mode():
            self.computed = self.compute()

    def result(self):
        return self.computed.float().contiguous().numpy().ravel()

    def close(self):
        pass


def encode(weights, given, layout):
    model = torch_sam.sam(weights, "sdpa").vision_encoder.to(memory_format=layout)
    picture = given["picture"].to(memory_format=layout)
    return Computed(lambda: model(picture).last_hidden_state)


def mobile(weights, given, layout):
    encoder = torch_mobile.Encoder({name: tensor.to(memory_format=layout) if tensor.dim() == 4 else tensor for name, tensor in weights.items()})
    picture = given["picture"].to(memory_format=layout)
    return Computed(lambda: encoder(picture))


def clicks(weights, given):
    """Uses composed or fused attention, and the batch size, whichever is fastest on this machine."""
    decoder, at = Clicks(weights, given["embedding"]), given["clicks"]

    def masks(points):
        return decoder.masks(points)[0]

    def seconds(batch):
        start = time.perf_counter()
        masks(at[:batch])
        return (time.perf_counter() - start) / batch

    ways = [(fused, batch) for fused in (False, True) for batch in BATCHES if batch <= len(at)]
    took = {}
    with torch.inference_mode():
        for decoder.fused, batch in ways:
            masks(at[:1])
            took[decoder.fused, batch] = seconds(batch)
    decoder.fused, together = min(took, key=took.get)
    print(f"clicks: attention {'fused' if decoder.fused else 'composed'}, {together} at a time", file=sys.stderr)

    compared = (len(at) - 1) % TOGETHER + 1

    def all_of_them():
        last = []
        for part in at.split(together):
            last = (last + [masks(part)])[-TOGETHER:]
        return torch.cat(last)[-compared:]

    return Computed(all_of_them)


def work(side, name, weights, given):
    layout = torch.channels_last if "channels-last" in side else torch.contiguous_format
    if name == "train-unet":
        return torch_training.unet(read(given), layout)
    weights, given = read(weights), read(given)
    if name == "train-mini":
        return torch_training.pretraining(weights, given, layout)
    if name.startswith("train-"):
        return torch_training.sam(name, weights, given, "recompute" in side, layout)
    if name in ("click", "everything"):
        return clicks(weights, given)
    return mobile(weights, given, layout) if name == "encode-mobile" else encode(weights, given, layout)


def main():
    _, side, name, threads, result, weights, given = sys.argv
    torch.set_num_threads(int(threads))
    torch.set_num_interop_threads(1)
    worker.serve(work(side, name, weights, given), result)


if __name__ == "__main__":
    main()
