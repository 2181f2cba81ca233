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
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": DTYPES[flat.dtype], "shape": list(flat.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def types():
    # Numbers that float16 and bfloat16 both hold exactly, a subnormal and infinities included.
    inf = float("inf")
    exact = torch.tensor([0.0, -0.0, 1.0, -1.5, 0.15625, 240, -0.0078125, 2.0**-14, -(2.0**-20), 96, inf, -inf])
    exact = exact.reshape(3, 4)
    tensors = {"I64": torch.tensor([1, -(2**62)]), "F64": exact.double(), "F32": exact, "F16": exact.half()}
    tensors["BF16"] = exact.bfloat16()
    save_safetensors(OUT / "types.safetensors", tensors, {"made by": "hand"})


def arrays():
    counting = (np.arange(24, dtype=np.float32) / 8 - 1).reshape(2, 3, 4)
    kinds = {
        "plain": counting,
        "fortran": np.asfortranarray(counting.astype(np.float64)),
        "big": counting.astype(">f4"),
        "big_fortran_half": np.asfortranarray(counting.astype(">f2")),
        "scalar": np.float32(7),
        "none": np.zeros((0, 3), np.float32),
        "layer/weights": counting[0],
    }
    np.savez(OUT / "arrays.npz", **kinds)
    np.savez_compressed(OUT / "arrays_deflated.npz", **kinds)
    np.savez(OUT / "integers.npz", long=np.array([-1, 2]), flags=np.array([True, False]))
    np.savez(OUT / "objects.npz", a=np.array([{}, 1], dtype=object))
    with open(OUT / "version2.npy", "wb") as file:
        np.lib.format.write_array(file, counting, version=(2, 0))
    np.save(OUT / "structured.npy", np.zeros(2, dtype=[("x", "f4"), ("y", "i4")]))


class Net(torch.nn.Module):
    """Rows of an image through an optional Linear, an LSTM and a Linear on the last step, under names a user chose."""

    def __init__(self, names, inputs, hidden, layers, classes, pre=0, bias=True, **options):
        super().__init__()
        self.names = names
        if pre:
            setattr(self, names["pre"], torch.nn.Linear(inputs, pre, bias=bias))
        lstm = torch.nn.LSTM(pre or inputs, hidden, layers, bias=bias, batch_first=True, **options)
        setattr(self, names["lstm"], lstm)
        width = (options.get("proj_size") or hidden) * (2 if options.get("bidirectional") else 1)
        setattr(self, names["fc"], torch.nn.Linear(width, classes, bias=bias))

    def forward(self, x, final_states=False):
        if "pre" in self.names:
            x = getattr(self, self.names["pre"])(x)
        output, (final, _) = getattr(self, self.names["lstm"])(x)
        last = torch.cat([final[-2], final[-1]], dim=1) if final_states else output[:, -1]
        return getattr(self, self.names["fc"])(last)


def models():
    plain = {"lstm": "lstm", "fc": "fc"}
    nets = {
        "torch_plain": Net(plain, 3, 5, 1, 4),
        "torch_pre": Net({"pre": "embed", "lstm": "rnn", "fc": "out"}, 3, 5, 2, 4, pre=6),
        "torch_no_bias": Net({"pre": "a", "lstm": "b", "fc": "c"}, 3, 5, 1, 4, pre=2, bias=False),
        "torch_both_ways": Net(plain, 3, 4, 2, 5, bidirectional=True),
        "torch_projected": Net(plain, 3, 6, 2, 4, proj_size=2),
    }
    for name, net in nets.items():
        x = torch.randn(2, 7, 3)  # [N, T, I]
        with torch.no_grad():
            logits = net(x)
        # Alphabetic, as the safetensors package writes them.
        save_safetensors(OUT / f"{name}.safetensors", dict(sorted(net.state_dict().items())), {"format": "pt"})
        np.savez(OUT / f"{name}_answers.npz", x=x.numpy(), logits=logits.numpy())
    state = nets["torch_plain"].state_dict()
    np.savez(OUT / "torch_plain.npz", **{f"module.{k}": v.numpy() for k, v in state.items()})
    torch.save(state, OUT / "zip.pt")
    torch.save(state, OUT / "legacy.bin", _use_new_zipfile_serialization=False)


def pixels(samples, steps, inputs):
    """Images [N, T, I] of bytes that a test makes again by the same formula."""
    n, t, i = np.ogrid[:samples, :steps, :inputs]
    return ((37 * n + 11 * t + 7 * i + t * i % 13 * 5) % 256).astype(np.uint8)


def images():
    """A network for images of 28 x 28 pixels, normalised as torchvision's examples do, and what it answers."""
    net = Net({"lstm": "rnn", "fc": "out"}, 28, 12, 2, 10)
    x = (torch.from_numpy(pixels(3, 28, 28)).float() / 255 - 0.1307) / 0.3081
    with torch.no_grad():
        # Far from equal probabilities, else a wrong network would pass for this one.
        net.out.weight *= 8
        logits = net(x)
    save_safetensors(OUT / "torch_rows.safetensors", net.state_dict(), {"format": "pt"})
    np.savez(OUT / "torch_rows.npz", **{k: v.numpy() for k, v in net.state_dict().items()})
    np.savez(OUT / "torch_rows_answers.npz", logits=logits.numpy())


def final_states():
    """Both directions' final states, h_n, as our own networks have them."""
    net = Net({"pre": "embed", "lstm": "rnn", "fc": "out"}, 3, 4, 2, 5, pre=6, bidirectional=True)
    x = torch.randn(2, 7, 3)
    with torch.no_grad():
        np.savez(OUT / "torch_final_states_answers.npz", x=x.numpy(), logits=net(x, final_states=True).numpy())
    save_safetensors(OUT / "torch_final_states.safetensors", net.state_dict())


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    types()
    arrays()
    models()
    images()
    final_states()
