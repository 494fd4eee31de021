"""Makes the files beside it, and `cases.json`: signals, and what Keras and PyTorch make of them.

Keras' models are written as RTNeural's `python/model_utils.py` does; PyTorch's as Automated-GuitarAmpModelling does
(CoreAudioML's SimpleRNN: a recurrent layer `rec`, a linear one `lin`, and the input added to the output).

    pip install torch keras numpy
    KERAS_BACKEND=torch python test/formats/rtneural/make.py
"""

import json
import pathlib

import keras
import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
FRAMES = 30
L = keras.layers
cases = []


def signal(width):
    return np.random.default_rng(len(cases) + 1).uniform(-1, 1, (FRAMES, width)).astype(np.float32)


def add(name, document, x, y):
    (HERE / f"{name}.json").write_text(json.dumps(document) + "\n")
    cases.append({
        "file": f"{name}.json",
        "x": {"shape": list(x.shape), "data": x.flatten().tolist()},
        "output": {"shape": list(y.shape), "data": y.flatten().tolist()},
    })


def layer_of(layer, width):
    inner = layer.layer if isinstance(layer, L.TimeDistributed) else layer
    types = {L.TimeDistributed: "time-distributed-dense", L.Dense: "dense", L.LSTM: "lstm", L.GRU: "gru", L.Activation: "activation"}
    activation = getattr(inner, "activation", None)
    name = "" if activation is None else activation.__name__
    return {
        "type": types[type(layer)],
        "activation": "" if name == "linear" else name,
        "shape": [None, None, width],
        "weights": [weight.tolist() for weight in layer.get_weights()],
    }


def of_keras(name, inputs, *layers):
    model = keras.Sequential([keras.Input((None, inputs)), *layers])
    draw = np.random.default_rng(len(cases))
    model.set_weights([draw.uniform(-0.7, 0.7, weight.shape) for weight in model.get_weights()])
    x = signal(inputs)
    y = np.asarray(model.predict(x[None], verbose=0))[0]
    widths = [layer.output.shape[-1] for layer in model.layers]
    listed = [layer_of(layer, width) for layer, width in zip(model.layers, widths)]
    add(name, {"in_shape": [None, None, inputs], "layers": listed}, x, y)


class SimpleRNN(torch.nn.Module):
    def __init__(self, unit, inputs, hidden, layers, skip, bias):
        super().__init__()
        self.rec = getattr(torch.nn, unit)(inputs, hidden, layers)
        self.lin = torch.nn.Linear(hidden, 1, bias=bias)
        self.data = {"model": "SimpleRNN", "input_size": inputs, "skip": skip, "output_size": 1, "unit_type": unit,
                     "num_layers": layers, "hidden_size": hidden, "bias_fl": bias}

    def forward(self, x):
        skip = self.data["skip"]
        y = self.lin(self.rec(x)[0])
        return y + x[:, :, :skip] if skip else y


def of_torch(name, unit, inputs=1, hidden=4, layers=1, skip=1, bias=True):
    torch.manual_seed(len(cases))
    model = SimpleRNN(unit, inputs, hidden, layers, skip, bias)
    weights = {key: value.tolist() for key, value in model.state_dict().items()}
    x = signal(inputs)
    with torch.no_grad():
        y = model.double()(torch.from_numpy(x).double()[:, None])[:, 0]
    add(name, {"model_data": model.data, "state_dict": weights}, x, y.numpy())


of_keras("lstm", 1, L.TimeDistributed(L.Dense(5, activation="tanh")), L.LSTM(4, return_sequences=True), L.Dense(1))
of_keras("gru", 2, L.GRU(4, return_sequences=True), L.Dense(3, activation="relu"), L.Dense(2, activation="sigmoid"))
of_keras("activations", 1, L.Dense(4), L.Activation("tanh"), L.Dense(3, activation="softmax"), L.Dense(1, use_bias=False))
of_torch("guitar-lstm", "LSTM")
of_torch("guitar-gru-knobs", "GRU", inputs=3)
of_torch("guitar-no-skip", "LSTM", layers=2, skip=0, bias=False)
of_torch("guitar-rnn", "RNN")
refused = {"in_shape": [None, None, 1], "layers": [
    {"type": kind, "activation": "", "shape": [None, None, 1], "weights": []} for kind in ["conv1d", "prelu"]]}
(HERE / "refused-layers.json").write_text(json.dumps(refused) + "\n")
(HERE / "cases.json").write_text(json.dumps({"keras": keras.__version__, "torch": torch.__version__, "cases": cases}) + "\n")
