#!/usr/bin/env bash
# Guess: ONNX Runtime resizes an int8 tensor with antialias = 1 as it resizes the same numbers as int32, but for rounding. The standard allows both types, and the session accepts both.
# Found, with onnxruntime 1.30.0 on the CPU: in int8, every negative result becomes 0, without a warning, for any scale but 1; -100 -50 -10 20 40 100 at half the width gives 0 3 68.
# In int32 and float, and in the reference evaluator of onnx 1.23.1, it is about -70 2 68. Without antialias, int8 is right too. So a signed, quantized image or feature map loses its negative half.
#
# Needs Python 3.11 or newer with venv. Downloads onnx and onnxruntime. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnx==1.23.1 onnxruntime==1.30.0
cat > resize.py <<'PYTHON'
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
row = [-100, -50, -10, 20, 40, 100]

def model(type, antialias):
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="linear", antialias=antialias)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", type, [1, 1, 1, 6])], [helper.make_tensor_value_info("y", type, [1, 1, 1, 3])],
                              [helper.make_tensor("scales", TensorProto.FLOAT, [4], [1, 1, 1, 0.5])])
    m = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=10)
    onnx.checker.check_model(m, full_check=True)
    return m

def show(name, type, dtype, antialias, reference=False):
    m, x = model(type, antialias), np.array(row, dtype).reshape(1, 1, 1, 6)
    y = ReferenceEvaluator(m).run(None, {"x": x})[0] if reference else \
        onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    print(f"{name:24}", y.ravel())
    return y.ravel()

print(f"{'input':24}", row)
f = show("float, antialias", TensorProto.FLOAT, np.float32, 1)
i = show("int32, antialias", TensorProto.INT32, np.int32, 1)
b = show("int8,  antialias", TensorProto.INT8, np.int8, 1)
r = show("int8,  the reference", TensorProto.INT8, np.int8, 1, reference=True)
n = show("int8,  no antialias", TensorProto.INT8, np.int8, 0)
near = lambda a, b: np.all(np.abs(a.astype(float) - b.astype(float)) <= 1)
assert near(f, i) and near(i, r) and n[0] < 0, "these should be right: the behaviour has changed"
assert f[0] < -60 and b[0] == 0 and near(b[1:], r[1:]), "int8: the behaviour has changed"
PYTHON
venv/bin/python resize.py
