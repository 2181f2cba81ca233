#!/usr/bin/env python3
"""Writes the small foreign files that Tests/Formats reads: /usr/bin/python3 tools/make_format_samples.py

Needs NumPy and PyTorch. Shares no code with Runtime/Formats: safetensors files are written here by hand, from the
format's description; .npy and .npz files by NumPy; the models and what they answer come from PyTorch.
"""
import json
import struct
from pathlib import Path

import numpy as np
import torch

OUT = Path(__file__).resolve().parent.parent / "Tests" / "TestData" / "formats"
DTYPES = {torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}


def save_safetensors(path, tensors, metadata=None):
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        flat = tensor.detach().contiguous()
        raw = flat.view(torch.int16).numpy().tobytes() if flat.dtype == torch.bfloat16 else flat.numpy().tobytes()
        header[name] = {"dtype": DTYPES[flat.dtype], "shape": list(flat.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def types():
    # Numbers that float16 and bfloat16 both hold exactly, a subnormal and infinities included.
    exact = torch.tensor([0.0, -0.0, 1.0, -1.5, 0.15625, 240.0, -0.0078125, 2.0**-14, -(2.0**-20), 96.0, float("inf"), float("-inf")])
    exact = exact.reshape(3, 4)
    tensors = {"I64": torch.tensor([1, -(2**62)]), "F64": exact.double(), "F32": exact, "F16": exact.half(), "BF16": exact.bfloat16()}
    save_safetensors(OUT / "types.safetensors", tensors, {"made by": "hand"})


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    types()
