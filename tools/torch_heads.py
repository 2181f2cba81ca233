#!/usr/bin/env python3
"""Writes Tests/TestData/torch-heads.json: ten Adam steps of an nn.LSTM and an nn.Linear in float64, that answer numbers,
or a class at every step, whole or in pieces with the state carried on (truncated backpropagation through time). Run it
again only to add cases.

    python3 tools/torch_heads.py [FILE]

Values are [B, T, I], row-major; labels [B, T], -1 where there is none or the sequence has ended.
"""
import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

GRID = 4096
RATE = 0.01
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def uniform(generator, *shape, scale=1.0):
    return torch.round((torch.rand(*shape, generator=generator) * 2 - 1) * scale * GRID) / GRID


class Net(nn.Module):
    def __init__(self, inputs, hidden, layers, both, outputs):
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, layers, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(hidden * (2 if both else 1), outputs)


def case(name, seed, head, T, B, I, H, outputs, layers=1, both=False, lengths=None, loss="mse", delta=1.0, piece=0,
         smoothing=0.0):
    generator = torch.Generator().manual_seed(seed)
    net = Net(I, H, layers, both, outputs)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(uniform(generator, *parameter.shape, scale=0.6))
    before = {key: value.flatten().tolist() for key, value in net.state_dict().items()}
    lengths = lengths or [T] * B
    x = uniform(generator, B, T, I, scale=1.5)
    targets = uniform(generator, B, outputs, scale=2)
    labels = torch.randint(-1, outputs, (B, T), generator=generator)
    for b, end in enumerate(lengths):
        x[b, end:], labels[b, end:] = 0, -1
    labels[:, 0] = 0
    optimizer = torch.optim.Adam(net.parameters(), RATE)
    losses, piece, first = [], piece or T, None
    lossOf = {"mse": F.mse_loss, "mae": F.l1_loss, "huber": lambda a, t: F.huber_loss(a, t, delta=delta)}[loss]
    while len(losses) < 10:
        state = None
        for start in range(0, T, piece):
            part, end = x[:, start:start + piece], labels[:, start:start + piece]
            if part.shape[1] < piece:  # the last piece is as long as the others
                part, end = F.pad(part, (0, 0, 0, piece - part.shape[1])), F.pad(end, (0, piece - end.shape[1]), value=-1)
            if piece >= T:
                packed = pack_padded_sequence(part, lengths, batch_first=True, enforce_sorted=False)
                packed, (h, _) = net.lstm(packed)
                y = pad_packed_sequence(packed, batch_first=True, total_length=T)[0]
            else:
                y, state = net.lstm(part, state)
                state = tuple(s.detach() for s in state)
                h = None
            if head == "values":
                last = torch.cat([h[-2], h[-1]], 1) if both else h[-1]
                value = lossOf(net.fc(last), targets)
            else:
                value = F.cross_entropy(net.fc(y).flatten(0, 1), end.flatten(), ignore_index=-1,
                                        label_smoothing=smoothing)
            optimizer.zero_grad()
            value.backward()
            if first is None:
                first = {key: p.grad.flatten().tolist() for key, p in net.named_parameters()}
            optimizer.step()
            losses.append(value.item())
    return dict(name=name, head=head, T=T, B=B, I=I, H=H, outputs=outputs, layers=layers, both=both, lengths=lengths,
                loss=loss, delta=delta, piece=0 if piece == T else piece, smoothing=smoothing, rate=RATE,
                x=x.flatten().tolist(), targets=targets.flatten().tolist(), labels=labels.flatten().tolist(),
                before=before, gradients=first, losses=losses,
                after={key: value.flatten().tolist() for key, value in net.state_dict().items()})


def main():
    default = os.path.join(os.path.dirname(__file__), "..", "Tests", "TestData", "torch-heads.json")
    cases = [
        case("one number", 1, "values", 5, 3, 2, 4, 1),
        case("numbers, Huber, two layers", 2, "values", 6, 4, 3, 5, 3, layers=2, loss="huber", delta=0.5),
        case("numbers, absolute, both directions, lengths", 3, "values", 7, 4, 2, 5, 2, both=True, lengths=[7, 3, 1, 5],
             loss="mae"),
        case("a class at every step", 4, "steps", 6, 3, 2, 5, 3),
        case("a class at every step, both directions, lengths", 5, "steps", 7, 4, 3, 5, 4, layers=2, both=True,
             lengths=[4, 7, 2, 6], smoothing=0.1),
        case("in pieces", 6, "steps", 8, 3, 2, 5, 3, piece=4),
        case("in pieces, lengths, two layers", 7, "steps", 10, 4, 2, 5, 3, layers=2, lengths=[10, 3, 7, 4], piece=4),
    ]
    with open(sys.argv[1] if len(sys.argv) > 1 else default, "w") as file:
        json.dump(dict(torch=torch.__version__.split("+")[0], cases=cases), file)
        file.write("\n")


if __name__ == "__main__":
    main()
