#!/usr/bin/env python3
"""Writes the ONNX files that Tests/Formats/Onnx reads: /usr/bin/python3 tools/make_onnx_samples.py

Needs PyTorch and ONNX (Debian: python3-torch, python3-onnx). Most are what torch.onnx.export makes of modules as people
write them, with PyTorch's own answers; the rest are graphs as tf2onnx writes them, and graphs that ours cannot be.
"""
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from make_keras_samples import lstm, sigmoid, softmax

OUT = Path(__file__).resolve().parent.parent / "Tests" / "TestData" / "formats" / "onnx"
T, I, H, C = 6, 3, 4, 5
RANDOM = np.random.default_rng(11)


class Net(nn.Module):
    """An LSTM and a Linear; how says what the Linear reads."""

    def __init__(self, how, pre=False, batch_first=True, **options):
        super().__init__()
        self.how, self.batch_first = how, batch_first
        self.pre = nn.Linear(I, 7) if pre else None
        self.lstm = nn.LSTM(7 if pre else I, H, batch_first=batch_first, **options)
        self.fc = nn.Linear(H * (2 if options.get("bidirectional") else 1), C)
        self.double()

    def forward(self, x):
        if self.pre is not None:
            x = self.pre(x)
        if self.how == "states":
            states = torch.zeros(2 * self.lstm.num_layers, x.size(0), H, dtype=x.dtype)
            out, (h, _) = self.lstm(x, (states[:self.lstm.num_layers], states[self.lstm.num_layers:]))
        else:
            out, (h, _) = self.lstm(x)
        z = {"last": lambda: out[:, -1] if self.batch_first else out[-1], "slice": lambda: out[:, -1, :], "h": lambda: h[-1],
             "states": lambda: h[-1], "all": lambda: out, "squeeze": lambda: h.squeeze(0),
             "cat": lambda: torch.cat((h[-2], h[-1]), dim=1),
             "ends": lambda: torch.cat((out[:, -1, :H], out[:, 0, H:]), dim=1),
             "transposed": lambda: h.view(self.lstm.num_layers, 2, -1, H)[-1].transpose(0, 1).reshape(-1, 2 * H),
             "late": lambda: self.fc(out)[:, -1],
             "wrong": lambda: out[:, -1], "first": lambda: out[:, 0], "middle": lambda: out[:, 2], "mean": lambda: out.mean(1),
             "relu": lambda: torch.relu(h[-1]), "lower": lambda: h[0], "swapped": lambda: torch.cat((h[-1], h[-2]), dim=1),
             }[self.how]()
        return z if self.how == "late" else self.fc(z)


def save_torch(name, how, x=None, probabilities=False, opset=14, dynamic=True, fold=True, wrap=None, **options):
    torch.manual_seed(len(name))
    net = Net(how, **options)
    x = torch.tensor(RANDOM.uniform(-1, 1, (4, T, I)) if options.get("batch_first", True) else
                     RANDOM.uniform(-1, 1, (T, 4, I))) if x is None else x
    module = nn.Sequential(net, nn.Softmax(-1)) if probabilities else net
    module = wrap(module) if wrap else module
    axes = {"x": {0: "n", 1: "t"} if options.get("batch_first", True) else {0: "t", 1: "n"}} if dynamic else None
    torch.onnx.export(module.float(), (x.float(),), OUT / f"{name}.onnx", input_names=["x"], output_names=["y"],
                      opset_version=opset, dynamic_axes=axes, do_constant_folding=fold)
    y = module.double()(x).detach()
    y = y if probabilities else torch.softmax(y, -1)
    if not options.get("batch_first", True):
        x, y = x.transpose(0, 1), y.transpose(0, 1) if y.dim() == 3 else y
    np.savez(OUT / f"{name}_answers.npz", x=x.reshape(len(x), -1, x.shape[-1]).float().numpy(), y=y.numpy())


