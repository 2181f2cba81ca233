#!/usr/bin/env python3
"""Reads a Keras file that gpulstm exported by h5py, as Keras's own loaders do, and computes what it answers in float64.

    /usr/bin/python3 tools/keras_check.py EXPORTED.h5|.keras ANSWERS.npz [--like REAL.h5] [--tolerance 1e-6]

ANSWERS.npz holds x [N, T, I] and y, what the network must answer. With --like the file must have the attributes, groups
and weight names of a real one, layer by layer of the same class. Needs NumPy and h5py (Debian: python3-h5py).
"""
import argparse
import io
import json
import sys
import zipfile

import h5py
import numpy as np

from make_keras_samples import GATES, lstm, softmax


def texts(values):
    """As load_attributes_from_hdf5_group takes them."""
    return [v.decode("utf8") if hasattr(v, "decode") else v for v in values]


def read(path):
    """The layers' configurations, and a function from a layer's place in the model to its arrays."""
    if path.endswith(".keras"):
        with zipfile.ZipFile(path) as archive:
            assert json.loads(archive.read("metadata.json"))["keras_version"].startswith("3.")
            model = json.loads(archive.read("config.json"))
            file = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
        layers, used = model["config"]["layers"], {}
        places = []
        for layer in layers:
            name = {"InputLayer": "input_layer"}.get(layer["class_name"], layer["class_name"].lower())
            number = used[name] = used.get(name, -1) + 1
            places.append(f"layers/{name}" + (f"_{number}" if number else ""))
        parts = {"LSTM": ["cell/"], "Bidirectional": ["forward_layer/cell/", "backward_layer/cell/"]}

        def arrays(at):
            return [file[f"{places[at]}/{part}vars/{i}"][()] for part in parts.get(layers[at]["class_name"], [""])
                    for i in range(len(file[f"{places[at]}/{part}vars"]))]
    else:
        file = h5py.File(path)
        model = json.loads(file.attrs["model_config"])
        assert file.attrs["backend"] == "tensorflow" and file.attrs["keras_version"].startswith("2.")
        layers, weights = model["config"]["layers"], file["model_weights"]
        names = texts(weights.attrs["layer_names"])
        assert names == [layer["config"]["name"] for layer in layers], names

        def arrays(at):
            group = weights[names[at]]
            return [group[name][()] for name in texts(group.attrs["weight_names"])]
    assert model["class_name"] == "Sequential"
    return layers, arrays


def evaluate(layers, arrays, x, hard):
    assert layers[0]["class_name"] == "InputLayer"
    results = []
    for sample in x:
        z = sample.astype("f8")
        for at, layer in enumerate(layers[1:], 1):
            kind, config, values = layer["class_name"], layer["config"], arrays(at)
            if kind == "Dense":
                z = z @ values[0] + values[1]
                z = softmax(z) if config["activation"] == "softmax" else z
                continue
            own = config["layer"]["config"] if kind == "Bidirectional" else config
            assert own["activation"] == "tanh" and values[0].shape[1] == 4 * own["units"]
            gate = GATES[hard if own["recurrent_activation"] == "hard_sigmoid" else own["recurrent_activation"]]
            runs = [lstm(z, *values[3 * d:3 * d + 3], gate, backwards=d == 1) for d in range(len(values) // 3)]
            z = np.concatenate([run[0 if own["return_sequences"] else 1] for run in runs], axis=-1)
        results.append(z)
    return np.array(results)


def layout(path):
    """Attributes and array names of a .h5 file, without the names of layers."""
    with h5py.File(path) as file:
        weights = file["model_weights"]
        layers = {}
        for name in texts(weights.attrs["layer_names"]):
            paths = texts(weights[name].attrs["weight_names"])
            kinds = tuple((p.split("/")[-1], weights[name][p].ndim, str(weights[name][p].dtype)) for p in paths)
            layers[kinds] = ({p.split("/")[0] == name for p in paths}, sorted(weights[name].attrs))
        return {k for k in file.attrs if k not in ("training_config", "gpulstm")}, sorted(weights.attrs), layers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("exported")
    parser.add_argument("answers")
    parser.add_argument("--like")
    parser.add_argument("--tolerance", type=float, default=1e-6)
    options = parser.parse_args()
    if options.like:
        ours, real = layout(options.exported), layout(options.like)
        assert ours == real, f"{ours}\nis not as the real file's\n{real}"
        print("layout: as the real file's")
    answers = np.load(options.answers)
    hard = "hard3" if options.exported.endswith(".keras") else "hard2"
    difference = np.abs(evaluate(*read(options.exported), answers["x"], hard) - answers["y"]).max()
    print(f"largest difference: {difference:.2g}")
    return 0 if difference <= options.tolerance else 1


if __name__ == "__main__":
    sys.exit(main())
