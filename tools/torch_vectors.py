#!/usr/bin/env python3
"""Writes Tests/TestData/torch-vectors.json.gz: what PyTorch computes, in float64, for small cases of everything that
Tests/Reference computes. Run it again only to add cases; the same PyTorch writes the same bytes.

    python3 tools/torch_vectors.py [FILE]

Sequences are time-major, [T, B, *]; arrays are flat, row-major. Parameters and inputs are multiples of 2^-12, so that
float32 holds them exactly. A case has: name, kind, sizes, settings, labels, lengths, parameters, inputs, outputs,
gradients, losses, after.
- kind "network": the Linear-LSTM-Linear classifier; losses are those of ten steps on one batch, after: the parameters
  then. gradients are the first step's, before clipping.
- kind "lstm": torch.nn.LSTM alone; its scalar is sum(y dy) + sum(hn dhn) + sum(cn dcn) for the inputs dy, dhn, dcn.
- kind "variant": one layer written out with autograd, for what torch.nn.LSTM lacks; the scalar as for "lstm".
"""
import gzip
import json
import os
import sys

import torch
from torch import nn

GRID = 4096
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Numbers:
    """Random numbers on the grid, by seed."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, *shape, scale=1.0):
        values = (torch.rand(*shape, generator=self.generator) * 2 - 1) * scale
        return torch.round(values * GRID) / GRID

    def mask(self, *shape, keep, value=1.0):
        return (torch.rand(*shape, generator=self.generator) < keep).double() * value

    def labels(self, count, classes):
        return torch.randint(classes, (count,), generator=self.generator)

    def fill(self, module):
        """Parameters wide enough that no gate is near-linear."""
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.copy_(self.uniform(*parameter.shape, scale=0.8))


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def arrays(named):
    return {name: flat(tensor) for name, tensor in named.items() if tensor is not None}


def gradients_of(named):
    return {name: flat(tensor.grad) for name, tensor in named.items() if tensor is not None and tensor.grad is not None}


class Network(nn.Module):
    def __init__(self, inputs, pre, hidden, layers, classes):
        super().__init__()
        self.pre = nn.Linear(inputs, pre) if pre else None
        self.lstm = nn.LSTM(pre or inputs, hidden, layers)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, x, state=None):
        y, _ = self.lstm(self.pre(x) if self.pre else x, state)
        return y, self.fc(y[-1])


def network(name, seed, T, B, I, H, L=1, P=0, C=3, states=False, optimizer="Adam", decay=0.0, clip=0.0, smoothing=0.0):
    numbers = Numbers(seed)
    model = Network(I, P, H, L, C)
    numbers.fill(model)
    x = numbers.uniform(T, B, I)
    h0, c0 = (numbers.uniform(L, B, H), numbers.uniform(L, B, H)) if states else (None, None)
    labels = numbers.labels(B, C)
    loss_of = nn.CrossEntropyLoss(label_smoothing=smoothing)
    case = {"name": name, "kind": "network",
            "sizes": {"T": T, "B": B, "I": I, "H": H, "L": L, "P": P, "C": C},
            "settings": {"lr": 0.01, "adamw": float(optimizer == "AdamW"), "decay": decay, "clip": clip,
                         "smoothing": smoothing},
            "labels": labels.tolist(),
            "parameters": arrays(dict(model.named_parameters())), "inputs": arrays({"x": x, "h0": h0, "c0": c0})}
    steps = getattr(torch.optim, optimizer)(model.parameters(), lr=0.01, weight_decay=decay)
    losses = []
    for step in range(10):
        steps.zero_grad()
        y, logits = model(x, (h0, c0) if states else None)
        loss = loss_of(logits, labels)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            case["outputs"] = arrays({"y": y, "logits": logits, "loss": loss})
            case["gradients"] = gradients_of(dict(model.named_parameters()))
        if clip:
            norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
            if step == 0:
                case["outputs"]["norm"] = flat(norm)
        steps.step()
    case["losses"] = losses
    case["after"] = arrays(dict(model.named_parameters()))
    return case


def finish(case, numbers, named, inputs, outputs):
    """Adds outputs, the gradients that enter them, and what leaves: parameters' and inputs'."""
    scalar = 0
    for name, tensor in outputs.items():
        weights = numbers.uniform(*tensor.shape)
        inputs["d" + name] = weights
        scalar = scalar + (weights * tensor).sum()
    scalar.backward()
    case.update(parameters=arrays(named), inputs=arrays(inputs), outputs=arrays(outputs),
                gradients={**gradients_of(named), **gradients_of(inputs)})
    return case


def lstm(name, seed, T, B, I, H, L=1, P=0, bidirectional=False, lengths=None):
    """States are always given: [L D, B, H], h0 [L D, B, P] with a projection to P."""
    numbers = Numbers(seed)
    model = nn.Module()
    model.lstm = nn.LSTM(I, H, L, bidirectional=bidirectional, proj_size=P)
    numbers.fill(model)
    rows = L * (2 if bidirectional else 1)
    x = numbers.uniform(T, B, I).requires_grad_()
    h0 = numbers.uniform(rows, B, P or H).requires_grad_()
    c0 = numbers.uniform(rows, B, H).requires_grad_()
    if lengths:
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        y, (hn, cn) = model.lstm(packed, (h0, c0))
        y, _ = nn.utils.rnn.pad_packed_sequence(y, total_length=T)
    else:
        y, (hn, cn) = model.lstm(x, (h0, c0))
    case = {"name": name, "kind": "lstm",
            "sizes": {"T": T, "B": B, "I": I, "H": H, "L": L, "P": P, "D": 2 if bidirectional else 1}}
    if lengths:
        case["lengths"] = lengths
    inputs = {"x": x, "h0": h0, "c0": c0}
    return finish(case, numbers, dict(model.named_parameters()), inputs, {"y": y, "hn": hn, "cn": cn})


def norm(x, gain, bias=None):
    return nn.functional.layer_norm(x, x.shape[-1:], gain, bias, 1e-5)


def variant(name, seed, T, B, I, H, P=0, zoneout=False, recurrent=False, layer_norm=False):
    """The equations are those of Tests/Reference/ReferenceExtendedLstm.cs."""
    numbers = Numbers(seed)
    size = P or H
    shapes = {"weight_ih": (4 * H, I), "weight_hh": (4 * H, size), "bias_ih": (4 * H,), "bias_hh": (4 * H,)}
    if P:
        shapes["weight_hr"] = (P, H)
    if layer_norm:
        shapes.update(gain_ih=(4 * H,), gain_hh=(4 * H,), gain_c=(H,), bias_c=(H,))
    p = {key: numbers.uniform(*shape, scale=0.8).requires_grad_() for key, shape in shapes.items()}
    inputs = {"x": numbers.uniform(T, B, I).requires_grad_(), "h0": numbers.uniform(B, size).requires_grad_(),
              "c0": numbers.uniform(B, H).requires_grad_()}
    if zoneout:
        inputs.update(zoneout_h=numbers.mask(T, B, size, keep=0.3), zoneout_c=numbers.mask(T, B, H, keep=0.3))
    if recurrent:
        inputs["mask_h"] = numbers.mask(B, size, keep=0.5, value=2.0)
    h, c, hs = inputs["h0"], inputs["c0"], []
    for t in range(T):
        from_x = inputs["x"][t] @ p["weight_ih"].T
        from_h = (h * inputs["mask_h"] if recurrent else h) @ p["weight_hh"].T
        if layer_norm:
            from_x, from_h = norm(from_x, p["gain_ih"]), norm(from_h, p["gain_hh"])
        i, f, g, o = (from_x + from_h + p["bias_ih"] + p["bias_hh"]).chunk(4, 1)
        new_c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        new_h = o.sigmoid() * (norm(new_c, p["gain_c"], p["bias_c"]) if layer_norm else new_c).tanh()
        if P:
            new_h = new_h @ p["weight_hr"].T
        if zoneout:
            zh, zc = inputs["zoneout_h"][t], inputs["zoneout_c"][t]
            new_h, new_c = zh * h + (1 - zh) * new_h, zc * c + (1 - zc) * new_c
        h, c = new_h, new_c
        hs.append(h)
    case = {"name": name, "kind": "variant", "sizes": {"T": T, "B": B, "I": I, "H": H, "P": P}}
    return finish(case, numbers, p, inputs, {"y": torch.stack(hs), "hn": h, "cn": c})


def cases():
    yield network("one step, one of everything", 1, T=1, B=1, I=1, H=1)
    yield network("two steps", 2, T=2, B=2, I=3, H=3)
    yield network("five steps", 3, T=5, B=3, I=5, H=5)
    yield network("seven steps, single sample", 4, T=7, B=1, I=3, H=7, C=10)
    yield network("initial states", 5, T=5, B=2, I=3, H=5, states=True)
    yield network("two layers", 6, T=5, B=3, I=3, H=5, L=2)
    yield network("two layers, one step", 7, T=1, B=2, I=5, H=3, L=2)
    yield network("two layers, initial states", 8, T=2, B=3, I=1, H=3, L=2, states=True)
    yield network("pre-linear", 9, T=5, B=3, I=5, H=3, P=3)
    yield network("pre-linear, single step", 10, T=1, B=2, I=3, H=5, P=1)
    yield network("pre-linear, two layers", 11, T=7, B=2, I=3, H=3, L=2, P=5)
    yield network("adamw", 12, T=5, B=2, I=3, H=3, optimizer="AdamW", decay=0.1)
    yield network("adam with L2 decay", 13, T=2, B=2, I=3, H=3, decay=0.1)
    yield network("clipped", 14, T=5, B=2, I=3, H=3, clip=0.1)
    yield network("clipped above the norm", 15, T=2, B=1, I=3, H=3, clip=1000.0)
    yield network("label smoothing", 16, T=2, B=3, I=3, H=3, C=5, smoothing=0.1)
    yield network("adamw, clipped, smoothed, two layers", 17, T=5, B=3, I=3, H=3, L=2, P=3, C=5,
                  optimizer="AdamW", decay=0.01, clip=0.5, smoothing=0.05)
    yield lstm("lstm", 30, T=5, B=3, I=3, H=5)
    yield lstm("lstm, two layers", 31, T=5, B=2, I=3, H=3, L=2)
    yield lstm("bidirectional", 32, T=5, B=2, I=3, H=3, bidirectional=True)
    yield lstm("bidirectional, two layers", 33, T=3, B=2, I=3, H=3, L=2, bidirectional=True)
    yield lstm("packed", 34, T=5, B=3, I=3, H=3, lengths=[3, 5, 1])
    yield lstm("packed, bidirectional", 35, T=5, B=3, I=1, H=3, bidirectional=True, lengths=[2, 5, 4])
    yield lstm("packed, bidirectional, two layers", 36, T=4, B=2, I=1, H=3, L=2, bidirectional=True, lengths=[3, 4])
    yield lstm("projection", 37, T=5, B=2, I=3, H=5, P=3)
    yield lstm("projection to one", 38, T=2, B=3, I=1, H=3, P=1)
    yield lstm("projection, packed", 39, T=5, B=2, I=3, H=5, P=3, lengths=[5, 2])
    yield variant("zoneout", 50, T=5, B=3, I=3, H=3, zoneout=True)
    yield variant("recurrent dropout", 51, T=5, B=3, I=3, H=3, recurrent=True)
    yield variant("layer norm", 52, T=5, B=3, I=3, H=5, layer_norm=True)
    yield variant("everything", 53, T=5, B=2, I=3, H=5, P=3, zoneout=True, recurrent=True, layer_norm=True)


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "TestData")
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(folder, "torch-vectors.json.gz")
    document = {"torch": torch.__version__, "cases": list(cases())}
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    with open(path + ".tmp", "wb") as out:
        # No name and no time in the header: the same numbers are the same file.
        with gzip.GzipFile("", "wb", 9, out, 0) as packed:
            packed.write(text.encode())
    os.replace(path + ".tmp", path)
    print(f"{len(document['cases'])} cases, {os.path.getsize(path)} bytes: {path}")


if __name__ == "__main__":
    main()
