#!/usr/bin/env python3
"""Loads a state_dict that gpulstm exported into PyTorch's own modules, strictly, and computes what they answer.

    /usr/bin/python3 tools/torch_check.py EXPORTED.safetensors|.npz|.pt INPUT.npz [--tolerance 1e-5]

INPUT.npz holds input [N, T, I] and logits [N, C]: what the network must answer, within the tolerance. The modules are
called pre (where there is one), lstm and fc; LSTM layers of different sizes are an nn.ModuleList. Of two directions the
classifier reads both final states. The safetensors file is read here by hand, from the format's description.
"""
import argparse
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch


def read(path):
    if path.endswith((".pt", ".pth")):
        return torch.load(path, weights_only=True)
    if path.endswith(".npz"):
        return {name: torch.from_numpy(array) for name, array in np.load(path).items()}
    raw = Path(path).read_bytes()
    start = 8 + struct.unpack("<Q", raw[:8])[0]
    tensors = {}
    for name, entry in json.loads(raw[8:start]).items():
        if name != "__metadata__":
            first, last = (start + offset for offset in entry["data_offsets"])
            assert entry["dtype"] == "F32", f"{name} is {entry['dtype']}"
            tensors[name] = torch.tensor(np.frombuffer(raw[first:last], "<f4").reshape(entry["shape"]))
    return tensors


class Net(torch.nn.Module):
    """Modules of the sizes that a state_dict has."""

    def __init__(self, state):
        super().__init__()
        if "pre.weight" in state:
            self.pre = torch.nn.Linear(*reversed(state["pre.weight"].shape))
        several = "lstm.0.weight_ih_l0" in state
        lstms = []
        while (name := f"lstm.{len(lstms)}." if several else "lstm." if not lstms else "-") + "weight_ih_l0" in state:
            (rows, inputs), states = state[name + "weight_ih_l0"].shape, state[name + "weight_hh_l0"].shape[1]
            layers = sum(key.startswith(name + "weight_ih_l") and not key.endswith("_reverse") for key in state)
            lstms.append(torch.nn.LSTM(inputs, rows // 4, layers, batch_first=True,
                                       bidirectional=name + "weight_ih_l0_reverse" in state,
                                       proj_size=states if states < rows // 4 else 0))
        self.lstm = torch.nn.ModuleList(lstms) if several else lstms[0]
        self.fc = torch.nn.Linear(*reversed(state["fc.weight"].shape))

    def forward(self, x):
        if hasattr(self, "pre"):
            x = self.pre(x)
        for lstm in self.lstm if isinstance(self.lstm, torch.nn.ModuleList) else [self.lstm]:
            x, (final, _) = lstm(x)
        directions = 2 if lstm.bidirectional else 1
        return self.fc(torch.cat(list(final[-directions:]), dim=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("state")
    parser.add_argument("input")
    parser.add_argument("--tolerance", type=float, default=1e-5)
    options = parser.parse_args()
    state, arrays = read(options.state), np.load(options.input)
    net = Net(state)
    net.load_state_dict(state, strict=True)
    with torch.no_grad():
        logits = net(torch.from_numpy(arrays["input"])).numpy()
    if logits.shape != arrays["logits"].shape:
        print(f"{logits.shape} logits, where {arrays['logits'].shape} are expected")
        return 1
    difference = np.abs(logits - arrays["logits"]).max()
    print(f"{len(state)} tensors loaded, largest difference: {difference:.3g}")
    return 0 if difference <= options.tolerance else 1


if __name__ == "__main__":
    sys.exit(main())
