#!/usr/bin/env python3
"""Writes Tests/TestData/torch-losses.json: losses of numbers, and of classes some of which are not told, as PyTorch
computes them in float64, with their gradients. Run it again only to add cases.

    python3 tools/torch_losses.py [FILE]
"""
import json
import os
import sys

import torch
from torch.nn import functional as F

GRID = 4096
torch.set_default_dtype(torch.float64)


def uniform(generator, *shape):
    return torch.round((torch.rand(*shape, generator=generator) * 6 - 3) * GRID) / GRID


def values(kind, seed, batch, size, delta):
    generator = torch.Generator().manual_seed(seed)
    answers, targets = uniform(generator, batch, size).requires_grad_(), uniform(generator, batch, size)
    loss = {"mse": F.mse_loss, "mae": F.l1_loss, "huber": lambda a, t: F.huber_loss(a, t, delta=delta)}[kind](
        answers, targets)
    loss.backward()
    return dict(kind=kind, batch=batch, size=size, delta=delta, answers=answers.detach().flatten().tolist(),
                targets=targets.flatten().tolist(), loss=loss.item(), gradient=answers.grad.flatten().tolist())


def classes(seed, rows, count, smoothing):
    generator = torch.Generator().manual_seed(seed)
    logits = uniform(generator, rows, count).requires_grad_()
    labels = torch.randint(-1, count, (rows,), generator=generator)
    labels[0] = 0
    loss = F.cross_entropy(logits, labels, ignore_index=-1, label_smoothing=smoothing)
    loss.backward()
    return dict(rows=rows, classes=count, smoothing=smoothing, logits=logits.detach().flatten().tolist(),
                labels=labels.tolist(), loss=loss.item(), gradient=logits.grad.flatten().tolist())


def main():
    default = os.path.join(os.path.dirname(__file__), "..", "Tests", "TestData", "torch-losses.json")
    document = dict(
        torch=torch.__version__.split("+")[0],
        values=[values(kind, 7 * batch + size, batch, size, delta) for kind, delta in (
            ("mse", 1.0), ("mae", 1.0), ("huber", 1.0), ("huber", 0.25)) for batch, size in ((1, 1), (3, 1), (5, 12))],
        classes=[classes(rows + count, rows, count, smoothing) for rows, count in ((1, 2), (9, 3), (33, 10))
                 for smoothing in (0.0, 0.1)])
    with open(sys.argv[1] if len(sys.argv) > 1 else default, "w") as file:
        json.dump(document, file)
        file.write("\n")


if __name__ == "__main__":
    main()
