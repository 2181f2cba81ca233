#!/usr/bin/env python3
"""PyTorch's speed on a CUDA GPU for the cases of 'gpulstm bench': cuDNN's LSTM, whole training steps, cuBLAS products.

usage: tools/bench_torch_cuda.py [--seconds S] [--device cuda|cpu]

Prints one JSON object: the versions, and per case the milliseconds of a step as Python runs it ("eager") and replayed
from a CUDA graph ("graph"), or why there is none. --device cpu tries the program out, with small cases, without a GPU.
"""
import argparse
import json
import math
import sys
import time

try:
    import torch
    from torch import nn
except ImportError as error:
    sys.exit(f"bench_torch_cuda: PyTorch is not installed for {sys.executable}: {error}")

# T, B, I, H, layers: as in Host/Bench/BenchSuite.cs
LSTM = [(28, 128, 28, 28, 1), (28, 64, 28, 64, 1), (28, 100, 28, 128, 1), (28, 64, 128, 128, 2), (28, 256, 128, 128, 1),
        (50, 64, 512, 512, 1), (100, 64, 1024, 1024, 1)]
# name: linear layer before the LSTM, hidden size, layers, batch, learning rate: as in Runtime/Training/Recipes.cs
TRAIN = {"dense28-lstm28": (28, 28, 1, 128, 0.001), "lstm128x2": (0, 128, 2, 64, 0.001), "lstm64": (0, 64, 1, 64, 0.01),
         "lstm128": (0, 128, 1, 100, 0.01)}
MATMUL = [128, 256, 512, 1024, 2048, 4096]
SAMPLES = 4096  # of the data set that training steps gather their batches from


class Timer:
    """Times steps that a device runs on its own, many between two waits."""

    def __init__(self, device, seconds):
        self.device, self.seconds = device, seconds

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def once(self, step, count):
        self.wait()
        start = time.perf_counter()
        for _ in range(count):
            step()
        self.wait()
        return (time.perf_counter() - start) / count

    def milliseconds(self, step):
        for _ in range(3):
            step()
        count = max(1, math.ceil(0.005 / max(self.once(step, 3), 1e-7)))
        times, end = [], time.perf_counter() + self.seconds
        while time.perf_counter() < end or len(times) < 3:
            times.append(self.once(step, count))
        return 1e3 * sorted(times)[len(times) // 2]

    def both(self, make):
        """The case eager and in a graph; make(capturable) returns a step without arguments."""
        row = {"eager": round(self.milliseconds(make(False)), 5)}
        if self.device != "cuda":
            return row | {"graph": None, "graph_error": "graphs need a GPU"}
        try:
            step = make(True)
            side = torch.cuda.Stream()  # graphs want the work to have run elsewhere first
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(3):
                    step()
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                step()
            return row | {"graph": round(self.milliseconds(graph.replay), 5)}
        except RuntimeError as error:
            return row | {"graph": None, "graph_error": str(error).splitlines()[0]}


def lstm_step(device, t, b, i, h, layers):
    """Forward and backward, gradients of weights, inputs and initial states included."""
    net = nn.LSTM(i, h, layers).to(device)
    x = torch.randn(t, b, i, device=device, requires_grad=True)
    states = [torch.randn(layers, b, h, device=device, requires_grad=True) for _ in range(2)]
    inputs = [x, *states, *net.parameters()]
    gradients = [torch.randn(t, b, h, device=device), *(torch.randn(layers, b, h, device=device) for _ in range(2))]

    def step():
        y, (hn, cn) = net(x, tuple(states))
        torch.autograd.grad([y, hn, cn], inputs, gradients)

    return step


class Reader(nn.Module):
    """The recipes' network: rows of 28 pixels, perhaps a linear layer on each, an LSTM, the last step classified."""

    def __init__(self, pre, hidden, layers):
        super().__init__()
        self.pre = nn.Linear(28, pre) if pre else nn.Identity()
        self.lstm = nn.LSTM(pre or 28, hidden, layers)
        self.fc = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.fc(self.lstm(self.pre(x))[0][-1])


def train_step(device, pre, hidden, layers, batch, rate, capturable):
    """Gather, forward, loss, backward, Adam."""
    net = Reader(pre, hidden, layers).to(device)
    options = {"fused": True, "capturable": capturable} if device == "cuda" else {}
    adam = torch.optim.Adam(net.parameters(), lr=rate, **options)
    items = torch.randint(0, 256, (SAMPLES, 28, 28), dtype=torch.uint8, device=device)
    labels = torch.randint(0, 10, (SAMPLES,), device=device)
    order = torch.randperm(SAMPLES, device=device)
    position = torch.zeros((), dtype=torch.long, device=device)
    offsets = torch.arange(batch, device=device)
    loss_of = nn.CrossEntropyLoss()

    def step():
        chosen = order[(position + offsets) % SAMPLES]
        position.add_(batch)
        x = items[chosen].float().div_(255).transpose(0, 1).contiguous()
        adam.zero_grad(set_to_none=True)
        loss_of(net(x), labels[chosen]).backward()
        adam.step()

    return step


def matmul_row(timer, n):
    """cuBLAS in float32 proper, with TF32, and in bfloat16."""
    a, b = (torch.randn(n, n, device=timer.device) for _ in range(2))
    c = torch.empty(n, n, device=timer.device)
    row = {}
    for name, allowed in (("f32", False), ("tf32", True)):
        torch.backends.cuda.matmul.allow_tf32 = allowed
        row[name] = round(timer.milliseconds(lambda: torch.matmul(a, b, out=c)), 5)
    torch.backends.cuda.matmul.allow_tf32 = False
    a16, b16 = a.bfloat16(), b.bfloat16()
    row["bf16"] = round(timer.milliseconds(lambda: torch.matmul(a16, b16)), 5)
    return row


def copy_rate(timer):
    """Bytes a second of a large copy, read and written ones together."""
    source = torch.empty(1 << (20 if timer.device == "cpu" else 29), dtype=torch.uint8, device=timer.device)
    target = torch.empty_like(source)
    return 2 * source.numel() / (1e-3 * timer.milliseconds(lambda: target.copy_(source)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.5, help="for each timing")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit(f"bench_torch_cuda: PyTorch {torch.__version__} sees no CUDA device.")
    torch.manual_seed(1)
    torch.backends.cudnn.allow_tf32 = False  # float32 means float32, as in ours
    torch.backends.cuda.matmul.allow_tf32 = False
    small, timer = options.device == "cpu", Timer(options.device, options.seconds)
    cases = {}
    for shape in LSTM[:2] if small else LSTM:
        step = "lstm/T{}_B{}_I{}_H{}_L{}".format(*shape)
        cases[step] = timer.both(lambda _: lstm_step(options.device, *shape))
    for name, settings in list(TRAIN.items())[:2 if small else None]:
        cases[f"train/{name}"] = timer.both(lambda capturable: train_step(options.device, *settings, capturable))
    print(json.dumps({
        "torch": torch.__version__, "cuda": torch.version.cuda, "python": sys.version.split()[0],
        "cudnn": torch.backends.cudnn.version(),
        "gpu": torch.cuda.get_device_name() if options.device == "cuda" else None,
        "copy_bytes_per_second": round(copy_rate(timer)), "cases": cases,
        "matmul": {str(n): matmul_row(timer, n) for n in (MATMUL[:2] if small else MATMUL)},
    }, indent=1))


if __name__ == "__main__":
    main()
