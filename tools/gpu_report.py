#!/usr/bin/env python3
"""Makes a table of a results file of tools/gpu-check: predicted floor, measured, ratio, goal.

usage: tools/gpu_report.py RESULTS.json     writes RESULTS.md beside it, and prints it

The floor of an LSTM: its products over all steps at the speed of cuBLAS's float32 product of 4096, then the recurrence,
whose 2 T steps per layer come one after another. A step takes at least what one multiprocessor needs for its share of
the batch (128 multiply-adds a cycle), and no less than STEP_LATENCY: a barrier, a read of h from shared memory, a tanh.
Bytes: gates written and read twice, states and inputs once and twice.
"""
import json
import math
import os
import sys

STEP_LATENCY = 0.5e-6  # seconds
LANES, CLOCK = 128, 1.9e9  # multiply-adds a cycle and cycles a second of a multiprocessor
ASSUMED = {"flops": 50e12, "bytes": 3e12}  # where PyTorch has not measured them
GOALS = {"train/lstm128": (5.0, 1.5)}  # against eager, against graph
LSTM_GOAL = {True: 1.2, False: 0.8}  # against cuDNN: sequences of 28 steps, longer ones
MATMUL_GOAL = {"f32": 0.8, "tf32": 0.6}


class Device:
    def __init__(self, results):
        cuda = next(d for d in results["devices"] if d["Id" if "Id" in d else "id"].startswith("cuda"))
        self.units = int((cuda.get("details") or cuda.get("Details"))["compute_units"])
        torch = results["torch"] or {}
        f32 = torch.get("matmul", {}).get("4096", {}).get("f32")
        self.flops = 2 * 4096**3 / (f32 * 1e-3) if f32 else ASSUMED["flops"]
        self.bytes = torch.get("copy_bytes_per_second") or ASSUMED["bytes"]
        self.measured = bool(f32)

    def lstm_floor(self, t, b, i, h, layers, dx_of_first=True):
        """Seconds that forward and backward take at least."""
        total = 0
        for layer in range(layers):
            inputs = i if layer == 0 else h
            passes = 3 if layer > 0 or dx_of_first else 2
            products = 2 * t * b * 4 * h * (passes * inputs + h)  # input, its gradients; dW of the recurrence
            traffic = 4 * t * b * (4 * 4 * h + 3 * h + 3 * inputs)
            share = math.ceil(b / self.units) * 4 * h * h / LANES / CLOCK if b < self.units or h <= 256 else (
                2 * b * 4 * h * h / self.flops)
            total += max(products / self.flops, traffic / self.bytes) + 2 * t * max(STEP_LATENCY, share)
        return total


def number(value, digits=3):
    return "-" if value is None else f"{value:.{digits}f}"


def verdict(ratio, goal):
    return "" if goal is None else "-" if ratio is None else f"{'reached' if ratio >= goal else 'MISSED'} ({goal:g})"


def lstm_rows(device, bench, torch):
    yield "| case | floor ms | ours ms | ours / floor | eager ms | graph ms | eager / ours | graph / ours | goal |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in bench:
        name = row["name"]
        if not name.startswith(("lstm/", "train/")):
            continue
        precision = row.get("precision", "f32")
        peer = torch.get("cases", {}).get(name, {}) if precision == "f32" else {}
        train = name.startswith("train/")
        ours, floor = row["milliseconds_per_step"], 1e3 * device.lstm_floor(
            row["T"], row["B"], row["I"], row["H"], row["L"], dx_of_first=not train)
        eager, graph = (peer[k] / ours if peer.get(k) else None for k in ("eager", "graph"))
        if train:
            goals = GOALS.get(name, (None, None))
            goal = " ".join(filter(None, [verdict(eager, goals[0]), verdict(graph, goals[1])]))
        else:
            best = min((r for r in (eager, graph) if r), default=None)
            goal = verdict(best, LSTM_GOAL[row["T"] == 28]) if peer else ""
        yield (f"| {name} {precision} | {number(floor)} | {number(ours)} | {number(ours / floor, 1)} | {number(peer.get('eager'))} "
               f"| {number(peer.get('graph'))} | {number(eager, 2)} | {number(graph, 2)} | {goal} |")


