#!/usr/bin/env python3
"""Writes the Keras files that Tests/Formats/Keras reads: /usr/bin/python3 tools/make_keras_samples.py

Needs NumPy and h5py (Debian: python3-h5py). The layouts are those of files that Keras 1, 2 and 3 wrote; the answers are
computed here in float64 from the equations of Keras's documentation, and share no code with Runtime.
"""
import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np

OUT = Path(__file__).resolve().parent.parent / "Tests" / "TestData" / "formats" / "keras"
RANDOM = np.random.default_rng(7)


def uniform(*shape):
    return (RANDOM.uniform(-0.9, 0.9, shape)).astype("f4")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


GATES = {"sigmoid": sigmoid, "hard2": lambda x: np.clip(0.2 * x + 0.5, 0, 1), "hard3": lambda x: np.clip(x / 6 + 0.5, 0, 1)}


def lstm(x, kernel, recurrent, bias, gate, mask=None, backwards=False):
    """x [T, I] to all h [T, H] and the last one; steps that are masked leave the state as it is."""
    h, c, all_h = np.zeros(len(recurrent)), np.zeros(len(recurrent)), []
    for t in reversed(range(len(x))) if backwards else range(len(x)):
        if mask is None or np.any(x[t] != mask):
            i, f, g, o = np.split(x[t].astype("f8") @ kernel + h @ recurrent + bias, 4)
            c = gate(f) * c + gate(i) * np.tanh(g)
            h = gate(o) * np.tanh(c)
        all_h.append(h)
    return np.array(all_h[::-1] if backwards else all_h), h


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def config(kind, name, **options):
    return {"class_name": kind, "config": {"name": name, **options}}


def lstm_config(name, units, gate="sigmoid", **options):
    return config("LSTM", name, units=units, activation="tanh", recurrent_activation=gate, use_bias=True,
                  return_sequences=False, go_backwards=False, stateful=False, **options)


def chained(layers, order):
    """Layers of a functional model, each with the one before it in the order."""
    before = dict(zip(order[1:], order))
    for layer in layers:
        name = layer["config"]["name"]
        layer.update({"name": name, "inbound_nodes": [[[before[name], 0, 0, {}]]] if name in before else []})
    return layers


def save_h5(name, version, layers, weights, kind="Sequential", output=None, more=()):
    """weights: of each layer its arrays by their names."""
    with h5py.File(OUT / name, "w") as file:
        model = {"class_name": kind, "config": layers if version.startswith(("1", "2.0", "2.1")) else {
            "layers": layers, "output_layers": [[output, 0, 0], *more]}}
        file.attrs["model_config"], file.attrs["keras_version"], file.attrs["backend"] = json.dumps(model), version, "tensorflow"
        save_weights(file.create_group("model_weights"), {layer["config"]["name"]: weights.get(layer["config"]["name"], {})
                                                         for layer in layers})


def save_weights(group, weights):
    """As save_weights of Keras 1 and 2 writes them."""
    group.attrs["layer_names"] = np.array([name.encode() for name in weights])
    for name, arrays in weights.items():
        own = group.create_group(name)
        own.attrs["weight_names"] = np.array([path.encode() for path in arrays])
        for path, array in arrays.items():
            own.create_dataset(path, data=array)


