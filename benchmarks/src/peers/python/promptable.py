"""The loss of a promptable SAM with PyTorch's functional losses, as in models/…/pretrain/PromptableLoss.java. Needs torch."""
import torch
import torch.nn.functional as F


class Promptable:
    """The loss of a promptable SAM. A single click gives three masks, of which the best one is trained; other prompts give one. The predicted IoU of all masks given is trained."""

    def __init__(self, given):
        self.targets = given["targets"]
        self.side = self.targets.shape[1]
        self.ambiguous = given["labels"][:, 1] < 0

    def focal(self, logits, targets):
        p = logits.sigmoid()
        right = p * targets + (1 - p) * (1 - targets)
        weight = 0.25 * targets + 0.75 * (1 - targets)
        return (weight * (1 - right) ** 2 * F.binary_cross_entropy_with_logits(logits, targets, reduction="none")).mean((2, 3))

    def dice(self, logits, targets):
        p = logits.sigmoid()
        return 1 - (2 * (p * targets).sum((2, 3)) + 1) / ((p + targets).sum((2, 3)) + 1)

    def of(self, masks, thought, first):
        """From masks (B, 4, ·, ·) and their predicted IoU (B, 4): the sum of the losses, and the masks (B, 1, ·, ·) with the highest predicted IoU."""
        use = torch.zeros(masks.shape[:2], dtype=torch.bool)
        several = self.ambiguous if first else torch.zeros_like(self.ambiguous)
        use[several, 1:], use[~several, 0] = True, True
        if not first:
            masks, thought, use = masks[:, :1], thought[:, :1], use[:, :1]
        targets = self.targets[:, None].expand_as(masks)
        each = 20 * self.focal(masks, targets) + self.dice(masks, targets)
        learning = each.detach().masked_fill(~use, torch.inf).argmin(1)
        hits, there = masks.detach() > 0, targets > 0
        either = (hits | there).sum((2, 3))
        real = torch.where(either > 0, (hits & there).sum((2, 3)) / either.clamp(min=1), 0.0)
        judges = use / use.sum(1, keepdim=True)
        loss = each.gather(1, learning[:, None]).sum() + (F.mse_loss(thought, real, reduction="none") * judges).sum()
        best = thought.detach().masked_fill(~use, -torch.inf).argmax(1)
        return loss, masks.detach()[torch.arange(len(masks)), best][:, None]
