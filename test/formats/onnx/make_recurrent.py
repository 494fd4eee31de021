"""Writes recurrent/*.json: one-node models for every attribute and optional input of RNN, LSTM and GRU.

    pip install onnx==1.23.2 onnxruntime==1.32.0 numpy && python make_recurrent.py

ONNX Runtime computes the results. It refuses `layout = 1`: those cases have the results of the same node with `layout = 0`,
with the axes of inputs and outputs in the other order, as the specification says.
"""

import itertools
import zlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from cases import case, write

SOURCE = f"onnxruntime {onnxruntime.__version__}"
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
INPUTS = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]
BATCH, TIME, FEATURES, HIDDEN = 3, 5, 2, 4
# Axes of tensors with the batch first, by name.
TURNED = {"X": (1, 0, 2), "Y": (2, 0, 1, 3), "initial_h": (1, 0, 2), "initial_c": (1, 0, 2), "Y_h": (1, 0, 2), "Y_c": (1, 0, 2)}


# Activations that take alphas and betas, or have presets of them.
SCALED = {
    "LeakyRelu": {"activation_alpha": [0.2]},
    "ThresholdedRelu": {"activation_alpha": [0.3]},
    "ScaledTanh": {"activation_alpha": [0.8], "activation_beta": [0.7]},
    "Affine": {"activation_alpha": [0.5], "activation_beta": [0.1]},
    "Elu": {"activation_alpha": [0.6]},
    "Softplus": {},
}


def draw(kind, name, directions, optional, features=FEATURES, hidden=HIDDEN, scale=0.8):
    generator = np.random.default_rng(zlib.crc32(name.encode()))

    def uniform(*shape):
        return np.round(generator.uniform(-scale, scale, shape), 2).astype(np.float32)

    rows = GATES[kind] * hidden
    everything = {
        "X": np.round(generator.uniform(-1.5, 1.5, (TIME, BATCH, features)), 2).astype(np.float32),
        "W": uniform(directions, rows, features),
        "R": uniform(directions, rows, hidden),
        "B": uniform(directions, 2 * rows),
        "sequence_lens": np.array([5, 1, 3], dtype=np.int32),
        "initial_h": uniform(directions, BATCH, hidden),
        "initial_c": uniform(directions, BATCH, hidden),
        "P": uniform(directions, 3 * hidden),
    }
    return {key: everything[key] for key in INPUTS if key in ("X", "W", "R") or key in optional}


def build(kind, tensors, attributes, hidden, constants, opset):
    order = INPUTS[: 8 if kind == "LSTM" else 6]
    names = [key if key in tensors else "" for key in order]
    while not names[-1]:
        names.pop()
    outputs = ["Y", "Y_h", "Y_c"] if kind == "LSTM" else ["Y", "Y_h"]
    types = {"float32": TensorProto.FLOAT, "int32": TensorProto.INT32}
    graph = helper.make_graph(
        [helper.make_node(kind, names, outputs, hidden_size=hidden, **attributes)],
        "cell",
        [
            helper.make_tensor_value_info(key, types[str(value.dtype)], value.shape)
            for key, value in tensors.items()
            if key not in constants
        ],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, [None] * (4 if key == "Y" else 3)) for key in outputs],
        [numpy_helper.from_array(value, key) for key, value in tensors.items() if key in constants],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), outputs


