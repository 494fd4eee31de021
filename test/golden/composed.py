"""Cases of cells that torch has no module for, composed of torch functions in float64, the whole batch at a time."""

import torch
from torch.nn import functional

from cases import Draw, case
from from_torch import SOURCE, double

EPSILON = 1e-5
ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "hardSigmoid": functional.hardsigmoid,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "softsign": functional.softsign,
    "identity": lambda value: value,
}


def activation(value):
    if isinstance(value, str):
        return ACTIVATIONS[value]
    return lambda x: torch.clamp(value["alpha"] * x + value["beta"], 0, 1)


def clamp(value, bound):
    return value if bound is None else torch.clamp(value, -bound, bound)


def lstm_gates(options):
    gates = ["i", "f", "g", "o"]
    if options.get("coupled") or not options.get("inputGate", True):
        gates.remove("i")
    if not options.get("forgetGate", True):
        gates.remove("f")
    if not options.get("outputGate", True):
        gates.remove("o")
    return gates


def lstm_case(name, batch=2, time=5, scale=0.7, **options):
    draw, gates = Draw(name), lstm_gates(options)
    inputs, hidden = options["inputSize"], options["hiddenSize"]
    out = options.get("projectionSize", hidden)
    peepholes = [gate for gate in gates if gate != "g"] if options.get("peephole") else []
    rows = len(gates) * hidden
    shapes = {"weight_ih_l0": (rows, inputs), "weight_hh_l0": (rows, out)}
    if options.get("bias", True):
        shapes.update(bias_ih_l0=(rows,), bias_hh_l0=(rows,))
    if peepholes:
        shapes["peephole_l0"] = (len(peepholes), hidden)
    if options.get("layerNorm"):
        for part in ("ih", "hh"):
            shapes.update({f"norm_{part}_weight_l0": (rows,), f"norm_{part}_bias_l0": (rows,)})
        shapes.update(norm_c_weight_l0=(hidden,), norm_c_bias_l0=(hidden,))
    if out != hidden:
        shapes["weight_hr_l0"] = (out, hidden)
    weights = draw.weights(shapes, scale)
    for key in weights:
        if key.startswith("norm") and "weight" in key:
            weights[key] += 1
    p = {key[: -len("_l0")]: double(value) for key, value in weights.items()}
    names = options.get("activations", {})
    gate = activation(names.get("gate", "sigmoid"))
    cell = activation(names.get("cell", "tanh"))
    output = activation(names.get("output", "tanh"))

    def norm(value, part):
        if not options.get("layerNorm"):
            return value
        return functional.layer_norm(
            value, value.shape[-1:], p[f"norm_{part}_weight"], p[f"norm_{part}_bias"], EPSILON
        )

    x = draw.input(batch, time, inputs)
    start = {"h": draw.uniform((1, batch, out), 1), "c": draw.uniform((1, batch, hidden), 1)}
    h, c = double(start["h"][0]), double(start["c"][0])
    steps = []
    for frame in double(x).unbind(1):
        a = norm(frame @ p["weight_ih"].T, "ih") + norm(h @ p["weight_hh"].T, "hh")
        if options.get("bias", True):
            a = a + p["bias_ih"] + p["bias_hh"]
        a = dict(zip(gates, a.split(hidden, dim=1)))
        q = dict(zip(peepholes, p["peephole"])) if peepholes else {}

        def value(key, seen):
            if key not in a:
                return torch.ones_like(c)
            return gate(clamp(a[key] + (q[key] * seen if key in q else 0), options.get("clip")))

        f = value("f", c)
        i = 1 - f if options.get("coupled") else value("i", c)
        c = clamp(f * c + i * cell(clamp(a["g"], options.get("clip"))), options.get("cellClip"))
        h = value("o", c) * output(norm(c, "c"))
        if out != hidden:
            h = h @ p["weight_hr"].T
        steps.append(h)
    y = torch.stack(steps, dim=1).numpy()
    final = {"h": h[None].numpy(), "c": c[None].numpy()}
    return case(name, f"{SOURCE} functions", "LSTM", options, weights, x, y, final, {"state": start})


