#!/usr/bin/env python3
"""Writes the files of torch.save that Tests/Formats/Torch reads: /usr/bin/python3 tools/make_torch_samples.py

All but the hostile ones hold the weights of zip.pt, which tools/make_format_samples.py made, in the forms that tutorials
save them in.
"""
import argparse
import collections
import os
import pickle
from pathlib import Path

import torch

FORMATS = Path(__file__).resolve().parent.parent / "Tests" / "TestData" / "formats"
OUT = FORMATS / "torch"


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(3, 5, batch_first=True)
        self.fc = torch.nn.Linear(5, 4)


class Hostile:
    def __reduce__(self):
        return os.system, ("touch hostile",)


def main():
    OUT.mkdir(exist_ok=True)
    state = torch.load(FORMATS / "zip.pt")
    net = Net()
    net.load_state_dict(state)
    optimizer = torch.optim.Adam(net.parameters())
    net.fc(net.lstm(torch.zeros(1, 2, 3))[0][:, -1]).sum().backward()
    optimizer.step()
    net.load_state_dict(state)
    plain = dict(state)
    files = {
        "state_dict.pth": plain,
        "checkpoint.pt": {"epoch": 3, "args": argparse.Namespace(lr=0.1), "optimizer": optimizer.state_dict(),
                          "state_dict": {f"module.{k}": v for k, v in state.items()}},
        "compiled.pt": {"model_state_dict": collections.OrderedDict((f"_orig_mod.{k}", v) for k, v in state.items())},
        "nested.pt": {"model": {"state_dict": state}, "loss": 0.5},
        "module.pt": net,
        "parameters.pt": dict(net.named_parameters()),
        "double.pt": {k: v.double() for k, v in state.items()},
        "strided.pt": {k: v.t().contiguous().t() if v.dim() == 2 else torch.cat([v, v])[len(v):] for k, v in state.items()},
        "half.pt": {k: v.half() for k, v in state.items()},
        "bfloat16.pt": {k: v.bfloat16() for k, v in state.items()},
        "list.pt": [1, 2],
        "tensor.pt": torch.zeros(3),
        "numbers.pt": {"a": 1},
        "hostile.pt": {"a": torch.zeros(2), "b": Hostile()},
    }
    for name, content in files.items():
        torch.save(content, OUT / name)
    for name in ("checkpoint.pt", "module.pt", "hostile.pt"):
        torch.save(files[name], OUT / f"legacy_{name}", _use_new_zipfile_serialization=False)
    (OUT / "hostile.pkl").write_bytes(pickle.dumps(Hostile()))
    (OUT / "plain.pkl").write_bytes(pickle.dumps({"a": 1}))


if __name__ == "__main__":
    main()