class Rows(nn.Module):
    """Images to rows within the module, as the tutorials on digits do it."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x.reshape(-1, T, I))


def uniform(*shape):
    return RANDOM.uniform(-0.9, 0.9, shape).astype("f4")


def iofc(matrix):
    """Keras's [rows, 4H], gates i, f, c, o, to ONNX's [4H, rows]."""
    i, f, c, o = np.split(matrix.T, 4)
    return np.concatenate([i, o, f, c])


def save_graph(name, nodes, constants, shape=("N", T, I), opset=13, out=("N", C), **attributes):
    graph = helper.make_graph(nodes, "graph", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, out)],
                              [numpy_helper.from_array(v, k) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="sample")
    onnx.save(model, OUT / f"{name}.onnx")


def main():
    OUT.mkdir(exist_ok=True)
    for opset in (9, 11, 13, 17):
        save_torch(f"last{opset}", "last", opset=opset)
    save_torch("time_first", "last", batch_first=False)
    save_torch("slice", "slice", num_layers=2)
    save_torch("h", "h", num_layers=2, pre=True)
    save_torch("fixed", "h", dynamic=False)
    save_torch("unfolded", "h", fold=False, bias=False)
    save_torch("states", "states", num_layers=2)
    save_torch("squeeze", "squeeze", probabilities=True)
    save_torch("cat", "cat", bidirectional=True, num_layers=2)
    save_torch("ends", "ends", bidirectional=True)
    save_torch("transposed", "transposed", bidirectional=True, num_layers=2)
    save_torch("lower", "lower", num_layers=2)
    save_torch("all", "all", bidirectional=True, pre=True)
    save_torch("all_time_first", "all", batch_first=False)
    save_torch("late", "late")
    save_torch("one", "h", x=torch.tensor(RANDOM.uniform(-1, 1, (1, T, I))), dynamic=False)
    save_torch("image", "h", x=torch.tensor(RANDOM.uniform(-1, 1, (4, 1, T, I))), wrap=Rows, dynamic=False)
    save_torch("flat", "h", x=torch.tensor(RANDOM.uniform(-1, 1, (4, T * I))), wrap=Rows, dynamic=False)
    flat = dict(np.load(OUT / "flat_answers.npz"))
    np.savez(OUT / "flat_answers.npz", x=flat["x"].reshape(4, T, I), y=flat["y"])
    for how, options in (("wrong", {"bidirectional": True}), ("first", {}), ("middle", {}), ("mean", {}), ("relu", {}),
                         ("swapped", {"bidirectional": True})):
        save_torch(f"refused_{how}", how, **options)
        (OUT / f"refused_{how}_answers.npz").unlink()

    # As tf2onnx writes a Keras LSTM: time first by a Transpose, one bias, Squeeze of the direction, MatMul and Add.
    K, U, b, D, d = uniform(I, 4 * H), uniform(H, 4 * H), uniform(4 * H), uniform(H, C), uniform(C)
    weights = {"W": iofc(K)[None], "R": iofc(U)[None], "B": np.concatenate([iofc(b[None])[:, 0], np.zeros(4 * H, "f4")])[None],
               "D": D, "d": d, "zero": np.array([0]), "ones": np.array([1])}
    x = RANDOM.uniform(-1, 1, (4, T, I))

    def graph(name, before=(), after=None, lstm_inputs=("X", "W", "R", "B"), more=None, **options):
        last = after or [helper.make_node("Squeeze", ["Y_h", "zero"], ["h"])]
        save_graph(name, [helper.make_node("Transpose", ["x"], ["X"], perm=[1, 0, 2]), *before,
                          helper.make_node("LSTM", list(lstm_inputs), ["Y", "Y_h", "Y_c"], hidden_size=H, name="lstm", **options),
                          *last, helper.make_node("MatMul", ["h", "D"], ["p"]), helper.make_node("Add", ["p", "d"], ["z"]),
                          helper.make_node("Softmax", ["z"], ["y"])], weights | (more or {}))

    def answer(name, gate=sigmoid, backwards=False):
        y = [softmax(lstm(s, K, U, b, gate, backwards=backwards)[1] @ D + d) for s in x]
        np.savez(OUT / f"{name}_answers.npz", x=x.astype("f4"), y=np.array(y))

    graph("tf2onnx")
    answer("tf2onnx")
    graph("hard", activations=["HardSigmoid", "Tanh", "Tanh"], activation_alpha=[1 / 6], activation_beta=[0.5])
    answer("hard", lambda v: np.clip(v / 6 + 0.5, 0, 1))
    graph("hard_default", activations=["HardSigmoid", "Tanh", "Tanh"])
    answer("hard_default", lambda v: np.clip(0.2 * v + 0.5, 0, 1))
    graph("reverse", direction="reverse")
    answer("reverse", backwards=True)
    size = [helper.make_node("Shape", ["x"], ["shape"]), helper.make_node("Slice", ["shape", "zero", "ones"], ["n"]),
            helper.make_node("Slice", ["shape", "ones", "twos"], ["t"]), helper.make_node("Expand", ["t", "n"], ["lengths"]),
            helper.make_node("Concat", ["ones", "n", "width"], ["s"], axis=0),
            helper.make_node("ConstantOfShape", ["s"], ["zeros"])]
    more = {"twos": np.array([2]), "width": np.array([H])}
    graph("lengths", size, lstm_inputs=["X", "W", "R", "B", "lengths", "zeros", "zeros"], more=more)
    answer("lengths")
    graph("refused_clip", clip=1.0)
    graph("refused_peephole", lstm_inputs=["X", "W", "R", "B", "", "", "", "P"], more={"P": uniform(1, 3 * H)})
    graph("refused_state", lstm_inputs=["X", "W", "R", "B", "", "h0"], more={"h0": uniform(1, 4, H)})
    graph("refused_short", lstm_inputs=["X", "W", "R", "B", "short"], more={"short": np.full(4, T - 1, "i4")})
    graph("refused_relu_cell", activations=["Sigmoid", "Relu", "Relu"])
    graph("refused_cell", after=[helper.make_node("Squeeze", ["Y_c", "zero"], ["h"])])
    graph("refused_softmax", after=[helper.make_node("Squeeze", ["Y_h", "zero"], ["h0"]),
                                    helper.make_node("Softmax", ["h0"], ["h"])])
    graph("refused_scale", [helper.make_node("Mul", ["X", "scale"], ["X2"])], lstm_inputs=["X2", "W", "R", "B"],
          more={"scale": np.array(2, "f4")})
    graph("refused_loop", [helper.make_node("ReverseSequence", ["X", "lengths2"], ["X2"])], lstm_inputs=["X2", "W", "R", "B"],
          more={"lengths2": np.array([T] * 4)})


if __name__ == "__main__":
    main()
