#!/usr/bin/env python3
"""How fast PyTorch's nn.LSTM trains on windows of a table: beside 'gpulstm train --series' on the same file.

    python3 tools/bench_torch_windows.py FILE.csv [WINDOW 24] [HORIZON 12] [HIDDEN 32] [BATCH 64] [THREADS 2]

The first column is forecast, all are read; the first two thirds of the rows train. Windows are gathered from the table
batch by batch, as ours are. Without a file it writes one of a million rows of 8 columns: --write FILE.csv.
"""
import sys
import time

import numpy as np
import torch
from torch import nn

STEPS, WARMUP = 600, 50


def write(path, rows=1_000_000):
    random = np.random.default_rng(0)
    t = np.arange(rows)
    columns = [np.sin(2 * np.pi * t / 24) + 0.5 * np.sin(2 * np.pi * t / 168) + 0.1 * random.normal(size=rows)]
    columns += [np.cos(2 * np.pi * t / (20 + 3 * i)) + 0.2 * random.normal(size=rows) for i in range(7)]
    header = ",".join(["y"] + [f"f{i}" for i in range(1, 8)])
    np.savetxt(path, np.stack(columns, 1), fmt="%.5f", delimiter=",", header=header, comments="")


class Net(nn.Module):
    def __init__(self, inputs, hidden, horizon):
        super().__init__()
        self.lstm, self.fc = nn.LSTM(inputs, hidden, batch_first=True), nn.Linear(hidden, horizon)

    def forward(self, x):
        return self.fc(self.lstm(x)[1][0][-1])


def main():
    if sys.argv[1] == "--write":
        write(sys.argv[2])
        return
    window, horizon, hidden, batch, threads = [
        int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((2, 24), (3, 12), (4, 32), (5, 64), (6, 2))]
    torch.set_num_threads(threads)
    x = torch.from_numpy(np.loadtxt(sys.argv[1], np.float32, delimiter=",", skiprows=1))
    rows = len(x) * 2 // 3
    x = (x - x[:rows].mean(0)) / x[:rows].std(0)
    net = Net(x.shape[1], hidden, horizon)
    optimizer = torch.optim.Adam(net.parameters(), 0.003)
    order = torch.randperm(rows - window - horizon + 1)
    reads, answers = torch.arange(window), torch.arange(window, window + horizon)
    for step in range(STEPS + WARMUP):
        if step == WARMUP:
            begun = time.time()
        first = order[step * batch % (len(order) - batch):][:batch, None]
        loss = nn.functional.mse_loss(net(x[first + reads]), x[first + answers, 0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"PyTorch {torch.__version__}: {STEPS * batch / (time.time() - begun):,.0f} windows/s")


if __name__ == "__main__":
    main()