def matmul_rows(device, bench, torch):
    yield "| case | floor ms | ours ms | cuBLAS ms | ours / cuBLAS (speed) | goal |"
    yield "|---|---|---|---|---|---|"
    for row in bench:
        parts = row["name"].split("/")
        if parts[0] != "matmul":
            continue
        precision, size = row.get("precision", "f32"), parts[1]
        peer = torch.get("matmul", {}).get(size, {}).get(precision)
        ours = row["milliseconds_per_step"]
        ratio = peer / ours if peer else None
        goal = MATMUL_GOAL.get(precision) if size in ("2048", "4096") else None
        floor = number(2e3 * row["B"] * row["I"] * row["H"] / device.flops, 4) if precision == "f32" else "-"
        yield (f"| {row['name']} {precision} | {floor} | {number(ours, 4)} | {number(peer, 4)} | {number(ratio, 2)} "
               f"| {verdict(ratio, goal) if peer else ''} |")


def training_lines(results):
    for key, figure, said in (("epoch", "test_accuracy", "0.9807 written down, 0.9824 in PyTorch, run again"),
                              ("lstm64", "first2000_accuracy", "0.9645 written down, 0.952 to 0.9625 in PyTorch")):
        run = results.get(key)
        if not run:
            yield f"- {key}: no result; see the logs."
            continue
        seconds = run["train_seconds"] / max(1, run["epochs_done"])
        line = (f"- {run['recipe']} on {run['data']}, {run['epochs_done']} epoch(s) of {run['train_samples']} samples: "
                f"{seconds:.3f} s an epoch, {run['train_samples_per_second']:.0f} samples/s, "
                f"{figure} {run.get(figure, run['test_accuracy']):.4f}")
        if run["data"] == "mnist":
            line += f" ({said})"
            if key == "epoch":
                line += f"; goal 0.1 s an epoch: {'reached' if seconds <= 0.1 else 'MISSED'}"
        yield line + "."


def kernel_rows(results):
    for row in results.get("profile") or []:
        for kernel in row.get("kernels") or []:
            yield (f"| {row['name']} | {kernel['name']} | {kernel['launches_per_step']:g} "
                   f"| {kernel['milliseconds_per_step']:.4f} |")


def report(results):
    device, bench, torch = Device(results), results["bench"] or [], results["torch"] or {}
    for precision in ("tf32", "bf16"):
        bench = bench + [row | {"precision": precision} for row in results.get(f"bench_{precision}") or []]
    yield f"# {results['gpu']}, {results['date'][:10]}\n"
    yield (f"Driver {results['driver']}, {results['system']}. PyTorch {torch.get('torch', 'absent')}"
           + (f", CUDA {torch['cuda']}, cuDNN {torch['cudnn']}" if torch else "") + ".\n")
    for key, said in (("kernels", "Kernels through NVIDIA's assembler"), ("tests", "Tests against the reference"),
                      ("faults", "Tests of a fault, in a process of their own")):
        yield "- {}: {passed} passed, {failed} failed, {skipped} skipped.".format(said, **results[key])
    yield from (f"- Part '{name}' ended with exit code {part['exit_code']} after {part['seconds']} s."
                for name, part in results["parts"].items() if part["exit_code"])
    yield from training_lines(results)
    rate = "measured (cuBLAS float32, 4096)" if device.measured else "assumed"
    yield f"\nThe floor takes {device.flops / 1e12:.1f} TFLOP/s, {rate}, and {device.bytes / 1e12:.2f} TB/s.\n"
    yield "## LSTM layers (forward and backward) and whole training steps\n"
    yield from lstm_rows(device, bench, torch)
    yield "\n## Matrix products\n"
    yield from matmul_rows(device, bench, torch)
    if rows := list(kernel_rows(results)):
        yield "\n## Kernels of a training step\n\n| case | kernel | launches | ms a step |\n|---|---|---|---|"
        yield from rows
    for row in results["compare"] or []:
        yield (f"\n{row['device']}: {row['samples_per_second']:.0f} samples/s; largest relative difference of the "
               f"first ten losses {float(row['max_relative_loss_difference_first10']):.2g}, of gradients from shared "
               f"checkpoints {float(row['max_relative_gradient_difference']):.2g}.")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            results = json.load(file)
    except (OSError, ValueError) as error:
        sys.exit(f"gpu_report: {error}")
    text = "\n".join(report(results)) + "\n"
    target = os.path.splitext(sys.argv[1])[0] + ".md"
    with open(target + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(target + ".tmp", target)
    print(text)


if __name__ == "__main__":
    main()
