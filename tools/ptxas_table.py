#!/usr/bin/env python3
"""What NVIDIA's assembler makes of the kernels whose loops decide: docs/cuda.md's table, as Markdown.

usage: ptxas_table.py GPULSTM PTXAS_FOLDER [ARCHITECTURE...]
GPULSTM is the program, or its gpulstm.dll; PTXAS_FOLDER has ptxas and cuobjdump (tools/cuda-ptxas). The hot loop is the
smallest of those with the most multiply-adds.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SHOWN = ("LstmPersistent", "LstmSpread", "LstmSequence", "LstmStep.", "MatMul", "Optimizer")
INSTRUCTION = re.compile(r"/\*([0-9a-f]{4,})\*/\s+(?:@!?U?P\d+ )?([A-Z][A-Z0-9_.]*)([^;]*);")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True)


def hot_loop(sass):
    """Multiply-adds and instructions of the loop."""
    code = [(int(place, 16), name, rest) for place, name, rest in INSTRUCTION.findall(sass)]
    loops = []
    for place, name, rest in code:
        target = re.search(r"0x([0-9a-f]+)", rest)
        if name.startswith("BRA") and target and int(target[1], 16) < place:
            body = [name for at, name, _ in code if int(target[1], 16) <= at <= place]
            count = sum(name.startswith(("FFMA", "HMMA")) for name in body)
            loops.append((count, -len(body), collections.Counter(name.split(".")[0] for name in body)))
    return max(loops, key=lambda loop: loop[:2], default=(0, 0, {}))


def row(kernel, architecture, ptxas):
    cubin = kernel["file"] + ".cubin"
    said = output(f"{ptxas}/ptxas", "-v", f"-arch={architecture}", kernel["file"], "-o", cubin).stderr
    registers = re.search(r"Used (\d+) registers", said)[1]
    stack, stores, loads = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill", said).groups()
    shared = re.search(r"(\d+) bytes smem", said)
    count, size, _ = hot_loop(output(f"{ptxas}/cuobjdump", "-sass", cubin).stdout)
    share = f"{count} of {-size}, {count / -size:.0%}" if count else "-"
    return (f"| `{kernel['kernel']}` | {architecture} | {registers} | {stack} | {int(stores) + int(loads)} "
            f"| {shared[1] if shared else 'dynamic'} | {share} |")


def main():
    program, ptxas, architectures = sys.argv[1], sys.argv[2], sys.argv[3:] or ["sm_70", "sm_80", "sm_90"]
    start = ["dotnet", program] if program.endswith(".dll") else [program]
    print("| kernel | for | registers | stack | spills | shared memory | FFMA or HMMA of the hot loop |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for architecture in architectures:
            texts = pathlib.Path(folder, architecture)
            kernels = json.loads(output(*start, "kernels", "--target", "ptx", "--arch", architecture, "--out", texts, "--json").stdout)
            for kernel in sorted(kernels, key=lambda k: k["kernel"]):
                if kernel["kernel"].startswith(SHOWN):
                    print(row(kernel, architecture, ptxas), flush=True)


main()