def save_keras(name, layers, weights, version="3.3.3"):
    """weights: arrays by their path below layers/."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for path, array in weights.items():
            file.create_dataset(f"layers/{path}", data=array)
    with zipfile.ZipFile(OUT / name, "w") as archive:
        for entry, text in (("metadata.json", {"keras_version": version}),
                            ("config.json", {"module": "keras", "class_name": "Sequential", "config": {"layers": layers}})):
            archive.writestr(zipfile.ZipInfo(entry), json.dumps(text))
        archive.writestr(zipfile.ZipInfo("model.weights.h5"), content.getvalue())


def answers(name, x, probabilities):
    np.savez(OUT / f"{name}_answers.npz", x=np.asarray(x, "f4"), y=np.asarray(probabilities, "f8"))


def main():
    OUT.mkdir(exist_ok=True)
    T, I, H, C = 6, 3, 4, 5
    x = uniform(4, T, I)
    K, U, b, D, d = uniform(I, 4 * H), uniform(H, 4 * H), uniform(4 * H), uniform(H, C), uniform(C)
    dense = config("Dense", "out", units=C, activation="softmax", use_bias=True)
    shape = {"batch_input_shape": [None, T, I]}

    def run(gate, **options):
        return [softmax(lstm(s, K, U, b, GATES[gate], **options)[1] @ D + d) for s in x]

    # Keras 1: twelve arrays, by gate i, c, f, o; hard_sigmoid.
    parts = {g: s for g, s in zip("ifco", range(4))}
    twelve = {}
    for g in "icfo":
        s = slice(parts[g] * H, (parts[g] + 1) * H)
        twelve.update({f"lstm_1_W_{g}": K[:, s], f"lstm_1_U_{g}": U[:, s], f"lstm_1_b_{g}": b[s]})
    old = config("LSTM", "lstm_1", output_dim=H, activation="tanh", inner_activation="hard_sigmoid", return_sequences=False,
                 go_backwards=False, stateful=False, **shape)
    save_h5("keras1.h5", "1.2.2", [old, dense], {"lstm_1": twelve, "out": {"out_W": D, "out_b": d}})
    answers("keras1", x, run("hard2"))

    # Keras 2: hard_sigmoid by default; then TensorFlow's, sigmoid, with the cell's name in the paths.
    weights = {"lstm": {"lstm/kernel:0": K, "lstm/recurrent_kernel:0": U, "lstm/bias:0": b},
               "out": {"out/kernel:0": D, "out/bias:0": d}}
    save_h5("keras2.h5", "2.1.6", [lstm_config("lstm", H, "hard_sigmoid", **shape), dense], weights)
    answers("keras2", x, run("hard2"))
    cell = {"lstm": {f"lstm/lstm_cell/{k}:0": v for k, v in (("kernel", K), ("recurrent_kernel", U), ("bias", b))},
            "out": weights["out"]}
    functional = chained([dense, config("Dropout", "drop"), config("InputLayer", "in", batch_input_shape=[None, T, I]),
                          lstm_config("lstm", H)], ["in", "lstm", "drop", "out"])
    save_h5("tensorflow2.h5", "2.9.0", functional, cell, kind="Functional", output="out")
    answers("tensorflow2", x, run("sigmoid"))
    save_h5("backwards.h5", "2.9.0", [lstm_config("lstm", H, **shape) | {"config": lstm_config("lstm", H)["config"] | {
        "go_backwards": True} | shape}, dense], cell)
    answers("backwards", x, run("sigmoid", backwards=True))
    masked = x.copy()
    masked[0, 4:] = masked[1, 0] = masked[2, 2:4] = -1
    save_h5("masking.h5", "2.9.0", [config("Masking", "mask", mask_value=-1.0, **shape), lstm_config("lstm", H), dense], cell)
    answers("masking", masked, [softmax(lstm(s, K, U, b, sigmoid, mask=-1)[1] @ D + d) for s in masked])
    save_h5("no_bias.h5", "2.9.0", [lstm_config("lstm", H, **shape), dense],
            {"lstm": {k: v for k, v in cell["lstm"].items() if "bias" not in k}, "out": weights["out"]})
    answers("no_bias", x, [softmax(lstm(s, K, U, 0 * b, sigmoid)[1] @ D + d) for s in x])

    # CuDNNLSTM: kernels as cuDNN has them, two biases. Keras converts by k.T.reshape(k.shape, order='F') and k.T.
    def to_cudnn(k):
        return np.hstack([g.reshape(g.shape[::-1], order="F").T.copy() if False else
                          np.reshape(g.T, g.shape, order="C") for g in np.hsplit(k, 4)])

    cudnn_K = to_cudnn(K)
    back = np.hstack([g.T.reshape(g.shape, order="F") for g in np.hsplit(cudnn_K, 4)])
    assert np.array_equal(back, K)
    cudnn_U = np.hstack([g.T for g in np.hsplit(U, 4)])
    two = np.concatenate([b * 0.25, b * 0.75]).astype("f4")
    save_h5("cudnn.h5", "2.2.4", [config("CuDNNLSTM", "lstm", units=H, return_sequences=False, go_backwards=False,
                                         stateful=False, **shape), dense],
            {"lstm": {"lstm/kernel:0": cudnn_K, "lstm/recurrent_kernel:0": cudnn_U, "lstm/bias:0": two}, "out": weights["out"]})
    answers("cudnn", x, run("sigmoid"))

    # Keras 3: hard_sigmoid has another slope; both directions, two layers, a Dense at each step before, classes of steps.
    h = lstm_config("lstm", H, "hard_sigmoid")
    names = {"lstm/cell/vars/0": K, "lstm/cell/vars/1": U, "lstm/cell/vars/2": b, "dense/vars/0": D, "dense/vars/1": d}
    save_keras("keras3.keras", [config("InputLayer", "input", batch_shape=[None, None, I]), h, dense], names)
    answers("keras3", x, run("hard3"))
    P, p, = uniform(I, 7), uniform(7)
    first = [(uniform(7, 4 * H), uniform(H, 4 * H), uniform(4 * H)) for _ in range(2)]
    second = [(uniform(2 * H, 4 * H), uniform(H, 4 * H), uniform(4 * H)) for _ in range(2)]
    D2, d2 = uniform(2 * H, C), uniform(C)

    def both(name, returns):
        inner = lstm_config(name, H)
        inner["config"]["return_sequences"] = returns
        return inner

    def stack(s):
        z = s.astype("f8") @ P + p
        z = np.hstack([lstm(z, *first[0], sigmoid)[0], lstm(z, *first[1], sigmoid, backwards=True)[0]])
        return lstm(z, *second[0], sigmoid), lstm(z, *second[1], sigmoid, backwards=True)

    for name, steps in (("both.keras", False), ("steps.keras", True)):
        layers = [config("InputLayer", "input", batch_shape=[None, T, I]),
                  config("TimeDistributed", "td", layer=config("Dense", "inner", units=7, activation="linear")),
                  config("Bidirectional", "one", merge_mode="concat", layer=both("a", True)), config("Dropout", "drop"),
                  config("Bidirectional", "two", merge_mode="concat", layer=both("b", steps)), dense]
        arrays = {"time_distributed/layer/vars/0": P, "time_distributed/layer/vars/1": p, "dense/vars/0": D2, "dense/vars/1": d2}
        for layer, parts2 in (("bidirectional", first), ("bidirectional_1", second)):
            for direction, part in zip(("forward_layer", "backward_layer"), parts2):
                arrays.update({f"{layer}/{direction}/cell/vars/{i}": array for i, array in enumerate(part)})
        save_keras(name, layers, arrays)
        results = []
        for s in x:
            (f_all, f_last), (b_all, b_last) = stack(s)
            results.append(softmax((np.hstack([f_all, b_all]) if steps else np.concatenate([f_last, b_last])) @ D2 + d2))
        answers(name.split(".")[0], x, results)

    # What ours lack, each named.
    def refused(name, layer, **more):
        save_h5(name, "2.9.0", [layer, dense], cell)

    def changed(**options):
        layer = lstm_config("lstm", H, **shape)
        layer["config"].update(options)
        return layer

    refused("relu.h5", changed(activation="relu"))
    refused("stateful.h5", changed(stateful=True))
    refused("merge_sum.h5", config("Bidirectional", "lstm", merge_mode="sum", layer=lstm_config("a", H)))
    refused("no_gate.h5", config("LSTM", "lstm", units=H, activation="tanh"))
    refused("gru.h5", config("GRU", "lstm", units=H))
    save_h5("embedding.h5", "2.9.0", [config("Embedding", "embedding", input_dim=9, output_dim=I), changed(), dense], cell)
    def functional2(layers, order):
        return chained([config("InputLayer", "in", batch_input_shape=[None, T, I]), *layers], order)

    save_h5("two_outputs.h5", "2.9.0", functional2([lstm_config("lstm", H), dense], ["in", "lstm", "out"]), cell,
            kind="Functional", output="out", more=[["lstm", 0, 0]])
    stated = functional2([lstm_config("lstm", H), dense], ["in", "lstm", "out"])
    stated[1]["inbound_nodes"][0].append(["in", 0, 0, {}])
    save_h5("initial_state.h5", "2.9.0", stated, cell, kind="Functional", output="out")

    # Weights alone: by layers as Keras 2 has them, as Keras 3, and the list of get_weights().
    with h5py.File(OUT / "keras2_weights.h5", "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.1.6", "tensorflow"
        save_weights(file, {"in": {}} | weights)
    with h5py.File(OUT / "keras1_weights.h5", "w") as file:
        file.attrs["keras_version"] = "1.2.2"
        save_weights(file, {"lstm_1": twelve, "out": {"out_W": D, "out_b": d}})
    with h5py.File(OUT / "keras3.weights.h5", "w") as file:
        for path, array in names.items():
            file.create_dataset(f"layers/{path}", data=array)
    with h5py.File(OUT / "both.weights.h5", "w") as file:
        for path, array in arrays.items():
            file.create_dataset(f"layers/{path}", data=array)
    lists = {"get_weights": [K, U, b, D, d], "get_weights_cudnn": [cudnn_K, cudnn_U, two, D, d],
             "get_weights_keras1": [*twelve.values(), D, d],
             "get_weights_both": [P, p, *first[0], *first[1], *second[0], *second[1], D2, d2]}
    for name, arrays in lists.items():
        np.savez(OUT / f"{name}.npz", *arrays)
    np.savez(OUT / "get_weights_gru.npz", uniform(I, 3 * H), uniform(H, 3 * H), uniform(3 * H), D, d)
    (OUT / "weights_only.h5").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
