"""The loss of one round of pretraining and its gradient, with PyTorch's functional losses and in double precision, for PretrainingStepTest of the module models:

    python3 pretraining_loss.py

Two objects of 16 x 16 cells, with four masks each, from the same formulas as in the test: a box and a click in the first round, then both again with one mask each. Needs torch.
"""
import torch
from promptable import Promptable

SIDE = 16


def numbers():
    cell = torch.arange(SIDE * SIDE, dtype=torch.float64)
    x, y = cell % SIDE, cell // SIDE
    targets = torch.stack([(x - 7).square() + (y - 8).square() < 30, (x - 5).abs() + (y - 6).abs() < 5]).double()
    thing, mask = torch.arange(2.0, dtype=torch.float64)[:, None, None], torch.arange(4.0, dtype=torch.float64)[None, :, None]
    logits = 2 * torch.sin(0.7 * cell + 3 * mask + 5 * thing) + (1 + mask) * (targets[:, None] - 0.5)
    return targets.reshape(2, SIDE, SIDE), logits.reshape(2, 4, SIDE, SIDE), torch.tensor([[0.9, 0.2, 0.6, 0.3], [0.5, 0.1, 0.8, 0.7]], dtype=torch.float64)


def main():
    targets, logits, thought = numbers()
    promptable = Promptable({"targets": targets, "labels": torch.tensor([[2, 3], [1, -1]])})
    for first in (True, False):
        logits, thought = logits.detach().requires_grad_(True), thought.detach().requires_grad_(True)
        loss, answer = promptable.of(logits, thought, first)
        loss.backward()
        weights = torch.cos(torch.arange(logits.numel(), dtype=torch.float64)).reshape(logits.shape)
        print(f"{'first' if first else 'second'} round: loss {loss.item():.12f}")
        print("  gradient of the logits, each mask's times cos(0), cos(1) ...:", ", ".join(f"{g:.12f}" for g in (logits.grad * weights).sum((2, 3)).flatten().tolist()))
        print("  gradient of what is thought:", ", ".join(f"{g:.12f}" for g in thought.grad.flatten().tolist()))
        print("  sums of the answers:", ", ".join(f"{g:.9f}" for g in answer.sum((1, 2, 3)).tolist()))


if __name__ == "__main__":
    main()