def gru_case(name, batch=2, time=5, **options):
    draw = Draw(name)
    inputs, hidden, bias = options["inputSize"], options["hiddenSize"], options.get("bias", True)
    rows = 3 * hidden
    shapes = {"weight_ih_l0": (rows, inputs), "weight_hh_l0": (rows, hidden)}
    if bias:
        shapes.update(bias_ih_l0=(rows,), bias_hh_l0=(rows,))
    weights = draw.weights(shapes)
    p = {key: double(value) for key, value in weights.items()}
    w, u = p["weight_ih_l0"].split(hidden), p["weight_hh_l0"].split(hidden)
    b = p["bias_ih_l0"].split(hidden) if bias else (0, 0, 0)
    d = p["bias_hh_l0"].split(hidden) if bias else (0, 0, 0)
    names = options.get("activations", {})
    gate, cell = activation(names.get("gate", "sigmoid")), activation(names.get("cell", "tanh"))
    clip = options.get("clip")
    x = draw.input(batch, time, inputs)
    start = {"h": draw.uniform((1, batch, hidden), 1)}
    h = double(start["h"][0])
    steps = []
    for frame in double(x).unbind(1):
        r = gate(clamp(frame @ w[0].T + b[0] + h @ u[0].T + d[0], clip))
        z = gate(clamp(frame @ w[1].T + b[1] + h @ u[1].T + d[1], clip))
        if options.get("resetAfter", True):
            n = cell(clamp(frame @ w[2].T + b[2] + r * (h @ u[2].T + d[2]), clip))
        else:
            n = cell(clamp(frame @ w[2].T + b[2] + (r * h) @ u[2].T + d[2], clip))
        h = (1 - z) * h + z * n if options.get("updateGate") == "write" else (1 - z) * n + z * h
        steps.append(h)
    y = torch.stack(steps, dim=1).numpy()
    return case(name, f"{SOURCE} functions", "GRU", options, weights, x, y, {"h": h[None].numpy()}, {"state": start})


def cases():
    def lstm(suffix, **options):
        return lstm_case(f"composed-lstm-{suffix}", inputSize=3, hiddenSize=5, **options)

    def gru(suffix, **options):
        return gru_case(f"composed-gru-{suffix}", inputSize=3, hiddenSize=5, **options)

    yield lstm("layer-norm", layerNorm=True)
    yield lstm("layer-norm-no-bias", layerNorm=True, bias=False)
    yield lstm("layer-norm-everything", layerNorm=True, peephole=True, projectionSize=3, clip=0.9, cellClip=0.6)
    yield lstm_case("composed-lstm-layer-norm-17", inputSize=2, hiddenSize=17, layerNorm=True, batch=1, time=3)
    yield lstm("cell-clip", cellClip=0.3)
    yield lstm("coupled", coupled=True)
    yield lstm("coupled-peephole", coupled=True, peephole=True)
    yield lstm("no-input-gate", inputGate=False)
    yield lstm("no-forget-gate", forgetGate=False, peephole=True)
    yield lstm("no-output-gate", outputGate=False, peephole=True)
    yield lstm("no-gates", inputGate=False, forgetGate=False, outputGate=False)
    for kind in ("relu", "softsign", "identity"):
        yield lstm(f"cell-{kind}", scale=0.4, activations={"cell": kind})
        yield lstm(f"output-{kind}", activations={"output": kind})
    for suffix, kind in (("hard-sigmoid", "hardSigmoid"), ("tanh", "tanh"), ("relu", "relu"), ("softsign", "softsign")):
        yield lstm(f"gate-{suffix}", scale=0.4, activations={"gate": kind})
        yield gru(f"gate-{suffix}", activations={"gate": kind})
    wide = {"kind": "hardSigmoid", "alpha": 0.2, "beta": 0.5}
    yield lstm("gate-hard-sigmoid-0.2", scale=1.5, activations={"gate": wide})
    yield gru("cell-relu", activations={"cell": "relu"})
    yield gru("write", updateGate="write")
    yield gru("write-reset-before", updateGate="write", resetAfter=False)
    yield gru("clip", clip=0.5)
