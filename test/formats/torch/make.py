"""Makes the files beside it with PyTorch, and `cases.json`: how each is to be loaded, an input, and PyTorch's output.

Outputs are computed in float64 with the weights as the file has them.

    pip install torch safetensors numpy
    python test/formats/torch/make.py
"""

import argparse
import collections
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
BATCH, TIME, INPUTS, HIDDEN = 2, 5, 3, 4
KINDS = {"RNN": torch.nn.RNN, "LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}
CELLS = {"RNN": torch.nn.RNNCell, "LSTM": torch.nn.LSTMCell, "GRU": torch.nn.GRUCell}

cases = []


def module(kind, **options):
    torch.manual_seed(len(cases) + 1)
    return KINDS[kind](INPUTS, HIDDEN, batch_first=True, **options)


def described(kind, num_layers=1, bidirectional=False, bias=True, proj_size=0, nonlinearity="tanh", **_):
    """Our options of a layer of PyTorch's options."""
    options = {"inputSize": INPUTS, "hiddenSize": HIDDEN, "layers": num_layers, "bidirectional": bidirectional}
    options["bias"] = bias
    if proj_size:
        options["projectionSize"] = proj_size
    if kind == "RNN":
        options["nonlinearity"] = nonlinearity
    return {"kind": kind, "options": options}


def add(file, layers, run, load=None):
    x = torch.from_numpy(np.random.default_rng(len(cases)).uniform(-1, 1, (BATCH, TIME, INPUTS)))
    x = x.float().double()
    with torch.no_grad():
        y = run(x)
    cases.append({
        "file": file,
        "load": load or {},
        "layers": layers,
        "x": {"shape": list(x.shape), "data": x.flatten().tolist()},
        "output": {"shape": list(y.shape), "data": y.flatten().tolist()},
    })


def save(file, content):
    if file.endswith(".safetensors"):
        save_file(content, HERE / file)
    else:
        torch.save(content, HERE / file)


def layer_case(name, kind, dtype=torch.float32, ending="pt", **options):
    layer = module(kind, **options).to(dtype)
    save(f"{name}.{ending}", dict(layer.state_dict()) if ending == "safetensors" else layer.state_dict())
    layer = layer.float().double()
    add(f"{name}.{ending}", [described(kind, **options)], lambda x: layer(x)[0])


def cell_case(kind):
    torch.manual_seed(3)
    cell = CELLS[kind](INPUTS, HIDDEN)
    save(f"{kind.lower()}-cell.pt", cell.state_dict())
    cell = cell.double()

    def run(x):
        state, rows = None, []
        for step in range(TIME):
            state = cell(x[:, step], state)
            rows.append(state[0] if kind == "LSTM" else state)
        return torch.stack(rows, 1)

    add(f"{kind.lower()}-cell.pt", [described(kind)], run)


class Wrapped(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.Module()
        self.encoder.lstm = module("LSTM")
        self.norm = torch.nn.BatchNorm1d(HIDDEN)
        self.head = torch.nn.Linear(HIDDEN, 2)


def checkpoints():
    """Weights inside of other things."""
    model = Wrapped()
    run = lambda x: model.double().encoder.lstm(x)[0]
    lstm = [described("LSTM")]
    optimizer = torch.optim.Adam(model.parameters())
    model.head(model.encoder.lstm(torch.ones(1, 2, INPUTS))[0]).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])
    around = {"epoch": 3, "loss": 0.25, "best": True, "name": "träumer", "notes": None, "steps": 2**40,
              "sizes": torch.Size([2, 3]), "pair": (1, 2), "many": (1, 2, 3, 4), "list": [1.5, -2],
              "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    state = {name: value.clone() for name, value in model.state_dict().items()}
    save("checkpoint-state-dict.pt", {**around, "state_dict": state})
    save("checkpoint-model.pth", {"model": model.state_dict(), **around})
    save("checkpoint-two.pt", {"raw": collections.OrderedDict(model.state_dict()), "ema": state})
    save("prefix.safetensors", state)
    prefix = {"prefix": "encoder.lstm."}
    add("checkpoint-state-dict.pt", lstm, run, prefix)
    add("checkpoint-model.pth", lstm, run, prefix)
    add("checkpoint-two.pt", lstm, run, {**prefix, "key": "ema"})
    add("prefix.safetensors", lstm, run, prefix)

    # Parameters themselves, with the hooks' empty dictionary that goes with them.
    gru = module("GRU")
    save("parameters.pt", dict(gru.named_parameters()))
    add("parameters.pt", [described("GRU")], lambda x: gru.double()(x)[0])

    # What a protocol of today writes.
    newer = module("GRU")
    torch.save(newer.state_dict(), HERE / "protocol-4.pt", pickle_protocol=4)
    add("protocol-4.pt", [described("GRU")], lambda x: newer.double()(x)[0])


def views():
    """Tensors that are views of others: transposed, every second row, part of a larger storage, repeated by stride 0."""
    lstm = module("LSTM")
    state = lstm.state_dict()
    big = torch.zeros(8 * HIDDEN, INPUTS)
    big[::2] = state["weight_ih_l0"]
    both = torch.cat([torch.zeros(5), state["bias_ih_l0"]])
    state["weight_ih_l0"] = big[::2]
    state["weight_hh_l0"] = state["weight_hh_l0"].t().contiguous().t()
    state["bias_ih_l0"] = both[5:]
    state["bias_hh_l0"] = torch.tensor([0.25]).repeat(4 * HIDDEN).as_strided([4 * HIDDEN], [0])
    lstm.load_state_dict(state)
    save("views.pt", state)
    add("views.pt", [described("LSTM")], lambda x: lstm.double()(x)[0])


def sequential():
    """A torch.nn.Sequential by names; its LSTM hands on a pair, so that the run is spelled out."""
    torch.manual_seed(9)
    lstm, linear = torch.nn.LSTM(INPUTS, HIDDEN, batch_first=True), torch.nn.Linear(HIDDEN, 2)
    stack = torch.nn.Sequential(lstm, torch.nn.Dropout(0.1), linear)
    save("sequential.pt", stack.state_dict())
    save("sequential.safetensors", stack.state_dict())
    stack.double()
    head = {"kind": "Linear", "options": {"inputSize": HIDDEN, "outputSize": 2}}
    layers = [described("LSTM"), {"kind": "Dropout", "options": {"p": 0.1}}, head]
    run = lambda x: linear(lstm(x)[0][:, -1])
    add("sequential.pt", layers, run)
    add("sequential.safetensors", layers, run)


def refused():
    """Files that are not read."""
    lstm = module("LSTM")
    torch.save(lstm, HERE / "refused-module.pt")
    torch.save({"args": argparse.Namespace(a=1), "state_dict": lstm.state_dict()}, HERE / "refused-namespace.pt")
    torch.save(lstm.state_dict(), HERE / "refused-old.pt", _use_new_zipfile_serialization=False)
    torch.jit.script(torch.nn.Linear(1, 1)).save(HERE / "refused-script.pt")
    torch.save([1, 2], HERE / "refused-list.pt")
    torch.save({"a": lstm.state_dict(), "b": lstm.state_dict()}, HERE / "refused-ambiguous.pt")
    torch.save({"weight": torch.tensor([1.0, float("nan")])}, HERE / "refused-nan.pt")
    torch.save({"weight": torch.tensor([1e300], dtype=torch.float64)}, HERE / "refused-overflow.pt")
    torch.save({"count": torch.tensor([1])}, HERE / "refused-integers.pt")

    class Caller:
        def __reduce__(self):
            import os
            return os.system, ("echo called",)

    torch.save({"state_dict": lstm.state_dict(), "surprise": Caller()}, HERE / "refused-call.pt")


for kind in KINDS:
    lower = kind.lower()
    layer_case(lower, kind)
    layer_case(f"{lower}-stacked-both-ways", kind, num_layers=2, bidirectional=True)
    layer_case(f"{lower}-no-bias", kind, bias=False, ending="safetensors")
    cell_case(kind)
layer_case("rnn-relu", "RNN", nonlinearity="relu", ending="pth")
layer_case("lstm-projected", "LSTM", proj_size=2, num_layers=2, bidirectional=True)
layer_case("lstm-projected-no-bias", "LSTM", proj_size=2, bias=False, ending="safetensors")
for name in ["float16", "bfloat16", "float64"]:
    for ending in ["pt", "safetensors"]:
        layer_case(f"lstm-{name}", "LSTM", dtype=getattr(torch, name), ending=ending)
checkpoints()
views()
sequential()
refused()
(HERE / "cases.json").write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
