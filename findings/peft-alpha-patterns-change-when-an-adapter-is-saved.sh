#!/usr/bin/env bash
# Guess: an adapter that PEFT has saved with save_pretrained and read again with from_pretrained gives what it gave before.
# Found, with peft 0.21.0, transformers 5.18.0 and torch 2.13.0: not where two patterns of alpha_pattern match the same layer. Of the patterns that match, PEFT takes the first in the order of the dict (get_pattern_key in
# peft/utils/other.py), but save_pretrained writes adapter_config.json with sorted keys (sort_keys=True in peft/config.py). With r = 4 and alpha_pattern = {"qkv": 8, "layers.0.qkv": 64} the scalings
# of the two layers are 2 and 2 before saving, and 16 and 2 after reading. The weights are the same, the outputs differ, and there is no error and no warning. With the keys in sorted order from the start both are 16 and 2.
# rank_pattern changes too, but there the shapes no longer fit, and reading ends in an error (size mismatch). The docstring of LoraConfig says nothing about the order.
# A program that reads adapter_config.json has only the sorted order: it agrees with PEFT's from_pretrained, and not always with the model that was trained. Patterns of which no two match the same layer are safe.
#
# Needs Python 3.11 or newer with venv. Downloads peft, transformers, accelerate, torch and numpy (on Linux, PyPI's torch brings several gigabytes for graphics cards), and no model. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check peft==0.21.0 transformers==5.18.0 accelerate==1.15.0 torch==2.13.0 numpy==2.4.6
cat > patterns.py <<'PYTHON'
import copy, json, warnings
import peft, torch, transformers
from peft import LoraConfig, PeftModel, get_peft_model

print("peft", peft.__version__, "transformers", transformers.__version__, "torch", torch.__version__)

class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.ModuleDict({"qkv": torch.nn.Linear(4, 4)}) for _ in range(2))

    def forward(self, x):
        for layer in self.layers: x = layer["qkv"](x)
        return x

def scalings(model): return [layer["qkv"].scaling["default"] for layer in model.base_model.model.layers]

def same_weights(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)

def save(folder, **patterns):
    model = get_peft_model(copy.deepcopy(base), LoraConfig(r=4, lora_alpha=4, target_modules=["qkv"], **patterns))
    for name, parameter in model.named_parameters():
        if "lora_" in name: torch.nn.init.normal_(parameter)                      # as if it had been trained: lora_B begins with zeros
    model.eval().save_pretrained(folder)
    return model

torch.manual_seed(1)
base, x = Tiny(), torch.ones(1, 4)
for patterns, expected in ({"qkv": 8, "layers.0.qkv": 64}, ([2, 2], [16, 2])), ({"layers.0.qkv": 64, "qkv": 8}, ([16, 2], [16, 2])):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        saved = save("alpha", alpha_pattern=patterns)
        read = PeftModel.from_pretrained(copy.deepcopy(base), "alpha").eval()
    with torch.no_grad(): difference = (saved(x) - read(x)).abs().max().item()
    in_file = json.load(open("alpha/adapter_config.json"))["alpha_pattern"]
    print(f"alpha_pattern {patterns}, in the file {in_file}: scalings {scalings(saved)} before, {scalings(read)} after; same weights: {same_weights(saved, read)}; "
          f"largest difference of the outputs: {difference:.3f}; warnings: {len(said)}")
    assert same_weights(saved, read) and not said and list(in_file) == sorted(patterns), "the behaviour has changed"
    assert (scalings(saved), scalings(read)) == expected and (difference > 0.01) == (expected[0] != expected[1]), "the behaviour has changed"

save("rank", rank_pattern={"qkv": 2, "layers.0.qkv": 3})
try: PeftModel.from_pretrained(copy.deepcopy(base), "rank"); error = "no error"
except RuntimeError as e: error = str(e)
print("rank_pattern {'qkv': 2, 'layers.0.qkv': 3}:", " ".join(error.split())[:200])
assert "size mismatch" in error, "rank_pattern: the behaviour has changed"
PYTHON
HF_HUB_OFFLINE=1 venv/bin/python patterns.py