def record(kind, suffix, direction="forward", optional=(), layout=0, hidden=HIDDEN, opset=14, constant=(), **attributes):
    name = f"{kind.lower()}-{suffix}"
    directions = 2 if direction == "bidirectional" else 1
    tensors = draw(kind, name, directions, optional, hidden=hidden)
    constants = {"W", "R", "B", "P", *constant}
    attributes["direction"] = direction
    plain, names = build(kind, tensors, attributes, hidden, constants, opset)
    feeds = {key: value for key, value in tensors.items() if key not in constants}
    session = onnxruntime.InferenceSession(plain.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs = dict(zip(names, session.run(None, feeds)))
    if layout == 0:
        return case(name, plain, feeds, outputs)
    turn = lambda key, value: value.transpose(TURNED[key]) if key in TURNED else value
    turned = {key: np.ascontiguousarray(turn(key, value)) for key, value in tensors.items()}
    model, _ = build(kind, turned, {**attributes, "layout": 1}, hidden, constants, opset)
    return case(
        name,
        model,
        {key: turned[key] for key in feeds},
        {key: turn(key, value) for key, value in outputs.items()},
    )


def cases(kind):
    """Options that meet, then each attribute by itself."""
    states = ("initial_h", "initial_c") if kind == "LSTM" else ("initial_h",)
    extras = ("P",) if kind == "LSTM" else ()
    for direction, layout in itertools.product(("forward", "reverse", "bidirectional"), (0, 1)):
        end = f"{direction}-layout-{layout}"
        yield record(kind, end, direction, layout=layout)
        yield record(kind, f"everything-{end}", direction, ("B", "sequence_lens", *states, *extras), layout=layout)
    yield record(kind, "bias", optional=("B",))
    yield record(kind, "lengths", optional=("B", "sequence_lens"))
    yield record(kind, "constant-lengths", optional=("B", "sequence_lens"), constant=("sequence_lens",))
    yield record(kind, "initial", optional=("B", *states))
    yield record(kind, "constant-initial", optional=("B", *states), constant=states)
    yield record(kind, "initial-h-alone", optional=("B", "initial_h"))
    yield record(kind, "hidden-17", optional=("B", *states), hidden=17)
    yield record(kind, "opset-7", optional=("B",), opset=7)
    yield record(kind, "clip", optional=("B", *states, *extras), clip=0.4)
    hard = {"activation_alpha": [0.3], "activation_beta": [0.4]}
    identity = {"activation_alpha": [1.0], "activation_beta": [0.0]}
    plain = {"RNN": ["{0}"], "GRU": ["Sigmoid", "{0}"], "LSTM": ["Sigmoid", "{0}", "Tanh"]}[kind]
    for activation, scaling in SCALED.items():
        names = [name.format(activation) for name in plain]
        everything = ("B", "sequence_lens", *states, *extras)
        yield record(kind, f"plain-{activation.lower()}", "reverse", everything, activations=names, **scaling)
    both = {"RNN": ["Relu", "Tanh"], "GRU": ["Sigmoid", "Tanh", "HardSigmoid", "Relu"]}
    both["LSTM"] = ["Sigmoid", "Tanh", "Tanh", "HardSigmoid", "Softsign", "Relu"]
    for layout in (0, 1):
        end = ("B", "sequence_lens", *states, *extras)
        yield record(kind, f"by-direction-{layout}", "bidirectional", end, layout=layout, activations=both[kind], clip=0.9)
    if kind == "RNN":
        for activation in ("Relu", "Sigmoid", "Softsign", "HardSigmoid"):
            yield record(kind, activation.lower(), optional=("B",), activations=[activation])
        yield record(kind, "hard-sigmoid-slope", optional=("B",), activations=["HardSigmoid"], **hard)
        yield record(kind, "affine", optional=("B",), activations=["Affine"], **identity)
    if kind == "GRU":
        for direction in ("forward", "bidirectional"):
            everything = ("B", "sequence_lens", *states)
            yield record(kind, f"linear-before-reset-{direction}", direction, everything, linear_before_reset=1)
        yield record(kind, "relu", optional=("B",), activations=["Sigmoid", "Relu"])
        yield record(kind, "hard-sigmoid", optional=("B",), activations=["HardSigmoid", "Tanh"])
        yield record(kind, "hard-sigmoid-slope", optional=("B",), activations=["HardSigmoid", "Softsign"], **hard)
        after = {"activations": ["Sigmoid", "Elu"], "linear_before_reset": 1}
        yield record(kind, "plain-linear-before-reset", optional=("B", *states), **after)
    if kind == "LSTM":
        yield record(kind, "initial-c-alone", optional=("B", "initial_c"))
        yield record(kind, "peephole", optional=("B", "P"))
        for suffix, optional in (("", ("B",)), ("-peephole", ("B", "P", *states)), ("-no-bias", ())):
            yield record(kind, f"input-forget{suffix}", optional=optional, input_forget=1)
        yield record(kind, "input-forget-both", "bidirectional", ("B", "P", "sequence_lens"), input_forget=1)
        yield record(kind, "hard-sigmoid", optional=("B",), activations=["HardSigmoid", "Tanh", "Tanh"])
        yield record(kind, "hard-sigmoid-slope", optional=("B",), activations=["HardSigmoid", "Tanh", "Tanh"], **hard)
        yield record(kind, "softsign", optional=("B",), activations=["Sigmoid", "Softsign", "Softsign"])
        yield record(kind, "relu", optional=("B",), activations=["Sigmoid", "Relu", "Tanh"])
        yield record(kind, "affine", optional=("B",), activations=["Sigmoid", "Tanh", "Affine"], **identity)
        relu = ["Relu", "Tanh", "Tanh"]
        yield record(kind, "input-forget-relu", optional=("B", "P"), activations=relu, input_forget=1, clip=0.9)


def main():
    for kind in GATES:
        write(f"recurrent/{kind}.json", SOURCE, cases_list := list(cases(kind)))
        assert len({record["name"] for record in cases_list}) == len(cases_list)


if __name__ == "__main__":
    main()
