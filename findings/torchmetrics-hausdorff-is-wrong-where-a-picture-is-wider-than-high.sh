#!/usr/bin/env bash
# Guess: torchmetrics' hausdorff_distance measures a picture of any size right.
# Found, with torchmetrics 1.9.0 and torch 2.13.0: only a square one. One pixel in the prediction and one in the target, 1 row and 4 columns apart, are at sqrt(17) = 4.1231: a picture of 9 x 9 (high x wide)
# gives that, one of 6 x 9 gives 3.0, and nothing is said. The cause is distance_transform in torchmetrics/functional/segmentation/utils.py: it puts the distance of the pixel at row i, column j at place
# i * height + j of the result, where i * width + j is meant. So in a picture wider than high the distances land at wrong pixels, and some pixels keep 0.
# In one higher than wide the place may lie beyond the end, which is an IndexError. That error is known (https://github.com/Lightning-AI/torchmetrics/issues/3300, with a repair
# in pull request 3338 that 1.9.0 does not have), but the issue takes a picture of 10 x 11 for one that works, and no report was found that says the number is wrong there.
# A program that compares its own distances with those of torchmetrics should use square pictures only.
#
# Needs Python 3.11 or newer with venv. Downloads torchmetrics, torch and numpy (on Linux, PyPI's torch brings several gigabytes for graphics cards). Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torchmetrics==1.9.0 torch==2.13.0 numpy==2.4.6
cat > hausdorff.py <<'PYTHON'
import math
import torch, torchmetrics
from torchmetrics.functional.segmentation import hausdorff_distance
from torchmetrics.functional.segmentation.utils import distance_transform

print("torchmetrics", torchmetrics.__version__, "torch", torch.__version__)

def one_pixel_each(height, width, a, b):
    prediction, target = torch.zeros(2, 1, 1, height, width, dtype=torch.int)
    prediction[0, 0, a[0], a[1]] = target[0, 0, b[0], b[1]] = 1
    return hausdorff_distance(prediction, target, num_classes=1, include_background=True).item()

a, b = (2, 2), (3, 6)
truth = math.dist(a, b)
for height, width, expected in (9, 9, truth), (6, 9, 3.0):
    got = one_pixel_each(height, width, a, b)
    print(f"{height} high, {width} wide: one pixel at {a}, one at {b}: {got:.4f}, and it should be {truth:.4f}: {'right' if abs(got - truth) < 1e-4 else 'WRONG'}")
    assert abs(got - expected) < 1e-4, "the behaviour has changed"

mask = torch.ones(2, 4, dtype=torch.int)
mask[0, 0] = 0                                                                    # the one pixel to which all distances are measured
got, right = distance_transform(mask), torch.tensor([[math.hypot(i, j) for j in range(4)] for i in range(2)])
print("distance_transform, 2 high, 4 wide:", got.tolist())
print("and it should be:                  ", right.tolist())
by_height = torch.zeros(8)
for i in range(2):
    for j in range(4):
        if mask[i, j]: by_height[i * 2 + j] = right[i, j]                         # at i * height + j; later pixels replace earlier ones
assert torch.allclose(got, by_height.view(2, 4)) and not torch.allclose(got, right), "distance_transform: the behaviour has changed"
PYTHON
venv/bin/python hausdorff.py
