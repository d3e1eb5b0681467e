"""Training steps in PyTorch: forward, autograd, and PyTorch's fused optimizer. The losses of the first steps must be the same as Samovar's."""
import numpy
import torch
import torch.nn.functional as F
import torch_sam
from promptable import Promptable
from torch import nn

STEPS = 3
ATTENTION = "eager"  # for training, a little faster than the fused one, whose mask has a gradient here


class Steps:
    """Training steps. The losses of the first ones are compared."""

    def __init__(self, step):
        self.step, self.losses = step, []

    def run(self):
        loss = self.step()
        if len(self.losses) < STEPS:
            self.losses.append(float(loss.detach()))

    def result(self):
        while len(self.losses) < STEPS:
            self.run()
        return numpy.array(self.losses)

    def close(self):
        pass


def dice(probability, target):
    """MedSAM's Dice loss."""
    overlap, sizes = (probability * target).sum((1, 2, 3)), (probability * probability + target * target).sum((1, 2, 3))
    return (1 - (2 * overlap + 1e-5) / (sizes + 1e-5)).mean()


def sam(work, weights, given, recompute, layout):
    """A step of train-medsam, train-lora or train-adapter: a picture with a box."""
    picture, box, target = given.pop("picture"), given.pop("box"), given.pop("target")
    model = torch_sam.sam(weights, ATTENTION)
    weights.clear()
    if work == "train-medsam":
        model.vision_encoder.requires_grad_(True)
    elif work == "train-lora":
        torch_sam.low_rank(model, given)
    else:
        torch_sam.adapt(model, given)
    for name, parameter in model.mask_decoder.named_parameters():
        parameter.requires_grad_("iou_prediction_head" not in name)  # not a part of the loss
    if recompute:
        torch_sam.recompute(model)
    model, picture = model.to(memory_format=layout), picture.to(memory_format=layout)
    learning = [p for p in model.parameters() if p.requires_grad]
    adapter = work == "train-adapter"
    optimizer = torch.optim.Adam(learning, lr=1e-4, fused=True) if adapter else torch.optim.AdamW(learning, lr=1e-4, weight_decay=0.01, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        low = model(pixel_values=picture, input_boxes=box[:, None], multimask_output=False).pred_masks[:, 0]
        logits = F.interpolate(low, size=target.shape[2:], mode="bilinear", align_corners=False)
        if adapter:
            loss = F.binary_cross_entropy_with_logits(logits, target, pos_weight=torch.tensor(2.0))
        else:
            loss = dice(logits.sigmoid(), target) + F.binary_cross_entropy_with_logits(logits, target)
        loss.backward()
        optimizer.step()
        return loss

    return Steps(step)


def pretraining(weights, given, layout):
    """A step of train-mini: all objects of all pictures at once, with a first prompt and corrections."""
    pictures, draws = given["pictures"].to(memory_format=layout), given["draws"]
    things, rounds = draws.shape
    model = torch_sam.sam(weights, ATTENTION).requires_grad_(True)
    side = model.prompt_encoder.input_image_size
    for embedding in (model.shared_image_embedding, model.prompt_encoder.shared_embedding):
        embedding.requires_grad_(False)
    model = model.to(memory_format=layout)
    tables = ("pos_embed", "rel_pos", "token.weight", "tokens.weight", "point_embed", "no_mask_embed")
    decaying, still = [], []
    for name, p in model.named_parameters():
        if p.requires_grad:
            (still if p.dim() < 2 or any(table in name for table in tables) else decaying).append(p)
    optimizer = torch.optim.AdamW([{"params": decaying, "weight_decay": 0.05}, {"params": still, "weight_decay": 0.0}], lr=6e-4, fused=True)
    promptable = Promptable(given)
    pixels, cells = side // promptable.side, promptable.side

    def corrections(points, labels, answer, draw):
        """Adds one point for each object where the answer is wrong, before the box corners or the padding."""
        wrong = ((answer[:, 0] > 0) != (promptable.targets > 0)).flatten(1)
        some = wrong.sum(1)
        wrong = torch.where(some[:, None] > 0, wrong, promptable.targets.flatten(1) > 0)
        number = (draw * wrong.sum(1)).long()
        cell = (wrong.cumsum(1) == number[:, None] + 1).int().argmax(1)
        place = torch.stack([(cell % cells + 0.5) * pixels - 0.5, (cell // cells + 0.5) * pixels - 0.5], 1)
        kind = promptable.targets.flatten(1)[torch.arange(things), cell].long()
        at = torch.where(promptable.ambiguous, points.shape[1] - 1, points.shape[1] - 2)
        order = torch.arange(points.shape[1] + 1)[None]
        old = (order - (order > at[:, None]).long()).clamp(max=points.shape[1] - 1)
        new = order == at[:, None]
        points = torch.where(new[..., None], place[:, None], points.gather(1, old[..., None].expand(-1, -1, 2)))
        return points, torch.where(new, kind[:, None], labels.gather(1, old))

    def step():
        optimizer.zero_grad(set_to_none=True)
        embedding = model.vision_encoder(pictures).last_hidden_state.repeat_interleave(things // len(pictures), 0)
        positions = model.get_image_wide_positional_embeddings().expand(things, -1, -1, -1)
        points, labels, answer, loss = given["first"], given["labels"].long(), None, 0
        for i in range(1 + rounds):
            if i > 0:
                points, labels = corrections(points, labels, answer, draws[:, i - 1])
            dense = (model.prompt_encoder.mask_embed(answer) if i > 0 else
                     model.prompt_encoder.no_mask_embed.weight.reshape(1, -1, 1, 1).expand_as(embedding))
            masks, thought = decode(model, embedding, positions, torch_sam.tokens(model, points, labels), dense)
            part, answer = promptable.of(masks, thought, i == 0)
            loss = loss + part
        loss = loss / (things * (1 + rounds))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decaying + still, 1.0)
        optimizer.step()
        return loss

    return Steps(step)


def decode(model, embedding, positions, sparse, dense):
    """All four masks of each prompt (B, 4, ·, ·) and their predicted IoU (B, 4), from the modules of transformers' decoder, which itself returns either the first mask or the others."""
    decoder, n = model.mask_decoder, len(embedding)
    own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight]).expand(n, 1, -1, -1)
    q, image = decoder.transformer(
        point_embeddings=torch.cat([own, sparse], 2), image_embeddings=embedding + dense, image_positional_embeddings=positions, attention_similarity=None)
    up = decoder.activation(decoder.upscale_layer_norm(decoder.upscale_conv1(image.transpose(2, 3).reshape(embedding.shape))))
    up = decoder.activation(decoder.upscale_conv2(up))
    rows = torch.stack([mlp(q[:, 0, 1 + i]) for i, mlp in enumerate(decoder.output_hypernetworks_mlps)], 1)
    return (rows @ up.flatten(2)).reshape(n, -1, *up.shape[2:]), decoder.iou_prediction_head(q[:, 0, 0])


def unet(given, layout):
    """A step of train-unet: the U-Net of Hu et al. with cross entropy and soft Dice."""
    frames, labels = given.pop("frames").to(memory_format=layout), given.pop("labels").long()
    parameters = {name: nn.Parameter(tensor.to(memory_format=layout) if tensor.dim() == 4 else tensor) for name, tensor in given.items()}
    classes = parameters["head.bias"].shape[0]
    hot = F.one_hot(labels, classes).permute(0, 3, 1, 2)[:, 1:].float()
    optimizer = torch.optim.Adam(parameters.values(), lr=5e-4, fused=True)
    levels = max(int(name.split("_")[1]) for name in parameters if "contr_" in name)

    def conv(x, name, padding=1):
        return F.conv2d(x, parameters[name + ".weight"], parameters[name + ".bias"], padding=padding)

    def up(x, name):
        return F.conv_transpose2d(x, parameters[name + ".weight"], parameters[name + ".bias"], stride=2)

    def forward(x):
        kept = []
        for level in range(1, levels + 1):
            for unit in (1, 2):
                x = F.leaky_relu(F.instance_norm(conv(x, f"encoder.contr_{level}_{unit}.0"), eps=1e-5))
            kept.append(x)
            x = F.max_pool2d(x, 2)
        x = conv(conv(x, "encoder.center.0").relu(), "encoder.center.2").relu()
        x = up(x, "encoder.center.4").relu()
        for level in range(levels, 0, -1):
            x = torch.cat([x, kept[level - 1]], 1)
            for unit in (1, 2):
                x = F.leaky_relu(conv(x, f"encoder.expand_{level}_{unit}.0"))
            if level > 1:
                x = up(x, f"encoder.upscale{level}")
        return conv(x, "head", 0)

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = F.interpolate(forward(frames), size=labels.shape[1:], mode="bilinear", align_corners=False)
        p = logits.softmax(1)[:, 1:]
        overlap, sizes = (p * hot).sum((0, 2, 3)), (p * p).sum((0, 2, 3)) + (hot * hot).sum((0, 2, 3))
        loss = F.cross_entropy(logits, labels) + (1 - (2 * overlap + 1) / (sizes + 1)).mean()
        loss.backward()
        optimizer.step()
        return loss

    return Steps(step)
