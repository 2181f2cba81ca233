#!/usr/bin/env python3
"""Speed against oneDNN and PyTorch on this machine: builds the peers, runs them and ours turn by turn, prints the ratios.

usage: tools/bench_peers.py PEERS [--rounds N] [--threads N] [--torch]

PEERS holds onednn_lstm.cpp and torch_lstm.py. Needs g++ and libdnnl-dev (Debian), for --torch also python3-torch and the MNIST
files in the folder that the variable MNIST names. Ratios of one round are taken within that round, because a shared machine's
speed drifts; the table shows their medians.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, "Host/bin/Release/net10.0/gpulstm.dll")
TORCH = {"seed001": "train/dense28-lstm28", "seed002": "train/lstm128x2", "seed003": "train/lstm64", "seed004": "train/lstm128"}


def run(command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"bench_peers: {' '.join(command)} failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def ours(prefix, threads):
    rows = json.loads(run(["dotnet", PROGRAM, "bench", "--device", "cpu", "--threads", threads, "--filter", prefix, "--json"]))
    return {row["name"]: row["samples_per_second"] for row in rows}


def onednn(program, threads):
    lines = re.findall(r"T(\d+) B(\d+) I(\d+) H(\d+) L(\d+): (\d+) samples/s", run([program], OMP_NUM_THREADS=threads))
    return {"lstm/T{}_B{}_I{}_H{}_L{}".format(*line[:5]): float(line[5]) for line in lines}


def torch(peers, threads):
    output = run(["/usr/bin/python3", os.path.join(peers, "torch_lstm.py"), ",".join(TORCH), "200"], T=threads)
    rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {TORCH[row["cfg"]]: float(row["samples_per_s"]) for row in rows}


def table(title, rounds):
    print(f"\n{title:32}{'ours':>12}{'peer':>12}{'ratio':>8}   lowest to highest of {len(rounds)} rounds")
    for name in rounds[0][1]:
        ratios = [mine[name] / peer[name] for mine, peer in rounds]
        print(f"{name:32}{statistics.median(m[name] for m, _ in rounds):12.0f}{statistics.median(p[name] for _, p in rounds):12.0f}"
              f"{statistics.median(ratios):8.2f}   {min(ratios):.2f} to {max(ratios):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--torch", action="store_true")
    options = parser.parse_args()
    run(["dotnet", "build", "-c", "Release", "-v", "q", os.path.join(ROOT, "Host")])
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "onednn_lstm")
        run(["g++", "-O3", "-march=native", os.path.join(options.peers, "onednn_lstm.cpp"), "-ldnnl", "-fopenmp", "-o", program])
        rounds = [(ours("lstm/", options.threads), onednn(program, options.threads)) for _ in range(options.rounds)]
    table("LSTM forward+backward, oneDNN", rounds)
    if options.torch:
        table("whole training steps, PyTorch", [(ours("train/", options.threads), torch(options.peers, options.threads)) for _ in range(max(1, options.rounds // 2))])


if __name__ == "__main__":
    main()
