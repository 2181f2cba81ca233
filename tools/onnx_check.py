#!/usr/bin/env python3
"""Checks an ONNX file that gpulstm exported, and computes what it answers.

    /usr/bin/python3 tools/onnx_check.py MODEL.onnx [INPUT.npz] [--tolerance 1e-5]

ONNX's own checker and strict shape inference judge the file (Debian: python3-onnx). INPUT.npz holds an array under
each input's name; an array under an output's name is what the output must be, within the tolerance. The arithmetic is
NumPy's in float64, from the operators' documentation (https://onnx.ai/onnx/operators/), and shares no code with the
exporter.
"""
import argparse
import sys

import numpy as np
import onnx
import onnx.shape_inference
from onnx import numpy_helper


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, w, r, b, direction="forward", hidden_size=0, activations=(), activation_alpha=(), activation_beta=()):
    """x [T, N, I], w [D, 4H, I], r [D, 4H, H], b [D, 8H]; gates i, o, f, c. To Y [T, D, N, H], Y_h, Y_c [D, N, H]."""
    assert list(activations) in ([], [b"HardSigmoid", b"Tanh", b"Tanh"] * w.shape[0])
    hard = len(activations) > 0

    def gate(z, d):
        return np.clip(activation_alpha[d] * z + activation_beta[d], 0, 1) if hard else sigmoid(z)

    steps, batch, _ = x.shape
    directions = {"forward": 1, "reverse": 1, "bidirectional": 2}[direction]
    assert w.shape[0] == directions and w.shape[1] == 4 * hidden_size and b.shape[1] == 8 * hidden_size
    y = np.zeros((steps, directions, batch, hidden_size))
    final_h, final_c = np.zeros((2, directions, batch, hidden_size))
    for d in range(directions):
        h = c = np.zeros((batch, hidden_size))
        backwards = direction == "reverse" or d == 1
        for t in reversed(range(steps)) if backwards else range(steps):
            z = x[t] @ w[d].T + h @ r[d].T + b[d][: 4 * hidden_size] + b[d][4 * hidden_size :]
            i, o, f, g = np.split(z, 4, axis=1)
            c = gate(f, d) * c + gate(i, d) * np.tanh(g)
            h = gate(o, d) * np.tanh(c)
            y[t, d] = h
        final_h[d], final_c[d] = h, c
    return y, final_h, final_c


def reshape(x, shape):
    return x.reshape([x.shape[k] if size == 0 else size for k, size in enumerate(shape)])


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def gemm(a, b, c=0.0, alpha=1.0, beta=1.0, transA=0, transB=0):
    return alpha * ((a.T if transA else a) @ (b.T if transB else b)) + beta * c


OPERATORS = {
    "Add": lambda a, b: a + b,
    "Gather": lambda x, index, axis=0: np.take(x, index, axis),
    "Gemm": gemm,
    "LSTM": lstm,
    "MatMul": lambda a, b: a @ b,
    "Reshape": reshape,
    "Softmax": softmax,
    "Squeeze": lambda x, axes: np.squeeze(x, tuple(axes)),
    "Transpose": lambda x, perm: np.transpose(x, perm),
}


def check(model):
    onnx.checker.check_model(model, full_check=True)
    assert 3 <= model.ir_version <= 8, f"IR version {model.ir_version}"
    versions = {o.domain: o.version for o in model.opset_import}
    assert list(versions) == [""] and 14 <= versions[""] <= 17, f"operator sets {versions}"
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    declared = {o.name: o for o in model.graph.output}
    for output in inferred.graph.output:
        assert output == declared[output.name], f"inferred output differs: {output}"
    for value in inferred.graph.input:
        assert value.type.tensor_type.shape.dim[0].dim_param, "the batch is not free"
    produced = {name for node in model.graph.node for name in node.output}
    untyped = produced - {v.name for v in list(inferred.graph.value_info) + list(inferred.graph.output)}
    assert not untyped, f"no shape inferred for {untyped}"


def evaluate(model, inputs):
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    values = {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in values.items()}
    for declared in model.graph.input:
        array = inputs[declared.name]
        for dim, size in zip(declared.type.tensor_type.shape.dim, array.shape, strict=True):
            assert dim.dim_param or dim.dim_value == size, f"{declared.name} has the shape {array.shape}"
        values[declared.name] = array.astype(np.float64)
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        attributes = {k: v.decode() if isinstance(v, bytes) else v for k, v in attributes.items()}
        results = OPERATORS[node.op_type](*(values[name] for name in node.input), **attributes)
        results = results if isinstance(results, tuple) else (results,)
        values.update((name, result) for name, result in zip(node.output, results) if name)
    return {o.name: values[o.name] for o in model.graph.output}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("input", nargs="?")
    parser.add_argument("--tolerance", type=float, default=1e-5)
    options = parser.parse_args()
    model = onnx.load(options.model)
    check(model)
    print(f"checked: {len(model.graph.node)} nodes, operator set {model.opset_import[0].version}")
    for entry in model.metadata_props:
        print(f"metadata: {entry.key} = {entry.value}")
    if not options.input:
        return 0
    arrays = np.load(options.input)
    failed = False
    for name, result in evaluate(model, arrays).items():
        print(f"{name} {list(result.shape)}")
        if name not in arrays:
            print(np.array2string(result, precision=6, threshold=100))
            continue
        same = result.shape == arrays[name].shape
        difference = np.abs(result - arrays[name]).max() if same else float("inf")
        failed |= not difference <= options.tolerance
        print(f"largest difference: {difference:.3g}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
