"""SAM in PyTorch, from a checkpoint with the reference's names: the model of Hugging Face's transformers, with adapters for training.

Needs torch and transformers, and peft for low-rank updates (tested with torch 2.13.0, transformers 5.18, peft 0.21).
"""
import re
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

sys.modules.setdefault("torchvision", None)  # SAM does not need it, and a version that does not match torch would break the import
from transformers import SamConfig, SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig  # noqa: E402

NAMES = (  # the reference's names and those in transformers
    (r"^image_encoder\.", "vision_encoder."), (r"patch_embed\.proj\.", "patch_embed.projection."), (r"\.blocks\.", ".layers."), (r"\.norm(\d)\.", r".layer_norm\1."),
    (r"\.neck\.0\.", ".neck.conv1."), (r"\.neck\.1\.", ".neck.layer_norm1."), (r"\.neck\.2\.", ".neck.conv2."), (r"\.neck\.3\.", ".neck.layer_norm2."),
    (r"norm_final_attn", "layer_norm_final_attn"), (r"output_upscaling\.0", "upscale_conv1"), (r"output_upscaling\.1", "upscale_layer_norm"),
    (r"output_upscaling\.3", "upscale_conv2"), (r"(mlps\.\d|iou_prediction_head)\.layers\.0\.", r"\1.proj_in."), (r"(mlps\.\d|iou_prediction_head)\.layers\.1\.", r"\1.layers.0."),
    (r"(mlps\.\d|iou_prediction_head)\.layers\.2\.", r"\1.proj_out."), (r"prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix", "shared_image_embedding.positional_embedding"),
    (r"point_embeddings", "point_embed"), (r"mask_downscaling\.0", "mask_embed.conv1"), (r"mask_downscaling\.1", "mask_embed.layer_norm1"), (r"mask_downscaling\.3", "mask_embed.conv2"),
    (r"mask_downscaling\.4", "mask_embed.layer_norm2"), (r"mask_downscaling\.6", "mask_embed.conv3"),
)


def named(name):
    for pattern, to in NAMES:
        name = re.sub(pattern, to, name)
    return name


def config(weights):
    """The sizes of the model, from the shapes in a checkpoint."""
    at = "image_encoder."
    width, _, patch, _ = weights[at + "patch_embed.proj.weight"].shape
    grid, promised = weights[at + "pos_embed"].shape[1], weights[at + "neck.0.weight"].shape[0]
    tables = {}
    for name, tensor in weights.items():
        if name.endswith("rel_pos_h"):
            tables[int(name.split(".")[2])] = tensor
    whole = sorted(block for block, table in tables.items() if table.shape[0] == 2 * grid - 1)
    windows = [(table.shape[0] + 1) // 2 for block, table in tables.items() if block not in whole]
    vision = SamVisionConfig(
        hidden_size=width, output_channels=promised, num_hidden_layers=len(tables), num_attention_heads=width // tables[0].shape[1], image_size=grid * patch, patch_size=patch,
        mlp_dim=weights[at + "blocks.0.mlp.lin1.weight"].shape[0], window_size=windows[0], global_attn_indexes=whole, num_pos_feats=promised // 2)
    prompts = SamPromptEncoderConfig(hidden_size=promised, image_size=grid * patch, patch_size=patch)
    decoder = SamMaskDecoderConfig(
        hidden_size=promised, mlp_dim=weights["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0],
        iou_head_hidden_dim=weights["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0], layer_norm_eps=1e-5)  # transformers has 1e-6, the reference 1e-5
    return SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)


def sam(weights, attention):
    """The model with this attention in its encoder, in evaluation mode and with all parameters frozen. It takes ownership of the weights."""
    configuration = config(weights)
    configuration._attn_implementation = attention
    with torch.device("meta"):
        model = SamModel._from_config(configuration, attn_implementation=attention)
    model.mask_decoder.config._attn_implementation = "sdpa"
    state = {named(name): tensor for name, tensor in weights.items()}
    state["prompt_encoder.shared_embedding.positional_embedding"] = state["shared_image_embedding.positional_embedding"]
    model.load_state_dict(state, assign=True)
    return model.eval().requires_grad_(False)


class Recomputed(nn.Module):
    """A block that is recomputed in the backward pass."""

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x):
        return checkpoint(self.block, x, use_reentrant=False)


def recompute(model):
    layers = model.vision_encoder.layers
    for i, layer in enumerate(layers):
        layers[i] = Recomputed(layer)


class Bottleneck(nn.Module):
    def __init__(self, given, name):
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(given[f"{name}.{part}"]) for part in ("D_fc1.weight", "D_fc1.bias", "D_fc2.weight", "D_fc2.bias")])

    def forward(self, x):
        down, down_bias, up, up_bias = self.weights
        return F.linear(F.gelu(F.linear(x, down, down_bias)), up, up_bias)


class AdaptedAttention(nn.Module):
    def __init__(self, attention, adapter):
        super().__init__()
        self.attention, self.adapter = attention, adapter

    def forward(self, hidden_states):
        y, shares = self.attention(hidden_states)
        return y + self.adapter(y), shares


class AdaptedMlp(nn.Module):
    def __init__(self, mlp, adapter):
        super().__init__()
        self.mlp, self.adapter = mlp, adapter

    def forward(self, x):
        return self.mlp(x) + 0.5 * self.adapter(x)


def adapt(model, given):
    """Inserts Medical SAM Adapter's two adapters into each block: after the attention, with a residual, and parallel to the MLP."""
    for i, layer in enumerate(model.vision_encoder.layers):
        layer.attn = AdaptedAttention(layer.attn, Bottleneck(given, f"image_encoder.blocks.{i}.Space_Adapter"))
        layer.mlp = AdaptedMlp(layer.mlp, Bottleneck(given, f"image_encoder.blocks.{i}.MLP_Adapter"))


def low_rank(model, given):
    """Inserts peft's LoRA for queries, keys and values, with a scale of 1."""
    from peft import LoraConfig, inject_adapter_in_model

    rank = given["image_encoder.blocks.0.attn.qkv.lora_a"].shape[0]
    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=rank, target_modules=["qkv"], lora_dropout=0.0), model.vision_encoder)
    for i, layer in enumerate(model.vision_encoder.layers):
        update = layer.attn.qkv
        update.lora_A["default"].weight.data = given[f"image_encoder.blocks.{i}.attn.qkv.lora_a"]
        update.lora_B["default"].weight.data = given[f"image_encoder.blocks.{i}.attn.qkv.lora_b"]


def tokens(model, points, labels):
    """Tokens (B, 1, N, C) of clicks and box corners, mixed, from pixels (B, N, 2) and labels (B, N); -1 is a padding point."""
    encoder = model.prompt_encoder
    side = encoder.input_image_size
    place = encoder.shared_embedding((points + 0.5)[:, None], (side, side))
    table = torch.cat([encoder.not_a_point_embed.weight] + [kind.weight for kind in encoder.point_embed])
    return torch.where(labels[:, None, :, None] < 0, torch.zeros_like(place), place) + table[labels + 1][:, None]
